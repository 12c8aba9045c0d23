"""The JSON report of netplay-peer and its schema. Every other test holds its reports against it as
well."""

import peer_runner
from peer_process import REFUSED
from peer_runner import PeerTest, jsonschema, schema


class SchemaTest(PeerTest):
    def setUp(self):
        if jsonschema is None:
            self.skipTest("python3-jsonschema is not installed")
        self.validator = jsonschema.Draft202012Validator(schema())

    def test_the_schema_is_strict(self):
        """It would notice a field that is gone, added or of another kind."""
        jsonschema.Draft202012Validator.check_schema(schema())
        for report in self.play(("--rate", 240), ("--rate", 240), 60):
            self.validator.validate(report)
            for change in ({"more": 1}, {"outcome": "odd"}, {"exit_code": 2}, {"crcs": {}},
                           {"seconds": "long"}, {"rollbacks": {**report["rollbacks"], "more": 1}},
                           {"pings": {}}, {"final_hash": -1}, {"join": "relay.example"}):
                self.assertFalse(self.validator.is_valid({**report, **change}), change)
            for name in report:
                less = {key: value for key, value in report.items() if key != name}
                self.assertFalse(self.validator.is_valid(less), name)

    def test_everything_is_described(self):
        def check(part, where):
            if part.get("type") != "object":
                return
            self.assertIs(part.get("additionalProperties"), False, where)
            for name, field in part.get("properties", {}).items():
                self.assertTrue(field.get("description"), f"{where}.{name}")
                check(field, f"{where}.{name}")
        check(schema(), "report")
        check(schema()["$defs"]["stalls"], "stalls")

    def test_reports_without_a_game(self):
        report = self.finish(self.join("127.0.0.1|1", "--frames", 1), REFUSED)
        self.assertIsNone(report["final_frame"])
        self.assertEqual((report["protocol"], report["host"]), (0, ""))

    def test_standard_output_is_the_report_alone(self):
        """Even when the game is one that prints."""
        core = ("--core", peer_runner.cores["tiny"], "--content", __file__, "--rate", 240)
        host, client = self.play(core, core, 30)
        self.assertEqual(host["core"]["name"], client["core"]["name"])

    def test_names_in_no_encoding(self):
        host, client = self.play(("--rate", 240, "--nick", "\udcff\udcfe"),
                                 ("--rate", 240, "--nick", "é" * 40), 30)
        self.assert_in_sync(host)
        self.assertLessEqual(len(client["host"].encode()), 32)


if __name__ == "__main__":
    peer_runner.main()
