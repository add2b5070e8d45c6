"""The command ``search``: the pictures of a library most like one picture.

Pictures are read in a process of their own, which starts while the library opens. The
model is opened only where it is needed: a query whose content is in the library is
answered from its stored code.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from medhash_gui import bundle, encoders, folders, overlay, search
from medhash_gui.bundle import Look, ModelBundle
from medhash_gui.command_output import Output
from medhash_gui.errors import DatasetError, MedHashError, UnreadableImageError
from medhash_gui.images import Decoded
from medhash_gui.picture_reader import PictureReader
from medhash_gui.saliency import Withheld
from medhash_gui.search import Query, SearchFilter, SearchHit, SearchResult
from medhash_gui.store import CodeStore

if TYPE_CHECKING:
    import numpy.typing as npt

_OPACITY = 0.45
_COLOUR_MAP = "viridis"


@dataclass(frozen=True, slots=True)
class Request:
    """What to search for.

    Attributes:
        library: the library.
        picture: the query's file.
        top: how many hits.
        choose: which pictures may be hits.
        frame: frame of the query, from 0; None for the one that stands for the file.
        view: which of the query's windows and tables is applied, from 0.
        overlay: folder for the pictures with their saliency maps, or None.
        model: name or folder of the model; None for the library's own.
        started: ``time.perf_counter`` at the start of the process or the command.
    """

    library: Path
    picture: Path
    top: int
    choose: SearchFilter
    frame: int | None = None
    view: int = 0
    overlay: Path | None = None
    model: str | None = None
    started: float = field(default_factory=time.perf_counter)


def run(request: Request, output: Output, reader: PictureReader) -> dict[str, Any]:
    """Search, write the answer, and return it as it stands in the JSON line.

    Args:
        request: what to search for.
        output: where the answer goes.
        reader: reads the query and the hits that are drawn.

    Raises:
        MedHashError: library, picture or model cannot be used.
    """
    clock = _Clock()
    store = CodeStore.open(request.library)
    _check_labels(store, request.choose.labels)
    clock.lap("load")
    model: ModelBundle | None = None
    # A model that was named is opened, and so checked, even where the stored code
    # answers without it; one that will be needed, while the reader still starts.
    if request.model is not None or not _holds(store, request.picture):
        model = _open_model(store, request.model)
        clock.lap("load")
    decoded, digest = _read(request, reader)
    clock.lap("decode")
    query = None
    if decoded.view == 0:  # of another view the library has no code
        query = search.library_query(
            store, digest, frame=decoded.frame, identity=decoded.identity
        )
    look: Look | None = None
    if query is None or request.overlay is not None:
        clock.lap("search")
        model = model or _open_model(store, None)
        clock.lap("load")
        look = model.look(decoded.pixels)
    if query is None:
        assert look is not None
        query = _new_query(store, look, decoded, digest)
    clock.lap("encode")
    result = search.search(store, query, filter=request.choose, top=request.top)
    clock.lap("search")
    answer = _answer(store, request, query, look, result)
    answer["query"] |= {
        "frame": decoded.frame,
        "frames": decoded.frame_count,
        "view": decoded.view,
        "views": list(decoded.views),
        "notes": list(decoded.notes),
    }
    if request.overlay is not None:
        assert model is not None
        assert look is not None
        drawing = _Drawing(request.overlay, store, model, output, reader)
        answer["overlay"] = drawing.draw(decoded, look, result.hits)
    answer["seconds"] = {
        **{step: round(clock.seconds[step], 4) for step in clock.seconds},
        "total": round(time.perf_counter() - request.started, 4),
    }
    _say(answer, output)
    output.finish(answer)
    return answer


class _Clock:
    """Adds up the time of each step."""

    def __init__(self) -> None:
        self.seconds = dict.fromkeys(("load", "decode", "encode", "search"), 0.0)
        self._last = time.perf_counter()

    def lap(self, step: str) -> None:
        """Count the time since the last lap as this step's."""
        now = time.perf_counter()
        self.seconds[step] += now - self._last
        self._last = now


def _holds(store: CodeStore, picture: Path) -> bool:
    digest = folders.content_digest(folders.read_bytes(picture))
    return len(store.rows_with_digest(digest)) > 0


def _read(request: Request, reader: PictureReader) -> tuple[Decoded, bytes]:
    reading = reader.read(
        request.picture,
        name=request.picture.name,
        frame=request.frame,
        view=request.view,
    )
    return reading.decoded, reading.digest


def _check_labels(store: CodeStore, labels: Sequence[str]) -> None:
    known = store.label_names()
    for label in labels:
        if label not in known:
            msg = f"No picture in {store.root.name} is labelled {label!r}."
            some = ", ".join(sorted(known)[:20]) or "none"
            raise DatasetError(msg, hint=f"Labels in this library: {some}.")


def _open_model(store: CodeStore, name: str | None) -> ModelBundle:
    found = encoders.named(name, store) if name else encoders.of_library(store)
    return bundle.ModelBundle.open(found.folder)


def _new_query(store: CodeStore, look: Look, decoded: Decoded, digest: bytes) -> Query:
    return Query(
        codes=look.codes,
        digest=digest,
        frame=decoded.frame,
        patient_key=search.query_patient(store, decoded.identity),
        in_library=False,
    )


def _answer(
    store: CodeStore,
    request: Request,
    query: Query,
    look: Look | None,
    result: SearchResult,
) -> dict[str, Any]:
    ratio = look.familiarity if look is not None else None
    familiarity = None
    if ratio is not None:
        familiarity = {"ratio": round(ratio, 3), "familiar": ratio <= 1}
    return {
        "query": {
            "path": _shown_path(store, request.picture),
            "code": query.codes.hex(0),
            "patient": query.patient_key,
            "in_library": query.in_library,
            "familiarity": familiarity,
        },
        "hits": [_hit(hit) for hit in result.hits],
        "prior": [_hit(hit) for hit in result.prior],
        "library": {
            "images": len(store),
            "searched": result.searched,
            "bits": store.bits,
            "model_id": store.model_id,
        },
    }


def _hit(hit: SearchHit) -> dict[str, Any]:
    return {
        "rank": hit.rank,
        "path": hit.record.path,
        "frame": hit.record.frame,
        "distance": hit.distance,
        "soft_distance": round(hit.soft_distance, 4),
        "tie_size": hit.tie_size,
        "labels": list(hit.record.labels),
        "patient": hit.record.patient_key,
        "identical": hit.identical,
    }


def _shown_path(store: CodeStore, picture: Path) -> str:
    """Return the path inside the indexed folder, or the bare file name outside it."""
    try:
        inside = picture.resolve().relative_to(store.indexed_root.resolve())
    except (ValueError, OSError):
        return picture.name
    return inside.as_posix()


def _say(answer: dict[str, Any], output: Output) -> None:
    query, library, seconds = answer["query"], answer["library"], answer["seconds"]
    where = "in the library" if query["in_library"] else "not in the library"
    output.say(f"Query {_named(query)} ({where}), code {query['code']}")
    for note in query["notes"]:
        output.note(note)
    familiarity = query["familiarity"]
    if familiarity and not familiarity["familiar"]:
        output.note(
            "Warning: the model was not trained on pictures like this one; the hits "
            "may mean little."
        )
    if answer["hits"]:
        _say_hits(answer["hits"], output)
    else:
        output.say("No picture passes the filter.")
    if answer["prior"]:
        output.say("Left out, of the query's own patient:")
        _say_hits(answer["prior"], output)
    output.say(
        f"{library['searched']} of {library['images']} pictures searched, "
        f"{library['bits']} bits; {seconds['total']:.2f} s"
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
    rows = [
        (
            hit["rank"],
            hit["distance"],
            f"{hit['soft_distance']:.3f}",
            hit["tie_size"],
            ", ".join(hit["labels"]) or "–",
            hit["patient"] or "–",
            hit["path"] + (" (identical)" if hit["identical"] else ""),
        )
        for hit in hits
    ]
    titles = ("rank", "bits", "soft", "ties", "labels", "patient", "file")
    output.table(titles, rows)


class _Drawing:
    """Writes pictures with their saliency maps into a folder."""

    def __init__(
        self,
        folder: Path,
        store: CodeStore,
        model: ModelBundle,
        output: Output,
        reader: PictureReader,
    ) -> None:
        self._folder = folder
        self._store = store
        self._model = model
        self._output = output
        self._reader = reader
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._failure(error) from error

    def draw(
        self, query: Decoded, look: Look, hits: Sequence[SearchHit]
    ) -> dict[str, Any]:
        """Draw query and hits; say which have no map or no file, and why."""
        drawn = [{"rank": 0, **self._one("query.png", query, look)}]
        for hit in hits:
            try:
                decoded = self._decode(hit)
            except UnreadableImageError as error:
                self._output.note(
                    f"hit {hit.rank}, {hit.record.path}, is not drawn: {error.message}"
                )
                missing = {"file": None, "source": None, "reason": error.message}
                drawn.append({"rank": hit.rank, **missing})
                continue
            name = f"hit-{hit.rank:02d}.png"
            look = self._model.look(decoded.pixels)
            drawn.append({"rank": hit.rank, **self._one(name, decoded, look)})
        self._output.say(f"{len(drawn)} pictures with their maps in {self._folder}")
        return {"folder": str(self._folder), "pictures": drawn}

    def _decode(self, hit: SearchHit) -> Decoded:
        record = hit.record
        file = self._store.indexed_root / record.path
        reading = self._reader.read(file, name=file.name, frame=record.frame)
        if reading.digest != record.digest:
            self._output.note(
                f"hit {hit.rank}: {record.path} was changed after it was indexed."
            )
        return reading.decoded

    def _one(self, name: str, decoded: Decoded, look: Look) -> dict[str, Any]:
        shown = self._model.explain(look)
        reason = shown.reason if isinstance(shown, Withheld) else None
        if reason is not None:
            self._output.note(f"{name} is drawn without a map: {reason}")
        saliency = None if isinstance(shown, Withheld) else shown
        blended = overlay.blend(
            decoded.pixels, saliency, opacity=_OPACITY, colour_map=_COLOUR_MAP
        )
        try:
            (self._folder / name).write_bytes(_png(blended))
        except OSError as error:
            raise self._failure(error) from error
        source = saliency.source if saliency is not None else None
        return {"file": name, "source": source, "reason": reason}

    def _failure(self, error: OSError) -> MedHashError:
        msg = (
            f"The pictures with maps cannot be written to {self._folder}: "
            f"{error.strerror or error}."
        )
        return MedHashError(msg, hint="Name another folder with --overlay.")


def _png(pixels: npt.NDArray[np.uint8]) -> bytes:
    # imencode, not imwrite: OpenCV opens no path with non-ASCII letters on Windows.
    _, data = cv2.imencode(".png", np.ascontiguousarray(pixels[..., ::-1]))
    return data.tobytes()
