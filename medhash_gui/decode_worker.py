"""What the worker processes do: read, decode, prepare, answer.

Promises: whatever is in a file, it is answered with inputs or pixels, or with a state
and a reason; nothing of a header leaves the worker but its identity, which stays in
memory, and the declared list of details.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from medhash_gui import burned_in, images
from medhash_gui import details as header_details
from medhash_gui.decode_process import settle_in
from medhash_gui.details import Details
from medhash_gui.errors import FileState, UnreadableImageError
from medhash_gui.images import FrameChoice, ImageFile
from medhash_gui.input_slots import SLOTS, InputSlots

if TYPE_CHECKING:
    from medhash_gui.preprocess import Preprocess

Floats = npt.NDArray[np.float32]


class FolderServer:
    """Answers ``DecodeTask`` for one folder.

    Args:
        root: folder that the tasks' paths are relative to.
        preprocess: what to make of the pixels.
        max_pixels: a picture of more is refused before it is decoded.
        frames: which frames of a file with several are answered.
        label_tag: DICOM element whose values are labels, or None.
    """

    def __init__(
        self,
        root: Path,
        preprocess: Preprocess,
        *,
        max_pixels: int,
        frames: FrameChoice,
        label_tag: str | None,
    ) -> None:
        self._root = root
        self._preprocess = preprocess
        self._max_pixels = max_pixels
        self._frames = frames
        self._label_tag = label_tag

    def answers(
        self, task: dict[str, Any]
    ) -> Iterator[tuple[dict[str, Any], Floats | None]]:
        """Yield the answers to one task, one a frame; the last one says so."""
        path = task["path"]
        name = PurePosixPath(path).name
        answer: dict[str, Any] = {"last": True}
        try:
            data = images.read_bytes(self._root / path)
            answer["digest"] = images.content_digest(data).hex()
            is_known = answer["digest"] in task["known"] and not task["header_only"]
            if not is_known:
                opened = self._open(data, name)
                details = _with_path_names(opened, path)
                frames = opened.frames(self._frames)
        except BaseException as error:  # noqa: BLE001 - see failure_of
            yield {**answer, "failure": failure_of(error, name)}, None
            return
        if is_known:
            yield answer, None
            return
        answer |= {
            "frames": frames,
            "frame_count": opened.frame_count,
            "identity": opened.identity.as_json(),
            "tag_labels": opened.tag_labels,
        }
        if task["header_only"]:
            yield {**answer, "frame": frames[0], "details": details}, None
            return
        for frame in frames:
            answer |= {"frame": frame, "last": frame == frames[-1], "details": details}
            try:
                decoded = opened.picture(frame)
                inputs = self._preprocess(decoded.pixels)
                inputs = np.ascontiguousarray(inputs, np.float32)
                answer["details"] = burned_in.with_guess(details, decoded.pixels)
            except BaseException as error:  # noqa: BLE001 - see failure_of
                yield {**answer, "failure": failure_of(error, name)}, None
                continue
            yield {**answer, "notes": decoded.notes, "shape": inputs.shape}, inputs
            # Gone before the next frame comes, so that there is only one at a time.
            del decoded, inputs

    def _open(self, data: bytes, name: str) -> ImageFile:
        return images.open_image(
            data, name=name, max_pixels=self._max_pixels, label_tag=self._label_tag
        )


def serve_folder(
    pipe: Connection,
    memory_limit_bytes: int,
    root: str,
    preprocess: Preprocess,
    max_pixels: int,
    frames: FrameChoice,
    label_tag: str | None,
    shared: tuple[str, int, int] | None,
) -> None:
    """Answer tasks about the files of a folder until the pipe ends.

    Args:
        pipe: takes tasks and gives answers.
        memory_limit_bytes: memory that this process may take from now on.
        root: as for ``FolderServer``, like the next four.
        preprocess: what to make of the pixels.
        max_pixels: a picture of more is refused.
        frames: which frames of a file with several are answered.
        label_tag: DICOM element whose values are labels, or None.
        shared: name, slot size in bytes and this worker's place in shared memory; None
            where there is none.
    """
    settle_in(pipe, memory_limit_bytes)
    name, size_bytes, place = shared or ("", 0, 0)
    slots = InputSlots.attach(name, size_bytes) if name else None
    server = FolderServer(
        Path(root),
        preprocess,
        max_pixels=max_pixels,
        frames=frames,
        label_tag=label_tag,
    )
    slot = 0
    try:
        while True:
            free = True
            for head, inputs in server.answers(json.loads(pipe.recv_bytes())):
                # The slot that is free holds one picture, the first of this task.
                if inputs is not None and slots is not None and free:
                    free = False
                    if slots.write(place, slot, inputs):
                        head["slot"] = slot
                pipe.send_bytes(json.dumps(head).encode("ascii"))
                if inputs is not None and "slot" not in head:
                    pipe.send_bytes(inputs.data.cast("B"))
            slot = (slot + 1) % SLOTS
    except (EOFError, OSError):
        # The parent has gone.
        return


def serve_pictures(pipe: Connection, memory_limit_bytes: int, max_pixels: int) -> None:
    """Answer requests for whole pictures until the pipe ends."""
    settle_in(pipe, memory_limit_bytes)
    try:
        while True:
            request = json.loads(pipe.recv_bytes())
            data = None if request["path"] is not None else pipe.recv_bytes()
            head, pixels = _whole_picture(request, data, max_pixels)
            del data
            pipe.send_bytes(json.dumps(head).encode("ascii"))
            if pixels is not None:
                pipe.send_bytes(pixels.data.cast("B"))
            del pixels
    except (EOFError, OSError):
        return


def _whole_picture(
    request: dict[str, Any], data: bytes | None, max_pixels: int
) -> tuple[dict[str, Any], Floats | None]:
    name = request["name"]
    try:
        if data is None:
            data = images.read_bytes(Path(request["path"]))
        digest = images.content_digest(data).hex()
        decoded = images.decode(
            data,
            name=name,
            frame=request["frame"],
            view=request["view"],
            max_pixels=max_pixels,
        )
        pixels = np.ascontiguousarray(decoded.pixels, np.float32)
    except UnreadableImageError as error:
        return {"failure": (error.state, error.message, error.hint)}, None
    except BaseException as error:  # noqa: BLE001 - see failure_of
        return {"failure": (*failure_of(error, name), "")}, None
    head = {
        "digest": digest,
        "frame": decoded.frame,
        "frame_count": decoded.frame_count,
        "identity": decoded.identity.as_json(),
        "details": decoded.details,
        "notes": decoded.notes,
        "views": decoded.views,
        "view": decoded.view,
        "spacing": decoded.spacing and decoded.spacing.as_json(),
        "shape": pixels.shape,
    }
    return head, pixels


def failure_of(error: BaseException, name: str) -> tuple[FileState, str]:
    """Return state and reason of a file on which a reader raised.

    Whatever a reader stumbles over must cost its file and not the run: also the panic
    of a decoder written in Rust, which is no ``Exception``.
    """
    if isinstance(error, UnreadableImageError):
        # In a folder, what is no picture needs no way out, only its reason.
        hint = "" if error.state == "not_an_image" else error.hint
        return error.state, f"{error.message} {hint}".strip()
    if isinstance(error, MemoryError):
        return "unsupported", f"{name}: decoding it takes more memory than is allowed."
    return "damaged", f"{name} could not be decoded ({type(error).__name__})."


def _with_path_names(opened: ImageFile, path: str) -> Details:
    """Return the details of a header, with which of its names the path repeats."""
    names = header_details.collect({"path_names": opened.names_in_path(path)})
    return header_details.merge(opened.details, names)
