from abuse.attack import Attack


class Nothing(Attack):
    name = "nothing"
    what = "does nothing; newcomers take seats in the honest players' rooms"
    newcomer_kind = "seat"

    def run(self):
        self.hold()
