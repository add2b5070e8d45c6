"""The card of a model bundle: what the model is, was made from, and is good for.

A card is a JSON file that people read too. Everything a program must know before it
opens the graph is in it (bits, preprocessing, hashes), and everything a person must
know before trusting the model (data and their licence, split, metrics beside chance,
intended use, limits). ``docs/model-format.md`` specifies it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from medhash_gui.distance_table import DistanceTable
from medhash_gui.errors import BundleError
from medhash_gui.preprocess import Preprocess
from medhash_gui.reliability import Reliability

FORMAT_VERSION = 1
MAX_BITS = 4096

Source = Literal["attention", "grad-cam"]

# Also the name of the bundle's folder, so nothing that a path would take apart.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_AGAIN = "Get the model again, or correct its card."


@dataclass(frozen=True, kw_only=True)
class ModelCard:
    """What one model is; JSON in, JSON out.

    Args:
        name: short name and folder name, such as ``chest-ash-mobilenetv2-64bit``.
        title: one line for people.
        modality: what the pictures are: "chest film", "fundus", "synthetic", …
        method: key of the hashing method, such as "ash".
        backbone: key of the trunk network.
        bits: K, length of the code.
        classes: labels that the model was trained with, in the order of class logits.
        preprocess: how pixels become the input.
        explains: the map that the viewer shows first.
        data: one mapping a data set: name, licence, images, patients, source.
        split: how query, database and training pictures were kept apart.
        seed: of the whole training run.
        training: epochs, rates, starting weights and the like.
        metrics: one mapping a figure: set, measure, value, low, high, chance,
            queries, database.
        intended_use: what the model is for.
        limits: what it is known not to do.
        label_notes: what the labels are, who set them, and how noisy they are.
        not_in_data: who and what is not in the data: ages, cameras, countries.
        known_failures: one mapping a picture: picture (its id in the data), what.
        licence: of the weights.
        created: ISO 8601 date.
        precisions: number formats besides float32 in which the network may run where
            many codes are made, the preferred one first: those whose flipped bits were
            measured and found few enough.
        distances: what a number of differing bits meant on held-out pictures, or None
            where it was not counted.
        reliability: what counts among the nearest cases meant on held-out pictures, or
            None where it was not measured.
        graph_sha256: hex digest of graph.onnx; filled in by ``bundle.save``.
        weights_sha256: hex digest of weights.safetensors; filled in likewise.

    Raises:
        BundleError: a value is out of its range.
    """

    name: str
    title: str
    modality: str
    method: str
    backbone: str
    bits: int
    classes: tuple[str, ...]
    preprocess: Preprocess
    explains: Source
    data: Sequence[Mapping[str, Any]] = ()
    split: str = ""
    seed: int = 0
    training: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    metrics: Sequence[Mapping[str, Any]] = ()
    intended_use: str = ""
    limits: str = ""
    label_notes: str = ""
    not_in_data: str = ""
    known_failures: Sequence[Mapping[str, Any]] = ()
    licence: str = ""
    created: str = ""
    precisions: tuple[str, ...] = ()
    distances: DistanceTable | None = None
    reliability: Reliability | None = None
    graph_sha256: str = ""
    weights_sha256: str = ""
    format_version: int = FORMAT_VERSION

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            msg = (
                f"{self.name!r} is not a name for a model: letters, digits, '.', '_' "
                "and '-' only, 100 at most, a letter or digit first."
            )
            raise BundleError(msg, hint=_AGAIN)
        if not 1 <= self.bits <= MAX_BITS:
            msg = f"A code of {self.bits} bits is not possible (1 to {MAX_BITS})."
            raise BundleError(msg, hint=_AGAIN)
        if self.explains not in get_args(Source):
            kinds = " or ".join(get_args(Source))
            msg = f"The card's 'explains' is {self.explains!r}, not {kinds}."
            raise BundleError(msg, hint=_AGAIN)

    @property
    def model_id(self) -> str:
        """Identity of the codes: 16 hex digits of weights, preprocessing and bits.

        Codes are compared only if their ids are equal. Device and precision are not
        part of it, nor are title and metrics.
        """
        preprocess = json.dumps(
            self.preprocess.as_json(), sort_keys=True, separators=(",", ":")
        )
        text = f"{self.weights_sha256}\n{preprocess}\n{self.bits}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def as_json(self) -> dict[str, Any]:
        """Return the card as JSON values; ``from_json`` reads them back."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        values["preprocess"] = self.preprocess.as_json()
        values["classes"] = list(self.classes)
        values["precisions"] = list(self.precisions)
        values["data"] = [dict(entry) for entry in self.data]
        values["metrics"] = [dict(entry) for entry in self.metrics]
        values["known_failures"] = [dict(entry) for entry in self.known_failures]
        values["training"] = dict(self.training)
        values["distances"] = self.distances and self.distances.as_json()
        values["reliability"] = self.reliability and self.reliability.as_json()
        return {"format_version": values.pop("format_version"), **values}

    @classmethod
    def from_json(cls, values: Any) -> ModelCard:  # noqa: ANN401 (a stranger's JSON)
        """Return the card that ``as_json`` wrote; keys it does not know are ignored.

        Raises:
            BundleError: the card is of a newer format, lacks a value, or holds one of
                the wrong kind.
        """
        if not isinstance(values, dict):
            msg = "The model card is not a JSON object."
            raise BundleError(msg, hint=_AGAIN)
        version = values.get("format_version")
        if type(version) is int and version > FORMAT_VERSION:
            msg = (
                f"The model card has format {version}; this version of MedHash reads "
                f"formats up to {FORMAT_VERSION}."
            )
            raise BundleError(msg, hint="Update MedHash, or get an older model.")

        known: dict[str, Any] = {}
        for field in dataclasses.fields(cls):
            if field.name not in values:
                if field.name in _REQUIRED:
                    msg = f"The model card lacks {field.name!r}."
                    raise BundleError(msg, hint=_AGAIN)
                continue
            value = values[field.name]
            if value is None and field.name in ("distances", "reliability"):
                continue
            kind = _KINDS.get(field.name, str)
            if not _is(value, kind):
                msg = f"The model card's {field.name!r} is not {_KIND_NAMES[kind]}."
                raise BundleError(msg, hint=_AGAIN)
            entries = _ENTRIES.get(field.name)
            if entries and not all(isinstance(entry, entries) for entry in value):
                msg = f"The model card's {field.name!r} holds an entry of another kind."
                raise BundleError(msg, hint=_AGAIN)
            known[field.name] = tuple(value) if kind is list else value
        known["preprocess"] = Preprocess.from_json(known["preprocess"])
        if "distances" in known:
            known["distances"] = DistanceTable.from_json(known["distances"])
        if "reliability" in known:
            known["reliability"] = Reliability.from_json(known["reliability"])
        return cls(**known)


_REQUIRED = {
    "format_version",
    "name",
    "title",
    "modality",
    "method",
    "backbone",
    "bits",
    "classes",
    "preprocess",
    "explains",
    "graph_sha256",
    "weights_sha256",
}
_KINDS: dict[str, type] = {  # all others are text
    "format_version": int,
    "bits": int,
    "seed": int,
    "classes": list,
    "data": list,
    "metrics": list,
    "known_failures": list,
    "preprocess": dict,
    "training": dict,
    "precisions": list,
    "distances": dict,
    "reliability": dict,
}
_ENTRIES = {
    "classes": str,
    "precisions": str,
    "data": dict,
    "metrics": dict,
    "known_failures": dict,
}
_KIND_NAMES = {str: "text", int: "a whole number", list: "a list", dict: "an object"}


def _is(value: object, kind: type) -> bool:
    # type(), not isinstance(): true is an int to Python, but not 1 bit.
    return type(value) is kind
