"""Tests with two network namespaces, near and far, and a cable between them."""

import private_network
from runner import RelayTest


class NamespaceTest(RelayTest):
    """Skipped, with the reason, where there are no namespaces."""

    def setUp(self):
        reason = private_network.why_impossible()
        if reason:
            self.skipTest(reason)

    def namespace(self):
        made = private_network.Namespace()
        self.addCleanup(made.end)
        return made


class TwoMachinesTest(NamespaceTest):
    def setUp(self):
        super().setUp()
        self.near, self.far = self.namespace(), self.namespace()
        self.cable = private_network.Cable(self.near, self.far, 1)
