"""Ask, compare, why, evidence and report in Chinese, through the real ``main``."""

from __future__ import annotations

import re

import pytest
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit

from medhash_gui import paths
from medhash_gui.ui import translation

# Names of formats and keys, and what a picture, a model or a library is called.
FOREIGN = re.compile(
    r"(MedHash|HTML|PDF|CSV|JSON|DICOM|PNG|px|px²|mm|bits?|Viridis|Inferno|Cividis"
    r"|Magma|light|dark|png|picture|A tiny model for tests|study|Studie|ward|html|json"
    r"|csv|pdf|PIL|Ctrl|Shift|/\S*similar-cases)"
)


def answered(window):
    session = window.session
    return session.answer is not None and not session.is_busy


def english(place, tmp_path):
    """Return the words of a window that are not Chinese and not a name."""
    texts = []
    for kind in (QLabel, QAbstractButton, QLineEdit, QComboBox):
        for one in place.findChildren(kind):
            if one.isVisible():
                texts.append(
                    one.currentText() if isinstance(one, QComboBox) else one.text()
                )
                if isinstance(one, QLineEdit):
                    texts.append(one.placeholderText())
    found = []
    for text in texts:
        bare = FOREIGN.sub("", text.replace("&", "").replace(str(tmp_path), ""))
        found += [text] if re.search(r"[A-Za-z]{4,}", bare) else []
    return found


@pytest.mark.row("I4")
def test_ask_compare_why_evidence_and_report_in_chinese(
    flight, library, study, built_translations, tmp_path, qapp
):
    file = tmp_path / "报告.html"
    settings = paths.settings_file()
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('{"language": "zh_CN", "accepted_research_notice": true}')

    def pilot(window):
        yield lambda: answered(window)
        menus = [action.text() for action in window.menuBar().actions()]
        assert all(re.search("[\u4e00-\u9fff]", menu) for menu in menus), menus
        for name in ("evidence", "why", "filters"):
            window.actions_by_id[name].trigger()
        yield lambda: answered(window) and window.session.weighing.weighed is not None
        assert english(window, tmp_path) == []
        window.actions_by_id["desk"].trigger()
        yield lambda: answered(window)
        assert english(window.looking.desk, tmp_path) == []
        window.looking.desk.close()
        for name in ("kept_searches", "palette", "shortcuts", "report"):
            window.actions_by_id[name].trigger()
            assert english(window.dialogs.shown(), tmp_path) == [], name
        dialog = window.dialogs.shown()
        dialog.file.setText(str(file))
        dialog.accept()
        yield lambda: answered(window) and file.exists()
        assert re.search("[\u4e00-\u9fff]", window.bar.notice.text)

    try:
        image = study / "dark/picture 00.png"
        assert flight.run(pilot, library, "--image", image) == 0
    finally:
        translation.install(qapp, "en")

    assert "research" in file.read_text("utf-8").lower()
