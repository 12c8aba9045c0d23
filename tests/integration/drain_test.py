"""SIGUSR1: what is there goes on, nothing new is taken in, and when the last has ended so does the
relay."""

import signal

from netplay_client import PLAY, Client, together
from runner import RelayTest, main
from tunnel_client import FULL, NO_ID, RATS, Host


class DrainTest(RelayTest):
    def drain(self, relay):
        relay.send_signal(signal.SIGUSR1)
        return relay.wait_for_log(r" draining ([^\n]*)\n")

    def assert_no_new_session(self, relay, count=1):
        refused = self.kept(Host(relay))
        refused.send(RATS + NO_ID)
        self.assertEqual(refused.receive_rest(), FULL)
        relay.wait_for_close("draining", count)

    def member(self, relay, others=(), **options):
        client = self.kept(Client(relay, **options))
        together([*others, client], lambda: client.number or client.ended, "to be let in or not")
        return client

    def test_nobody_there(self):
        relay = self.start()
        self.drain(relay)
        self.assertEqual(relay.wait_for_end(), 0)
        self.assertIn("stopping reason=drained", relay.log_text())

    def test_sessions(self):
        relay = self.start()
        host = self.host(relay)
        link = self.link(host)
        said = self.drain(relay)
        self.assertEqual(said, "sessions=1 links=1 rooms=0 parties=0 hops=0 limit_seconds=3600")
        self.assertEqual(relay.status()["state"], "draining")
        self.assert_no_new_session(relay)
        late = self.link(host)
        for pair in (link, late):
            self.assert_link_works(*pair)
        host.close()
        relay.wait_for_use(sessions=0, links=2)
        for pair in (link, late):
            self.assert_link_works(*pair)
            self.assertTrue(relay.is_running())
            for peer in pair:
                peer.close()
        self.assertEqual(relay.wait_for_end(), 0)
        self.assertIn("stopping reason=drained sessions=0 links=0", relay.log_text())

    def test_a_host_without_guests_is_waited_for(self):
        relay = self.start()
        host = self.host(relay)
        self.drain(relay)
        relay.barrier()
        self.assertTrue(relay.is_running())
        host.close()
        self.assertEqual(relay.wait_for_end(), 0)

    def test_rooms(self):
        relay = self.start({"manual_ip": "room"})
        ann = self.member(relay)
        ann.say(PLAY, bytes(4))
        together([ann], lambda: ann.plays, "a seat")
        self.drain(relay)
        bob = self.member(relay, [ann], nick="bob")
        self.assertIsNotNone(bob.number)
        chess = self.member(relay, [ann, bob], nick="cat", core="Chess")
        self.assertIsNone(chess.number)
        relay.wait_for_close("no_new_rooms")
        ann.close()
        relay.wait_for_use(members=1, rooms=1)
        self.assertEqual(relay.status()["state"], "draining")
        bob.close()
        self.assertEqual(relay.wait_for_end(), 0)

    def test_the_limit(self):
        relay = self.start({"drain_limit_seconds": 1})
        guest, host_side = self.link(self.host(relay))
        self.drain(relay)
        for peer in (guest, host_side):
            self.assertEqual(peer.receive_rest(), b"")
            peer.close()
        self.assertEqual(relay.wait_for_end(), 0)
        self.assertIn("stopping reason=drain_limit sessions=1 links=1", relay.log_text())

    def test_another_limit_holds_for_a_drain_that_is_on(self):
        relay = self.start()
        link = self.link(self.host(relay))
        self.drain(relay)
        self.assertIn("reloaded", relay.change(drain_limit_seconds=1))
        for peer in link:
            self.assertEqual(peer.receive_rest(), b"")
            peer.close()
        self.assertEqual(relay.wait_for_end(), 0)
        self.assertIn("stopping reason=drain_limit", relay.log_text())

    def test_a_signal_to_stop_ends_it(self):
        relay = self.start()
        self.link(self.host(relay))
        self.drain(relay)
        self.assertEqual(relay.stop(), 0)
        self.assertIn("stopping signal=15", relay.log_text())

    def test_the_same_again_and_a_reload_change_nothing(self):
        relay = self.start()
        host = self.host(relay)
        self.drain(relay)
        relay.send_signal(signal.SIGUSR1)
        self.assertIn("reloaded", relay.change(limits={"sessions": 5}))
        self.assertEqual(relay.status()["state"], "draining")
        self.assert_no_new_session(relay)
        self.assert_link_works(*self.link(host))
        self.assertEqual(relay.log_text().count(" draining "), 1)

    def test_while_stopping_it_is_harmless(self):
        relay = self.start({"shutdown_grace_seconds": 5})
        guest, host_side = self.link(self.host(relay))
        relay.send_signal(signal.SIGTERM)
        relay.wait_for_log(" stopping ")
        relay.send_signal(signal.SIGUSR1)
        self.assertEqual(relay.status()["state"], "stopping")
        guest.close()
        host_side.close()
        self.assertEqual(relay.wait_for_end(), 0)


if __name__ == "__main__":
    main()
