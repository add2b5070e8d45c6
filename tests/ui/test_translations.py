"""Every string of the window is there in Chinese, with the same fields."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtGui import QFontDatabase, QFontInfo

from medhash_gui.settings import Settings
from medhash_gui.ui import app, translation

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "build_translations.py"


@pytest.fixture(scope="module")
def build_translations():
    spec = importlib.util.spec_from_file_location("build_translations", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def chinese(qapp, build_translations):
    """Let the application speak Chinese until the test ends."""
    app.make_application()
    assert build_translations.build() == 0
    assert translation.install(qapp, "zh_CN")
    yield
    translation.install(qapp, "en")


@pytest.mark.row("I4")
def test_no_string_of_the_window_lacks_its_translation(build_translations):
    for language in build_translations.LANGUAGES:
        assert build_translations.problems(language) == []


def test_strings_are_found_in_the_three_ways_that_the_code_writes_them(
    build_translations, tmp_path
):
    (tmp_path / "a.py").write_text(
        "def _tr(text):\n    return translate('ctx', text)\n"
        "class Panel:\n    def f(self):\n        self.tr('in a class')\n"
        "        _tr('by the module')\n        x.translate('other', 'direct')\n"
    )

    assert build_translations.strings(tmp_path) == {
        ("Panel", "in a class"),
        ("ctx", "by the module"),
        ("other", "direct"),
    }


def test_a_string_without_a_translation_fails_the_check(
    build_translations, tmp_path, monkeypatch
):
    monkeypatch.setattr(build_translations, "strings", lambda: {("New", "words {n}")})
    monkeypatch.setattr(build_translations, "known", lambda _: {})

    assert build_translations.problems("zh_CN") == ["zh_CN lacks New: 'words {n}'"]


def test_a_translation_with_other_fields_fails_the_check(
    build_translations, monkeypatch
):
    key = ("New", "words {n}")
    monkeypatch.setattr(build_translations, "strings", lambda: {key})
    monkeypatch.setattr(build_translations, "known", lambda _: {key: "词 {m}"})

    assert "other fields" in build_translations.problems("zh_CN")[0]


def test_the_window_is_chinese_once_it_is_chosen(chinese, clean_home, qtbot):
    settings = Settings.load()
    settings.set("language", "zh_CN")
    settings.save()

    window = app.build_window()
    qtbot.addWidget(window)

    assert window.actions_by_id["quit"].text() == "退出(&Q)"
    assert window.commands[0].plain_text == "为文件夹建立索引"
    assert "不用于诊断" in window.status.text
    window.close()


def test_english_needs_no_translator(qapp):
    app.make_application()

    assert translation.install(qapp, "en")
    assert qapp.findChildren(QTranslator) == []


def test_a_language_that_is_not_there_is_told(qapp):
    app.make_application()

    assert not translation.install(qapp, "tlh")
    translation.install(qapp, "en")


@pytest.mark.row("I4")
def test_chinese_is_written_in_a_font_that_has_its_letters(
    qapp, built_translations, monkeypatch
):
    plain = qapp.font().families()
    # Whichever fonts there are: one stands for the font that has the letters.
    other = next(name for name in QFontDatabase.families() if name not in plain)
    monkeypatch.setattr(translation, "_CHINESE_FONTS", ("none such", other))
    monkeypatch.setattr(
        QFontDatabase, "families", lambda *system: [] if system else [*plain, other]
    )

    assert translation.install(qapp, "zh_CN")
    assert qapp.font().families() == [other, *plain]

    translation.install(qapp, "en")
    assert qapp.font().families() == plain


def test_a_font_that_has_the_letters_stays(qapp, built_translations, monkeypatch):
    plain = qapp.font().families()
    own = QFontInfo(qapp.font()).family()
    monkeypatch.setattr(QFontDatabase, "families", lambda *_: [own, "Noto Sans CJK SC"])

    assert translation.install(qapp, "zh_CN")
    assert qapp.font().families() == plain
    translation.install(qapp, "en")
