import time

from abuse import honest
from abuse.attack import Attack, netplay_client

PER_ADDRESS = 4  # at once


class Guesser(netplay_client.Client):
    met = False

    def take_in(self, number, payload):
        super().take_in(number, payload)
        self.met |= number == netplay_client.REQUEST_SAVESTATE  # somebody else is there


class PasswordGuess(Attack):
    """A guess is one that the relay has evaluated: it refused the password, or let it in."""

    name = "password_guess"
    what = "tries passwords of all rooms without end"
    is_flood = True
    config = {"rooms": {"password": "4711"}}
    setup = 3
    content = 1
    per_second_and_address = 1  # as many are no danger to a password

    def run(self):
        guesses, began = [], time.monotonic()
        self.told.update(guesses_per_second=0.0, found=0)
        while not self.stop.is_set():
            while len(guesses) < PER_ADDRESS * len(self.sources) and not self.stop.is_set():
                one = self.member(self.source(), Guesser, nick="p", crc=self.content,
                                  password=f"wrong {self.count}", port=self.facts.door or None)
                if one is None:
                    break
                one.since = time.monotonic()
                guesses.append(one)
            self.pump(list(guesses), 0.02)
            for one in list(guesses):
                if one.ended or one.number or time.monotonic() > one.since + 3:
                    self.evaluated(one)
                    if not one.ended:
                        one.close()
                    guesses.remove(one)
            self.told["guesses_per_second"] = self.deeds / (time.monotonic() - began)

    def evaluated(self, one):
        if one.number:
            self.deeds += 1
            self.told["found"] += self.content == 1

    @classmethod
    def faults(cls, numbers):
        told = numbers["attack"]
        told["guesses_per_second"] += numbers["closes_per_second"].get("wrong_password", 0)
        most = cls.per_second_and_address * numbers["addresses"]
        return [f"{told['guesses_per_second']:.0f} guesses/s"] \
            if told["guesses_per_second"] > most else []


class PasswordGuessDoor(PasswordGuess):
    """Behind such a door every password leads to a room: found is one in which somebody is."""

    name = "password_door"
    what = "tries passwords at a door with rooms by password"
    config = {"doors": [{"listen": [], "rooms": "by_password"}]}
    newcomer_kind = "friend"
    content = honest.FRIENDS_ROOM
