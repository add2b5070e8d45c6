"""The command ``privacy``: what is kept of patients, and what to do before sharing."""

from __future__ import annotations

from pathlib import Path

from medhash_gui import audit, privacy
from medhash_gui.burned_in import NO_SIGN
from medhash_gui.command.output import Output
from medhash_gui.privacy import DECLARED, DECLARED_ABSENT, PrivacySummary
from medhash_gui.store import CodeStore

_ELEMENTS_SHOWN = 20


def run(library: Path, output: Output) -> None:
    """Show what a library holds about people.

    Raises:
        MedHashError: the library cannot be opened.
    """
    with CodeStore.open(library) as store:
        output.note_of(audit.opened(store))
        found = privacy.summary(store)
        folder = store.indexed_root
    advice = _advice(found)
    output.say(f"{library}, of {folder}")
    _say_people(found, output)
    _say_files(found, output)
    _say_kept(found, output)
    output.say()
    output.say("Before you share the library or its pictures:")
    for sentence in advice:
        output.say(f"  - {sentence}")
    output.finish(
        {"library": str(library), **found.as_json(), "before_sharing": list(advice)}
    )


def _say_people(found: PrivacySummary, output: Output) -> None:
    output.say(
        f"  {found.images} pictures; patients: {found.patients}, "
        f"cases: {found.cases}, pictures without a known patient: "
        f"{found.without_patient}"
    )
    if found.unlinked:
        output.say(
            "  merged from libraries with different keys: one patient may count as "
            "several"
        )
    else:
        output.say("  patients are linked: one patient has one key everywhere in it")


def _say_files(found: PrivacySummary, output: Output) -> None:
    output.say()
    output.say("Elements that identify somebody, in the headers of the files")
    output.say("(only their names are kept here, not what they say):")
    elements = [f"  {count:>7}  {name}" for name, count in found.identifying.items()]
    for line in elements[:_ELEMENTS_SHOWN] or ["  none"]:
        output.say(line)
    if len(elements) > _ELEMENTS_SHOWN:
        more = len(elements) - _ELEMENTS_SHOWN
        output.say(f"  and {more} more; --json lists them all")
    output.say()
    output.say("Text in the pictures, in their number:")
    for said, count in found.text.items():
        output.say(f"  {count:>7}  {_in_words(said)}")
    if found.not_looked_at:
        output.say(f"  {found.not_looked_at:>7}  not known: nothing was looked at")
    output.say()
    output.say(f"Paths that repeat a patient's name or identifier: {found.path_names}")
    output.say(f"Report texts, kept as the table gave them: {found.reports}")


def _say_kept(found: PrivacySummary, output: Output) -> None:
    output.say()
    output.say("What a library keeps of a header or table, besides labels; no more:")
    rows = [(f"  {kept.label}", kept.source) for kept in found.kept]
    rows.append(("  Patient and case, as keyed hashes", "the header or the table"))
    output.table(("what", "from"), rows)


def _in_words(said: str) -> str:
    if said == DECLARED:
        return "declared in the header"
    if said == DECLARED_ABSENT:
        return "declared absent in the header"
    return "no sign of any, which is no proof" if said == NO_SIGN else said


def _advice(found: PrivacySummary) -> tuple[str, ...]:
    """Return one sentence for each thing to do, and one in any case."""
    sentences = []
    if found.identifying:
        sentences.append(
            "Share the library without the files, or de-identify the files first: "
            "their headers name people."
        )
    if found.text_likely:
        sentences.append(
            f"Look at the pictures in which text may stand ({found.text_likely}; what "
            "no header declares is a guess) and cover names before you pass them on."
        )
    if found.path_names:
        sentences.append(
            "Rename the files and folders whose path names a patient, and index "
            "again: the library keeps paths as they are."
        )
    if found.reports:
        sentences.append(
            f"Read the {found.reports} report texts for names, or index without that "
            "column."
        )
    if found.not_looked_at:
        sentences.append(
            f"Index the folder into a new library: {found.not_looked_at} pictures come "
            "from a version that did not look at headers and text."
        )
    if found.hidden:
        sentences.append(
            f"Purge the library (medhash library purge LIB --hidden) if {found.hidden} "
            "records of files that are gone must not go along: they keep their paths "
            "and labels."
        )
    if found.unlinked:
        sentences.append(
            "Say that patients are not linked across its parts: a search that leaves "
            "out the query's patient may still show them."
        )
    sentences.append(
        "Give the library only to people who may know its patients: it holds the key "
        "of the hashes, with which known identifiers can be tried."
    )
    return tuple(sentences)
