"""The language of the window: its own strings, and those of Qt's dialogs.

English stands in the code. Sentences of the core (failures, notes) are English in every
language, as they are in logs and on the command line.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator
from PySide6.QtGui import QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication

from medhash_gui import paths

ENGLISH = "en"

# Letters that come from another font than the interface's are taller than the lines it
# makes room for, and are cut off. So the interface is written in one that has them.
_CHINESE_FONTS = ("Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei UI",
                  "Microsoft YaHei", "PingFang SC", "WenQuanYi Micro Hei")  # fmt: skip
_PLAIN_FAMILIES = "plain_families"


def chosen(setting: str) -> str:
    """Return the language that the setting "system", "en" or "zh_CN" stands for."""
    if setting == "system":
        is_chinese = QLocale.system().language() == QLocale.Language.Chinese
        return "zh_CN" if is_chinese else ENGLISH
    return setting


def install(application: QCoreApplication, language: str) -> bool:
    """Let the application speak a language from now on; return whether it can.

    What was installed before is taken away. Widgets that are there stay as they are.
    Where the font of the interface lacks the letters of a language, one is taken that
    has them.
    """
    _take_font(language)
    for child in application.findChildren(QTranslator):
        application.removeTranslator(child)
        child.setParent(None)
        child.deleteLater()
    if language == ENGLISH:
        return True
    folder = str(paths.resource("translations"))
    own = _load(application, f"medhash_{language}", folder)
    of_qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    _load(application, f"qtbase_{language}", of_qt)
    return own


def _take_font(language: str) -> None:
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        return
    font, plain = application.font(), application.property(_PLAIN_FAMILIES)
    if plain is None:
        plain = font.families()
        application.setProperty(_PLAIN_FAMILIES, plain)
    elif font.families() != plain:
        font.setFamilies(plain)
        application.setFont(font)
    if language != "zh_CN":
        return
    chinese = QFontDatabase.WritingSystem.SimplifiedChinese
    if QFontInfo(font).family() in QFontDatabase.families(chinese):
        return
    there = set(QFontDatabase.families())
    family = next((name for name in _CHINESE_FONTS if name in there), None)
    if family is not None:
        font.setFamilies([family, *plain])
        application.setFont(font)


def _load(application: QObject, name: str, folder: str) -> bool:
    translator = QTranslator(application)
    if not translator.load(name, folder):
        translator.deleteLater()
        return False
    return QCoreApplication.installTranslator(translator)
