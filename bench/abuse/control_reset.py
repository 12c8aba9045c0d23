from abuse.attack import Attack


class ControlReset(Attack):
    name = "control_reset"
    what = "opens sessions and resets their control connections"

    def run(self):
        while not self.stop.is_set():
            host = self.session(self.source())
            if host:
                host.reset()
            else:
                self.stop.wait(0.02)
