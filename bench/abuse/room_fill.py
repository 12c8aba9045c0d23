from abuse.attack import Attack


class RoomFill(Attack):
    name = "room_fill"
    what = "fills the honest players' rooms with spectators from two addresses"

    def run(self):
        members = []
        for crc in range(1, 11):
            for number in range(31):
                one = self.member(self.sources[number % min(2, len(self.sources))], nick="w",
                                  crc=crc)
                if one:
                    members.append(one)
            self.pump(members, 0.2)
        self.pump(members, 3600)
