"""Query and hits of ``medhash search`` drawn with their saliency maps into a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from medhash_gui import overlay
from medhash_gui.bundle import Look, ModelBundle
from medhash_gui.command_output import Output
from medhash_gui.errors import MedHashError, UnreadableImageError
from medhash_gui.images import Decoded
from medhash_gui.picture_reader import PictureReader
from medhash_gui.saliency import Withheld
from medhash_gui.search import SearchHit
from medhash_gui.searched_library import SearchedLibrary

if TYPE_CHECKING:
    import numpy.typing as npt

_OPACITY = 0.45
_COLOUR_MAP = "viridis"


class Drawing:
    """Writes pictures with their saliency maps into a folder."""

    def __init__(
        self,
        folder: Path,
        store: SearchedLibrary,
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
        self, queries: Mapping[str, tuple[Decoded, Look]], hits: Sequence[SearchHit]
    ) -> dict[str, Any]:
        """Draw queries and hits; say which have no map or no file, and why.

        Args:
            queries: by the name of the file that each becomes.
            hits: the hits.

        Raises:
            MedHashError: the folder cannot be written to.
        """
        drawn = [
            {"rank": 0, **self._one(name, decoded, look)}
            for name, (decoded, look) in queries.items()
        ]
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
