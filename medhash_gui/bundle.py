"""Model bundles: open one, make codes and maps with it, save one, choose one.

A bundle is a folder of ``card.json``, ``graph.onnx`` and ``weights.safetensors``,
specified in ``docs/model-format.md``, with ``card.md`` for people. Opening one checks
every file against the hashes in the card and runs no code of its maker: there is no
pickle in it, and the graph may use nothing but standard operators (``engine``).
"""

from __future__ import annotations

import hashlib
import math
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import safetensors
import safetensors.numpy

from medhash_gui import catalogue, familiarity, saliency
from medhash_gui.card import ModelCard as ModelCard
from medhash_gui.catalogue import CARD, GRAPH, WEIGHTS, read_card
from medhash_gui.catalogue import FoundBundle as FoundBundle
from medhash_gui.catalogue import find as find
from medhash_gui.catalogue import find_bundles as find_bundles
from medhash_gui.codes import HashCodes
from medhash_gui.engine import Engine
from medhash_gui.errors import BundleError
from medhash_gui.preprocess import Preprocess, Region
from medhash_gui.saliency import GridMap, SaliencyMap, Source, Withheld

Array = npt.NDArray[np.float32]
Tensors = Mapping[str, npt.NDArray[Any]]

_AGAIN = "Get the model again."
# Pictures at once on the processor: of more, what one layer hands to the next no longer
# fits into a core's cache.
_ON_PROCESSOR = 2


@dataclass(frozen=True, eq=False)
class Look:
    """What one forward pass saw in one picture; ``explain`` needs nothing more.

    Args:
        codes: one row.
        familiarity: distance to the training pictures over the limit (familiar up to
            1), or None where the model has no reference.
        features: float32 (D, h, w), the last feature map.
        attention: float32 (h', w') in [0, 1], or None.
        local: float32 (h', w') 0/1, what a second branch was shown; None where the
            model has none.
        shape: of the decoded image.
        region: the rectangle of the decoded image that the network saw.
        inputs: float32 (3, S, S), what the network was given.
    """

    codes: HashCodes
    familiarity: float | None
    features: Array
    attention: Array | None
    local: Array | None
    shape: tuple[int, ...]
    region: Region
    inputs: Array


class ModelBundle:
    """An open model: an ``Encoder`` that can also explain. Made by ``open``.

    Attributes:
        card: what the model is.
        folder: where its files lie.
        device: the device in use.
        lanes: how many batches it can work on at once.
        batch: how many pictures of a batch suit the device.
    """

    batch = 16

    def __init__(
        self, card: ModelCard, folder: Path, engine: Engine, tensors: Tensors
    ) -> None:
        _check_together(card, engine, tensors)
        self.card = card
        self.folder = folder
        self.device = engine.device
        self.lanes = engine.lanes
        self._engine = engine
        head = tensors.get("head.weight")
        self._head = None if head is None else head.astype(np.float32)  # (K, D)
        self._reference = (
            familiarity.Reference.from_tensors(tensors)
            if familiarity.is_in(tensors)
            else None
        )

    @classmethod
    def open(
        cls, folder: Path, *, device: str = "cpu", threads: int = 0
    ) -> ModelBundle:
        """Open the bundle in a folder, after checking it against its card.

        Args:
            folder: holds the three files.
            device: see ``Engine``.
            threads: see ``Engine``.

        Raises:
            BundleError: a file is missing, changed, damaged, unsafe, of a newer format
                or does not fit the others.
            DeviceError: the device cannot be used.
        """
        card = read_card(folder)
        graph = _read_hashed(folder, GRAPH, card.graph_sha256)
        weights = _read_hashed(folder, WEIGHTS, card.weights_sha256)
        try:
            tensors = safetensors.numpy.load(weights)
            engine = Engine(graph, device=device, threads=threads)
            return cls(card, folder, engine, tensors)
        except safetensors.SafetensorError as error:
            msg = f"{WEIGHTS} in the model folder {folder} is damaged: {error}."
            raise BundleError(msg, hint=_AGAIN) from error
        except BundleError as error:
            raise catalogue.in_folder(error, folder) from error

    @property
    def model_id(self) -> str:
        """Identity of the codes that this model makes."""
        return self.card.model_id

    @property
    def bits(self) -> int:
        """K, the length of the code."""
        return self.card.bits

    @property
    def route(self) -> str:
        """Engine, precision and device of its codes."""
        return f"onnxruntime, {self._engine.precision}, {self.device}"

    @property
    def preprocess(self) -> Preprocess:
        """How pixels become the input of ``encode``."""
        return self.card.preprocess

    def encode(self, inputs: Array) -> HashCodes:
        """Return the codes of a batch.

        Args:
            inputs: float32 (B, 3, S, S), made by ``preprocess``.

        Raises:
            BundleError: the network's values are not numbers.
            MemoryError: the batch does not fit into the device's memory.
        """
        piece = _ON_PROCESSOR if self.device == "cpu" else max(1, len(inputs))
        logits = [
            self._engine.run(inputs[at : at + piece], ["logits"])["logits"]
            for at in range(0, max(1, len(inputs)), piece)
        ]
        return self._codes(np.concatenate(logits))  # (B, K)

    def look(self, pixels: Array) -> Look:
        """Return code, familiarity and what the maps are made of, in one pass.

        Args:
            pixels: float32 (H, W) or (H, W, 3), in [0, 1].

        Raises:
            BundleError: the network's values are not numbers.
        """
        inputs = self.preprocess(pixels)[np.newaxis]  # (1, 3, S, S)
        wanted = {"logits", "features", "attention", "local"}
        wanted &= set(self._engine.outputs)
        seen = self._engine.run(inputs, sorted(wanted))
        features = seen["features"]  # (1, D, h, w)
        ratios = self._ratios(features)
        return Look(
            codes=self._codes(seen["logits"]),
            familiarity=None if ratios is None else float(ratios[0]),
            features=features[0],
            attention=seen["attention"][0, 0] if "attention" in seen else None,
            local=seen["local"][0, 0] if "local" in seen else None,
            shape=pixels.shape,
            region=self.preprocess.region(pixels),
            inputs=inputs[0],
        )

    def familiarity(self, inputs: Array) -> Array | None:
        """Return how unlike the training pictures a batch is; familiar up to 1.

        Args:
            inputs: float32 (B, 3, S, S), made by ``preprocess``.

        Returns:
            float32 (B,), or None where the model has no reference.
        """
        if self._reference is None:
            return None
        return self._ratios(self._engine.run(inputs, ["features"])["features"])

    def explain(
        self, look: Look, *, source: Source | None = None
    ) -> SaliencyMap | Withheld:
        """Return where the network looked, or why there is no such map.

        Args:
            look: of this model.
            source: "attention", "grad-cam" (the code map), or None for the one that
                the card names. A pair map needs another picture (``pair_map``).
        """
        source = source or self.card.explains
        if source == "pair":
            return Withheld("What two pictures share is shown once a hit is chosen.")
        if source == "attention":
            if look.attention is None:
                return Withheld("This model has no attention map.")
            shown = saliency.attention_map(look.attention)
        else:
            if self._head is None:
                return Withheld("This model's code map has no closed form.")
            signs = look.codes.signs()[0]  # (K,), ±1
            spoken = saliency.code_map(look.features, self._head, signs)
            shown = saliency.shown_code_map(spoken)
        if isinstance(shown, Withheld):
            return shown
        return self.on_image(shown, look)

    def pair_map(self, look: Look, shared: npt.NDArray[np.bool_]) -> GridMap | Withheld:
        """Return which cells of a picture carry the bits that it shares with another.

        Args:
            look: of this model.
            shared: bool (K,), the bits in which both codes agree.
        """
        if self._head is None:
            return Withheld("This model's pair map has no closed form.")
        logits = look.codes.soft_or_signs()[0].astype(np.float32)
        return saliency.pair_map(look.features, self._head, logits, shared)

    def on_image(self, shown: GridMap, look: Look) -> SaliencyMap:
        """Return a map of this model's grid on the picture that was looked at."""
        return saliency.on_image(shown, self.preprocess, look.shape, look.region)

    def _codes(self, logits: Array) -> HashCodes:
        if not np.isfinite(logits).all():
            msg = f"The model {self.card.name} gives values that are not numbers."
            raise BundleError(msg, hint="Use another model.")
        return HashCodes.from_logits(logits)

    def _ratios(self, features: Array) -> Array | None:
        if self._reference is None:
            return None
        return self._reference.ratio(features.mean(axis=(2, 3)))  # (B, D) -> (B,)


def save(folder: Path, *, card: ModelCard, graph: bytes, weights: Tensors) -> ModelCard:
    """Write a bundle, all of it or nothing, and return its card with the hashes.

    A bundle that is in the folder is replaced.

    Args:
        folder: the bundle's folder; its parents are made.
        card: the hashes in it need not be right.
        graph: bytes of the ONNX file, tensors stored as float16.
        weights: tensors by name, float16 in general: ``head.weight`` (K, D) and
            ``head.bias`` (K,) where the head is linear after global average pooling,
            and what ``familiarity.Reference.as_tensors`` gives.

    Raises:
        BundleError: the parts do not fit together, the folder holds something else, or
            it cannot be written.
    """
    # Not C-contiguous, safetensors would write the buffer as it lies.
    tensors = {name: np.ascontiguousarray(array) for name, array in weights.items()}
    packed = safetensors.numpy.save(tensors)
    card = replace(card, graph_sha256=_sha256(graph), weights_sha256=_sha256(packed))
    _check_together(card, Engine(graph, threads=1), tensors)
    files = {**catalogue.card_files(card), GRAPH: graph, WEIGHTS: packed}

    if folder.exists() and not (folder / CARD).is_file() and any(folder.iterdir()):
        msg = f"The folder {folder} holds files that are not a model."
        raise BundleError(msg, hint="Choose another folder for the model.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=folder.parent) as scratch:
            new, old = Path(scratch) / "new", Path(scratch) / "old"
            new.mkdir()
            for name, data in files.items():
                with (new / name).open("wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
            if folder.exists():
                folder.rename(old)  # no system replaces a folder that holds files
            new.rename(folder)
    except OSError as error:
        msg = f"The model cannot be written to {folder}: {error.strerror or error}."
        raise BundleError(msg, hint="Choose another folder for the model.") from error
    return card


def best_fit(
    bundles: Sequence[FoundBundle], pictures: Sequence[Array]
) -> tuple[FoundBundle, float]:
    """Return the model that knows these pictures best, and how well it does.

    Args:
        bundles: the models to choose from, at least one.
        pictures: float32 (H, W) or (H, W, 3) each, in [0, 1], at least one.

    Returns:
        The model with the lowest median familiarity ratio, and that ratio; above 1
        even this model does not fit. Models without a reference come last, at inf.

    Raises:
        BundleError: no model can be opened.
    """
    if not bundles:
        msg = "There is no model on this computer."
        raise BundleError(msg, hint="Install MedHash again, or train a model.")
    ratios: dict[int, float] = {}
    problem: BundleError | None = None
    for number, found in enumerate(bundles):
        try:
            model = ModelBundle.open(found.folder)
        except BundleError as error:
            problem = problem or error
            continue
        # One after the other: what fits into memory once fits for every picture.
        each = [model.familiarity(model.preprocess(p)[np.newaxis]) for p in pictures]
        known = [float(ratio[0]) for ratio in each if ratio is not None]
        ratios[number] = float(np.median(known)) if known else math.inf
    if not ratios:
        assert problem is not None
        raise problem
    best = min(ratios, key=lambda number: ratios[number])
    return bundles[best], ratios[best]


def _check_together(card: ModelCard, engine: Engine, tensors: Tensors) -> None:
    shapes = engine.output_shapes
    missing = [name for name in ("logits", "features") if name not in shapes]
    problem = ""
    if missing:
        problem = f"The model's graph has no output {missing[0]!r}."
    elif shapes["logits"] != (None, card.bits):
        problem = (
            f"The model's graph gives codes of shape {shapes['logits']}, "
            f"the card says (None, {card.bits})."
        )
    elif len(shapes["features"]) != 4:
        problem = "The graph's 'features' are not of the form (B, D, h, w)."
    elif len(shapes.get("local", (0,) * 4)) != 4:
        problem = "The graph's 'local' is not of the form (B, 1, h, w)."
    elif engine.input_size != card.preprocess.size:
        problem = (
            f"The model's graph takes pictures of {engine.input_size} px, "
            f"the card says {card.preprocess.size} px."
        )
    else:
        head, depth = tensors.get("head.weight"), shapes["features"][1]
        if head is not None and head.shape != (card.bits, depth):
            problem = (
                f"The model's head.weight is {head.shape}, "
                f"its graph needs {(card.bits, depth)}."
            )
        elif familiarity.is_in(tensors):
            known = len(familiarity.Reference.from_tensors(tensors).mean)
            if known != depth:
                problem = f"The familiarity reference has {known} of {depth} features."
    if problem:
        raise BundleError(problem, hint=_AGAIN)


def _read_hashed(folder: Path, name: str, expected: str) -> bytes:
    data = catalogue.read(folder, name)
    if _sha256(data) != expected:
        msg = f"The model folder {folder} was changed: {name} does not match its card."
        raise BundleError(msg, hint=_AGAIN)
    return data


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
