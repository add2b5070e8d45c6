"""Binary codes, packed, and the two distances between them.

Conversions between real values, signs and bits happen here and nowhere else. A bit is 1
where the network's value is at or above zero; the first bit is the highest bit of
byte 0, and the bits that fill up the last byte are 0. The real values are kept beside
the bits as float16, to order pictures whose codes are equally far from a query.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from medhash_gui import routes
from medhash_gui.routes import Runs

if TYPE_CHECKING:
    from medhash_gui.preprocess import Preprocess

MAX_BITS = 4096

# 256 KiB of 64-bit codes: a block, its XOR and its counts stay in the L2 cache.
_BLOCK_ROWS = 32_768
_FLOAT16_MAX = float(np.finfo(np.float16).max)


@dataclass(frozen=True, eq=False)
class HashCodes:
    """Binary codes of N pictures, with the real values they were cut from.

    Attributes:
        packed: uint8 (N, ceil(bits / 8)), first bit = highest bit of byte 0, the bits
            after the last one are 0.
        bits: length K of a code.
        soft: float16 (N, K), finite, the network's values before the cut; None where
            only the bits are known.
        routes: how each was made, as runs of N rows; () where not known.
    """

    packed: npt.NDArray[np.uint8]
    bits: int
    soft: npt.NDArray[np.float16] | None = None
    routes: Runs = ()

    def __post_init__(self) -> None:
        if not 1 <= self.bits <= MAX_BITS:
            message = f"A code has 1 to {MAX_BITS} bits, not {self.bits}."
            raise ValueError(message)
        width = code_bytes(self.bits)
        if self.packed.dtype != np.uint8 or self.packed.shape[1:] != (width,):
            message = (
                f"Codes of {self.bits} bits are uint8 (N, {width}), "
                f"not {self.packed.dtype} {self.packed.shape}."
            )
            raise ValueError(message)
        spare = width * 8 - self.bits
        if spare and np.any(self.packed[:, -1] & ((1 << spare) - 1)):
            message = f"Bits after the {self.bits}th are set."
            raise ValueError(message)
        shape = (len(self.packed), self.bits)
        if self.soft is not None and (
            self.soft.dtype != np.float16 or self.soft.shape != shape
        ):
            message = (
                f"Soft values are float16 {shape}, "
                f"not {self.soft.dtype} {self.soft.shape}."
            )
            raise ValueError(message)

    @classmethod
    def from_logits(cls, logits: npt.NDArray[np.floating[Any]]) -> HashCodes:
        """Cut real values at zero and pack the bits.

        Args:
            logits: float (N, K), any range; values beyond float16, infinite ones
                included, are clipped in ``soft``.

        Raises:
            ValueError: a value is not a number, so it has no sign.
        """
        if np.isnan(logits).any():
            message = "A network's value is not a number; it gives no code."
            raise ValueError(message)
        soft = np.clip(logits, -_FLOAT16_MAX, _FLOAT16_MAX).astype(np.float16)
        return cls(np.packbits(logits >= 0, axis=1), logits.shape[1], soft)

    @classmethod
    def join(cls, parts: Sequence[HashCodes]) -> HashCodes:
        """Return the codes of all parts, one after the other.

        Soft values are kept when every part has them.

        Raises:
            ValueError: there is no part, or their lengths in bits differ.
        """
        if len({part.bits for part in parts}) != 1:
            message = "Codes to be joined must be some and have one length."
            raise ValueError(message)
        soft = [part.soft for part in parts if part.soft is not None]
        return cls(
            np.concatenate([part.packed for part in parts]),
            parts[0].bits,
            np.concatenate(soft) if len(soft) == len(parts) else None,
            routes.joined([(len(part), part.routes) for part in parts]),
        )

    def __len__(self) -> int:
        return len(self.packed)

    def take(self, rows: Sequence[int] | npt.NDArray[np.intp]) -> HashCodes:
        """Return the codes of some rows, in the order asked for."""
        chosen = np.asarray(rows, dtype=np.intp)
        soft = None if self.soft is None else self.soft[chosen]
        taken = routes.taken(self.routes, chosen)
        return HashCodes(self.packed[chosen], self.bits, soft, taken)

    def opposite(self) -> HashCodes:
        """Return the codes with every bit and every soft value turned over.

        What differs from a code in d bits differs from its opposite in K - d.
        """
        signs = -self.signs()
        soft = None if self.soft is None else -self.soft
        return HashCodes(np.packbits(signs > 0, axis=1), self.bits, soft)

    def signs(self) -> npt.NDArray[np.int8]:
        """Return the codes as int8 (N, K) of -1 and +1."""
        ones = np.unpackbits(self.packed, axis=1, count=self.bits).view(np.int8)
        return (2 * ones - 1).astype(np.int8)

    def soft_or_signs(self) -> npt.NDArray[np.float16]:
        """Return the soft values, or the signs where only the bits are known.

        The cosine distance of signs is the Hamming distance times 2 / K, so codes
        without soft values order nothing that their bits do not.
        """
        return self.signs().astype(np.float16) if self.soft is None else self.soft

    def hex(self, row: int) -> str:
        """Return one code as hexadecimal digits, two a byte."""
        code: bytes = self.packed[row].tobytes()
        return code.hex()


class Encoder(Protocol):
    """Whatever turns network inputs into codes: a bundle, a torch model, a fake."""

    @property
    def model_id(self) -> str:
        """Identity of weights, preprocessing and length of code."""

    @property
    def bits(self) -> int:
        """Length K of a code."""

    @property
    def device(self) -> str:
        """Where the network runs, such as "cpu" or "cuda"."""

    @property
    def preprocess(self) -> Preprocess:
        """The way from pixels to ``encode``'s inputs."""

    def encode(self, inputs: npt.NDArray[np.float32]) -> HashCodes:
        """Return the codes of float32 (B, 3, S, S) preprocessed pictures."""


def code_bytes(bits: int) -> int:
    """Return how many bytes a packed code of ``bits`` bits takes."""
    return -(-bits // 8)


def words(packed: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Return codes as whole 64-bit words, zeros after the last byte.

    Distances do not change by it, and a machine counts eight bytes as fast as one.

    Args:
        packed: uint8 (N, bytes).

    Returns:
        uint64 (N, ceil(bytes / 8)); the same memory where the bytes fill whole words.
    """
    rows, width = packed.shape
    filled = -(-width // 8) * 8
    if filled == width:
        return np.ascontiguousarray(packed).view(np.uint64)
    wide = np.zeros((rows, filled), np.uint8)
    wide[:, :width] = packed
    return wide.view(np.uint64)


def hamming_distances(
    packed: npt.NDArray[np.uint8], query: npt.NDArray[np.uint8]
) -> npt.NDArray[np.uint16]:
    """Return how many bits of each code differ from the query's, exactly.

    Args:
        packed: uint8 (N, bytes) codes, spare bits 0.
        query: uint8 (bytes,) one code of the same length.

    Returns:
        uint16 (N,) distances in bits.
    """
    distances = np.zeros(len(packed), np.uint16)
    word = _word_type(packed.shape[1])
    rows = np.ascontiguousarray(packed)
    query_words = np.ascontiguousarray(query).view(word)
    for start in range(0, len(rows), _BLOCK_ROWS):
        block = rows[start : start + _BLOCK_ROWS].view(word)  # (n, words)
        total = distances[start : start + _BLOCK_ROWS]
        for index, query_word in enumerate(query_words):
            total += np.bitwise_count(block[:, index] ^ query_word)
    return distances


def soft_distances(
    soft: npt.NDArray[np.float16], query_soft: npt.NDArray[np.float16]
) -> npt.NDArray[np.float32]:
    """Return the cosine distance of each row's soft values to the query's.

    Summed row by row in float64, not by a matrix product: a product may round a row
    differently according to its place, and equal pictures would then be told apart.

    Args:
        soft: float16 (n, K), finite.
        query_soft: float16 (K,), finite.

    Returns:
        float32 (n,) in [0, 2]; 1 where a row or the query is all zeros, which points
        nowhere.
    """
    rows = np.ascontiguousarray(soft, dtype=np.float64)
    query = query_soft.astype(np.float64)
    dots = (rows * query).sum(axis=1)
    lengths = np.sqrt((rows * rows).sum(axis=1) * (query * query).sum())
    cosines = np.divide(dots, lengths, out=np.zeros_like(dots), where=lengths > 0)
    distances: npt.NDArray[np.float32]
    distances = (1.0 - np.clip(cosines, -1.0, 1.0)).astype(np.float32)
    return distances


def _word_type(width: int) -> type[np.unsignedinteger[Any]]:
    """Return the widest unsigned integer that ``width`` bytes divide into."""
    for word in (np.uint64, np.uint32, np.uint16):
        if width % np.dtype(word).itemsize == 0:
            return word
    return np.uint8
