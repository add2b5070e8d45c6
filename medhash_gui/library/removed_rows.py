"""Rows that were removed for good: the number stays, everything that it held is gone.

A row's number never changes, so that lists of rows which a window, a report or another
process holds never come to mean other pictures (ADR 0011).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from medhash_gui.codes import HashCodes, code_bytes
from medhash_gui.library.blocks import REMOVED, Block, BlockTexts
from medhash_gui.library.texts import Texts

Entry = TypeVar("Entry")


def emptied(block: Block, gone: npt.NDArray[np.bool_]) -> Block:
    """Return a block whose rows ``gone``, bool (n,), hold nothing, nor its tables."""
    if not gone.any():
        return block
    there = ~gone
    names = list(block.label_sets)
    labels = [names[i] if kept else () for i, kept in _pairs(block.labels, there)]
    patients = [
        block.patient_keys[i] if kept and i >= 0 else None
        for i, kept in _pairs(block.patients, there)
    ]
    label_numbers, label_sets = _numbered(labels)
    patient_numbers, patient_keys = _numbered(patients)
    return replace(
        block,
        digests=block.digests * there[:, None],
        frames=block.frames * there,
        sizes=block.sizes * there,
        modified=block.modified * there,
        hidden=np.where(gone, np.uint8(REMOVED), block.hidden),
        patients=patient_numbers,
        labels=label_numbers,
        patient_keys=tuple(patient_keys),
        label_sets=tuple(label_sets),
        texts=_emptied_texts(block.texts, there),
        own_labels=block.own_labels * there,
    )


def emptied_codes(codes: HashCodes, gone: npt.NDArray[np.bool_]) -> HashCodes:
    """Return codes of which the rows ``gone``, bool (n,), are all 0, and soft -1."""
    if not gone.any():
        return codes
    soft = codes.soft_or_signs().copy()
    soft[gone] = -1
    return replace(codes, packed=codes.packed * ~gone[:, None], soft=soft)


def removed_block(rows: int) -> Block:
    """Return so many rows that hold nothing."""
    return Block(
        digests=np.zeros((rows, 16), np.uint8),
        frames=np.zeros(rows, np.int32),
        sizes=np.zeros(rows, np.int64),
        modified=np.zeros(rows, np.int64),
        hidden=np.full(rows, REMOVED, np.uint8),
        patients=np.full(rows, -1, np.int32),
        labels=np.zeros(rows, np.int32),
        patient_keys=(),
        label_sets=((),),
        texts=BlockTexts.without(Texts.of([""] * rows)),
        own_labels=np.zeros(rows, np.uint8),
    )


def removed_codes(rows: int, bits: int) -> HashCodes:
    """Return the codes of so many rows that hold nothing."""
    packed = np.zeros((rows, code_bytes(bits)), np.uint8)
    return HashCodes(packed, bits, np.full((rows, bits), -1, np.float16))


def _emptied_texts(texts: BlockTexts, there: npt.NDArray[np.bool_]) -> BlockTexts:
    paths = texts.paths.slice(0, len(texts.paths))
    cases = [
        texts.case_keys.text(i) if kept and i >= 0 else None
        for i, kept in _pairs(texts.cases, there)
    ]
    kept_details = {
        i: texts.detail_texts.text(i) for i in {*texts.details[there].tolist()} - {-1}
    }
    details = [
        kept_details[i] if kept and i >= 0 else ""
        for i, kept in _pairs(texts.details, there)
    ]
    return BlockTexts.of(
        Texts.of(
            path if kept else ""
            for path, kept in zip(paths, there.tolist(), strict=True)
        ),
        cases,
        details,
    )


def _pairs(
    numbers: npt.NDArray[np.int32], there: npt.NDArray[np.bool_]
) -> list[tuple[int, bool]]:
    return list(zip(numbers.tolist(), there.tolist(), strict=True))


def _numbered(
    values: Sequence[Entry | None],
) -> tuple[npt.NDArray[np.int32], list[Entry]]:
    """Return a number for each value, -1 for None, and the values in that order."""
    ids: dict[Entry, int] = {}
    numbers = [-1 if v is None else ids.setdefault(v, len(ids)) for v in values]
    return np.array(numbers, np.int32), list(ids)
