"""Completion for bash, zsh and fish, made of the program's grammar."""

from __future__ import annotations

from command_tree import Argument, Command

_HEAD = "made by packaging/build_command_files.py; do not edit."


def bash(program: Command) -> str:
    """Return the completion of bash: commands, options, choices and files."""
    paths, words, values, files, silent = [], [], [], [], []
    for one in program.all():
        path = "".join(f" {word}" for word in one.path)
        if path:
            paths.append(f'"{path}"')
        names = [below.path[-1] for below in one.commands]
        flags = [flag for option in one.options for flag in option.flags]
        words.append(f'        "{path}") words="{" ".join([*names, *flags])}" ;;')
        if any(place.is_file for place in one.places):
            files.append(f'"{path}"')
        for option in one.options:
            keys = [f'"{path}:{flag}"' for flag in option.flags if option.value]
            if option.choices:
                line = (
                    f'        {"|".join(keys)}) words="{" ".join(option.choices)}" ;;'
                )
                values.append(line)
            elif option.is_file:
                values.append(f"        {'|'.join(keys)}) files=yes ;;")
            elif keys:
                silent += keys
    return "\n".join(
        [
            f"# bash completion of medhash, {_HEAD}",
            "_medhash() {",
            '    local cur="${COMP_WORDS[COMP_CWORD]}" words="" files="" path="" i',
            '    local prev="${COMP_WORDS[COMP_CWORD-1]}"',
            "    COMPREPLY=()",
            "    for ((i = 1; i < COMP_CWORD; i++)); do",
            '        case "$path ${COMP_WORDS[i]}" in',
            f'            {"|".join(paths)}) path="$path ${{COMP_WORDS[i]}}" ;;',
            "        esac",
            "    done",
            '    case "$path:$prev" in',
            *values,
            f"        {'|'.join(silent)}) return ;;  # nobody can guess that",
            '        *) case "$path" in',
            *(f"    {line}" for line in words),
            "        esac",
            '        [[ "$cur" == -* ]] || case "$path" in',
            f"            {'|'.join(files)}) files=yes ;;",
            "        esac ;;",
            "    esac",
            '    [[ -n "$files" ]] && compopt -o filenames &&',
            '        mapfile -t COMPREPLY < <(compgen -f -- "$cur")',
            '    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < '
            '<(compgen -W "$words" -- "$cur")',
            "}",
            "complete -F _medhash medhash",
            "",
        ]
    )


def zsh(program: Command) -> str:
    """Return the completion of zsh, with the help of each option."""
    lines = [f"#compdef medhash\n# {_HEAD}"]
    for one in reversed(list(program.all())):
        lines += ["", f"{_function(one)}() {{", "    local context state line"]
        specs = [spec for option in one.options for spec in _zsh_option(option)]
        if one.commands:
            specs += ["'1: :->command'", "'*:: :->rest'"]
        else:
            specs += [_zsh_place(place) for place in one.places]
        lines.append("    _arguments -s " + " \\\n        ".join(specs))
        if one.commands:
            named = [f"'{c.path[-1]}:{_zsh_text(c.help)}'" for c in one.commands]
            lines += [
                '    case "$state" in',
                "        command)",
                "            local -a names=("
                + " \\\n                ".join(named)
                + ")",
                "            _describe command names ;;",
                '        rest) case "$line[1]" in',
                *(f"            {c.path[-1]}) {_function(c)} ;;" for c in one.commands),
                "        esac ;;",
                "    esac",
            ]
        lines.append("}")
    return "\n".join([*lines, "", '_medhash "$@"', ""])


def fish(program: Command) -> str:
    """Return the completion of fish."""
    lines = [f"# fish completion of medhash, {_HEAD}", "complete -c medhash -f"]
    for one in program.all():
        seen = [f"__fish_seen_subcommand_from {word}" for word in one.path]
        if one.commands:
            names = " ".join(below.path[-1] for below in one.commands)
            here = "; and ".join([*seen, f"not __fish_seen_subcommand_from {names}"])
            for below in one.commands:
                text = _fish_text(below.help)
                name = below.path[-1]
                lines.append(f"complete -c medhash -n '{here}' -a {name} -d '{text}'")
        when = f" -n '{'; and '.join(seen)}'" if seen else ""
        if any(place.is_file for place in one.places):
            lines.append(f"complete -c medhash{when} -F")
        lines += [f"complete -c medhash{when} {_fish_option(o)}" for o in one.options]
    return "\n".join([*lines, ""])


def _function(command: Command) -> str:
    return "_".join(["_medhash", *command.path]).replace("-", "_")


def _zsh_option(option: Argument) -> list[str]:
    value = ""
    if option.value:
        kind = f"({' '.join(option.choices)})" if option.choices else ""
        kind = "_files" if option.is_file else kind or " "
        value = f":{_zsh_text(option.value)}:{kind}"
    return [f"'{flag}[{_zsh_text(option.help)}]{value}'" for flag in option.flags]


def _zsh_place(place: Argument) -> str:
    number = "*" if place.is_many else ""
    return f"'{number}:{_zsh_text(place.value)}:{'_files' if place.is_file else ' '}'"


def _zsh_text(text: str) -> str:
    for sign in "\\[]:":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("'", "'\\''")


def _fish_option(option: Argument) -> str:
    parts = [
        f"-l {flag[2:]}" if flag.startswith("--") else f"-s {flag[1:]}"
        for flag in option.flags
    ]
    if option.choices:
        parts.append(f"-x -a '{' '.join(option.choices)}'")
    elif option.is_file:
        parts.append("-r -F")
    elif option.value:
        parts.append("-x")
    if option.help:
        parts.append(f"-d '{_fish_text(option.help)}'")
    return " ".join(parts)


def _fish_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")
