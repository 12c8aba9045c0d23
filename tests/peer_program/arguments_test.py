"""The command line of netplay-peer: help, and a clear sentence for everything that is wrong."""

import peer_runner
from peer_process import BAD_ARGUMENTS, FAILED, OK, REFUSED, run_peer
from peer_runner import PeerTest

OF_BOTH = {
    "--rate": ("-1", "1001", "inf", "nan", "fast"),
    "--frames": ("-1", "5000000000", "12x"),
    "--duration": ("-1", "nan", "inf", "1e300", "long"),
    "--protocol": ("3", "8", "six"),
    "--seed": ("x", "99999999999999999999"),
    "--buttons": ("10000", "zz", "-1"),
    "--input": ("/nowhere", "/proc", __file__),
    "--input-latency": ("16", "3:2", "1:2:3", "-1", ":5", "5:", "x"),
    "--watch-memory": ("zz", "10", "10:0", "10:x"),
    "--watch-every": ("0", "-1", "x"),
    "--password": ("x" * 128,),
    "--core": ("builtin:arena,players=1", "builtin:arena,players=17", "builtin:arena,nothing",
               "builtin:arena,state=1", "builtin:arena,slow=1", "builtin:arena,slow=0/5",
               "builtin:arena,desync=x", "builtin:arena,grows=1", "builtin:arenas",
               "builtin:else"),
    "--nothing": ("x",),
}
OF_LINKS = ("latency", "latency=", "latency=-1", "latency=x", "latency=600001", "jitter=1e3",
            "stall=5", "stall=5/", "stall=/5", "stall=0/5", "bandwidth=-1", "bandwidth=x",
            "seed=x", "seed=99999999999999999999", "latency=1,latency=2", "nothing=1",
            "latency=1 jitter=1", ",latency=1", "latency=1;jitter=1")
OF_HOSTS = {
    "--port": ("70000", "-1", "x"),
    "--ports": ("0", "17", "x"),
    "--device": ("mouse", ""),
    "--connections": ("0", "32"),
    "--crc-interval": ("-1", "x"),
    "--relay": ("127.0.0.1|x", "127.0.0.1|0", "127.0.0.1|65536", "|5", "127.0.0.1|",
                "127.0.0.1|5|AAAAAAAAAAAAAAAA", ""),
    "--spectate-password": ("x" * 128,),
}
TARGETS = ("", "|", "|5", "h|", "h|0", "h|65536", "h|x", "h|-1", "h|5|", "h|5|short",
           "h|5|AAAAAAAAAAAAAAAAA", "h|5|AAAAAAAAAAAAAAA!", "h|5|AAAAAAAAAAAAAAAA|")


class BadArgumentsTest(PeerTest):
    def assert_complains(self, verb, option, value):
        ending = ("--duration", "0.1") if option != "--duration" else ()
        with self.subTest(f"{verb[0]} {option} {value[:40]}"):
            self.assert_refuses(*verb, *ending, option, value)

    def test_of_both(self):
        for verb in (("host", "--listen", "127.0.0.1"), ("join", "127.0.0.1|1")):
            for option, values in OF_BOTH.items():
                for value in values:
                    self.assert_complains(verb, option, value)

    def test_of_links(self):
        for option in ("--link", "--link-in", "--link-out"):
            for value in OF_LINKS:
                self.assert_complains(("join", "127.0.0.1|1"), option, value)

    def test_of_hosts(self):
        for option, values in OF_HOSTS.items():
            listen = () if option == "--port" else ("--port", "0")
            for value in values:
                self.assert_complains(("host", "--listen", "127.0.0.1", *listen), option, value)
        self.assert_refuses("host", "--listen", "127.0.0.1", "--port", "0", "extra")
        self.assert_refuses("host", "--seed", 1, "--input", __file__, says="(?i)exclude")

    def test_targets(self):
        for target in TARGETS:
            with self.subTest(target):
                self.assert_refuses("join", target, "--frames", 1)
        for target, meant in (("h:5", r"h\|5"), ("[::1]:5", r"\[::1\]\|5"),
                              ("h:5|AAAAAAAAAAAAAAAA", r"h\|5\|AAAAAAAAAAAAAAAA")):
            self.assert_refuses("join", target, says=rf"separator is \|.*'{meant}'")
            if "AAA" not in target:
                self.assert_refuses("host", "--relay", target, says=rf"separator is \|.*'{meant}'")
        self.assert_refuses("join", says="TARGET")
        self.assert_refuses("join", "127.0.0.1|1", "--listen", "127.0.0.1")

    def test_of_the_others(self):
        self.assert_refuses(says="subcommand")
        self.assert_refuses("nothing")
        for arguments in (("--depth", "0"), ("--depth", "x"), ("--frames", "-1"),
                          ("--frames", "0"), ("--buttons", "1ffff"), ("--core", "builtin:x"),
                          ("--seed", "x"), ("--nothing",)):
            with self.subTest(arguments):
                self.assert_refuses("sync-test", *arguments)
        self.assert_refuses("replay", says="FILE")
        self.assert_refuses("decode", says="FILE")
        self.assert_refuses("decode", __file__, "--side", "left")
        self.assert_refuses("decode", __file__, "--protocol", "3")
        self.assert_refuses("decode", "/nowhere", code=run_peer("decode", "/nowhere").returncode,
                            says="/nowhere")

    def test_what_was_meant(self):
        for arguments, hint in ((("hots",), "host"), (("sync_test",), "sync-test"),
                                (("join", "127.0.0.1", "--frame", 1), "--frames"),
                                (("host", "--realy", "127.0.0.1"), "--relay"),
                                (("--vesrion",), "--version")):
            with self.subTest(arguments):
                self.assert_refuses(*arguments, says=f'did you mean "{hint}"\\?')
        self.assert_refuses("joinr", says='did you mean "join"')  # "joiner" is nobody's business

    def test_what_only_the_system_can_refuse(self):
        self.assert_refuses("host", "--core", "/nowhere.so", code=FAILED, says="/nowhere.so")
        self.assert_refuses("host", "--core", __file__, code=FAILED, says="cannot load")
        ended = run_peer("host", "--listen", "nonsense", "--port", 0, "--duration", 1)
        self.assertIn(ended.returncode, (FAILED, BAD_ARGUMENTS))
        self.assertIn("'nonsense' is not an address", ended.stdout + ended.stderr)
        ended = run_peer("join", "no.such.host.invalid", "--frames", 1)
        self.assertEqual(ended.returncode, REFUSED)
        self.assertIn("cannot resolve no.such.host.invalid port 55435", ended.stdout)


class HelpTest(PeerTest):
    def test_help(self):
        for verb in ((), ("host",), ("join",), ("sync-test",), ("replay",), ("decode",)):
            ended = run_peer(*verb, "--help")
            self.assertEqual((ended.returncode, ended.stderr), (OK, ""))
            self.assertIn("Usage: netplay-peer", ended.stdout)
        for code in ("0 ended as asked and in sync", "3 desync", "4 refused", "5 lost"):
            self.assertIn(code, run_peer("--help").stdout)

    def test_version(self):
        ended = run_peer("--version")
        self.assertEqual(ended.returncode, OK)
        self.assertRegex(ended.stdout, r"^netplay-peer \d+\.\d+\.\d+\n$")

    def test_good_values_at_their_limits(self):
        """All of them get as far as a host that is not there."""
        for arguments in (("--link", "latency=600000,jitter=600000,stall=1/1,bandwidth=1,seed=0"),
                          ("--link", ""), ("--input-latency", "0:15"), ("--protocol", "4"),
                          ("--buttons", "FFFF"), ("--password", "x" * 127), ("--rate", "1000"),
                          ("--seed", str(2**64 - 1)), ("--watch-memory", "ff:1", "--watch-file",
                                                       "/dev/null")):
            with self.subTest(arguments):
                ended = run_peer("join", "127.0.0.1|1", "--frames", 1, *arguments)
                self.assertEqual(ended.returncode, REFUSED, ended.stderr)


if __name__ == "__main__":
    peer_runner.main()
