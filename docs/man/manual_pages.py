"""The parts of a manual page that the programs and the configuration know, as scdoc."""

import re

SHARED_AT_LEAST = 8  # options, for one command to be told as another with fewer


def escaped(text):
    """Plain text, so that scdoc takes none of it for its own marks."""
    text = re.sub(r"([\\*_`])", r"\\\1", text)
    text = re.sub(r"\++$", lambda found: "".join("\\+" for _ in found.group()), text)
    return re.sub(r"^([-.#|:;\[\]])", r"\\\1", text)


def sentence(text):
    """A leading "..." would be a macro's name to roff."""
    text = re.sub(r"^\.\.\.", "\N{HORIZONTAL ELLIPSIS}", text)
    return escaped(text if text.endswith((".", "!", "?", ":")) else f"{text}.")


def bold(text):
    return f"*{escaped(text)}*"


def argument(text):
    """Underlined, but for the marks in it: HOST[|PORT]."""
    return re.sub(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)*",
                  lambda found: f"_{escaped(found.group())}_", text)


def invocation(program, command):
    """E.g. *netplay-relay* [_options_] *status* [_options_] [_URL_]"""
    words = [bold(program)]
    if command.name:
        words.append(bold(command.name))
    if command.options:
        words.append("[_options_]")
    for positional in command.positionals:
        name = argument(positional.names[0])
        words.append(name if positional.required else f"[{name}]")
    return " ".join(words)


def synopsis(name, program):
    commands = [f"{bold(name)} [_options_]", *(
        invocation(name, command) for command in program.subcommands)]
    return "++\n".join(commands)


def option_entry(option):
    shown = ", ".join(bold(name) if name.startswith("-") else argument(name)
                      for name in option.names)
    if option.value and option.names[0].startswith("-"):
        shown += f" {argument(option.value)}"
    said = [sentence(option.text)] if option.text else []
    # Not again what the description itself lists.
    if option.choices and not all(choice in option.text for choice in option.choices):
        said.append(f"One of: {', '.join(map(bold, option.choices))}.")
    if option.least_most:
        least, most = option.least_most
        said.append(f"From {least} to {most}.")
    if option.default:
        said.append(f"Default: {escaped(option.default)}.")
    if option.variable:
        said.append(f"Also as {bold(option.variable)} in the environment.")
    if option.excludes:
        said.append(f"Not together with {', '.join(map(bold, option.excludes))}.")
    return f"{shown}\n\t{' '.join(said)}\n"


def without_help(options):
    return [option for option in options if "--help" not in option.names]


def options_of(program):
    return "\n".join(map(option_entry, program.options))


def commands_of(name, program):
    parts = []
    for number, command in enumerate(program.subcommands):
        options = without_help(command.options)
        like = larger_command(options, program.subcommands[:number])
        parts.append(f"## {name} {command.name}\n")
        parts.append(f"{invocation(name, command)}\n")
        parts.append(f"{sentence(command.summary)}\n")
        parts += map(option_entry, command.positionals)
        if like:
            parts.append(told_as(like, options))
        else:
            parts += map(option_entry, options)
    return "\n".join(parts)


def larger_command(options, commands):
    """One that has all these options and more."""
    if len(options) < SHARED_AT_LEAST:
        return None
    return next((command for command in commands if set(options) <= set(command.options)), None)


def told_as(command, options):
    others = [bold(option.names[-1]) for option in without_help(command.options)
              if option not in options]
    but = f", but for {', '.join(others)}" if others else ""
    return f"Its options are those of {bold(command.name)}{but}.\n"


def footer_of(program):
    """A line each for what begins a sentence at the begin of a line."""
    return "\n\n".join(escaped(" ".join(lines.split("\n")))
                       for lines in re.split(r"(?<=\.)\n", program.footer))


def comment_text(lines):
    """Running text; a line that begins with a quoted word or an object has a line of its own."""
    paragraphs = []
    for line in lines:
        if paragraphs and not re.match(r'["{]', line):
            paragraphs[-1] += f" {line}"
        else:
            paragraphs.append(line)
    return "++\n".join(map(escaped, paragraphs))


def keys_of(entries):
    parts = []
    for entry in entries:
        leaves = [f"{bold(path)} (default {escaped(default)})"
                  for path, default in entry.keys if default is not None]
        shown = leaves or [bold(path) for path, _ in entry.keys]
        parts.append("++\n".join(shown) + f"\n\t{comment_text(entry.comment)}\n")
    return "\n".join(parts)


def header_of(comment):
    return "\n\n".join(map(escaped, comment))
