"""Every setting, declared once, and the file of those that differ from their default.

The window and the file read ``SETTINGS``. The file is a JSON object of overrides,
replaced as a whole, so that a crash leaves the old one or the new one. A key that is
not known (of a newer version) or a value that is not possible is reported and passed
over; it never keeps MedHash from starting, and is still there after saving.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from medhash_gui import paths
from medhash_gui.errors import SettingsError

Value = str | int | float | bool
Kind = Literal["choice", "whole", "number", "flag", "path"]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: its default, what it may be, and what people call it.

    Args:
        key: name in the file and in the code.
        default: value without an override; says what kind it is.
        label: a few words for people.
        choices: of a text; () for a path, "" for none.
        bounds: of a number, both ends included.
    """

    key: str
    default: Value
    label: str
    choices: tuple[str, ...] = ()
    bounds: tuple[float, float] = (-math.inf, math.inf)

    @property
    def kind(self) -> Kind:
        """What it may be: as its default is."""
        if isinstance(self.default, str):
            return "choice" if self.choices else "path"
        if isinstance(self.default, bool):
            return "flag"
        return "whole" if isinstance(self.default, int) else "number"

    def problem(self, value: object) -> str:
        """Return what is wrong with a value, as the end of a sentence, or ""."""
        low, high = self.bounds
        match self.kind:
            case "choice":
                wanted = "one of " + ", ".join(self.choices)
                right = value in self.choices
            case "flag":
                wanted = "true or false"
                right = type(value) is bool
            case "path":
                wanted = "text"
                right = type(value) is str
            case "whole":
                wanted = f"a whole number from {low:g} to {high:g}"
                right = type(value) is int and low <= value <= high
            case "number":
                wanted = f"a number from {low:g} to {high:g}"
                right = (
                    isinstance(value, int | float)
                    and not isinstance(value, bool)
                    and low <= value <= high
                )
        return "" if right else f"must be {wanted}, not {value!r}"


_PATIENTS = ("exclude", "include", "group")
_MAPS = ("viridis", "inferno", "cividis", "magma")  # for any colour vision

SETTINGS: tuple[Setting, ...] = (
    Setting("theme", "dark", "Theme", ("dark", "light", "system")),
    Setting("language", "system", "Language", ("system", "en", "zh_CN")),
    Setting("text_scale", 100, "Size of the text in percent", bounds=(100, 200)),
    Setting("top", 24, "Hits shown", bounds=(12, 200)),
    Setting("hits_as_list", default=False, label="Hits as a list"),
    Setting("patients", "exclude", "The query's own patient", _PATIENTS),
    Setting("neighbours", 16, "Nearest cases counted", bounds=(1, 200)),
    Setting("blind_first", default=False, label="Own impression first"),
    Setting("restore_work", default=True, label="Go on where the last run ended"),
    Setting("overlay_opacity", 0.45, "Opacity of saliency maps", bounds=(0, 1)),
    Setting("colour_map", "viridis", "Colours of saliency maps", _MAPS),
    Setting("device", "auto", "Device", ("auto", "cpu", "cuda", "mps")),
    # Of an indexing run; 0 for as many as suit the computer.
    Setting("decode_workers", 0, "Decoding processes", bounds=(0, 64)),
    Setting("show_patient_banner", default=True, label="Show the patient banner"),
    Setting("accepted_research_notice", default=False, label="Notice accepted"),
    Setting("last_library", "", "Last library"),
)

BY_KEY: Mapping[str, Setting] = {setting.key: setting for setting in SETTINGS}


class Settings:
    """The values in use, and the file they come from. Made by ``load``.

    Attributes:
        file: where ``save`` writes.
        problems: sentences about what ``load`` passed over.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems: tuple[str, ...] = ()
        self._changed: dict[str, Value] = {}
        self._unknown: dict[str, object] = {}
        self._damaged = False

    @classmethod
    def load(cls, file: Path | None = None) -> Settings:
        """Return the settings of a file, the user's by default; never fails.

        A missing file is no problem. What cannot be read or is not possible is named
        in ``problems``, and its default holds.
        """
        settings = cls(file or paths.settings_file())
        problems: list[str] = []
        for key, value in settings._read(problems).items():
            setting = BY_KEY.get(key)
            if setting is None:
                settings._unknown[key] = value
                problems.append(
                    f"The setting {key!r} is not known to this version of MedHash."
                )
            elif problem := setting.problem(value):
                problems.append(
                    f"The setting {key!r} {problem}; its default is used instead."
                )
            else:
                settings._keep(setting, value)
        settings.problems = tuple(problems)
        return settings

    def changed(self) -> dict[str, Value]:
        """Return what differs from the defaults, but paths."""
        return {k: v for k, v in self._changed.items() if BY_KEY[k].kind != "path"}

    def text(self, key: str) -> str:
        """Return the value of a choice or path."""
        return str(self[key])

    def whole(self, key: str) -> int:
        """Return the value of a whole number."""
        return int(self[key])

    def number(self, key: str) -> float:
        """Return the value of a number."""
        return float(self[key])

    def flag(self, key: str) -> bool:
        """Return the value of a flag."""
        return bool(self[key])

    def __getitem__(self, key: str) -> Value:
        return self._changed.get(key, BY_KEY[key].default)

    def set(self, key: str, value: Value) -> None:
        """Change a setting; ``save`` makes it last.

        Raises:
            SettingsError: the value is not possible.
        """
        setting = BY_KEY[key]
        if problem := setting.problem(value):
            msg = f"The setting {setting.label!r} {problem}."
            raise SettingsError(msg, hint="Choose another value.")
        self._keep(setting, value)

    def reset(self, key: str) -> None:
        """Go back to the default."""
        self._changed.pop(key, None)

    def save(self) -> None:
        """Write what differs from the defaults, all of it or nothing.

        A file that could not be read when the settings were loaded is kept beside the
        new one, with ``.damaged`` after its name.

        Raises:
            SettingsError: the file cannot be written.
        """
        import tempfile  # late: the first paint of the window waits for no more

        values = {**self._unknown, **self._changed}
        text = json.dumps(values, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            if self._damaged and self.file.exists():
                self.file.replace(self.file.with_name(f"{self.file.name}.damaged"))
            handle, name = tempfile.mkstemp(".tmp", "settings-", self.file.parent)
            try:
                with os.fdopen(handle, "wb") as new:
                    new.write(text.encode())
                    new.flush()
                    os.fsync(new.fileno())
                Path(name).replace(self.file)
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise
        except OSError as error:
            reason = error.strerror or error
            msg = f"The settings cannot be written to {self.file}: {reason}."
            raise SettingsError(
                msg, hint="Check the folder's rights, or set MEDHASH_HOME to another."
            ) from error
        self._damaged = False

    def _read(self, problems: list[str]) -> dict[str, object]:
        try:
            values = json.loads(self.file.read_bytes())
        except FileNotFoundError:
            return {}
        except OSError as error:
            reason = error.strerror or error
            self._damaged = True
            problems.append(f"The settings in {self.file} cannot be read: {reason}.")
            return {}
        except (ValueError, RecursionError):
            values = None
        if not isinstance(values, dict):
            self._damaged = True
            problems.append(
                f"The settings in {self.file} are damaged; the defaults are used."
            )
            return {}
        return values

    def _keep(self, setting: Setting, value: object) -> None:
        assert isinstance(value, str | int | float)
        if setting.kind == "number":
            value = float(value)
        if value == setting.default:
            self._changed.pop(setting.key, None)
        else:
            self._changed[setting.key] = value
