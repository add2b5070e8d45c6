"""Frame time of the compare desk over that of an empty view, in one run.

A 16-bit film of 2048 x 2048 and a colour photograph of 4000 x 3000 pixels (12
megapixels) lie in linked views of 640 x 720; one view is panned, zoomed and windowed,
and what is timed is one whole frame: the stance, and every view repainted, each with
its map. An idle view is the same widget with nothing in it.

    QT_QPA_PLATFORM=offscreen python benchmarks/bench_desk.py [--frames 120]

Prints median and 99th percentile in ms, the median of the processor's time, which
other work on the machine does not lengthen, and that over the idle view's.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import cv2
import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QWidget

from medhash_gui import overlay
from medhash_gui.grey_window import GreyWindow
from medhash_gui.ui import app, picture, theme
from medhash_gui.ui.image_view import ImageView
from medhash_gui.ui.link import Link
from medhash_gui.ui.overlap_view import OverlapView
from medhash_gui.ui.picture import Picture
from medhash_gui.ui.stance import Stance

SIZE = (640, 720)


def film() -> Picture:
    """A 16-bit grey film of 2048 x 2048 pixels."""
    rng = np.random.default_rng(0)
    pixels = cv2.GaussianBlur(rng.random((2048, 2048), np.float32), (0, 0), 3)
    return made("film", pixels)


def photograph() -> Picture:
    """A colour photograph of 12 megapixels."""
    rng = np.random.default_rng(1)
    small = rng.random((750, 1000, 3), np.float32)
    return made("photograph", cv2.resize(small, (4000, 3000)))


def made(name: str, pixels: np.ndarray) -> Picture:
    """Return pixels as the window holds them."""
    levels = picture.pyramid(picture.to_image(pixels))
    fine = picture.fine_levels(pixels, len(levels))
    return Picture(name, levels, fine=fine)


def stances(frames: int, zoom: float, *, windowed: bool) -> list[Stance]:
    """A hand that circles around the middle, and drags the window with it."""
    turns = np.linspace(0, 4 * np.pi, frames)
    return [
        Stance(
            zoom=zoom,
            x=0.5 + 0.1 * float(np.cos(turn)),
            y=0.5 + 0.1 * float(np.sin(turn)),
            window=GreyWindow(0.5 + 0.1 * float(np.sin(turn)), 0.5)
            if windowed
            else GreyWindow(),
        )
        for turn in turns
    ]


def timed(views: list[ImageView], hand: list[Stance]) -> tuple[list[float], ...]:
    """Return the time of each frame by the clock and of the processor, in ms."""
    clock, processor = [], []
    for stance in hand:
        start, used = time.perf_counter(), time.process_time()
        views[0].look(stance)  # the link carries it to the others
        for view in views:
            view.repaint()
        clock.append(1000 * (time.perf_counter() - start))
        processor.append(1000 * (time.process_time() - used))
    return sorted(clock), processor


def main() -> None:
    """Time every way to look."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--frames", type=int, default=120)
    frames = words.parse_args().frames
    application = app.make_application()
    theme.apply(theme.load("dark"))
    table = overlay.colour_table("viridis")
    layer = picture.layer(np.random.default_rng(2).integers(0, 255, (512, 512)).astype(
        np.uint8), table)  # fmt: skip

    def window(*views: ImageView) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        for view in views:
            view.setFixedSize(*SIZE)
            row.addWidget(view)
        made.show()
        application.processEvents()
        return made

    def run(name: str, views: list[ImageView], hand: list[Stance]) -> float:
        timed(views, hand[:10])
        clock, processor = timed(views, hand)
        middle, used = statistics.median(clock), statistics.median(processor)
        late = clock[int(len(clock) * 0.99) - 1]
        ratio = used / idle if idle else 1.0
        print(f"{name:56} {middle:7.2f} {late:7.2f} {used:7.2f} {ratio:7.1f}")
        return used

    print(f"{'frame, ms':56} {'median':>7} {'p99':>7} {'cpu':>7} {'/ idle':>7}")
    idle = 0.0
    nothing = ImageView()
    kept = window(nothing)
    idle = run("an idle view", [nothing], stances(frames, 1, windowed=False))
    pictures: list[tuple[str, Callable[[], Picture]]] = [
        ("film 2048 x 2048, 16 bits", film),
        ("fundus 4000 x 3000, colour", photograph),
    ]
    for name, make in pictures:
        shown = make()
        views = [ImageView() for _ in range(2)]
        kept = window(*views)
        link = Link(tuple(views), kept)
        for view in views:
            view.keeps_stance = True
            view.show_picture(shown)
            view.show_layer(layer)
        for what, zoom, windowed in (
            ("whole, panned", 1.0, False),
            ("enlarged twice, panned", 2.0, False),
            ("pixel for pixel, panned", shown.size.width() / SIZE[0], False),
            ("whole, windowed", 1.0, True),
            ("pixel for pixel, windowed", shown.size.width() / SIZE[0], True),
        ):
            hand = stances(frames, zoom, windowed=windowed)
            run(f"{name}: pair, {what}", views, hand)
        both = OverlapView()
        kept = window(both)
        both.show_picture(shown)
        both.show_other(replace(shown, name="other"))
        for mode in ("split", "blend", "difference"):
            both.show_mode(mode)
            run(f"{name}: {mode}", [both], stances(frames, 2.0, windowed=False))
        del link


if __name__ == "__main__":
    main()
