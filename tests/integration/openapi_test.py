"""docs/openapi.json is what the relay does: each of its operations answers with a status and a body
that it describes, it takes and refuses what it says, and no path of the relay is missing there."""

import copy
import json
import pathlib
import re

from control_client import TOKEN, Controller
from control_test import SESSION, ControlTest
from runner import main

try:
    import jsonschema
except ImportError:
    jsonschema = None

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
JSON = "application/json"
# What is asked for first, so that what follows finds something to act on.
GOOD = {
    "/control/new": [{"allowed": True}],
    "/control/ban": [{"network": "127.0.0.9"},
                     {"network": "2001:db8::/32", "seconds": 1, "reason": "x"}],
    "/control/unban": [{"network": "127.0.0.9"}],
    "/control/say": [{"text": "hello"}],
    "/control/reserve": [{"networks": ["127.0.0.2"], "session": SESSION},
                         {"networks": ["::/0"], "seconds": 315360000}],
    "/control/unreserve": [{"session": SESSION}],
    "/control/log_level": [{"level": "info"}, {"level": "debug"}],
    "/control/drain": [{"in_seconds": 604800, "message": "x"}, {"in_seconds": 7200}],
    "/control/undrain": [{}],
    "/control/kick": [{"id": "GUEST"}, {"id": "OTHER", "ban_seconds": 9, "reason": "x"}],
    "/control/end": [{"link": "THIRD"}, {"session": "SESSION"}],
}
ABSENT = {  # right, but of nothing that is there
    "/control/unban": {"network": "127.0.0.77"},
    "/control/unreserve": {"session": SESSION},
    "/control/kick": {"id": 999999},
    "/control/end": {"room": 999999},
    "/control/say": {"room": 999999, "text": "x"},
    "/control/undrain": {},
}
ODD = [None, True, 0, -1, 1.5, 1 << 60, "", "x", "a\nb", "x" * 381, [], ["x"], {}]


def document():
    return json.loads((DOCS / "openapi.json").read_text(encoding="utf-8"))


class OpenApiTest(ControlTest):
    def setUp(self):
        if jsonschema is None:
            self.skipTest("python3-jsonschema is not installed")
        self.document = document()
        self.seen = set()

    def at(self, reference):
        part = self.document
        for key in reference.removeprefix("#/").split("/"):
            part = part[key]
        return part

    def whole(self, part):
        """With what it refers to in place."""
        if isinstance(part, list):
            return [self.whole(each) for each in part]
        if not isinstance(part, dict):
            return part
        name = part.get("$ref", "")
        rest = {key: self.whole(value) for key, value in part.items() if key != "$ref"}
        if name.startswith("#/components/"):
            return {**self.whole(self.at(name)), **rest}
        return {**rest, **({"$ref": name} if name else {})}

    def validator(self, schema):
        schema = copy.deepcopy(self.whole(schema))
        if schema.get("$ref") == "status.schema.json":
            schema = json.loads((DOCS / "status.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(schema)

    def operations(self):
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield path, method.upper(), operation

    def check(self, path, method, answer):
        """As one of the responses that are described; whatever they are, they are counted."""
        operation = self.document["paths"][path][method.lower()]
        where = f"{method} {path}: {answer.status} {answer.body[:200]}"
        self.assertIn(str(answer.status), operation["responses"], where)
        response = self.whole(operation["responses"][str(answer.status)])
        for name in response.get("headers", {}):
            self.assertIn(name.lower(), answer.fields, where)
        kind = answer.fields["content-type"].split(";")[0]
        self.assertIn(kind, response["content"], where)
        if kind == JSON and response["content"][kind]:
            self.validator(response["content"][kind]["schema"]).validate(answer.json())
        self.seen.add((path, method, answer.status))

    def start_all(self):
        """A relay with a host, its guests, and their names for the bodies above."""
        relay = self.start_controlled()
        host = self.host(relay, "127.0.0.2")
        for number in (3, 4, 5):
            self.link(host, f"127.0.0.{number}")
        ids = {link["guest"]["address"].split(":")[0]: link["id"] for link in relay.links()}
        self.names = {"GUEST": ids["127.0.0.3"], "OTHER": ids["127.0.0.4"],
                      "THIRD": ids["127.0.0.5"], "SESSION": self.session_of(host)["id"]}
        return relay

    def named(self, body):
        return {key: self.names.get(value, value) if isinstance(value, str) else value
                for key, value in body.items()}


class DocumentTest(OpenApiTest):
    def test_it_is_well_formed(self):
        self.assertRegex(self.document["openapi"], r"^3\.1\.")
        names = [operation["operationId"] for _, _, operation in self.operations()]
        self.assertEqual(len(names), len(set(names)))
        text = json.dumps(self.document)
        used = set(re.findall(r'"#/components/(\w+/\w+)"', text))
        there = {f"{kind}/{name}" for kind in ("responses", "schemas")
                 for name in self.document["components"][kind]}
        self.assertEqual(used, there)
        for path, method, operation in self.operations():
            self.assertTrue(operation["summary"].endswith("."), path)
            self.assertEqual(path.startswith("/control/"), operation.get("security") is not None)
            for response in operation["responses"].values():
                for content in self.whole(response).get("content", {}).values():
                    if "schema" in content:
                        self.validator(content["schema"])
            if method == "POST":
                self.validator(operation["requestBody"]["content"][JSON]["schema"])

    def test_no_path_is_missing(self):
        relay = self.start_controlled()
        answer = Controller(relay).ask("GET", "/nothing")
        self.assertEqual(answer.status, 404)
        known = {re.sub(r"^/page/.+", "/page/{file}", path) for path in answer.json()["paths"]}
        self.assertEqual(known - set(self.document["paths"]), set(), "not in docs/openapi.json")
        for path in known:
            if "{" in path:
                continue
            answer = self.by_token.ask("BREW", path)
            methods = set(answer.fields["allow"].split(", ")) - {"HEAD"}
            self.assertEqual(methods, {each.upper() for each in self.document["paths"][path]})

    def test_no_path_is_invented(self):
        relay = self.start_controlled()
        paths = Controller(relay).ask("GET", "/nothing").json()["paths"]
        known = {re.sub(r"^/page/.+", "/page/{file}", path) for path in paths}
        invented = set(self.document["paths"]) - known
        self.assertEqual(invented, set(), "the relay does not have them")


class AnswerTest(OpenApiTest):
    def test_what_is_to_be_seen(self):
        relay = self.start_all()
        there = Controller(relay).ask("GET", "/nothing").json()["paths"]
        for path, method, _ in self.operations():
            if method != "GET" or path in ("/events", "/page/{file}") or path not in there:
                continue
            self.check(path, method, self.by_token.ask("GET", path))
            self.check(path, method, self.by_token.ask("GET", path, Host="evil.example"))
            if path.startswith("/control/"):
                self.check(path, method, Controller(relay).ask("GET", path))
        self.by_token.done("new", allowed=False)
        self.by_token.done("drain")
        self.check("/readyz", "GET", self.by_token.ask("GET", "/readyz"))
        self.assertIn(("/readyz", "GET", 503), self.seen)

    def test_everything_that_is_right_is_done(self):
        relay = self.start_all()
        self.assertEqual(set(GOOD), {path for path, method, _ in self.operations()
                                     if method == "POST"})
        for path, bodies in GOOD.items():
            schema = self.document["paths"][path]["post"]["requestBody"]["content"][JSON]["schema"]
            for body in map(self.named, bodies):
                self.validator(schema).validate(body)
                for stranger in (Controller(relay), Controller(relay, TOKEN[::-1])):
                    self.check(path, "POST", stranger.ask("POST", path, body))
                answer = self.by_token.ask("POST", path, body)
                self.assertEqual(answer.status, 200, (path, body, answer.body))
                self.check(path, "POST", answer)
        for path, body in ABSENT.items():
            schema = self.document["paths"][path]["post"]["requestBody"]["content"][JSON]["schema"]
            self.validator(schema).validate(body)
            answer = self.by_token.ask("POST", path, body)
            self.assertIn(answer.status, (404, 409), (path, answer.body))
            self.check(path, "POST", answer)

    def test_it_refuses_what_the_document_refuses(self):
        """Each key of each body with each odd value, one more, and one less."""
        self.start_all()
        tried = 0
        for path, bodies in GOOD.items():
            schema = self.document["paths"][path]["post"]["requestBody"]["content"][JSON]["schema"]
            validator = self.validator(schema)
            for body in map(self.named, bodies):
                odd = [{**body, key: value} for key in body for value in ODD]
                odd += [{**body, "more": 1}]
                odd += [{key: body[key] for key in body if key != gone} for gone in body]
                for each in odd:
                    if validator.is_valid(each):
                        continue
                    tried += 1
                    answer = self.by_token.ask("POST", path, each)
                    self.assertEqual(answer.status, 400, (path, each, answer.body))
                    self.check(path, "POST", answer)
        self.assertGreater(tried, 100)
        self.check("/control/new", "POST",
                   self.by_token.post("new", b" " * 17000))


if __name__ == "__main__":
    main()
