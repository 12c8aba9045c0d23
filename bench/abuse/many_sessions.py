from abuse.attack import Attack


class ManySessions(Attack):
    name = "many_sessions"
    what = "opens all the sessions and rooms that it may"

    def run(self):
        members = []
        while not self.stop.is_set():
            for source in self.sources:
                host = self.session(source)
                if host:
                    self.kept.append(host)
                one = self.member(source, nick="r", crc=0xC000 + self.count)
                self.count += 1
                if one:
                    members.append(one)
                self.pump(members)
