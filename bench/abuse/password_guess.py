from abuse.attack import Attack


class PasswordGuess(Attack):
    name = "password_guess"
    what = "tries passwords without end"
    config = {"doors": [{"listen": ["127.0.0.1:0"], "rooms": "by_password"}]}

    def run(self):
        while not self.stop.is_set():
            one = self.member(self.source(), nick="p", password=str(self.count))
            if one:
                for _ in range(3):
                    self.attempt(one.pump)
                one.close()
