"""systemctl restart: the games go on. A stop ends them."""

from service_machine import SERVICE, ServiceTest


class RestartTest(ServiceTest):
    def setUp(self):
        super().setUp()
        self.service.start()

    def test_the_games_go_on(self):
        host = self.host(self.service)
        link = self.link(host)
        for count in range(1, 4):
            process = self.service.show("MainPID")
            self.service.systemctl("restart", SERVICE)
            self.assertNotEqual(self.service.show("MainPID"), process)
            self.assert_link_works(*link)
            handovers = self.service.status()["handovers"]
            self.assertEqual((handovers["done"], handovers["connections"], handovers["lost"]),
                             (count, 3, 0))
            # What systemd has kept is there no more.
            self.service.wait_for(NFileDescriptorStore="0", ActiveState="active")
        late = self.link(host)
        self.assert_link_works(*late)
        self.service.wait_for_message("handed_over sessions=1 links=1 rooms=0 connections=3")

    def test_a_stop_ends_them(self):
        guest, _ = self.link(self.host(self.service))
        self.service.systemctl("stop", SERVICE)
        self.assertEqual(guest.receive_rest(), b"")
        self.service.wait_for_message("stopping signal=15 sessions=1 links=1")
        self.service.start()
        self.assertEqual(self.service.status()["handovers"]["done"], 0)

    def test_by_hand_within_the_unit(self):
        """As long as the program is the one that the unit was started with."""
        link = self.link(self.host(self.service))
        process = self.service.show("MainPID")
        self.service.systemctl("kill", "--signal=USR2", "--kill-whom=main", SERVICE)
        self.service.wait_for_message("taken_over .*connections=3 lost=0")
        self.assertEqual(self.service.show("MainPID"), process)
        self.service.wait_for(ActiveState="active")
        self.assert_link_works(*link)
