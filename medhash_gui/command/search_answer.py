"""What ``search`` answers: as JSON values, and as text for people."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from medhash_gui.bundle import Look
from medhash_gui.command.output import Output
from medhash_gui.distance_table import DistanceTable
from medhash_gui.images import Decoded
from medhash_gui.search import Query, SearchHit, SearchResult
from medhash_gui.searched_library import SearchedLibrary


@dataclass(frozen=True, slots=True)
class Asked:
    """One query picture.

    Attributes:
        path: its file.
        query: what is searched for.
        decoded: what its file gave.
        look: what the model saw, or None where it was not needed.
    """

    path: Path
    query: Query
    decoded: Decoded
    look: Look | None


def as_json(
    store: SearchedLibrary,
    like: Sequence[Asked],
    unlike: Sequence[Asked],
    result: SearchResult,
    table: DistanceTable | None,
) -> dict[str, Any]:
    """Return the answer as JSON values.

    Args:
        store: that was searched.
        like: the pictures to be like.
        unlike: the pictures not to be like.
        result: what was found.
        table: what distances meant for the model; None where nobody knows, or where the
            query was moved, since no pair so far apart was ever looked at.
    """
    moved = result.moved
    queries = [_query(store, one) for one in like]
    return {
        "query": queries[0],
        "queries": queries,
        "unlike": [_query(store, one) for one in unlike],
        "more_of": moved and dataclasses.asdict(moved),
        "hits": [_hit(hit, table) for hit in result.hits],
        "prior": [_hit(hit, table) for hit in result.prior],
        "library": {
            "images": len(store),
            "searched": result.searched,
            "bits": store.bits,
            "model_id": store.model_id,
            "chance": table.chance if table else None,
        },
    }


def listed(store: SearchedLibrary, result: SearchResult) -> dict[str, Any]:
    """Return pictures that were found by their words alone as JSON values."""
    hits = [
        {
            "rank": hit.rank,
            "path": hit.record.path,
            "frame": hit.record.frame,
            "labels": list(hit.record.labels),
            "patient": hit.record.patient_key,
        }
        for hit in result.hits
    ]
    return {"hits": hits, "found": result.searched, "library": {"images": len(store)}}


def say_listed(answer: dict[str, Any], output: Output) -> None:
    """Write a list of pictures for people."""
    rows: list[list[object]] = [
        [
            hit["rank"],
            ", ".join(hit["labels"]) or "–",
            hit["patient"] or "–",
            hit["path"],
        ]
        for hit in answer["hits"]
    ]
    if rows:
        output.table(["", "labels", "patient", "file"], rows)
    output.say(
        f"{answer['found']} of {answer['library']['images']} pictures have the words; "
        f"{answer['seconds']['total']:.2f} s"
    )


def _query(store: SearchedLibrary, asked: Asked) -> dict[str, Any]:
    ratio = asked.look.familiarity if asked.look is not None else None
    familiarity = None
    if ratio is not None:
        familiarity = {"ratio": round(ratio, 3), "threshold": 1, "familiar": ratio <= 1}
    decoded = asked.decoded
    return {
        "path": _shown_path(store, asked.path),
        "code": asked.query.codes.hex(0),
        "patient": asked.query.patient_key,
        "in_library": asked.query.in_library,
        "familiarity": familiarity,
        "frame": decoded.frame,
        "frames": decoded.frame_count,
        "view": decoded.view,
        "views": list(decoded.views),
        "notes": list(decoded.notes),
    }


def _hit(hit: SearchHit, table: DistanceTable | None) -> dict[str, Any]:
    # Of several queries the distance is a mean, and the table is of pairs.
    whole = hit.distance if isinstance(hit.distance, int) else None
    known = table.at(whole) if table and whole is not None else None
    return {
        "rank": hit.rank,
        "path": hit.record.path,
        "frame": hit.record.frame,
        "distance": _rounded(hit.distance),
        "unlike_distance": _rounded(hit.unlike_distance),
        "soft_distance": round(hit.soft_distance, 4),
        "tie_size": hit.tie_size,
        "labels": list(hit.record.labels),
        "patient": hit.record.patient_key,
        "identical": hit.identical,
        "held_out": known and dataclasses.asdict(known),
    }


def _rounded(bits: float | None) -> float | None:
    """Return bits as a whole number where they are, else with two decimals."""
    return bits if bits is None or isinstance(bits, int) else round(bits, 2)


def _shown_path(store: SearchedLibrary, picture: Path) -> str:
    """Return the path inside the indexed folder, or the bare file name outside it."""
    try:
        inside = picture.resolve().relative_to(store.indexed_root.resolve())
    except (ValueError, OSError):
        return picture.name
    return inside.as_posix()


def say(answer: dict[str, Any], output: Output) -> None:
    """Write the answer for people."""
    library, seconds = answer["library"], answer["seconds"]
    for query in answer["queries"]:
        _say_query("Query", query, output)
    for query in answer["unlike"]:
        _say_query("Unlike", query, output)
    if answer["more_of"]:
        _say_moved(answer["more_of"], library["bits"], output)
    if answer["hits"]:
        _say_hits(answer["hits"], output)
        if library["chance"] is not None:
            output.say(
                "shared: of pairs of held-out pictures so close, how many shared a "
                f"label (95 % interval); of all pairs {library['chance']:.0%} did"
            )
    else:
        output.say("No picture passes the filter.")
    if answer["prior"]:
        output.say("Left out, of the query's own patient:")
        _say_hits(answer["prior"], output)
    output.say(
        f"{library['searched']} of {library['images']} pictures searched, "
        f"{library['bits']} bits; {seconds['total']:.2f} s"
    )


def _say_query(title: str, query: dict[str, Any], output: Output) -> None:
    where = "in the library" if query["in_library"] else "not in the library"
    output.say(f"{title} {_named(query)} ({where}), code {query['code']}")
    for note in query["notes"]:
        output.note(note)
    familiarity = query["familiarity"]
    if familiarity and not familiarity["familiar"]:
        output.note(
            "Warning: the model was not trained on pictures like this one; the hits "
            "may mean little."
        )


def _say_moved(moved: dict[str, Any], bits: int, output: Output) -> None:
    changed = ", ".join(map(str, moved["bits_changed"]))
    output.say(
        f"More of {moved['label']} (strength {moved['strength']:g}), as "
        f"{moved['patients_with']} patients with it differ from "
        f"{moved['patients_without']} without: {changed} of {bits} bits turned over"
    )
    output.say(
        "bits: to the code that was moved so, not to the picture's own; what distances "
        "meant on held-out pictures is not told of it"
    )


def _named(query: dict[str, Any]) -> str:
    """Return the query's path, with frame and view where there are several."""
    parts = [query["path"]]
    if query["frames"] > 1:
        parts.append(f"frame {query['frame'] + 1} of {query['frames']}")
    if query["view"]:
        parts.append(f"view {query['views'][query['view']]}")
    return ", ".join(parts)


def _say_hits(hits: Sequence[dict[str, Any]], output: Output) -> None:
    has_table = any(hit["held_out"] for hit in hits)
    has_unlike = any(hit["unlike_distance"] is not None for hit in hits)
    titles = ["rank", "bits", "soft", "ties", "labels", "patient", "file"]
    rows: list[list[object]] = [
        [
            hit["rank"],
            hit["distance"],
            f"{hit['soft_distance']:.3f}",
            hit["tie_size"],
            ", ".join(hit["labels"]) or "–",
            hit["patient"] or "–",
            hit["path"] + (" (identical)" if hit["identical"] else ""),
        ]
        for hit in hits
    ]
    if has_unlike:
        titles.insert(2, "unlike")
        for row, hit in zip(rows, hits, strict=True):
            row.insert(2, hit["unlike_distance"])
    if has_table:
        titles.insert(-3, "shared")
        for row, hit in zip(rows, hits, strict=True):
            row.insert(-3, _share(hit["held_out"]))
    output.table(titles, rows)


def _share(row: dict[str, Any] | None) -> str:
    if row is None:
        return "–"
    return f"{row['share']:.0%} ({row['low']:.0%}–{row['high']:.0%})"
