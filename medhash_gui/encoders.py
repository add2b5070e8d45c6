"""Which model makes the codes of these pictures, and on which device.

A library keeps the model that it was made with; a new one takes the model on this
computer that knows its first pictures best. On the processor a model answers through
ONNX Runtime and torch is never loaded; it is loaded only where the driver shows a
device that it can use.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from medhash_gui import catalogue, editions, images, paths
from medhash_gui.catalogue import FoundBundle
from medhash_gui.errors import (
    BundleError,
    DatasetError,
    DeviceError,
    ModelMismatchError,
    UnreadableImageError,
)
from medhash_gui.picture_reader import PictureReader

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from medhash_gui.codes import Encoder, HashCodes
    from medhash_gui.preprocess import Preprocess
    from medhash_gui.searched_library import SearchedLibrary

Device = Literal["auto", "cpu", "cuda", "mps"]
DEVICES: tuple[Device, ...] = get_args(Device)

_PICTURES_LOOKED_AT = 16
# Pictures of one class may lie together, so the first look is spread over the folder.
_SPREAD = 64


@dataclass(frozen=True, slots=True)
class Fit:
    """The model for a new library.

    Attributes:
        found: the model.
        ratio: how unlike its training pictures these are; it knows them up to 1, and is
            infinite for a model that cannot tell.
    """

    found: FoundBundle
    ratio: float

    @property
    def is_familiar(self) -> bool:
        """Whether the model was trained on such pictures, as far as it can tell."""
        return self.ratio <= 1


def of_library(store: SearchedLibrary) -> FoundBundle:
    """Return the model that made a library's codes.

    Raises:
        ModelMismatchError: it is not on this computer.
    """
    try:
        return catalogue.find(store.model_id)
    except BundleError as error:
        msg = (
            f"The library {store.name} was made with the model {store.model_name} "
            f"({store.model_id}), which is not on this computer."
        )
        hint = (
            f"Put that model's folder into {paths.user_models()}, name it with "
            "--model, or index the pictures into a new library."
        )
        raise ModelMismatchError(msg, hint=hint) from error


def named(name_or_folder: str, store: SearchedLibrary) -> FoundBundle:
    """Return the model that a user named, if it made the codes of the library.

    Raises:
        BundleError: there is no such model.
        ModelMismatchError: the library's codes were made by another.
    """
    found = catalogue.find(name_or_folder)
    if found.card.model_id != store.model_id:
        msg = (
            f"The library {store.name} was made with the model {store.model_name} "
            f"({store.model_id}), not with {found.card.name} ({found.card.model_id})."
        )
        hint = (
            f"Leave --model out to go on with {store.model_name}, or name a new "
            f"library for {found.card.name}."
        )
        raise ModelMismatchError(msg, hint=hint)
    return found


def for_folder(folder: Path) -> Fit:
    """Return the model that knows the pictures of a folder best.

    Raises:
        DatasetError: no file in the folder is a picture.
        BundleError: there is no model on this computer.
    """
    from medhash_gui import bundle

    with PictureReader() as reader:
        reader.start()
        models, _ = catalogue.find_bundles()
        pictures = _some_pictures(folder, reader)
    return Fit(*bundle.best_fit(models, pictures))


class LaterEncoder:
    """A model that is opened when it is needed: for most runs nothing is new.

    Args:
        found: the model.
        device: as for ``open_encoder``, like the next.
        device_number: which one of several such devices.
    """

    def __init__(
        self,
        found: FoundBundle,
        device: Device = "auto",
        device_number: int | None = None,
    ) -> None:
        self._found = found
        self._wished = device
        self._number = device_number
        self._opened: Encoder | None = None

    @property
    def model_id(self) -> str:
        """Identity of the codes."""
        return self._found.card.model_id

    @property
    def bits(self) -> int:
        """K, the length of the code."""
        return self._found.card.bits

    @property
    def preprocess(self) -> Preprocess:
        """How pixels become the input of ``encode``."""
        return self._found.card.preprocess

    @property
    def device(self) -> str:
        """The device in use; the processor while the model is not open."""
        return "cpu" if self._opened is None else self._opened.device

    def opened(self) -> Encoder:
        """Return the open model.

        Raises:
            BundleError, DeviceError: as ``open_encoder``.
        """
        if self._opened is None:
            self._opened = open_encoder(
                self._found, self._wished, device_number=self._number
            )
        return self._opened

    def encode(self, inputs: npt.NDArray[np.float32]) -> HashCodes:
        """Return the codes of float32 (B, 3, S, S) preprocessed pictures."""
        return self.opened().encode(inputs)


def open_encoder(
    found: FoundBundle, device: Device = "auto", *, device_number: int | None = None
) -> Encoder:
    """Open a model for making many codes.

    Args:
        found: the model.
        device: "auto" takes CUDA where the driver shows a device and torch or ONNX
            Runtime can use it, else the processor.
        device_number: which one of several CUDA devices, from 0; beyond the last one it
            begins anew. None for torch's choice.

    Raises:
        BundleError: the model cannot be opened.
        DeviceError: the device that was asked for is not there.
    """
    # ONNX Runtime takes its time to load: not before a model is opened.
    from medhash_gui import engine
    from medhash_gui.bundle import ModelBundle

    if device == "mps":
        return _on_torch(found.folder, device)
    if device in ("auto", "cuda") and engine.cuda_visible():
        try:
            return _on_torch(found.folder, "cuda", device_number)
        except (DeviceError, BundleError):
            # A bundle of another maker may have a graph that this version cannot
            # rebuild in torch; ONNX Runtime can still run it.
            if "cuda" in engine.available_devices():
                return ModelBundle.open(found.folder, device="cuda")
            if device == "cuda":
                raise
    if device == "cuda":
        msg = "There is no CUDA device on this computer."
        raise DeviceError(msg, hint="Use --device auto or --device cpu.")
    # A batch a core, each in one thread (see ``encoding``).
    return ModelBundle.open(found.folder, device="cpu", threads=1)


def _on_torch(folder: Path, device: Device, number: int | None = None) -> Encoder:
    try:
        from medhash_gui.torch_encoder import TorchEncoder
    except ImportError as error:
        msg = f"The device {device} is used through torch, which is not installed."
        hint = f"Use --device cpu. {editions.how_to_get_training()}"
        raise DeviceError(msg, hint=hint) from error
    name = device if number is None else f"{device}:{number}"
    return TorchEncoder(folder, device=name)


def _some_pictures(
    folder: Path, reader: PictureReader
) -> list[npt.NDArray[np.float32]]:
    # What cannot be listed is named by the run itself.
    files = list(images.scan(folder, unreadable=[]))
    spread = files[:: max(1, len(files) // _SPREAD)]
    later = set(files) - set(spread)
    pictures: list[npt.NDArray[np.float32]] = []
    reason = ""
    for file in [*spread, *(file for file in files if file in later)]:
        if len(pictures) == _PICTURES_LOOKED_AT:
            break
        try:
            reading = reader.read(folder / file.path, name=file.path)
            pictures.append(reading.decoded.pixels)
        except UnreadableImageError as error:
            reason = reason or error.message
    if pictures:
        return pictures
    if not files:
        msg = f"The folder {folder} is empty."
    else:
        msg = f"None of the {len(files)} files in {folder} is a picture: {reason}"
    hint = "Name a folder of pictures: PNG, JPEG, TIFF, BMP, WebP or DICOM."
    raise DatasetError(msg, hint=hint)
