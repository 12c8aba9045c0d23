"""A match between RetroArch and netplay-peer, directly or through a relay's tunnel."""

from match import JOIN_LIMIT, Match, Participant
from peer_driver import WATCH_EVERY, NetplayPeer
from retroarch_driver import free_tcp_port

CHECK_FRAMES = 60  # between two CRCs; RetroArch's default is 600


class PeerPlayer(Participant):
    """One netplay-peer. What it writes of its memory is final; its seed presses its buttons."""

    def __init__(self, peer, hosts):
        super().__init__(peer.name)
        self.peer = peer
        self.hosts = hosts

    def play(self, now):
        pass

    def watch(self, _):
        for memory in self.peer.new_memories():
            self.remember(memory, memory.all_frames())

    def newest_frame(self):
        """No frame that it has begun is newer."""
        self.watch(0)  # what it wrote while nobody looked
        return self.frame + 2 * WATCH_EVERY

    def end(self):
        self.peer.end()

    def logs(self):
        return [
            (self.name, self.peer.progress_text()),
            (f"{self.name}'s report", str(self.peer.report_path.read_text(encoding="utf-8"))),
        ]


class PeerMatch(Match):
    def __init__(self, setup, directory, configuration=None):
        super().__init__(setup, directory, configuration)
        self.last_seed = 0

    def host_retroarch(self, name="alice", **settings):
        """Starts a RetroArch as host; returns it and its join text."""
        settings = {"netplay_check_frames": str(CHECK_FRAMES), **settings}
        if self.relay:
            return self.open_host(name, **settings)
        port = str(free_tcp_port())
        host = self.start_retroarch(name, ["--host", "--port", port], settings)
        host.retroarch.wait_for_game()
        host.remember_from(1)
        self.active.append(host)
        return host, f"127.0.0.1|{port}"

    def start_peer(self, verb, name, *arguments, rom=None):
        directory = self.directory / name
        directory.mkdir()
        self.last_seed += 1  # no two of a match play alike
        words = [verb, "--seed", str(self.last_seed), *arguments]
        peer = NetplayPeer(
            self.setup.peer, name, directory, self.setup.core, rom or self.rom, words
        )
        player = PeerPlayer(peer, hosts=verb == "host")
        self.players.append(player)
        return player

    def host_peer(self, name, *arguments, rom=None):
        """Starts a netplay-peer as host; returns it and its join text."""
        place = ["--listen", "127.0.0.1", "--port", "0"]
        if self.relay:
            self.relay.wait_for_ports()
            place = ["--relay", self.relay.address.replace(":", "|")]
        arguments = (*place, "--crc-interval", str(CHECK_FRAMES), *arguments)
        host = self.start_peer("host", name, *arguments, rom=rom)
        if self.relay:
            join_text = host.peer.wait_for_progress(r"join: (\S+)")
        else:
            join_text = "127.0.0.1|" + host.peer.wait_for_progress(r"listening on .* port (\d+)")
        host.remember_from(1)
        self.active.append(host)
        return host, join_text

    def join_peer(self, name, join_text, host, *arguments, rom=None):
        """Starts a netplay-peer as guest and waits until it has confirmed frames."""
        guest = self.start_peer("join", name, join_text, *arguments, rom=rom)
        self.active.append(guest)
        self.wait_until(
            lambda: guest.frame > 0 or not guest.peer.is_running(), JOIN_LIMIT, f"{name} to join"
        )
        assert guest.peer.is_running(), f"{name} ended with {guest.peer.process.returncode}"
        # The frames that it ran before it was given the host's state are nobody's business.
        guest.remember_from(host.newest_frame() + 1)
        return guest

    def try_peer(self, name, join_text, *arguments):
        """Starts a netplay-peer that is to be refused; returns its exit code and its reason."""
        guest = self.start_peer("join", name, join_text, *arguments)
        self.wait_until(lambda: not guest.peer.is_running(), JOIN_LIMIT, f"{name} to be refused")
        return guest.peer.process.returncode, guest.peer.report()["reason"]
