from abuse.attack import Attack, netplay_client

STATES_MOST = 11  # of one owner in that time: six at once, and one in 5 s


class Rejoin(Attack):
    """Each time somebody comes, and each time a member asks, an owner gives its state."""

    name = "rejoin"
    what = "joins, asks for states, leaves and joins again, where owners have slow lines"
    honest = {"rooms": 4, "state_bytes": 60_000, "bytes_per_second": 250_000}
    seconds_least = 34
    setup = 3

    def run(self):
        while not self.stop.is_set():
            members = self.in_honest_rooms(nick="again")
            self.pump(members, 0.6)
            for one in members:
                if one.number:
                    self.deeds += 1
                    for _ in range(4):
                        one.say(netplay_client.REQUEST_SAVESTATE)
            self.pump(members, 0.6)
            for one in members:
                one.close()

    @classmethod
    def faults(cls, numbers):
        states = numbers["served_bytes"] / cls.honest["state_bytes"]
        return [f"{states:.0f} states of one owner"] if states > STATES_MOST else []
