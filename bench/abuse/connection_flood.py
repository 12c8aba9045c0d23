from abuse.attack import Attack


class ConnectionFlood(Attack):
    name = "connection_flood"
    what = "connects and hangs up without end"

    def run(self):
        while not self.stop.is_set():
            one = self.connect()
            if one:
                one.close()
