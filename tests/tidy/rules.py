"""The rules of the house style: from the text of one file to what is wrong with it."""

import ast
import io
import re
import tokenize
from pathlib import PurePosixPath
from typing import NamedTuple

COLUMNS_MAX = 100
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70


class Finding(NamedTuple):
    path: str
    line: int
    rule: str
    problem: str


# Which modules a module may include, besides itself and base: docs/architecture.md.
MAY_INCLUDE = {
    "base": set(),
    "text": set(),
    "wire": {"text"},
    "spelling": set(),
    "inspect": {"wire", "text"},
    "netplay": {"wire", "text"},
    "websocket": {"text"},
    "record": set(),
    "fleet": {"record"},
    "room": {"text", "wire", "netplay", "record", "fleet"},
    "party": {"text", "wire", "websocket", "record", "fleet"},
    "lobby": {"wire", "room", "party", "record", "fleet"},
    "rollback": {"wire", "netplay"},
    "cores": {"wire", "netplay", "rollback"},
    "config": {"wire", "lobby", "room", "party", "spelling"},
    "worker": {"wire", "record", "inspect", "lobby", "room", "party", "fleet"},
    "net": {"text", "wire", "record", "inspect", "lobby", "room", "party", "worker", "fleet"},
    "admin": {"text", "wire", "inspect", "lobby", "room", "party", "worker", "net"},
    "outward": {"text", "wire", "config"},
    "peer": {"text", "wire", "netplay", "websocket", "party", "rollback", "cores", "spelling"},
    "daemon": {"text", "wire", "lobby", "room", "party", "worker", "net", "admin", "outward",
               "config", "spelling", "fleet"},
}
PURE = ("base", "text", "wire", "websocket", "record", "inspect", "netplay", "room", "party",
        "fleet", "lobby", "worker", "rollback", "config", "spelling")

IMPURE_INCLUDE = re.compile(
    r"(boost|spdlog|fmt|nlohmann|CLI|sys|netinet|systemd|linux)/|"
    r"(netdb|unistd|poll|fcntl|pthread|time|signal)\.h$|"
    r"(thread|mutex|condition_variable|future|fstream|iostream|ctime|random|csignal)$")
IMPURE_WORD = re.compile(
    r"\b(system_clock|steady_clock|high_resolution_clock|random_device|getenv|clock_gettime|"
    r"gettimeofday|s?rand(?=\s*\()|std::time(?=\s*\()|std::cout|std::cerr)\b")
EXTRA_INCLUDES = {"config": re.compile(r"nlohmann/"),
                  "party": re.compile(r"nlohmann/"), "spelling": re.compile(r"CLI/")}

# What no code of ours does, tests included: work without an owner, and waiting for time to pass.
BANNED_CPP = re.compile(r"\b(detached|shared_from_this|sleep_for|sleep_until|std::this_thread|"
                        r"usleep|nanosleep|sleep(?=\s*\())\b")
BANNED_PYTHON = re.compile(r"\b(time|asyncio)\s*\.\s*sleep\s*\(|from\s+time\s+import\s.*\bsleep\b")

# Written in two parts: this file is checked as well.
LEFT_OVER = re.compile(r"\b(FIX" r"ME|XX" r"X|HA" r"CK)\b|\bTO" r"DO\b(?!\([a-z_ -]+\): \S)")

# Packages come from the mirror of the machine's own apt: tests/system/debian_sources.py.
MIRROR = re.compile(r"\b(deb|ftp|security|snapshot|archive)(\.\w\w)?\.debian\.(org|net)\b")

# Catch2's matchers have other names in its other generation.
MATCHERS = re.compile(r"\bCatch::Matchers::")
MATCHERS_ADAPTER = "tests/support/catch.hpp"

RAW_STRING = r'R"(?P<raw>[^()\s\\]{0,16})\((?:.|\n)*?\)(?P=raw)"'
NO_CODE = re.compile(r"//[^\n]*|/\*(?:.|\n)*?\*/|" + RAW_STRING +
                     r'|"(?:\\.|[^"\\\n])*"|' r"(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'")


def check(path, text):
    """All findings in one file; `path` is relative to the project, with slashes."""
    yield from check_lines(path, text)
    suffix = PurePosixPath(path).suffix
    if suffix in (".cpp", ".hpp"):
        code = blank_no_code(text)
        yield from check_cpp(path, text, code)
        if suffix == ".hpp":
            yield from check_header(path, text)
        yield from check_module(path, text, code)
    elif suffix == ".py":
        yield from check_python(path, text)


def check_lines(path, text):
    if text and not text.endswith("\n"):
        yield Finding(path, text.count("\n") + 1, "end", "the last line has no end")
    if text.endswith("\n\n"):
        yield Finding(path, text.count("\n"), "end", "empty lines at the end")
    is_godot = path.endswith(".gd")  # indented with tabs, as Godot itself does
    for number, line in enumerate(text.split("\n"), 1):
        if is_godot:
            line = line.expandtabs(4)
        if len(line) > COLUMNS_MAX:
            yield Finding(path, number, "columns", f"{len(line)} columns, above {COLUMNS_MAX}")
        if "\t" in line:
            yield Finding(path, number, "tab", "a tab")
        if line != line.rstrip():
            yield Finding(path, number, "trailing", "white space at the end of the line")
        if left := LEFT_OVER.search(line):
            yield Finding(path, number, "left over", f"left over: {left.group()}")
        if mirror := MIRROR.search(line):
            yield Finding(path, number, "mirror", f"a mirror by name: {mirror.group()}")


def line_at(text, position):
    return text.count("\n", 0, position) + 1


def blank_no_code(text):
    """The same text with spaces for comments and for what is within quotes."""
    def blanked(match):
        return re.sub(r"[^\n]", " ", match.group())
    return NO_CODE.sub(blanked, text)


def check_cpp(path, text, code):
    lines = text.count("\n")
    if lines > FILE_LINES_MAX:
        yield Finding(path, 1, "file", f"{lines} lines, above {FILE_LINES_MAX}")
    for name, first, last in functions_of(code):
        if last - first + 1 > FUNCTION_LINES_MAX:
            yield Finding(path, first, "function",
                          f"{name} has {last - first + 1} lines, above {FUNCTION_LINES_MAX}")
    for match in BANNED_CPP.finditer(code):
        yield Finding(path, line_at(code, match.start()), "banned", f"banned: {match.group()}")
    if path != MATCHERS_ADAPTER:
        for match in MATCHERS.finditer(code):
            yield Finding(path, line_at(code, match.start()), "matchers",
                          f"{match.group()} outside {MATCHERS_ADAPTER}")


NO_FUNCTION = re.compile(r"\s*(template\s*<[^{;]*>\s*)?(inline\s+)?"
                         r"(namespace|class|struct|union|enum|extern)\b|.*=\s*$", re.DOTALL)
INITIALIZES_MEMBER = re.compile(r"\)\s*(noexcept\s*)?:[^:].*[\w>]\s*$", re.DOTALL)
BEHIND_PARAMETERS = re.compile(r"\b(const|noexcept|override|final|mutable|try)\s*$")


def functions_of(code):
    """(name, first line, last line) of each function outside of others, by its braces."""
    code = re.sub(r"^[ ]*#.*", lambda match: " " * len(match.group()), code, flags=re.MULTILINE)
    stack = []  # per open brace: the start of its function, or None
    start = 0  # of what may become the head of a function
    for match in re.finditer(r"[{};]", code):
        at = match.start()
        within = any(entry is not None for entry in stack)
        if match.group() == "{":
            head = code[start:at]
            initializes = INITIALIZES_MEMBER.search(head) and not BEHIND_PARAMETERS.search(head)
            if stack[-1:] == ["member"] or (not within and initializes):
                stack.append("member")
                continue
            begins = not within and "(" in head and not NO_FUNCTION.match(head)
            stack.append((head, start) if begins else None)
            start = at + 1
        elif match.group() == "}" and stack:
            entry = stack.pop()
            if entry == "member":
                continue
            if entry is not None:
                head, begin = entry
                begin += len(head) - len(head.lstrip())
                yield name_of(head), line_at(code, begin), line_at(code, at)
            start = at + 1
        elif match.group() == ";" and "member" not in stack:
            start = at + 1


def name_of(head):
    before = re.search(r"([\w:~<>]+)\s*\(", head)
    return before.group(1) if before else "a function"


def check_header(path, text):
    if "#pragma once" not in text.splitlines():
        yield Finding(path, 1, "header", "no #pragma once")
    opening = []
    for line in text.splitlines():
        if not line.startswith("//"):
            break
        opening.append(line[2:].strip())
    if not re.match(r".*?\S[.:](\s|$)", " ".join(opening)):
        yield Finding(path, 1, "header", "does not open with a // sentence")


def module_of(path):
    parts = PurePosixPath(path).parts
    if parts[0] == "src" and len(parts) > 2:
        return parts[1]
    return None


def check_module(path, text, code):
    module = module_of(path)
    if module is None:
        return
    if module not in MAY_INCLUDE:
        yield Finding(path, 1, "module", f"rules.py does not know the module {module}")
        return
    for match in re.finditer(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', text, re.MULTILINE):
        problem = wrong_include(module, match.group(2), match.group(1) == "<")
        if problem:
            yield Finding(path, line_at(text, match.start(2)), "include", problem)
    if module in PURE:
        for match in IMPURE_WORD.finditer(code):
            yield Finding(path, line_at(code, match.start()), "pure",
                          f"{match.group()} in the pure module {module}")


def wrong_include(module, name, is_system):
    if is_system:
        extra = EXTRA_INCLUDES.get(module)
        impure = module in PURE and IMPURE_INCLUDE.match(name)
        if impure and not (extra and extra.match(name)):
            return f"<{name}> in the pure module {module}"
        return None
    parts = PurePosixPath(name).parts
    if ".." in parts:
        return f'"{name}" leads out of its folder'
    included = parts[0] if len(parts) > 1 else module
    if included not in {module, "base"} | MAY_INCLUDE[module]:
        return f'the module {module} may not include "{name}"'
    return None


def check_python(path, text):
    try:
        tree = ast.parse(text)
    except SyntaxError as error:
        yield Finding(path, error.lineno or 1, "python", f"does not parse: {error.msg}")
        return
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            lines = node.end_lineno - node.lineno + 1
            if lines > FUNCTION_LINES_MAX:
                yield Finding(path, node.lineno, "function",
                              f"{node.name} has {lines} lines, above {FUNCTION_LINES_MAX}")
    for number, line in enumerate(python_code(text).split("\n"), 1):
        if match := BANNED_PYTHON.search(line):
            yield Finding(path, number, "banned", f"banned: {match.group()}")


def python_code(text):
    """The same text with spaces for comments and strings."""
    lines = [list(line) for line in text.split("\n")]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in (tokenize.COMMENT, tokenize.STRING):
            continue
        (first, begin), (last, end) = token.start, token.end
        for number in range(first, last + 1):
            line = lines[number - 1]
            left = begin if number == first else 0
            right = end if number == last else len(line)
            line[left:right] = " " * (right - left)
    return "\n".join("".join(line) for line in lines)
