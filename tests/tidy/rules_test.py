#!/usr/bin/env python3
"""The rules find what they are for, and nothing else."""

import unittest

import rules


def found(path, text):
    return [(finding.line, finding.rule) for finding in rules.check(path, text)]


HEADER = "// Says what it is.\n#pragma once\n"


class Lines(unittest.TestCase):
    def test_columns(self):
        self.assertEqual(found("a.py", "x = 1  # " + "y" * 91 + "\n"), [])
        self.assertEqual(found("a.py", "x = 1  # " + "y" * 92 + "\n"), [(1, "columns")])
        self.assertEqual(found("a.py", "# " + "ä" * 98 + "\n"), [])

    def test_white_space(self):
        self.assertEqual(found("a.sh", "a \n\tb\n"), [(1, "trailing"), (2, "tab")])
        self.assertEqual(found("a.sh", "a\r\n"), [(1, "trailing")])
        self.assertEqual(found("a.sh", "a"), [(1, "end")])
        self.assertEqual(found("a.sh", "a\n\n"), [(2, "end")])

    def test_left_over(self):
        for word in ("FIX" "ME", "XX" "X", "TO" "DO", "TO" "DO: x", "TO" "DO(x)"):
            self.assertEqual(found("a.sh", f"# {word}\n"), [(1, "left over")], word)
        self.assertEqual(found("a.sh", "# TO" "DO(speed): reason\nmktemp XX" "XXXX\n"), [])

    def test_mirror(self):
        for host in ("deb", "ftp.de", "security", "snapshot"):
            self.assertEqual(found("a.md", f"see http://{host}.debian" ".org/debian\n"),
                             [(1, "mirror")], host)
        self.assertEqual(found("a.md", "see https://www.debian" ".org/doc\n"), [])


class Cpp(unittest.TestCase):
    def test_file_length(self):
        self.assertEqual(found("a.cpp", "\n" * 399 + "int a;\n"), [])
        self.assertEqual(found("a.cpp", "\n" * 400 + "int a;\n"), [(1, "file")])

    def test_matchers(self):
        text = "using Catch::Matchers::Contains;\n"
        self.assertEqual(found("tests/a/b.cpp", text), [(1, "matchers")])
        self.assertEqual(found("tests/support/catch.hpp", f"// A thing.\n#pragma once\n{text}"), [])

    def test_function_length(self):
        for head in ("int f(int a)\n{", "A::A() : a_{1}, b_(2)\n{", "auto A::f() const -> int {",
                     'TEST_CASE("x {")\n{', "template <class T>\nvoid f(T&& a) noexcept {",
                     "A::A(X x) noexcept : std::pair<A, B>{x}, b_{{1}, 2} {"):
            room = 70 - head.count("\n") - 2
            text = "namespace a {\nstruct B\n{\n    int x = 0;\n};\n\n"
            fits = text + head + "\n" + "    ;\n" * room + "}\n}\n"
            above = text + head + "\n" + "    ;\n" * (room + 1) + "}\n}\n"
            self.assertEqual(found("a.cpp", fits), [], head)
            self.assertEqual(found("a.cpp", above), [(7, "function")], head)

    def test_what_is_no_function(self):
        for head in ("struct A\n{", "enum class A : int {", "constexpr std::array a{",
                     "namespace b {", "const X x = make(1) = {"):
            text = head + "\n" + "    1,\n" * 100 + "};\n"
            self.assertEqual(found("a.cpp", text), [], head)

    def test_a_lambda_belongs_to_its_function(self):
        body = "    const auto g = [](int a) {\n" + "        ;\n" * 40 + "    };\n"
        self.assertEqual(found("a.cpp", "void f()\n{\n" + body + body + "}\n"), [(1, "function")])

    def test_braces_within_quotes_and_comments(self):
        text = "void f()\n{\n    g(\"}\", '{', R\"({{\n}})\");  // {\n    /* { */\n}\nvoid h() {}\n"
        self.assertEqual([name for name, _, _ in rules.functions_of(rules.blank_no_code(text))],
                         ["f", "h"])

    def test_banned(self):
        self.assertEqual(found("a.cpp", "void f() { std::this_thread::x(); }\n"), [(1, "banned")])
        self.assertEqual(found("a.cpp", "// detached\nauto a = \"usleep\";\n"), [])
        self.assertEqual(found("a.cpp", "f(asio::detached);\n"), [(1, "banned")])

    def test_headers(self):
        self.assertEqual(found("a.hpp", HEADER), [])
        self.assertEqual(found("a.hpp", "// Says\n// what it is. More.\n#pragma once\n"), [])
        self.assertEqual(found("a.hpp", "// Says what it is.\n"), [(1, "header")])
        self.assertEqual(found("a.hpp", "#pragma once\n"), [(1, "header")])
        self.assertEqual(found("a.hpp", "// Says nothing\n#pragma once\n"), [(1, "header")])


class Modules(unittest.TestCase):
    def includes(self, path, *names):
        return found(path, "".join(f"#include {name}\n" for name in names))

    def test_the_diagram(self):
        self.assertEqual(self.includes("src/net/a.cpp", '"net/b.hpp"', '"b.hpp"', "<boost/x.hpp>",
                                       '"lobby/lobby.hpp"',
                                       '"base/ensure.hpp"'), [])
        self.assertEqual(self.includes("src/daemon/a.cpp", '"admin/b.hpp"', '"net/b.hpp"',
                                       '"config/b.hpp"', "<CLI/CLI.hpp>"), [])
        for path, name in (("src/net/a.cpp", '"admin/b.hpp"'), ("src/net/a.cpp", '"daemon/b.hpp"'),
                           ("src/net/a.cpp", '"config/b.hpp"'),
                           ("src/admin/a.cpp", '"daemon/b.hpp"'),
                           ("src/lobby/a.cpp", '"net/b.hpp"'),
                           ("src/wire/a.cpp", '"lobby/lobby.hpp"'),
                           ("src/config/a.cpp", '"net/b.hpp"'),
                           ("src/net/a.cpp", '"../admin/b.hpp"')):
            self.assertEqual(self.includes(path, name), [(1, "include")], (path, name))

    def test_pure_modules(self):
        for module in ("wire", "lobby", "room", "rollback"):
            for name in ("<boost/asio.hpp>", "<spdlog/spdlog.h>", "<nlohmann/json.hpp>",
                         "<sys/socket.h>", "<unistd.h>", "<fstream>", "<thread>"):
                self.assertEqual(self.includes(f"src/{module}/a.cpp", name), [(1, "include")])
            self.assertEqual(self.includes(f"src/{module}/a.cpp", "<chrono>", "<vector>"), [])
        self.assertEqual(self.includes("src/config/a.cpp", "<nlohmann/json.hpp>"), [])
        self.assertEqual(self.includes("src/config/a.cpp", "<spdlog/spdlog.h>"), [(1, "include")])
        for word in ("std::chrono::steady_clock::now()", "system_clock::now()", "rand()",
                     'std::getenv("X")'):
            text = f"int a = {word};\n"
            header = "src/lobby/a.hpp"
            self.assertEqual(found(header, HEADER + text), [(3, "pure")])
            self.assertEqual(found("src/net/a.cpp", text), [])
        self.assertEqual(found("src/lobby/a.cpp", "int operand(int);\n"), [])

    def test_a_module_without_rules(self):
        self.assertEqual(found("src/magic/a.cpp", "int a;\n"), [(1, "module")])
        self.assertEqual(found("tests/net/a.cpp", "#include <boost/asio.hpp>\n"), [])


class Python(unittest.TestCase):
    def test_banned(self):
        self.assertEqual(found("a.py", "time.sleep" "(1)\n"), [(1, "banned")])
        self.assertEqual(found("a.py", "await asyncio.sleep" "(1)\n"), [(1, "banned")])
        self.assertEqual(found("a.py", "# time.sleep" "(1)\na = 'time.sleep" "(1)'\n"), [])

    def test_function_length(self):
        self.assertEqual(found("a.py", "def f():\n" + "    pass\n" * 69), [])
        self.assertEqual(found("a.py", "def f():\n" + "    pass\n" * 70), [(1, "function")])


if __name__ == "__main__":
    unittest.main()
