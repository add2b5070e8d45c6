"""How often the guess of burned-in text is right: as the pictures are, and with text.

    python benchmarks/bench_burned_in.py --data DIR [--pictures 300] [--seed 1]

Every folder in DIR is one set; the synthetic samples are one more. For each set the
share of pictures with "letters seen" is printed as they are (what was found has to be
looked at: films do bear words such as PORTABLE), and the share after a name, a date or
a number is written into those where nothing was seen: five typefaces, capitals of 8 px
or 1/110 to 1/30 of the longer side, in corners, at edges and anywhere, white, black or
in a box, with and without smoothing. The time is that of one thread, in the median.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from medhash_gui import burned_in, folders, images, phantoms
from medhash_gui.errors import UnreadableImageError

Pixels = npt.NDArray[np.float32]

_FAMILY = ("SMITH", "Doe", "MUELLER", "GARCIA", "Ivanova", "KIM", "Nguyen", "OKAFOR")
_GIVEN = ("ANNA", "JOHN", "Maria", "PETER", "Wei", "FATIMA", "Olga", "Ahmed")
_FACES = (
    cv2.FONT_HERSHEY_SIMPLEX,
    cv2.FONT_HERSHEY_PLAIN,
    cv2.FONT_HERSHEY_DUPLEX,
    cv2.FONT_HERSHEY_COMPLEX,
    cv2.FONT_HERSHEY_TRIPLEX,
)


def write_text(pixels: Pixels, rng: np.random.Generator) -> Pixels | None:
    """Return a copy with one line of text, or None where it does not fit legibly."""
    drawn = np.round(pixels * 255).astype(np.uint8)
    height, width = drawn.shape[:2]
    side = max(height, width)
    text = _text(rng)
    face = _FACES[rng.integers(len(_FACES))]
    capitals = max(8.0, side * np.exp(rng.uniform(np.log(1 / 110), np.log(1 / 30))))
    thickness = max(1, round(capitals / rng.uniform(8, 14)))
    scale = capitals / cv2.getTextSize(text, face, 1.0, 1)[0][1]
    (wide, high), below = cv2.getTextSize(text, face, scale, thickness)
    if wide > 0.96 * width:
        scale *= 0.96 * width / wide
        (wide, high), below = cv2.getTextSize(text, face, scale, thickness)
    if high < 7 or high + below > height:
        return None
    margin = int(rng.uniform(0.005, 0.03) * side) + 1
    left, middle, right = margin, (width - wide) // 2, width - wide - margin
    top, bottom = margin + high, height - margin - below
    x, y = [
        (left, top), (right, top), (left, bottom), (right, bottom), (middle, top),
        (int(rng.integers(0, max(1, width - wide))), int(rng.integers(high, height))),
    ][rng.integers(6)]  # fmt: skip
    x, y = max(0, x), min(y, height - below)
    is_dark = np.median(drawn[max(0, y - high) : y + below, x : x + wide]) < 128
    if rng.integers(4) == 0:
        is_dark = bool(rng.random() < 0.7)
        corner, other = (x - 2, y - high - 2), (x + wide + 2, y + below)
        cv2.rectangle(drawn, corner, other, (0 if is_dark else 255,) * 3, -1)
    smoothing = cv2.LINE_AA if rng.random() < 0.6 else cv2.LINE_8
    colour = (255 if is_dark else 0,) * 3
    cv2.putText(drawn, text, (x, y), face, scale, colour, thickness, smoothing)
    return (drawn / 255).astype(np.float32)


def _text(rng: np.random.Generator) -> str:
    name = f"{_FAMILY[rng.integers(8)]}, {_GIVEN[rng.integers(8)]}"
    day, month, year = (
        rng.integers(1, 29),
        rng.integers(1, 13),
        rng.integers(1930, 2015),
    )
    date = f"{day:02d}.{month:02d}.{year}"
    return (
        name,
        f"{name} {date}",
        f"{date} {rng.integers(24):02d}:{rng.integers(60):02d}",
        f"ID {rng.integers(10**6, 10**7)}",
        f"{name.replace(', ', '^')} {year}-{month:02d}-{day:02d}",
    )[rng.integers(5)]


def _decoded(files: Sequence[Path]) -> Iterator[Pixels]:
    for file in files:
        try:
            yield images.decode(file.read_bytes(), name=file.name).pixels
        except UnreadableImageError:
            continue


def measure(files: Sequence[Path], pictures: int, seed: int) -> tuple[int, ...]:
    """Return pictures, seen, written, seen of those, and the median time in µs."""
    rng = np.random.default_rng(seed)
    seen = count = written = found = 0
    times = []
    again = -(-pictures // max(len(files), 1))
    order = rng.permutation(len(files))
    for pixels in _decoded([files[n] for n in order]):
        count += 1
        start = time.thread_time()
        has_letters = bool(burned_in.guess(pixels))
        times.append(time.thread_time() - start)
        seen += has_letters
        if has_letters or max(pixels.shape) < 128:
            continue
        for _ in range(again):
            changed = write_text(pixels, rng) if written < pictures else None
            if changed is not None:
                written += 1
                found += bool(burned_in.guess(changed))
    middle = statistics.median(times) if times else 0.0
    return count, seen, written, found, round(middle * 1e6)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--pictures", type=int, default=300, help="with text, a set")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    cv2.setNumThreads(1)
    print("| set | pictures | letters seen | of those with text | time (ms) |")
    print("|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as scratch:
        samples = Path(scratch) / "samples"
        phantoms.draw_samples(samples)
        for folder in [*sorted(p for p in given.data.iterdir() if p.is_dir()), samples]:
            files = [folder / found.path for found in folders.scan(folder)]
            row = measure(files, given.pictures, given.seed)
            count, seen, written, found, micros = row
            if count:
                share = f"{found} of {written} ({found / max(written, 1):.0%})"
                print(
                    f"| `{folder.name}` | {count} | {seen} ({seen / count:.1%}) "
                    f"| {share} | {micros / 1000:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
