import struct

from abuse.attack import Attack, netplay_client


class BadPlayer(Attack):
    name = "bad_player"
    what = "plays in the honest players' rooms in bursts every 4.85 s"

    def run(self):
        while not self.stop.is_set():
            members = []
            for crc in range(1, 11):
                one = self.member(self.source(), nick="bad", crc=crc)
                if one:
                    members.append(one)
            self.pump(members, 1)
            for one in members:
                one.say(netplay_client.PLAY, struct.pack(">I", 0))
            self.pump(members, 0.5)
            while members and not self.stop.is_set():
                self.pump(members, 4.85)
                for one in members:
                    while one.plays and one.frame < one.over:
                        one.send_input(0)
