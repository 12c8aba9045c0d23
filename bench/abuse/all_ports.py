from abuse.attack import Attack, netplay_client


class AllPorts(Attack):
    name = "all_ports"
    what = "asks for all free ports in the honest players' rooms"

    def run(self):
        members = []
        for crc in self.honest_rooms():
            for number in range(min(2, len(self.sources))):
                one = self.member(self.sources[number], nick="greedy", crc=crc)
                if one:
                    members.append(one)
        self.pump(members, 1)
        for one in members:
            one.say(netplay_client.PLAY, (0xFFF0).to_bytes(4, "big"))  # the first are taken
            one.say(netplay_client.PLAY, (0x0FF0).to_bytes(4, "big"))
        self.pump(members, 3600)

    def honest_rooms(self):
        return range(1, 11)
