"""Broken files from sound ones: the same seed gives the same bytes for ever."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Sequence

_EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000,
             0xFFFFFFFE, 0xFFFFFFFF)  # fmt: skip
# Where the headers of every format are.
_HEAD = 2048

Mutate = Callable[[bytearray, random.Random, Sequence[bytes]], bytearray]


def mutant(sources: Sequence[bytes], index: int, seed: int) -> bytes:
    """Return a broken form of one of the sources.

    Args:
        sources: sound files.
        index: which of them.
        seed: each number another form.
    """
    rng = random.Random(f"{seed}:{index}")
    data = bytearray(sources[index])
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = rng.choice(MUTATIONS)(data, rng, sources)
    if data.startswith(b"\x89PNG") and rng.random() < 0.6:
        # Readers stop at a wrong check sum; with a right one they read on.
        data = _mended_png(data)
    return bytes(data)


def _place(data: bytearray, rng: random.Random) -> int:
    end = len(data) if rng.random() < 0.5 else min(len(data), _HEAD)
    return rng.randrange(max(end, 1))


def _flip(data: bytearray, rng: random.Random, sources: Sequence[bytes]) -> bytearray:
    for _ in range(rng.choice((1, 2, 4, 16, 64))):
        if data:
            data[_place(data, rng)] ^= 1 << rng.randrange(8)
    return data


def _overwrite(
    data: bytearray, rng: random.Random, sources: Sequence[bytes]
) -> bytearray:
    for _ in range(rng.choice((1, 3, 9))):
        if data:
            data[_place(data, rng)] = rng.randrange(256)
    return data


def _truncate(
    data: bytearray, rng: random.Random, sources: Sequence[bytes]
) -> bytearray:
    del data[_place(data, rng) :]
    return data


def _set_length(
    data: bytearray, rng: random.Random, sources: Sequence[bytes]
) -> bytearray:
    for _ in range(rng.choice((1, 1, 2, 4))):
        size = rng.choice((2, 4, 4, 8))
        if len(data) < size:
            break
        place = min(_place(data, rng), len(data) - size)
        order = rng.choice("<>")
        code = {2: "H", 4: "I", 8: "Q"}[size]
        (old,) = struct.unpack_from(order + code, data, place)
        near = old + rng.choice((-4, -2, -1, 1, 2, 4, 1000))
        value = rng.choice((*_EXTREMES, near)) % 2 ** (8 * size)
        struct.pack_into(order + code, data, place, value)
    return data


def _swap(data: bytearray, rng: random.Random, sources: Sequence[bytes]) -> bytearray:
    size = min(rng.choice((4, 16, 64, 512, 4096)), len(data) // 2)
    one, other = sorted(_place(data, rng) for _ in range(2))
    if size and one + size <= other <= len(data) - size:
        first = data[one : one + size]
        data[one : one + size] = data[other : other + size]
        data[other : other + size] = first
    return data


def _splice(data: bytearray, rng: random.Random, sources: Sequence[bytes]) -> bytearray:
    other = rng.choice(sources)
    start = rng.randrange(max(len(other), 1))
    return data[: _place(data, rng)] + other[start : start + len(data)]


def _repeat(data: bytearray, rng: random.Random, sources: Sequence[bytes]) -> bytearray:
    start, size = _place(data, rng), rng.choice((2, 12, 100, 1000))
    block = data[start : start + size] * rng.choice((1, 2, 50))
    place = _place(data, rng)
    return data[:place] + block + data[place:]


def _remove(data: bytearray, rng: random.Random, sources: Sequence[bytes]) -> bytearray:
    start = _place(data, rng)
    del data[start : start + rng.choice((1, 2, 12, 100, 1000))]
    return data


MUTATIONS: tuple[Mutate, ...] = (
    *(_flip, _overwrite, _truncate, _set_length, _set_length),
    *(_swap, _splice, _repeat, _remove),
)


def _mended_png(data: bytearray) -> bytearray:
    place = 8
    while place + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, place)
        end = place + 8 + size
        if end + 4 > len(data):
            break
        struct.pack_into(">I", data, end, zlib.crc32(data[place + 4 : end]))
        place = end + 4
    return data
