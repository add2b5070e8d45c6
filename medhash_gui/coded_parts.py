"""The codes of a run's pictures, kept beside the model so that it can be judged anew.

One compressed NumPy file without pickle: paths, labels, codes and real values of each
part. Patients are numbers in the order of their first picture; who they are is not in
it. No torch.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medhash_gui import retrieval, tie_counts
from medhash_gui.errors import DatasetError
from medhash_gui.library import durable
from medhash_gui.retrieval import Coded

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class CodedPart:
    """The pictures of one part.

    Attributes:
        files: paths, absolute where the source is known to lie.
        labels: (N, C) float32, 0/1.
        groups: (N,) int64, equal for pictures of one patient, in all parts alike.
        logits: (N, K) float32; a bit is 1 where its value is >= 0.
    """

    files: tuple[str, ...]
    labels: npt.NDArray[np.float32]
    groups: npt.NDArray[np.int64]
    logits: Vectors

    def __len__(self) -> int:
        return len(self.files)

    def coded(self) -> Coded:
        """Return the pictures as ``retrieval`` takes them."""
        signs = retrieval.signs(self.logits)
        return Coded(signs, self.labels, [str(group) for group in self.groups.tolist()])


@dataclass(frozen=True, slots=True, eq=False)
class CodedParts:
    """All parts of a run, by name, and the labels' names."""

    classes: tuple[str, ...]
    parts: Mapping[str, CodedPart]

    @classmethod
    def of(
        cls,
        classes: Sequence[str],
        parts: Mapping[
            str, tuple[Sequence[Path], npt.NDArray[np.float32], Sequence[str], Vectors]
        ],
    ) -> CodedParts:
        """Return the parts, patients as numbers.

        Args:
            classes: names of the label columns.
            parts: of each the files, labels, patients and logits.
        """
        numbers = tie_counts.numbered(*(groups for _, _, groups, _ in parts.values()))
        return cls(
            tuple(classes),
            {
                name: CodedPart(
                    tuple(file.as_posix() for file in files), labels, number, logits
                )
                for (name, (files, labels, _, logits)), number in zip(
                    parts.items(), numbers, strict=True
                )
            },
        )

    def save(self, file: Path) -> None:
        """Write the parts into a file, all of it or nothing.

        Raises:
            OSError: it cannot be written.
        """
        arrays: dict[str, npt.NDArray[np.generic]] = {
            "classes": _texts(self.classes),
            "parts": _texts(tuple(self.parts)),
        }
        for name, part in self.parts.items():
            arrays[f"{name}.files"] = _texts(part.files)
            arrays[f"{name}.labels"] = part.labels > 0
            arrays[f"{name}.groups"] = part.groups
            arrays[f"{name}.logits"] = part.logits.astype(np.float32)
        packed = io.BytesIO()
        np.savez_compressed(packed, **arrays)  # type: ignore[arg-type]
        durable.place(file, packed.getvalue())

    @classmethod
    def load(cls, file: Path) -> CodedParts:
        """Return the parts that were saved.

        Raises:
            DatasetError: the file is not there, or damaged.
        """
        try:
            # From memory: NumPy leaves a damaged file open.
            data = io.BytesIO(file.read_bytes())
            with np.load(data, allow_pickle=False) as found:
                parts = {
                    name: CodedPart(
                        _read(found[f"{name}.files"]),
                        found[f"{name}.labels"].astype(np.float32),
                        found[f"{name}.groups"],
                        found[f"{name}.logits"],
                    )
                    for name in _read(found["parts"])
                }
                return cls(_read(found["classes"]), parts)
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            message = f"The codes of the run in {file.parent} cannot be read."
            hint = "Its model can be used all the same; train again for a report."
            raise DatasetError(message, hint=hint) from error


def _texts(texts: Sequence[str]) -> npt.NDArray[np.uint8]:
    """Return texts as bytes of JSON: names of files may hold lone surrogates."""
    return np.frombuffer(json.dumps(list(texts)).encode(), np.uint8)


def _read(data: npt.NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(json.loads(data.tobytes()))
