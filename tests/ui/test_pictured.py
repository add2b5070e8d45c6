"""Every panel and dialog of the window is in a picture that is compared, in each theme.

A class that is new or renamed has to be named here, beside the pictures it is in.
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
UI = ROOT / "medhash_gui" / "ui"
PICTURES = ROOT / "tests" / "data" / "snapshots"

PICTURED = {
    "BitStrip": "window-why-evidence",
    "BugDialog": "bug",
    "CheckPage": "wizard-check",
    "ChoosePage": "wizard-choose",
    "ColumnTable": "labels-and-frames",
    "CompareDesk": "desk",
    "ConfusionGrid": "wizard-finds",
    "Cover": "window-blind",
    "CurvePlot": "wizard-running",
    "DistanceChart": "distances",
    "ElidedLabel": "window",
    "EvidencePanel": "window-patients",
    "ExpertFields": "wizard-train-expert",
    "ExportDialog": "export",
    "ExportOptions": "export",
    "FiguresTab": "wizard-judge",
    "FileLists": "index-report",
    "FilterBar": "filters",
    "ForgetDialog": "forget-counted",
    "FrameBar": "window-frames",
    "FramesChoice": "labels-and-frames",
    "HitLabelsDialog": "hit-labels",
    "HitList": "many-hits",
    "HitPanel": "map-withheld",
    "ImageView": "region-line-box",
    "ImportDialog": "labels-and-frames",
    "IndexPanel": "index-report",
    "IndexReportView": "index-report",
    "JudgePage": "wizard-judge",
    "KeptDialog": "kept",
    "LabelBar": "labels",
    "LeftOutDialog": "left-out",
    "LiftTable": "shortcut-audit",
    "MainWindow": "window",
    "MapCurves": "window-why-evidence",
    "MarksBar": "trail-marks",
    "MaskPanel": "export",
    "MaskView": "export",
    "MessageBar": "notices",
    "ModelsDialog": "wizard-models",
    "MonitorPage": "wizard-running",
    "MoreBar": "more-of",
    "OptionsPage": "wizard-train",
    "OverlapView": "desk-blend",
    "OverlayBar": "window",
    "PairView": "local-branch",
    "Palette": "palette",
    "PatientBanner": "window-patients",
    "PicturePanel": "desk-four-hits",
    "PictureStrip": "wizard-check-findings",
    "PlanSummary": "labels-and-frames",
    "PrivacyDialog": "privacy",
    "QueryPanel": "pair-nobody-named",
    "ReliabilityPlot": "held-out",
    "ReliabilityView": "held-out",
    "ReportDialog": "report",
    "ResearchNotice": "research",
    "ResultsGrid": "least-similar",
    "ShortcutDialog": "shortcut-audit",
    "ShortcutEditor": "shortcuts",
    "SplitPage": "wizard-split",
    "StatusLine": "window",
    "SupportDialog": "support",
    "TablePage": "labels-and-frames",
    "TrainingPage": "wizard-train",
    "TrainingWizard": "wizard-choose",
    "TrailBar": "trail-marks",
    "UsePage": "wizard-use",
    "Welcome": "welcome",
    "WhyPanel": "window-why-evidence",
}
"""Where each widget is seen."""

# Qt's classes that paint nothing of their own.
UNSEEN = ("Object", "AbstractListModel", "AbstractTableModel", "StyledItemDelegate",
          "Runnable", "UndoCommand", "Thread")  # fmt: skip


def widgets() -> set[str]:
    """Return the names of the public widget classes of the window."""
    classes = {
        node.name: [ast.unparse(base) for base in node.bases]
        for file in UI.glob("*.py")
        for node in ast.parse(file.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef)
    }

    def is_widget(name: str) -> bool:
        if name in classes:
            return any(is_widget(base) for base in classes[name])
        return name.startswith("Q") and name[1:] not in UNSEEN

    return {name for name in classes if name[0] != "_" and is_widget(name)}


def test_every_widget_is_in_a_picture():
    assert widgets() == set(PICTURED)


def test_the_pictures_are_there_in_both_themes():
    there = {file.stem for file in PICTURES.glob("*.png")}

    for look in ("dark", "light"):
        missing = {name for name in PICTURED.values() if f"{name}-{look}" not in there}
        assert not missing, look
