from abuse.attack import Attack


class RoomFill(Attack):
    name = "room_fill"
    what = "fills the honest players' rooms with spectators from two addresses"
    newcomer_kind = "seat"
    addresses_most = 2
    shows = ("members",)
    setup = 15

    def run(self):
        members = []
        for _ in range(16):
            for source in self.sources:
                members += self.in_honest_rooms(source, nick="w")
                self.pump(members, 0.2)
        self.is_set_up()
        while not self.stop.is_set():
            self.pump(members, 1)


class RoomFillMany(RoomFill):
    name = "room_fill_many"
    what = "the same from all addresses"
    addresses_most = 1 << 16

    def run(self):
        members = []
        for source in self.sources:
            members += self.in_honest_rooms(source, nick="w")
            self.pump(members, 0.2)
        self.is_set_up()
        self.pump(members, 3600)
