"""Make the screenshots of README and docs from the real window, without a screen.

    python packaging/make_screenshots.py [--out DIR] [--theme dark|light|both]
        [--language en] [--wizard | --readme]

The window opens on the synthetic samples in a home folder of its own; what a user would
press is triggered, and the window is painted once it is quiet. With --wizard it is the
training wizard, which trains a model meanwhile; with --readme the pictures of the
README, in the theme that each has there. No file of the user's is read or written.
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

import readme_tour
import wizard_tour
from PySide6.QtCore import QSize, QTimer

from medhash_gui import paths
from medhash_gui.ui.forget_dialog import ForgetDialog

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
    yield from forgetting(window, draw)
    session.search_file(film_with_letters())
    yield answered
    press("export")
    yield quiet
    dialog = window.dialogs.shown()
    if dialog is not None:
        dialog.masks.take_all()
        dialog.options.folder.setText("/export")  # no folder of this computer
        draw(dialog, "export")
        dialog.reject()
    yield quiet


def forgetting(window: MainWindow, draw: Grab) -> Steps:
    """Let the dialog say what would go with the query's patient, and leave it."""
    session = window.session
    window.actions_by_id["forget"].trigger()
    dialog = window.dialogs.shown()
    if not isinstance(dialog, ForgetDialog) or session.answer is None:
        return
    dialog.patient.setCurrentText(session.answer.query.patient_key or "")
    dialog.folder.setText("/pictures/chest-film")  # no folder of this computer
    dialog.look_button.click()
    yield dialog.forget_button.isEnabled
    draw(dialog, "forget")
    dialog.reject()
    yield lambda: not session.is_busy


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
    out: Path, looks: tuple[str, ...], language: str, prefix: str, which: str
) -> int:
    """Run the window through a tour, "" or "wizard" or "readme"; return its code."""
    from medhash_gui.__main__ import main
    from medhash_gui.ui import app, theme

    made = app.build_window

    def build(*frame: MainWindow) -> MainWindow:
        window = made(*frame)

        def draw(widget: QWidget, name: str, only: str = "") -> None:
            for look in (only,) if only else looks:
                has_look = bool(only) or len(looks) > 1
                end = f"-{look}" if has_look else ""
                if has_look:
                    window.apply_theme(theme.load(look))
                widget.grab().save(str(out / f"{prefix}{name}{end}.png"))

        tours = {"wizard": wizard_tour.tour, "readme": readme_tour.tour}
        steps = tours.get(which, tour)(window, draw)
        timer = QTimer(window)
        awaited: list[Callable[[], bool]] = [lambda: True]
        until = time.monotonic() + (LIMIT_S if which else 900)
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
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--wizard", action="store_true", help="the training wizard")
    what.add_argument("--readme", action="store_true", help="pictures of the README")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:
        os.environ.setdefault("MEDHASH_HOME", home)
        is_both = given.readme or given.theme == "both"
        looks = ("light", "dark") if is_both else (given.theme,)
        which = "wizard" if given.wizard else "readme" if given.readme else ""
        usual = {"wizard": "wizard-", "readme": "", "": "tour-"}[which]
        named = usual if given.prefix is None else given.prefix
        sys.exit(fly(given.out, looks, given.language, named, which))
