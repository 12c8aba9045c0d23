from abuse.attack import Attack, netplay_client


class AllPorts(Attack):
    name = "all_ports"
    what = "asks for all sixteen ports, and sits in the honest players' rooms"

    def run(self):
        members = []
        for crc in self.honest_rooms():
            for number in range(min(2, len(self.sources))):
                one = self.member(self.sources[number], nick="greedy", crc=crc)
                if one:
                    one.say(netplay_client.PLAY, (0xFFFF).to_bytes(4, "big"))
                    members.append(one)
        self.pump(members, 3600)

    def honest_rooms(self):
        return range(1, 11)
