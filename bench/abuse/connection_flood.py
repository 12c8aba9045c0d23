from abuse.attack import Attack


class ConnectionFlood(Attack):
    name = "connection_flood"
    what = "connects and hangs up without end"
    is_flood = True
    setup = 1

    def run(self):
        while not self.stop.is_set():
            one = self.connect()
            if one:
                one.close()
