"""The command ``evaluate``: how well a model finds pictures with the same labels.

Every picture of a folder asks all pictures of other patients there, or the pictures
that ``--query`` names ask the folder. Nothing is trained, split or written but the
table that is asked for. No torch on a processor.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from medhash_gui import (
    bundle,
    code_health,
    encoders,
    evaluation_table,
    label_views,
    labelled_codes,
    retrieval,
)
from medhash_gui.codes import Encoder
from medhash_gui.command.output import Output, Progress
from medhash_gui.encoders import Device
from medhash_gui.errors import DatasetError
from medhash_gui.import_choices import ImportChoices
from medhash_gui.label_views import ALL_LABELS, FINDINGS_ONLY, LabelView
from medhash_gui.labelled_codes import LabelledCodes
from medhash_gui.library.keys import LibraryKey
from medhash_gui.retrieval import Coded, EvaluationReport

_LABEL_HINT = (
    "Name a table with --labels, or sort the pictures into class folders; medhash "
    "labels TABLE --folder FOLDER shows what a table would mean."
)
_LISTED = 5


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be measured.

    Attributes:
        model: name or folder of the model.
        folder: the pictures.
        choices: where labels and patients are from, and which frames count.
        query: a folder whose pictures ask, or a table that names those of ``folder``
            that do; None: all of them, each without its own patient.
        query_labels: a table for the folder of queries; None: that of ``choices``.
        findings_only: a label that means "nothing found", for a second view without
            it; None: "No Finding" where there is such a label; "": no second view.
        top: length of the list.
        seed: of the intervals.
        device: where codes are made.
        listed: a CSV or Markdown file for the table, or None.
    """

    model: str
    folder: Path
    choices: ImportChoices = field(default_factory=ImportChoices)
    query: Path | None = None
    query_labels: Path | None = None
    findings_only: str | None = None
    top: int = 10
    seed: int = 0
    device: Device = "auto"
    listed: Path | None = None


def run(request: Request, output: Output) -> dict[str, Any]:
    """Measure, write the tables, and return the answer as it stands in the JSON line.

    Raises:
        MedHashError: model, folder, labels or patients cannot be used.
    """
    for path in (request.folder, request.query):
        if path is not None and not path.exists():
            message = f"{path} is not there."
            raise DatasetError(message, hint="Check the name, or connect the drive.")
    if not request.folder.is_dir():
        message = f"{request.folder} is a file."
        raise DatasetError(message, hint="Name the folder that holds the pictures.")
    found = bundle.find(request.model)
    started = time.perf_counter()
    database, query = _pictures(
        request, encoders.open_encoder(found, request.device), output
    )
    seconds = time.perf_counter() - started
    _check_patients(query, database)
    names = {name for side in (query, database) for ls in side.labels for name in ls}
    classes = tuple(sorted(names))
    _note_labels(query, database, output)
    _note_patients(query, database, output)
    asked, answering = (_coded(side, classes) for side in (query, database))
    reports: dict[str, EvaluationReport] = {}
    for name, view in _views(request, classes, output).items():
        asks, answers, counted = view.of(asked, answering, classes)
        reports[name] = retrieval.evaluate(
            asks, answers, classes=counted, k=request.top, seed=request.seed
        )
    _check_findable(reports)
    health = code_health.examine(answering.vectors, answering.labels, classes)
    rows = [row for n, r in reports.items() for row in evaluation_table.rows_of(n, r)]
    rows += evaluation_table.rows_of_health(health)
    if request.listed is not None:
        evaluation_table.write(rows, request.listed)
    card = found.card
    answer: dict[str, Any] = {
        "model": {"name": card.name, "model_id": card.model_id, "bits": card.bits},
        "folder": str(request.folder),
        "query": None if request.query is None else str(request.query),
        "pictures": len(database),
        "queries": len(query),
        "classes": list(classes),
        "patients": _known_patients(query, database),
        "pictures_of_known_patients": int(database.known.sum()),
        "queries_of_known_patients": int(query.known.sum()),
        "image_wise": not (database.known.any() and query.known.any()),
        "copies": database.copies,
        "skipped": [asdict(skipped) for skipped in database.skipped],
        "seconds_encoding": round(seconds, 3),
        "views": {name: report.as_json() for name, report in reports.items()},
        "codes": asdict(health),
        "listed": None if request.listed is None else str(request.listed),
    }
    _say(answer, reports, health, output)
    output.finish(answer)
    return answer


# ------------------------------------------------------------------------ pictures
def _pictures(
    request: Request, encoder: Encoder, output: Output
) -> tuple[LabelledCodes, LabelledCodes]:
    """Return the labelled pictures that answer and those that ask."""
    keys = LibraryKey.new()  # for this run alone
    everything = _encoded(request.folder, encoder, request.choices, keys, output)
    database = _labelled(everything, request.folder, output)
    if request.query is None:
        return database, database
    if request.query.is_dir():
        choices = request.choices
        if request.query_labels is not None:
            choices = replace(choices, table=request.query_labels)
        asking = _encoded(request.query, encoder, choices, keys, output)
        return database, _labelled(asking, request.query, output)
    rows = labelled_codes.rows_of_table(request.query, database)
    others = sorted(set(range(len(database))) - set(rows))
    return database.take(others), database.take(rows)


def _encoded(
    folder: Path,
    encoder: Encoder,
    choices: ImportChoices,
    keys: LibraryKey,
    output: Output,
) -> LabelledCodes:
    run = labelled_codes.encode_folder(folder, encoder, choices, keys)
    started = time.perf_counter()
    with Progress("encoding") as progress:
        while True:
            try:
                done, total = next(run)
            except StopIteration as end:
                pictures: LabelledCodes = end.value
                break
            rate = done / max(time.perf_counter() - started, 1e-6)
            left = (total - done) / rate if done else None
            progress.show(done, total, rate=rate if done else None, seconds_left=left)
    unreadable = [s for s in pictures.skipped if s.state != "not_an_image"]
    if unreadable:
        first = unreadable[0]
        output.note(
            f"{len(unreadable)} files of {folder} gave no picture and are left out; "
            f"the first, {first.path}: {first.reason}"
        )
    return pictures


def _labelled(pictures: LabelledCodes, folder: Path, output: Output) -> LabelledCodes:
    labelled = pictures.labelled()
    without = len(pictures) - len(labelled)
    if not len(labelled):
        message = f"None of the {len(pictures)} pictures in {folder} has a label."
        raise DatasetError(message, hint=_LABEL_HINT)
    if without:
        output.note(f"{without} pictures of {folder} have no label and are left out.")
    return labelled


def _coded(pictures: LabelledCodes, classes: Sequence[str]) -> Coded:
    return Coded(
        pictures.codes.signs().astype(np.float32),
        pictures.multi_hot(classes),
        pictures.groups,
    )


# -------------------------------------------------------------------------- checks
def _check_patients(query: LabelledCodes, database: LabelledCodes) -> None:
    """Refuse what no value can be had from."""
    if len({*query.paths, *database.paths}) < 2 and query is database:
        message = "There is one labelled picture, so it has nothing to be found among."
        raise DatasetError(message, hint="Name a folder of two labelled or more.")
    borne = {names for side in (query, database) for names in side.labels}
    if len(borne) == 1:
        (names,) = borne
        message = f"All pictures are labelled {', '.join(names)}: any hit is right."
        hint = f"Add pictures of another class. {_LABEL_HINT}"
        raise DatasetError(message, hint=hint)
    if len({*query.groups, *database.groups}) == 1:
        message = (
            "All pictures are of one patient (or copies of one file), and a patient's "
            "own pictures are never hits."
        )
        hint = (
            "Add pictures of other patients, or look at what --patient-column and "
            "--path-pattern take for the patient."
        )
        raise DatasetError(message, hint=hint)


def _check_findable(reports: Mapping[str, EvaluationReport]) -> None:
    whole = next(iter(reports.values()))
    if whole.nothing_to_find == whole.queries:
        message = "No query shares a label with a picture of another patient."
        hint = "Each class needs pictures of two patients at least."
        raise DatasetError(message, hint=hint)


def _note_labels(query: LabelledCodes, database: LabelledCodes, output: Output) -> None:
    counts = Counter(name for names in database.labels for name in names)
    asked = {name for names in query.labels for name in names}
    least = 2 if query is database else 1
    rare = sorted(name for name in asked if counts[name] < least)
    if rare:
        listed = ", ".join(rare[:_LISTED]) + (", …" if len(rare) > _LISTED else "")
        what = "Only one picture bears" if least == 2 else "No picture searched bears"
        output.note(
            f"{what}: {listed}. A query finds nothing by such a label; add pictures."
        )
    if database.contradicted:
        output.note(
            f"{database.contradicted} pictures are copies of others with other labels; "
            "one of each two must be wrong."
        )


def _note_patients(
    query: LabelledCodes, database: LabelledCodes, output: Output
) -> None:
    if database.copies:
        output.note(
            f"{database.copies} files are copies of others; no picture is a hit for "
            "its own copy."
        )
    if not (query.known.any() and database.known.any()):
        output.note(
            "Warning: no patient is known, so this is image-wise: leaks. Pictures of "
            "one patient may find each other, which looks better than it is. Name "
            "them with --patient-column or --path-pattern."
        )
        return
    total = len(database) + (len(query) if query is not database else 0)
    known = int(database.known.sum())
    known += int(query.known.sum()) if query is not database else 0
    if known < total:
        output.note(
            f"The patient of {total - known} of {total} pictures is not known; each "
            "counts as a patient of its own, which may leak."
        )


def _known_patients(*sides: LabelledCodes) -> int:
    return len(
        {
            group
            for side in sides
            for group, known in zip(side.groups, side.known, strict=True)
            if known
        }
    )


def _views(
    request: Request, classes: Sequence[str], output: Output
) -> dict[str, LabelView]:
    normal = request.findings_only
    if normal is None:
        return label_views.usual(classes)
    views = {ALL_LABELS: LabelView()}
    if normal and len(classes) < 3 and normal in classes:
        output.note(f"Without {normal!r} there is one label: no second view.")
        normal = None
    if normal:
        views[FINDINGS_ONLY] = LabelView((normal,))
    return views


# -------------------------------------------------------------------------- output
def _say(
    answer: Mapping[str, Any],
    reports: Mapping[str, EvaluationReport],
    health: code_health.CodeHealth,
    output: Output,
) -> None:
    model = answer["model"]
    output.say(f"{model['name']} ({model['bits']} bits) on {answer['folder']}")
    for view, report in reports.items():
        patients = (
            "image-wise: leaks"
            if answer["image_wise"]
            else f"{answer['patients']} patients known, never compared with themselves"
        )
        output.say()
        output.say(
            f"{view}: {report.queries} queries in {report.database} pictures, "
            f"{patients}"
        )
        if report.nothing_to_find:
            output.say(
                f"  {report.nothing_to_find} queries have nothing to find; they count 0"
            )
        output.table(
            ("measure", "value", "chance", "95 % interval"),
            [
                (m.name, f"{m.value:.3f}", f"{m.chance:.3f}", _interval(m.low, m.high))
                for m in report.measures
            ],
        )
        output.say()
        output.table(
            (f"label (MAP@{report.k})", "value", "chance", "95 % interval", "queries"),
            [
                (name, f"{s.value:.3f}", f"{s.chance:.3f}", _interval(s.low, s.high),
                 s.queries)
                for name, s in report.per_class.items()
            ],
        )  # fmt: skip
    whole = reports[ALL_LABELS]
    output.say()
    output.say(
        f"codes: {health.unique} different ones of {health.pictures} pictures; mean "
        f"imbalance of a bit {health.imbalance:.3f} (0 is best, .5 worst), "
        f"{health.constant_bits} constant bits, largest correlation of two bits "
        f"{health.correlation:.2f}"
    )
    for name, (unique, pictures) in health.unique_per_class.items():
        output.say(f"  {name}: {unique} different codes of {pictures} pictures")
    output.say(
        f"  {whole.tie_size:.1f} pictures are as far away as the one at place "
        f"{whole.k}; tie order decides {whole.tie_share:.0%} of the first {whole.k} "
        f"places (counted by expectation)"
    )
    if whole.empty_balls is not None:
        output.say(f"  {whole.empty_balls:.0%} of queries find nothing within 2 bits")
    if answer["listed"] is not None:
        output.say(f"listed in {answer['listed']}")


def _interval(low: float, high: float) -> str:
    return f"{low:.3f}-{high:.3f}"
