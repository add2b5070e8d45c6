"""What MedHash is shipped with: the packages it needs, their versions and licences.

Everything is read from the metadata of what is installed in the environment that runs
this, beginning at the requirements of MedHash itself; no network, no list by hand.
Tests, notices and the bill of materials all read it here.
"""

from __future__ import annotations

import importlib.metadata
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = "medhash"
EXTRAS = ("train", "cluster", "codecs-12bit")
"""The extras that users may add; ``dev`` is for clones and ships nothing."""

# How packages word a licence that they give no SPDX expression for.
_WORDINGS = {
    "apache": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd 3-clause": "BSD-3-Clause",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "bsd-like": "BSD-3-Clause",
    "mit": "MIT",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "nvidia proprietary software": "LicenseRef-NVIDIA-Proprietary",
}
_EXPRESSION = re.compile(r"[A-Za-z0-9.+() -]+")
# What may stand in for a package, because it is the same without a part of it.
_INSTEAD = {"opencv-python": "opencv-python-headless"}
# NVIDIA's collection of its own libraries says nothing; each of them does.
_KNOWN = {"cuda-toolkit": "LicenseRef-NVIDIA-Proprietary"}


class UnclearLicenceError(Exception):
    """A package whose licence its metadata does not tell."""


@dataclass(frozen=True, slots=True)
class Component:
    """One package that is shipped.

    Attributes:
        name: as its authors write it.
        version: which one.
        licence: SPDX expression.
        summary: a line of its authors.
        homepage: its page, or "".
        needs: canonical names of what it needs itself.
        texts: its licence files: name, then text.
    """

    name: str
    version: str
    licence: str
    summary: str
    homepage: str
    needs: tuple[str, ...]
    texts: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        """The name as package indexes compare it."""
        return canonicalize_name(self.name)

    @property
    def is_copyleft_only(self) -> bool:
        """Whether it can be had under no terms but the GPL's or the AGPL's."""
        return not any(_is_open(terms) for terms in alternatives(self.licence))


def shipped(extras: Iterable[str] = ()) -> tuple[Component, ...]:
    """Return what comes with MedHash in this environment, by name; not itself.

    Args:
        extras: which of its extras count; what they name must be installed.

    Raises:
        PackageNotFoundError: MedHash, or something that it needs, is not installed.
        UnclearLicenceError: a package tells no licence that is known here.
    """
    found: dict[str, Component] = {}
    root = importlib.metadata.distribution(ROOT)
    waiting = _needs(root, set(extras))
    while waiting:
        name, wanted = waiting.pop()
        if name in found and not wanted:
            continue
        distribution = importlib.metadata.distribution(name)
        needs = _needs(distribution, wanted)
        if name not in found:
            found[name] = _component(distribution, [need for need, _ in needs])
            waiting += needs
        else:
            waiting += [need for need in needs if need[0] not in found]
    return tuple(found[name] for name in sorted(found))


def roots(extras: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the canonical names of what MedHash needs itself."""
    root = importlib.metadata.distribution(ROOT)
    return tuple(sorted({name for name, _ in _needs(root, set(extras))}))


def alternatives(expression: str) -> list[list[str]]:
    """Return the ways to comply with an SPDX expression, each a list of licences.

    "A OR B AND C" gives [[A], [B, C]]; brackets are obeyed; exceptions ("WITH") stay
    with their licence.
    """
    tokens = re.findall(r"\(|\)|[^\s()]+", expression)
    ways, rest = _any_of(tokens)
    if rest:
        message = f"{expression!r} is no licence expression"
        raise ValueError(message)
    return ways


def _any_of(tokens: list[str]) -> tuple[list[list[str]], list[str]]:
    ways, tokens = _all_of(tokens)
    while tokens[:1] == ["OR"]:
        more, tokens = _all_of(tokens[1:])
        ways = ways + more
    return ways, tokens


def _all_of(tokens: list[str]) -> tuple[list[list[str]], list[str]]:
    ways, tokens = _one(tokens)
    while tokens[:1] == ["AND"]:
        more, tokens = _one(tokens[1:])
        ways = [one + other for one in ways for other in more]
    return ways, tokens


def _one(tokens: list[str]) -> tuple[list[list[str]], list[str]]:
    if tokens[:1] == ["("]:
        ways, tokens = _any_of(tokens[1:])
        return ways, tokens[1:]
    name, tokens = tokens[0], tokens[1:]
    if tokens[:1] == ["WITH"]:
        name, tokens = f"{name} WITH {tokens[1]}", tokens[2:]
    return [[name]], tokens


def _is_open(licences: list[str]) -> bool:
    """Whether a program under other terms may use what has all of these licences."""
    return not any(
        name.startswith(("GPL", "AGPL")) and " WITH " not in name for name in licences
    )


def _needs(
    distribution: Distribution, extras: set[str]
) -> list[tuple[str, frozenset[str]]]:
    needs = []
    for line in distribution.requires or ():
        wanted = Requirement(line)
        marks = [{"extra": extra} for extra in (extras or {""})]
        if wanted.marker is None or any(wanted.marker.evaluate(m) for m in marks):
            name = _present(canonicalize_name(wanted.name))
            needs.append((name, frozenset(wanted.extras)))
    return needs


def _present(name: str) -> str:
    """Return the name of what is installed for a need."""
    if name in _INSTEAD:
        try:
            importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            return _INSTEAD[name]
    return name


def _component(distribution: Distribution, needs: list[str]) -> Component:
    metadata = distribution.metadata
    pages = dict(
        line.split(", ", 1)
        for line in metadata.get_all("Project-URL") or ()
        if ", " in line
    )
    named = ("Homepage", "homepage", "Source", "Repository", "repository")
    page = next((pages[name] for name in named if name in pages), "")
    return Component(
        name=metadata["Name"],
        version=distribution.version,
        licence=licence_of(distribution),
        summary=metadata.get("Summary") or "",
        homepage=metadata.get("Home-page") or page,
        needs=tuple(sorted(set(needs))),
        texts=_texts(distribution),
    )


def licence_of(distribution: Distribution) -> str:
    """Return the SPDX expression of a package's licence.

    Raises:
        UnclearLicenceError: its metadata does not tell in words that are known here.
    """
    metadata = distribution.metadata
    name = canonicalize_name(metadata["Name"])
    if metadata.get("License-Expression"):
        return str(metadata["License-Expression"])
    if name in _KNOWN:
        return _KNOWN[name]
    words = [(metadata.get("License") or "").strip().split("\n")[0]]
    words += [
        line.rpartition(" :: ")[2]
        for line in metadata.get_all("Classifier") or ()
        if line.startswith("License :: OSI Approved :: ")
    ]
    for word in words:
        if word.lower() in _WORDINGS:
            return _WORDINGS[word.lower()]
        if re.search(r"\b(OR|AND)\b|-\d", word) and _EXPRESSION.fullmatch(word):
            return word
    message = (
        f"The licence of {metadata['Name']} {distribution.version} is not clear: "
        f"{words}. Read it, then add its wording to {__file__}."
    )
    raise UnclearLicenceError(message)


def _texts(distribution: Distribution) -> tuple[tuple[str, str], ...]:
    """Return every licence file that the package brings; some have none."""
    texts = []
    for file in distribution.files or ():
        is_meta = ".dist-info/" in str(file)
        if is_meta and re.search(r"(LICEN[CS]E|COPYING|NOTICE)", file.name, re.I):
            text = file.locate().read_text(encoding="utf-8", errors="replace")
            texts.append((str(file).partition(".dist-info/")[2], text))
    return tuple(sorted(texts))


if __name__ == "__main__":
    for one in shipped(sys.argv[1:]):
        print(f"{one.name} {one.version}: {one.licence}")


def write(
    words: Sequence[str], usage: str, text: Callable[[tuple[Component, ...]], str]
) -> int:
    """Write a file about what is shipped; return the exit code of the script.

    Args:
        words: of the command line: the file, and extras.
        usage: what the script does, for those who name no file.
        text: of the file.
    """
    if not words or words[0].startswith("-"):
        print(usage, file=sys.stderr)
        return 2
    try:
        found = shipped(words[1:])
    except UnclearLicenceError as error:
        print(error, file=sys.stderr)
        return 3
    Path(words[0]).write_text(text(found), encoding="utf-8", newline="\n")
    print(f"{words[0]}: {len(found)} packages")
    return 0
