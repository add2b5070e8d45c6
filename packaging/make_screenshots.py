"""Make the screenshots of README and docs from the real window, without a screen.

    python packaging/make_screenshots.py [--out DIR] [--theme dark|light|both]
        [--language en] [--wizard]

The window opens on the synthetic samples in a home folder of its own; what a user would
press is triggered, and the window is painted once it is quiet. With --wizard it is the
training wizard, which trains a model meanwhile. No file of the user's is read or
written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from medhash_gui.ui.main_window import MainWindow

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import wizard_tour
from PySide6.QtCore import QSize, QTimer

from medhash_gui import paths

SIZE = QSize(1440, 900)
LIMIT_S = 3600
Steps = Generator[Callable[[], bool], None, None]
Grab = Callable[["QWidget", str], None]


def tour(window: MainWindow, draw: Grab) -> Steps:
    """Yield what to wait for, between one picture and the next."""
    session = window.session

    def quiet() -> bool:
        return not session.is_busy

    def answered() -> bool:
        return session.answer is not None and quiet() and bool(session.weighing.weighed)

    def grab(name: str) -> None:
        draw(window, name)

    def press(command: str) -> None:
        window.actions_by_id[command].trigger()

    window.resize(SIZE)
    yield quiet
    grab("welcome")
    press("try_sample")
    yield answered
    press("dismiss")
    yield quiet
    grab("search")
    press("evidence")
    yield quiet
    grab("evidence")
    press("contrast")
    yield quiet
    grab("contrast")
    press("filters")
    yield quiet
    grab("filters")
    press("filters")
    for command in ("report", "palette", "shortcuts"):
        if command in window.actions_by_id:
            press(command)
            yield quiet
            dialog = window.dialogs.shown()
            if dialog is not None:
                if command == "report":  # no picture names a folder of this computer
                    dialog.file.setText("similar-cases.html")
                draw(dialog, command)
                dialog.reject()
            yield quiet
    session.search_file(film_with_letters())
    yield answered
    press("export")
    yield quiet
    dialog = window.dialogs.shown()
    if dialog is not None:
        dialog.masks.take_all()
        draw(dialog, "export")
        dialog.reject()
    yield quiet


def film_with_letters() -> Path:
    """Draw a synthetic film that bears an invented name, and return its file."""
    import cv2
    import numpy as np

    from medhash_gui import phantoms

    made = phantoms.draw("chest-film", "nodule", patient=77, picture=1).pixels
    film = np.ascontiguousarray(cv2.resize(made, (960, 960)), np.uint8)
    height, width = film.shape[:2]
    for text, at in (
        ("SAMPLE, ANNA 1961", (width // 40, height // 20)),
        ("PORTABLE", (width // 40, height - height // 30)),
    ):
        size = height / 900
        cv2.putText(film, text, at, cv2.FONT_HERSHEY_SIMPLEX, size, 255, 1, cv2.LINE_AA)
    file = Path(os.environ["MEDHASH_HOME"]) / "film.png"
    file.write_bytes(cv2.imencode(".png", film)[1].tobytes())
    return file


def fly(
    out: Path, looks: tuple[str, ...], language: str, prefix: str, *, is_wizard: bool
) -> int:
    """Run the window through a tour and return its exit code."""
    from medhash_gui.__main__ import main
    from medhash_gui.ui import app, theme

    made = app.build_window

    def build(*frame: MainWindow) -> MainWindow:
        window = made(*frame)

        def draw(widget: QWidget, name: str) -> None:
            for look in looks:
                end = f"-{look}" if len(looks) > 1 else ""
                if len(looks) > 1:
                    window.apply_theme(theme.load(look))
                widget.grab().save(str(out / f"{prefix}{name}{end}.png"))

        steps = wizard_tour.tour(window, draw) if is_wizard else tour(window, draw)
        timer = QTimer(window)
        awaited: list[Callable[[], bool]] = [lambda: True]
        until = time.monotonic() + (LIMIT_S if is_wizard else 300)
        calm = [0]

        def step() -> None:
            calm[0] = calm[0] + 1 if awaited[0]() else 0
            if calm[0] < 4 and time.monotonic() < until:
                return
            calm[0] = 0
            try:
                awaited[0] = next(steps)
            except StopIteration:
                timer.stop()
                window.close()

        timer.timeout.connect(step)
        window.painted.connect(lambda: timer.start(100))
        return window

    app.build_window = build
    file = paths.settings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    chosen = {
        "accepted_research_notice": True,
        "language": language,
        "theme": looks[-1],
    }
    file.write_text(json.dumps(chosen), encoding="utf-8")
    return main(["window"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    parser.add_argument("--theme", choices=("dark", "light", "both"), default="dark")
    parser.add_argument("--language", default="en")
    parser.add_argument("--prefix", help="of the files' names: tour- or wizard-")
    parser.add_argument("--wizard", action="store_true", help="the training wizard")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ.setdefault("MEDHASH_HOME", home)
        looks = ("light", "dark") if given.theme == "both" else (given.theme,)
        named = given.prefix or ("wizard-" if given.wizard else "tour-")
        sys.exit(fly(given.out, looks, given.language, named, is_wizard=given.wizard))
