"""Completions for bash, zsh and fish, from what --help says."""

import re
import shlex

MADE = "# Made from what '{name} --help' says.\n"


def flags(command):
    return [name for option in command.options for name in option.names]


def identifier(text):
    return re.sub(r"\W", "_", text)


# bash.

BASH = """{made}
_{function}()
{{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous="" command="" word
    local -i number=1
    COMPREPLY=()
    ((COMP_CWORD > 0)) && previous=${{COMP_WORDS[COMP_CWORD - 1]}}
    # "=" is a word of its own: --option=value.
    if [[ $current == = ]]; then
        current=""
    elif [[ $previous == = ]] && ((COMP_CWORD > 1)); then
        previous=${{COMP_WORDS[COMP_CWORD - 2]}}
    fi
    while ((number < COMP_CWORD)); do
        word=${{COMP_WORDS[number]}}
        case $word in
{find_command}
        esac
        [[ -n $command ]] && break
        number+=1
    done
    case "$command $previous" in
{values}
    esac
    case $command in
{words}
    esac
}}
complete -o bashdefault -o default -F _{function} {name}
"""


# What compgen, with these options, finds for the word that is being typed.
BASH_OFFER = 'mapfile -t COMPREPLY < <(compgen {} -- "$current")'


def bash(name, program):
    commands = (program, *program.subcommands)
    values = [line for command in commands for line in bash_values(command)]
    names = [command.name for command in program.subcommands]
    words = [bash_words(command, () if command.name else names) for command in commands]
    find = [f"            {'|'.join(names)}) command=$word ;;"]
    if takers := bash_patterns(program, "", lambda option: option.value):
        find.append(f"            {'|'.join(takers)}) number+=1 ;;")
    return BASH.format(
        made=MADE.format(name=name), function=identifier(name), name=name,
        find_command="\n".join(find), values="\n".join(values), words="\n".join(words))


def bash_patterns(command, prefix, wanted):
    return [f"{prefix}{name}" for option in command.options if wanted(option)
            for name in option.names]


def quoted_patterns(patterns):
    return "|".join(f'"{pattern}"' for pattern in patterns)


def bash_values(command):
    """What may follow an option that takes a value."""
    prefix = f"{command.name} "
    lines = []
    for option in command.options:
        if option.choices:
            patterns = quoted_patterns(f"{prefix}{name}" for name in option.names)
            lines.append(f"        {patterns})")
            words = f"-W '{' '.join(option.choices)}'"
            lines.append(f"            {BASH_OFFER.format(words)}")
            lines.append("            return ;;")
    files = bash_patterns(command, prefix, lambda option: option.is_file)
    if files:
        lines.append(f"        {quoted_patterns(files)})")
        lines.append("            compopt -o filenames")
        lines.append(f"            {BASH_OFFER.format('-f')}")
        lines.append("            return ;;")
    others = bash_patterns(command, prefix, lambda option: option.value and not option.is_file
                           and not option.choices)
    if others:
        lines.append(f"        {quoted_patterns(others)}) return ;;")
    return lines


def bash_words(command, subcommands):
    pattern = command.name or '""'
    words = " ".join([*subcommands, *flags(command)])
    lines = [f"        {pattern})"]
    if not subcommands and any(positional.is_file for positional in command.positionals):
        lines.append("            if [[ $current != -* ]]; then")
        lines.append("                compopt -o filenames")
        lines.append(f"                {BASH_OFFER.format('-f')}")
        lines.append("                return")
        lines.append("            fi")
    words = f"-W '{words}'"
    lines.append(f"            {BASH_OFFER.format(words)} ;;")
    return "\n".join(lines)


# zsh.

ZSH = """#compdef {name}
{made}
_{function}()
{{
    local context state state_descr line
    typeset -A opt_args
    _arguments -C \\
{options}
    case $state in
    command)
        local -a commands=(
{described}
        )
        _describe command commands ;;
    arguments)
        case $line[1] in
{cases}
        esac ;;
    esac
}}
{functions}
_{function} "$@"
"""


def zsh(name, program):
    function = identifier(name)
    options = [f"        {line} \\" for option in program.options for line in zsh_option(option)]
    options += ["        '1: :->command' \\", "        '*:: :->arguments'"]
    described = [f"            {quote_zsh(zsh_pair(command.name, command.summary))}"
                 for command in program.subcommands]
    cases = [f"            {command.name}) _{function}_{identifier(command.name)} ;;"
             for command in program.subcommands]
    functions = "".join(zsh_command(function, command) for command in program.subcommands)
    return ZSH.format(
        name=name, made=MADE.format(name=name), function=function, functions=functions,
        options="\n".join(options), described="\n".join(described), cases="\n".join(cases))


def zsh_command(function, command):
    lines = [line for option in command.options for line in zsh_option(option)]
    lines += [quote_zsh(f"{number}:{zsh_text(option.text)}:{zsh_action(option)}")
              for number, option in enumerate(command.positionals, 1)]
    joined = " \\\n".join(f"        {line}" for line in lines)
    return (f"\n_{function}_{identifier(command.name)}()\n{{\n    _arguments \\\n{joined}\n}}\n")


def zsh_option(option):
    value = f":{zsh_text(option.value)}:{zsh_action(option)}" if option.value else ""
    repeats = "*" if option.repeats else ""
    others = " ".join(option.names + option.excludes)
    exclusion = "" if option.repeats or len(option.names + option.excludes) == 1 else f"({others})"
    for name in option.names:
        sign = ("=" if name.startswith("--") else "+") if option.value else ""
        yield quote_zsh(f"{exclusion}{repeats}{name}{sign}[{zsh_text(option.text)}]{value}")


def zsh_action(option):
    if option.choices:
        return f"({' '.join(option.choices)})"
    return "_files" if option.is_file else " "


def zsh_pair(name, text):
    return f"{name}:{text}"


def zsh_text(text):
    return re.sub(r"([\\:\[\]])", r"\\\1", text)


def quote_zsh(text):
    return shlex.quote(text)


# fish.

def fish(name, program):
    names = " ".join(command.name for command in program.subcommands)
    none = f"not __fish_seen_subcommand_from {names}"
    lines = [MADE.format(name=name).rstrip(), f"complete -c {name} -f"]
    lines += [fish_option(name, option, none) for option in program.options]
    for command in program.subcommands:
        lines.append(f"complete -c {name} -n '{none}' -a {command.name}"
                     f" -d {quote_fish(command.summary)}")
        within = f"__fish_seen_subcommand_from {command.name}"
        lines += [fish_option(name, option, within) for option in command.options]
        if any(positional.is_file for positional in command.positionals):
            lines.append(f"complete -c {name} -n '{within}' -F")
    return "\n".join(lines) + "\n"


def fish_option(name, option, condition):
    words = [f"complete -c {name} -n '{condition}'"]
    words += [f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"
              for flag in option.names]
    if option.choices:
        words.append(f"-x -a {quote_fish(' '.join(option.choices))}")
    elif option.is_file:
        words.append("-r -F")
    elif option.value:
        words.append("-x")
    words.append(f"-d {quote_fish(option.text)}")
    return " ".join(words)


def quote_fish(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
