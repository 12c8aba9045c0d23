from abuse.attack import Attack

IN_A_ROOM = 30
ALL = 3840
SHARE = 0.05  # of a core, for all of them


class SilentSpectators(Attack):
    name = "silent_spectators"
    what = "sits silently in rooms without players, 128 from each address"
    shows = ("members", "rooms")
    setup = 60

    def run(self):
        members = []
        for number in range(min(ALL, 128 * len(self.sources))):
            if self.stop.is_set():
                return
            one = self.member(self.sources[number % len(self.sources)], nick="s",
                              crc=0xA000 + number // IN_A_ROOM)
            if one:
                members.append(one)
            self.pump(members)
            if number % IN_A_ROOM == 0:
                self.pump(members, 0.02)
        self.pump(members, 1)
        self.is_set_up()
        self.pump(members, 3600)

    @classmethod
    def faults(cls, numbers):
        more = numbers["cpu_more"]
        return [f"CPU +{more:.0%}"] if more > SHARE else []


class SilentCrowd(SilentSpectators):
    name = "silent_crowd"
    what = "the same with 3,840 in all, from as many addresses as it takes"
    addresses_least = 120

    @classmethod
    def faults(cls, numbers):
        found = super().faults(numbers)
        here = numbers["use"]["members"]
        return found if here > 0.9 * ALL or here == 0 else [*found, f"{here} of {ALL} got in"]
