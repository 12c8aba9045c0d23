from abuse.attack import Attack, netplay_client

CONNECTIONS = 4  # to each room
# Two are enough for all that are left, or four pads each, or any.
WANTED = ((0xFF00, 0x00FC), (0xF000, 0x0F00, 0x00F0, 0x000C), (0,))


class AllPorts(Attack):
    name = "all_ports"
    what = "asks for all free ports in the honest players' rooms, from two addresses"
    newcomer_kind = "seat"
    addresses_most = 2

    def run(self):
        members = []
        for number in range(CONNECTIONS):
            members += self.in_honest_rooms(self.sources[number % len(self.sources)],
                                            nick=f"greedy {number}")
            self.pump(members, 0.5)
        for turn in range(3):
            for one in members:
                if one.number and not one.plays:
                    number = int(one.nick.split()[1])
                    wanted = WANTED[turn][number % len(WANTED[turn])]
                    one.say(netplay_client.PLAY, wanted.to_bytes(4, "big"))
            self.pump(members, 0.5)
        self.told["ports"] = sum(one.ports.bit_count() for one in members)
        self.is_set_up()
        while not self.stop.is_set():
            self.pump(members, 0.01)
            self.play(members)
