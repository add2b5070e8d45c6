"""An audit as the core would give it, and what stands in for the part that measures."""

from __future__ import annotations

import datetime

from PySide6.QtCore import QObject, Signal

from medhash_gui.exporting import Origin
from medhash_gui.shortcut_figures import Estimate, Lift, Property
from medhash_gui.shortcuts import ShortcutAudit
from medhash_gui.ui.shortcut_tasks import Audited


class Auditing(QObject):
    """Notes what is asked of it; a test sends what it would give."""

    progressed = Signal(object)
    done = Signal(object)
    saved = Signal(object)

    def __init__(self):
        super().__init__()
        self.wishes, self.files, self.rows, self.cancelled = [], [], [], 0

    def measure(self, wish):
        self.wishes.append(wish)

    def cancel(self):
        self.cancelled += 1

    def search_example(self, row):
        self.rows.append(row)

    def save(self, _, file):
        self.files.append(file)


def lift(agreement, chance, low, high, *, patients=300, reason=""):
    value = (agreement - chance) / (1 - chance) if chance < 1 else 0
    figure = None if reason else Estimate(value, low, high)
    return Lift(patients, agreement, chance, figure, reason)


def audited():
    return Audited(
        ShortcutAudit(
            properties=(
                Property(
                    "labels", 3, 20, lift(0.62, 0.35, 0.36, 0.46), None, None,
                    "labels_near",
                ),
                Property(
                    "device", 4, 0, lift(0.9, 0.3, 0.82, 0.89),
                    lift(0.88, 0.31, 0.77, 0.87), Estimate(0.44, 0.38, 0.5),
                    "shares_more", 17,
                ),
                Property(
                    "sex", 2, 40, lift(0.52, 0.5, -0.02, 0.1, patients=260),
                    lift(0.51, 0.5, -0.05, 0.09, patients=240),
                    Estimate(-0.37, -0.44, -0.3), "no_evidence",
                ),
                Property(
                    "folder", 1, 0, lift(1, 1, 0, 0, reason="one_value"),
                    lift(1, 1, 0, 0, reason="one_value"), None, "withheld",
                ),
            ),
            not_stated=("view", "modality"),
            sampled=300,
            unknown_patients=12,
            patients=1450,
            searched=2300,
            neighbours=10,
            seed=0,
        ),
        Origin(model_id="m1", key_id="K-1"),
        datetime.date(2026, 3, 1),
    )  # fmt: skip
