"""The report of one query: what was asked, what was found, and how to ask it again.

A report leaves the desk, so it holds no name, path or identifier in clear: a patient is
the library's pseudonym, a picture the first digits of its content's digest. A picture
in which letters may be written is left out, since letters may be a name; whoever knows
better asks for it. Every form of a report says what MedHash is for, and names the
model, the library, the parameters and the command that repeats the search.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import medhash_gui
from medhash_gui import nearness, reliability, spreadsheet
from medhash_gui.distance_table import DistanceTable
from medhash_gui.evidence import Evidence
from medhash_gui.exporting import PICTURE_DIGITS, RESEARCH_USE
from medhash_gui.queries import Query
from medhash_gui.reliability import Told, Untold
from medhash_gui.search_result import SearchFilter, SearchHit, SearchResult

if TYPE_CHECKING:
    from medhash_gui.card import ModelCard
    from medhash_gui.store import CodeStore

_TOLD_OTHERWISE = ("picture", "hits", "evidence", "meant", "by_patient")


@dataclass(frozen=True, slots=True)
class ReportPicture:
    """A picture of a report.

    Attributes:
        png: the picture, with its map where there is one; None where it is left out.
        note: which map it is, or why map or picture is left out.
    """

    png: bytes | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class ReportHit:
    """One hit of a report.

    Attributes:
        rank: 1 for the nearest, 0 for the query's own picture.
        picture_id: first digits of the content's digest.
        case: pseudonym of the patient, or "".
        labels: as the library has them.
        confirmed_by: how they were confirmed, or "".
        distance: differing bits.
        tie_size: pictures at this distance.
        held_out: what the distance meant on held-out pictures, or None.
        picture: with its map, or None where no pictures are wanted.
    """

    rank: int
    picture_id: str
    case: str
    labels: tuple[str, ...]
    confirmed_by: str
    distance: float
    tie_size: int
    held_out: Mapping[str, float] | None
    picture: ReportPicture | None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that a report says.

    Attributes:
        made: local time, ISO 8601.
        query_id: first digits of the digest of the query's content, or "pasted".
        query_frame: which frame of it, from 0.
        query_code: the code, hexadecimal.
        in_library: whether the library holds the query.
        familiarity: ratio to the model's limit; above 1 it knows no such pictures.
        picture: the query with its map, or None.
        hits: that were chosen for the report.
        enough: whether there were enough similar cases.
        limit: greatest distance that means anything, or None where not measured.
        evidence: what the nearest cases say, or None.
        meant: what the count of each label of the evidence meant on held-out pictures.
        by_patient: whether it is known whose those are.
        chance: share of all held-out pairs with a common label, or None.
        model: name, title, id, method, intended_use, limits of the model.
        library: pictures, searched, bits, fingerprint.
        parameters: of the search, by the command's words.
        command: what repeats the search; LIBRARY and QUERY stand for the two paths.
        moved: how the query was moved towards a finding, or None; where it was, all
            distances are to the moved code, and what they meant is not told.
        notes: what else a reader should know.
        program: name and version of the program.
        intended_use: ``RESEARCH_USE``.
    """

    made: str
    query_id: str
    query_frame: int
    query_code: str
    in_library: bool
    familiarity: float | None
    picture: ReportPicture | None
    hits: tuple[ReportHit, ...]
    enough: bool
    limit: int | None
    evidence: Evidence | None
    meant: Mapping[str, Told | Untold]
    by_patient: bool
    chance: float | None
    model: Mapping[str, str]
    library: Mapping[str, Any]
    parameters: Mapping[str, Any]
    command: str
    moved: Mapping[str, Any] | None = None
    notes: tuple[str, ...] = ()
    program: str = f"MedHash {medhash_gui.__version__}"
    intended_use: str = RESEARCH_USE

    def as_json(self) -> bytes:
        """Return the report as a JSON file, without its pictures."""
        values = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in _TOLD_OTHERWISE
        }
        values["hits"] = [_without_picture(hit) for hit in self.hits]
        values["evidence"] = _evidence_values(self.evidence, self.meant)
        text = json.dumps(values, indent=2, ensure_ascii=False, default=list)
        return (text + "\n").encode("utf-8", "backslashreplace")

    def as_csv(self) -> bytes:
        """Return the hits as a CSV file, one a line; each line says what it is for."""
        header = (
            "rank", "distance_bits", "bits", "ties", "labels", "confirmed_by", "case",
            "picture", "query", "model_id", "library", "made", "more_of",
            "intended_use",
        )  # fmt: skip
        lines = [
            (
                str(hit.rank),
                f"{hit.distance:g}",
                str(self.library["bits"]),
                str(hit.tie_size),
                "; ".join(hit.labels),
                hit.confirmed_by,
                hit.case,
                hit.picture_id,
                self.query_id,
                self.model["id"],
                str(self.library["fingerprint"]),
                self.made,
                self.moved["label"] if self.moved else "",
                self.intended_use,
            )
            for hit in self.hits
        ]
        return spreadsheet.to_csv(header, lines)


@dataclass(frozen=True, slots=True)
class Question:
    """How a search was asked, besides its filter.

    Attributes:
        like: how many pictures the hits shall be like.
        unlike: how many they shall not be like.
        box: the region that was asked about, "" for the whole picture.
        farthest: whether the least similar come first.
        view: through which window of its header one picture was asked with, from 0.
        more_of: the finding towards which the query was moved, as ``MoreOf`` spells it,
            or "".
    """

    like: int = 1
    unlike: int = 0
    box: str = ""
    farthest: bool = False
    view: int = 0
    more_of: str = ""


_PLAIN = Question()


def compose(
    store: CodeStore,
    card: ModelCard,
    query: Query,
    result: SearchResult,
    *,
    chosen: Sequence[SearchHit],
    filter: SearchFilter,
    top: int,
    question: Question = _PLAIN,
    evidence: Evidence | None = None,
    familiarity: float | None = None,
    pictures: Mapping[int, ReportPicture] | None = None,
    query_picture: ReportPicture | None = None,
    notes: Sequence[str] = (),
    now: datetime.datetime | None = None,
) -> Report:
    """Return the report of a query.

    Args:
        store: the library that was searched.
        card: of its model.
        query: the first picture that was searched for.
        result: what was found.
        chosen: the hits that the report shows.
        filter: as it was for the search.
        top: how many hits were asked for.
        question: how it was asked besides.
        evidence: what the nearest cases say, or None.
        familiarity: ratio to the model's limit, or None.
        pictures: of the chosen hits, by row.
        query_picture: of the query, or None.
        notes: what else a reader should know.
        now: local time; None for the clock's.
    """
    # Held-out pairs tell nothing of distances to a code that no picture has.
    table = card.distances if result.moved is None else None
    near = nearness.judge(result.hits, table)
    # Nor of means of several, nor of distances to a region.
    is_pair = question.like + question.unlike == 1 and not question.box
    told, known = table if is_pair else None, card.reliability
    made = now or datetime.datetime.now().astimezone()
    shown = pictures or {}
    return Report(
        made=made.isoformat(timespec="seconds"),
        query_id=query.digest.hex()[:PICTURE_DIGITS] if query.digest else "pasted",
        query_frame=query.frame,
        query_code=query.codes.hex(0),
        in_library=query.in_library,
        familiarity=familiarity,
        picture=query_picture,
        hits=tuple(_hit(hit, told, shown.get(hit.row)) for hit in chosen),
        enough=near.is_enough,
        limit=near.limit,
        evidence=evidence,
        meant=reliability.look_up_each(
            known,
            {one.label: one.near for one in (evidence.labels if evidence else ())},
            familiarity=familiarity,
            is_plain=evidence is None or (evidence.is_plain and not question.box),
        ),
        by_patient=known is not None and known.by_patient,
        chance=table.chance if table else None,
        model={
            "name": card.name,
            "title": card.title,
            "id": store.model_id,
            "method": card.method,
            "intended_use": card.intended_use,
            "limits": card.limits,
        },
        library={
            "images": len(store),
            "searched": result.searched,
            "bits": store.bits,
            "fingerprint": fingerprint(store),
        },
        parameters=_parameters(filter, top, query.frame, question),
        command=command_of(filter, top, query.frame, question),
        moved=None if result.moved is None else dataclasses.asdict(result.moved),
        notes=tuple(notes),
    )


def fingerprint(store: CodeStore) -> str:
    """Return 16 hexadecimal digits that change when pictures, codes or model do."""
    digest = hashlib.blake2b(store.model_id.encode(), digest_size=8)
    visible = store.visible
    digest.update(store.digests[: len(visible)][visible].tobytes())
    digest.update(store.packed[: len(visible)][visible].tobytes())
    return digest.hexdigest()


def command_of(
    asked: SearchFilter, top: int, frame: int = 0, question: Question = _PLAIN
) -> str:
    """Return the command that repeats a search; LIBRARY, QUERY and FOLDER are paths."""
    further = [f"QUERY-{number}" for number in range(2, question.like + 1)]
    words = ["medhash", "search", "LIBRARY", "QUERY", *further, "--top", str(top)]
    for option, value in _parameters(asked, top, frame, question).items():
        if value is True:
            words.append(f"--{option}")
        elif option not in ("top", "queries"):
            for one in value if isinstance(value, tuple) else (value,):
                words += [f"--{option}", _quoted(str(one))]
    return " ".join(words)


def _parameters(
    asked: SearchFilter, top: int, frame: int, question: Question
) -> dict[str, Any]:
    where = (
        *(f"label={name}" for name in asked.labels),
        *(f"{key}={value}" for key, value in asked.details),
        # A name may be a person's; so may be what is looked for in report texts.
        *(("folder=FOLDER",) if asked.folder else ()),
    )
    parameters: dict[str, Any] = {"top": top, "patients": asked.patients}
    parameters.update({"cases": "group"} if asked.cases == "group" else {})
    parameters.update({"within": asked.within} if asked.within is not None else {})
    parameters.update({"where": where} if where else {})
    parameters.update({"report-text": "WORDS"} if asked.report else {})
    for option, moment in (("since", asked.since_ns), ("before", asked.before_ns)):
        if moment is not None:
            day = datetime.datetime.fromtimestamp(moment // 10**9).astimezone()
            parameters[option] = day.date().isoformat()
    several = question.like + question.unlike > 1
    parameters.update({"frame": frame + 1} if frame and not several else {})
    is_other = question.view and not several
    parameters.update({"view": question.view + 1} if is_other else {})
    parameters.update({"queries": question.like} if question.like > 1 else {})
    unlike = tuple(f"UNLIKE-{number}" for number in range(1, question.unlike + 1))
    parameters.update({"unlike": unlike} if unlike else {})
    parameters.update({"box": question.box} if question.box else {})
    parameters.update({"farthest": True} if question.farthest else {})
    parameters.update({"more-of": question.more_of} if question.more_of else {})
    return parameters


def _quoted(word: str) -> str:
    plain = word.replace("=", "").replace("-", "").replace("_", "").replace("/", "")
    return word if plain.isalnum() and plain.isascii() else f'"{word}"'


def _hit(
    hit: SearchHit, table: DistanceTable | None, picture: ReportPicture | None
) -> ReportHit:
    row = table.at(round(hit.distance)) if table is not None else None
    held_out = None
    if row is not None:
        held_out = {"share": row.share, "low": row.low, "high": row.high}
    return ReportHit(
        rank=hit.rank,
        picture_id=hit.record.digest.hex()[:PICTURE_DIGITS],
        case=hit.record.patient_key or "",
        labels=hit.record.labels,
        confirmed_by=dict(hit.record.details).get("confirmed_by", ""),
        distance=hit.distance,
        tie_size=hit.tie_size,
        held_out=held_out,
        picture=picture,
    )


def _without_picture(hit: ReportHit) -> dict[str, Any]:
    fields = (field.name for field in dataclasses.fields(hit))
    return {name: getattr(hit, name) for name in fields if name != "picture"}


def _evidence_values(
    evidence: Evidence | None, meant: Mapping[str, Told | Untold]
) -> dict[str, Any] | None:
    if evidence is None:
        return None
    return {
        "asked": evidence.asked,
        "counted": len(evidence.neighbours),
        "unlabelled": evidence.unlabelled,
        "tied_out": evidence.tied_out,
        "labels": [
            {
                "label": one.label,
                "near": one.near.count,
                "near_of": one.near.of,
                "near_interval": [round(end, 4) for end in one.near.interval],
                "library": one.base.count,
                "library_of": one.base.of,
                "confirmed_by": dict(one.sources),
                "held_out": _meant_values(meant[one.label]),
            }
            for one in evidence.labels
        ],
    }


def _meant_values(found: Told | Untold) -> dict[str, Any]:
    if isinstance(found, Untold):
        return {"withheld": found.reason, "measured": found.measured}
    curve, row = found.curve, found.row
    return {
        "neighbours": curve.neighbours,
        "label": curve.label,
        "base": curve.base,
        **dataclasses.asdict(row),
        "share": round(row.share, 4),
    }
