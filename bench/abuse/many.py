"""All that there is of something, from all addresses."""

from abuse.attack import Attack, netplay_client, tunnel_client

ROUNDS = 130  # as many as one address may have of anything, and more


class ManySessions(Attack):
    name = "many_sessions"
    what = "opens all the sessions that it may, and keeps them"
    shows = ("sessions",)
    setup = 25

    def run(self):
        for _ in range(17):
            for source in self.sources:
                if self.stop.is_set():
                    return
                host = self.session(source)
                if host:
                    self.kept.append(host)
        self.hold()


class ManyRooms(Attack):
    name = "many_rooms"
    what = "opens all the rooms that it may, and plays there"
    shows = ("rooms",)
    setup = 25

    def run(self):
        members, seated = [], set()
        for _ in range(9):
            for source in self.sources:
                if self.stop.is_set():
                    return
                self.count += 1
                one = self.member(source, nick="r", crc=0x10000 + self.count)
                if one:
                    members.append(one)
                self.pump(members)
            self.pump(members, 0.05)
        self.is_set_up()
        while not self.stop.is_set():
            self.pump(members, 0.01)
            for one in members:
                if one.number and one not in seated:
                    seated.add(one)
                    one.say(netplay_client.PLAY, bytes(4))
            self.play(members)


class ManyConnections(Attack):
    name = "many_connections"
    what = "joins its own sessions with all the connections that it may have"
    shows = ("connections", "sessions", "links")
    setup = 30

    def run(self):
        for _ in range(ROUNDS):
            before = len(self.kept)
            for source in self.sources:
                if self.stop.is_set():
                    return
                host = self.session(source)
                if host is None:
                    continue
                self.kept.append(host)
                for _ in range(7):
                    guest = self.attempt(lambda host=host: tunnel_client.Guest(
                        self, host.source).join(host.session))
                    if guest is None:
                        break
                    host_side = self.attempt(lambda host=host: host.accept(host.next_ticket(0.3)))
                    self.kept += [one for one in (guest, host_side) if one]
            if len(self.kept) == before:
                break
        self.hold()
