from abuse.attack import Attack


class HttpGarbage(Attack):
    name = "http_garbage"
    what = "speaks HTTP to the players' port"
    is_flood = True
    setup = 1

    def run(self):
        while not self.stop.is_set():
            one = self.connect()
            if one:
                self.attempt(one.sendall, b"GET / HTTP/1.1\r\nHost: relay\r\n\r\n")
                one.close()
