from abuse.attack import Attack, tunnel_client


class SessionFill(Attack):
    """Whoever is sent away comes again at once."""

    name = "session_fill"
    what = "takes all seats of a session whose id it knows"
    newcomer_kind = "guest"
    shows = ("links", "waiting_joins")
    setup = 8

    def run(self):
        guests = []
        while not self.stop.is_set():
            for one in list(guests):
                if one.has_data():  # the host's header, or an end
                    if self.attempt(one.socket.recv, 4096):
                        continue
                    one.close()
                    guests.remove(one)
            if len(guests) < 64:
                guest = self.attempt(lambda: tunnel_client.Guest(self, self.source()).join(
                    self.facts.session))
                if guest:
                    self.deeds += 1
                    guests.append(guest)
            self.stop.wait(0.01)


class SessionFillOne(SessionFill):
    name = "session_fill_one"
    what = "the same from one address"
    addresses_most = 1
