from abuse.attack import Attack


class Rejoin(Attack):
    name = "rejoin"
    what = "leaves the honest players' rooms and joins again without end"

    def run(self):
        while not self.stop.is_set():
            members = []
            for crc in range(1, 11):
                one = self.member(self.source(), nick="again", crc=crc)
                if one:
                    members.append(one)
            self.pump(members, 0.5)
            for one in members:
                one.close()
