"""A network between games and the relay that can be cut, frozen and thawed."""

import selectors
import socket
import struct
import threading

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: no goodbye of TCP's
LOOK_SECONDS = 0.02
CHUNK = 65536


class Cutter:
    """Accepts at its own port, and passes on to the address what comes, both ways."""

    def __init__(self, address):
        self.target = address
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.setblocking(False)
        self.port = self.server.getsockname()[1]
        self.pairs = {}    # each end: the other
        self.waiting = {}  # each end: what it is still to get
        self.lock = threading.Lock()
        self.frozen = False
        self.passes = None  # so many bytes more; then it freezes
        self.ended = False
        self.cuts = 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def cut(self):
        """True if there was something to cut."""
        with self.lock:
            ends = list(self.pairs)
            for end in ends:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            for end in ends:
                self.forget(end)
        self.cuts += bool(ends)
        return bool(ends)

    def freeze(self, frozen):
        self.frozen = frozen

    def freeze_after(self, count):
        """In the middle of something."""
        self.passes = count

    def forget(self, end):
        other = self.pairs.pop(end, None)
        self.waiting.pop(end, None)
        end.close()
        if other:
            self.forget(other)

    def run(self):
        while not self.ended:
            with self.lock:
                readers = [] if self.frozen else [
                    end for end, other in self.pairs.items() if not self.waiting[other]]
                writers = [] if self.frozen else [
                    end for end, rest in self.waiting.items() if rest]
                selector = selectors.DefaultSelector()
                if not self.frozen:
                    selector.register(self.server, selectors.EVENT_READ)
                for end in set(readers) | set(writers):
                    selector.register(end, (end in readers) * selectors.EVENT_READ
                                      | (end in writers) * selectors.EVENT_WRITE)
            ready = selector.select(LOOK_SECONDS)
            with self.lock:
                for key, events in ready:
                    self.serve(key.fileobj, events)
            selector.close()

    def serve(self, end, events):
        if end is self.server:
            self.accept()
            return
        if end not in self.pairs:
            return
        try:
            if events & selectors.EVENT_READ:
                data = end.recv(CHUNK)
                if not data:
                    raise ConnectionError
                self.waiting[self.pairs[end]] += data
                self.write(self.pairs[end])
            if events & selectors.EVENT_WRITE:
                self.write(end)
        except BlockingIOError:
            pass
        except OSError:
            if end in self.pairs:
                self.forget(end)

    def write(self, end):
        try:
            sent = end.send(self.waiting[end][:self.passes])
            self.waiting[end] = self.waiting[end][sent:]
            if self.passes is not None:
                self.passes -= sent
                if not self.passes:
                    self.passes, self.frozen = None, True
        except BlockingIOError:
            pass

    def accept(self):
        try:
            near = self.server.accept()[0]
            far = socket.create_connection(self.target, timeout=5)
        except OSError:
            return
        for end, other in ((near, far), (far, near)):
            end.setblocking(False)
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.pairs[end] = other
            self.waiting[end] = b""

    def end(self):
        self.ended = True
        self.thread.join(timeout=5)
        self.cut()
        self.server.close()
