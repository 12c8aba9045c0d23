import struct

from abuse.attack import Attack, netplay_client, tunnel_client

SALT = 0x5A175A17


class SilentHost(Attack):
    """No honest host is there, or nobody would be led to this one."""

    name = "silent_host"
    what = "hosts one silent session on a relay as it comes"
    config = {"manual_ip": None}
    honest = {"games": 0, "rooms": 0, "only_kind": True}
    newcomer_kind = "address_alone"
    addresses_most = 1
    setup = 3

    def run(self):
        host = self.session(self.source())
        self.told["guests"] = 0
        self.is_set_up()
        while host and not self.stop.is_set():
            ticket = self.attempt(host.next_ticket, 0.2)
            host_side = ticket and self.attempt(host.accept, ticket)
            if host_side:
                self.told["guests"] += 1
                self.kept.append(host_side)
                self.serve(host_side)

    def serve(self, host_side):
        pass

    @classmethod
    def faults(cls, numbers):
        guests = numbers["attack"]["guests"]
        return [f"{guests} guests"] if guests else []


class SilentHostAuto(SilentHost):
    name = "silent_auto"
    what = 'the same where "manual_ip" is "auto"'
    config = {"manual_ip": "auto"}


class PasswordThief(SilentHost):
    name = "password_thief"
    what = "hosts where rooms have a password, and asks who comes for it"
    config = {"manual_ip": "auto", "rooms": {"password": "4711"}}

    def serve(self, host_side):
        """As a netplay host with a salt of its own."""
        header = bytearray(tunnel_client.HEADER)
        struct.pack_into(">I", header, 12, SALT)
        said = self.attempt(host_side.receive, len(header), 1)
        if said and self.attempt(host_side.send, bytes(header)) is None:
            said = self.attempt(host_side.receive, 8 + 32 + 8 + 64, 1)  # NICK and PASSWORD
            if said and struct.pack(">I", netplay_client.PASSWORD) in said:
                self.told["hashes"] = self.told.get("hashes", 0) + 1
