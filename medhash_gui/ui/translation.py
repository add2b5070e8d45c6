"""The language of the window: its own strings, and those of Qt's dialogs.

English stands in the code. Sentences of the core (failures, notes) are English in every
language, as they are in logs and on the command line.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator

from medhash_gui import paths

ENGLISH = "en"


def chosen(setting: str) -> str:
    """Return the language that the setting "system", "en" or "zh_CN" stands for."""
    if setting == "system":
        is_chinese = QLocale.system().language() == QLocale.Language.Chinese
        return "zh_CN" if is_chinese else ENGLISH
    return setting


def install(application: QCoreApplication, language: str) -> bool:
    """Let the application speak a language from now on; return whether it can.

    What was installed before is taken away. Widgets that are there stay as they are.
    """
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


def _load(application: QObject, name: str, folder: str) -> bool:
    translator = QTranslator(application)
    if not translator.load(name, folder):
        translator.deleteLater()
        return False
    return QCoreApplication.installTranslator(translator)
