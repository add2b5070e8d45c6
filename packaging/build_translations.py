"""Build the translations of the window, and tell what is missing in them.

    python packaging/build_translations.py              .ts sources to .qm files
    python packaging/build_translations.py --check      fail where a string is missing
    python packaging/build_translations.py --missing    print what is missing, as JSON
    python packaging/build_translations.py --add FILE   take translations from JSON

The strings are found in the code itself: every literal that is handed to ``tr`` of a
class, to ``translate`` with a context, or to a module's ``_tr`` that does the latter.
A .ts file is Qt's XML; the .qm files are built from them, and ignored by git.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Xml

import PySide6

ROOT = Path(__file__).resolve().parents[1]
CODE = ROOT / "medhash_gui" / "ui"
TRANSLATIONS = ROOT / "resources" / "translations"
LANGUAGES = ("zh_CN",)
# What stands in braces must stand in the translation, too, or formatting fails.
FIELD = re.compile(r"\{[^{}]*\}")

Key = tuple[str, str]  # context, source text


def strings(folder: Path = CODE) -> set[Key]:
    """Return every string of the window that people read, with its context."""
    found: set[Key] = set()
    for file in sorted(folder.glob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        found.update(_of_module(tree))
    return found


def _of_module(tree: ast.Module) -> Iterator[Key]:
    shared = ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "_tr":
            for call in ast.walk(node):
                if _called(call) == "translate" and isinstance(call, ast.Call):
                    shared = str(ast.literal_eval(call.args[0]))
    for node in tree.body:
        context = node.name if isinstance(node, ast.ClassDef) else ""
        for call in ast.walk(node):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            name, texts = _called(call), [_text(argument) for argument in call.args]
            if name == "tr" and context and texts[0] is not None:
                yield context, texts[0]
            elif name == "_tr" and shared and texts[0] is not None:
                yield shared, texts[0]
            elif name == "translate" and len(texts) > 1 and None not in texts[:2]:
                yield str(texts[0]), str(texts[1])


def _called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _text(node: ast.expr) -> str | None:
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return str(node.value) if is_text and isinstance(node, ast.Constant) else None


def source(language: str) -> Path:
    """Return the .ts file of a language."""
    return TRANSLATIONS / f"medhash_{language}.ts"


def known(language: str) -> dict[Key, str]:
    """Return what is translated."""
    file = source(language)
    if not file.exists():
        return {}
    found = {}
    for context in Xml.parse(file).getroot().iter("context"):
        name = context.findtext("name") or ""
        for message in context.iter("message"):
            text = message.findtext("translation") or ""
            if text:
                found[name, message.findtext("source") or ""] = text
    return found


def problems(language: str) -> list[str]:
    """Return what is missing or cannot be right in a language, a sentence each."""
    wanted, there = strings(), known(language)
    said = [
        f"{language} lacks {key[0]}: {key[1]!r}" for key in sorted(wanted - set(there))
    ]
    said += [
        f"{language} translates what is no more: {key[0]}: {key[1]!r}"
        for key in sorted(set(there) - wanted)
    ]
    for key in sorted(wanted & set(there)):
        if sorted(FIELD.findall(key[1])) != sorted(FIELD.findall(there[key])):
            said.append(f"{language} has other fields in {key[0]}: {key[1]!r}")
    return said


def write(language: str, translated: dict[Key, str]) -> None:
    """Write the .ts file of a language: what the code asks for, and nothing else."""
    root = Xml.Element("TS", version="2.1", language=language, sourcelanguage="en")
    contexts: dict[str, Xml.Element] = {}
    for name, text in sorted(strings()):
        if name not in contexts:
            contexts[name] = Xml.SubElement(root, "context")
            Xml.SubElement(contexts[name], "name").text = name
        message = Xml.SubElement(contexts[name], "message")
        Xml.SubElement(message, "source").text = text
        meaning = translated.get((name, text), "")
        target = Xml.SubElement(message, "translation")
        target.text = meaning
        if not meaning:
            target.set("type", "unfinished")
    Xml.indent(root, " ")
    head = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
    text = head + Xml.tostring(root, encoding="unicode") + "\n"
    TRANSLATIONS.mkdir(parents=True, exist_ok=True)
    source(language).write_text(text, encoding="utf-8", newline="\n")


def build() -> int:
    """Make the .qm files; return the exit code."""
    folder = Path(PySide6.__file__).parent
    names = ("lrelease", "lrelease.exe", "libexec/lrelease")
    tool = next((folder / name for name in names if (folder / name).exists()), None)
    if tool is None:
        print("build_translations.py: PySide6 has no lrelease here", file=sys.stderr)
        return 3
    for language in LANGUAGES:
        file = source(language)
        command = [str(tool), "-silent", str(file), "-qm", str(file.with_suffix(".qm"))]
        done = subprocess.run(command, check=False)
        if done.returncode:
            return done.returncode
    return 0


def main() -> int:
    """Do what the options say, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--missing", action="store_true")
    parser.add_argument("--add", type=Path, metavar="FILE")
    given = parser.parse_args()
    if given.check:
        said = [sentence for language in LANGUAGES for sentence in problems(language)]
        print("\n".join(said), file=sys.stderr)
        return 3 if said else 0
    for language in LANGUAGES:
        there = known(language)
        if given.missing:
            lacking: dict[str, dict[str, str]] = {}
            for name, text in sorted(strings() - set(there)):
                lacking.setdefault(name, {})[text] = ""
            print(json.dumps(lacking, indent=1, ensure_ascii=False))
        elif given.add is not None:
            for name, texts in json.loads(given.add.read_text("utf-8")).items():
                there.update({(name, text): told for text, told in texts.items()})
            write(language, there)
    return 0 if given.missing or given.add is not None else build()


if __name__ == "__main__":
    sys.exit(main())
