"""Says what this installation can do, what is missing, and how to get it.

Neither Qt nor torch is loaded for that: versions come from the packages' metadata, and
the shared libraries that Qt needs are looked for one by one, so that the answer comes
even where the window would not start.
"""

from __future__ import annotations

import ctypes
import importlib.metadata
import os
import platform
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import medhash_gui
from medhash_gui import audit, bundle, editions, engine, owner_only, paths
from medhash_gui.dicom import dicom
from medhash_gui.dicom.dicom import TransferSyntax
from medhash_gui.errors import MedHashError, UnreadableImageError
from medhash_gui.store import CodeStore

_PACKAGES = (
    "numpy", "opencv-python", "pillow", "h5py", "onnxruntime", "safetensors",
    "pydicom", "pylibjpeg", "pylibjpeg-openjpeg", "pylibjpeg-rle", "pyjpegls",
    "python-gdcm", "PySide6-Essentials", "torch", "torchvision",
)  # fmt: skip
_OPTIONAL = ("imagecodecs",)  # named where it is there, never as missing
_NEEDED_FOR = {
    "PySide6-Essentials": "the window",
    "torch": "training, and indexing on a GPU",
    "torchvision": "training",
}

# Shared libraries that Qt's wheels for Linux expect, and the Debian package of each.
_WINDOW_LIBRARIES = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
_SCREEN_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
UNSOUND_MODEL = "a sound model folder"
"""How an entry begins that names a model of the user's."""

_LOW_DISK_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is not there: what, for which task, and how to get it."""

    what: str
    needed_for: str
    how: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What ``examine`` found.

    Attributes:
        versions: MedHash, Python, the system, and each package ("" if absent).
        devices: devices that can make codes, the processor first.
        decoders: DICOM transfer syntaxes.
        models: names of the models here.
        folders: where models and libraries of the user lie.
        missing: what is not there, most important first.
    """

    versions: dict[str, str]
    devices: tuple[str, ...]
    decoders: tuple[TransferSyntax, ...]
    models: tuple[str, ...]
    folders: dict[str, str]
    missing: tuple[Missing, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the examination as JSON values."""
        return asdict(self)


def examine() -> Examination:
    """Look at packages, devices, decoders, models, shared libraries and disk."""
    versions = {
        "medhash": medhash_gui.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
        **{name: _version(name) for name in _PACKAGES},
        **{name: _version(name) for name in _OPTIONAL if _version(name)},
    }
    decoders = _decoders()
    models, problems = bundle.find_bundles()
    missing = [
        *(_missing_package(name) for name in _PACKAGES if not versions[name]),
        *_missing_libraries(),
        *_missing_models(models, [problem.message for problem in problems]),
        *_missing_device(versions["torch"]),
        *_missing_decoders(decoders),
        *_missing_room(paths.user_data()),
        *_open_to_others(paths.user_data()),
    ]
    return Examination(
        versions=versions,
        devices=engine.available_devices(),
        decoders=decoders,
        models=tuple(found.card.name for found in models),
        folders={
            "packaged models": str(paths.packaged_models()),
            "models": str(paths.user_models()),
            "libraries": str(paths.libraries()),
            "audit log": str(audit.folder()),
            "logs": str(paths.logs()),
        },
        missing=tuple(missing),
    )


def unsound_libraries() -> tuple[Missing, ...]:
    """Return the libraries in the user's data folder that cannot be opened, and why.

    Their names are the user's own: they are for this screen, not for support.
    """
    found = []
    for root in sorted(paths.libraries().glob("*.medhash")):
        try:
            CodeStore.open(root).close()
        except MedHashError as error:
            what = f"a sound library at {root}: {error.message}"
            found.append(Missing(what, "searching in it", error.hint))
    return tuple(found)


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        if package == "opencv-python":  # the wheel without windows serves as well
            return _version("opencv-python-headless")
        return ""


def _missing_package(name: str) -> Missing:
    reads = "reading some DICOM files"
    needed = _NEEDED_FOR.get(name, reads if "py" in name else "everything")
    if name in ("torch", "torchvision"):
        return Missing(name, needed, editions.how_to_get_training())
    return Missing(name, needed, f"python -m pip install {name}")


def _decoders() -> tuple[TransferSyntax, ...]:
    try:
        return tuple(dicom.decoder_table())
    except UnreadableImageError:
        return ()  # without pydicom there are none; it is named as missing


def _missing_decoders(decoders: Sequence[TransferSyntax]) -> list[Missing]:
    names: dict[str, list[str]] = {}
    for decoder in decoders:
        if not decoder.decodable:
            names.setdefault(decoder.remedy, []).append(decoder.name)
    convert = "convert such files with the software that made them, or leave them out"
    return [
        Missing(f"a decoder for {', '.join(same)}", "such DICOM files", how or convert)
        for how, same in names.items()
    ]


def _missing_libraries() -> list[Missing]:
    if not sys.platform.startswith("linux"):
        return []  # elsewhere Qt brings what it needs
    out = []
    for libraries, task in (
        (_WINDOW_LIBRARIES, "the window"),
        (_SCREEN_LIBRARIES, "the window on an X11 screen"),
    ):
        lacking = {lib: pkg for lib, pkg in libraries.items() if not _loads(lib)}
        if lacking:
            how = f"sudo apt-get install {' '.join(lacking.values())}"
            out.append(Missing(", ".join(lacking), task, how))
    return out


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _missing_models(
    models: Sequence[bundle.FoundBundle], problems: Sequence[str]
) -> list[Missing]:
    out = [
        Missing(f"{UNSOUND_MODEL}: {problem}", "that model", "get it again")
        for problem in problems
    ]
    if not models:
        how = f"install MedHash again, or put a model into {paths.user_models()}"
        out.insert(0, Missing("any model", "indexing and searching", how))
    return out


def _missing_device(torch_version: str) -> list[Missing]:
    if not engine.cuda_visible() or torch_version:
        return []
    if "cuda" in engine.available_devices():
        return []
    task = "indexing on the CUDA device that the driver shows"
    return [Missing("torch with CUDA", task, "python -m pip install torch torchvision")]


def _open_to_others(place: Path) -> list[Missing]:
    """Say where others can read what is the user's, such as files of before."""
    found = owner_only.readable_by_others(place)
    if not found:
        return []
    what = f"privacy: others can read {len(found)} files and folders in {place}"
    how = f"chmod -R go-rwx {shlex.quote(str(place))}"
    return [Missing(what, "keeping patients' data to yourself", how)]


def _missing_room(place: Path) -> list[Missing]:
    """Say when the user's data folder cannot be written to, or its disk is full."""
    there = next(folder for folder in (place, *place.parents) if folder.exists())
    if not os.access(there, os.W_OK):
        how = "give yourself the right to write there, or set MEDHASH_HOME"
        return [Missing(f"the right to write to {there}", "libraries, models", how)]
    free = shutil.disk_usage(there).free
    if free >= _LOW_DISK_BYTES:
        return []
    what = f"room: {free / 1e9:.1f} GB free on the disk of {there}"
    return [Missing(what, "libraries, models", "free some, or set MEDHASH_HOME")]
