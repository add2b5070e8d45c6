"""What a comparison consists of: rows of a table, lengths of the code, seeds.

A *row* is a method with its options; a *cell* is one row at one number of bits with one
seed: one training run, or one fitted control. A plan is kept in the comparison's folder
(``plan.json``). It may grow, but what a cell means can never change under its name.
"""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medhash_gui.errors import ComparisonError, SettingsError
from medhash_gui.hashing import METHODS
from medhash_gui.library import durable
from medhash_gui.training.config import TrainingConfig

PLAN = "plan.json"
FORMAT = 1

_OF_A_CELL = ("method", "options", "bits", "seed")

CONTROLS: dict[str, str] = {
    "one bit": "predicted normal or abnormal, one bit",
    "class-probability": "class-probability codes, one bit a label",
    "probability-probability": "predicted probabilities, by cosine",
    "probability-label": "predicted probabilities against the true labels "
    "(upper reference)",
    "features": "real-valued features, by cosine",
    "lsh": "random projections (LSH)",
    "pcah": "principal components (PCAH)",
    "itq": "iterative quantization (ITQ)",
}
"""Controls by name, with what they are; each is a row of every table."""

CODED_CONTROLS = ("lsh", "pcah", "itq")
"""Controls that make codes of any length; the others have their own."""


@dataclass(frozen=True, slots=True)
class Row:
    """A method as one row of the table.

    Attributes:
        name: of the row.
        method: key in ``METHODS``.
        options: of the method, overriding its defaults.
    """

    name: str
    method: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One training run, or one fitted control.

    Attributes:
        row: name of a row or of a control.
        bits: K; None for a control whose length is its own.
        seed: of split, first weights and order.
    """

    row: str
    bits: int | None
    seed: int

    @property
    def name(self) -> str:
        """Return the name of the cell's files."""
        length = "" if self.bits is None else f"-{self.bits}bit"
        return f"{slug(self.row)}{length}-seed-{self.seed}"


@dataclass(frozen=True)
class Plan:
    """What a comparison consists of.

    Attributes:
        base: configuration of all runs, as JSON, but for what a cell says.
        rows: methods in the order of the table.
        bits: lengths of the code.
        seeds: of splits and runs.
        backbone: the trunk whose features the controls are fitted to.
        pictures: digest of files, labels and patients; see ``comparison.pictures``.
        against: name of the row that all others are compared with, or None.
        commands: as they were given, the newest last.
    """

    base: Mapping[str, Any]
    rows: tuple[Row, ...]
    bits: tuple[int, ...]
    seeds: tuple[int, ...]
    backbone: str
    pictures: str = ""
    against: str | None = None
    commands: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = [*CONTROLS, *(row.name for row in self.rows)]
        seen: dict[str, str] = {}
        for name in names:
            if not slug(name):
                message = f"{name!r} is no name for a row."
                raise SettingsError(message, hint="Use letters or digits, too.")
            before = seen.setdefault(slug(name), name)
            if before != name or names.count(name) > 1:
                message = f"Two rows would be called {name!r}."
                if before != name:
                    message = f"The rows {before!r} and {name!r} are too alike."
                raise SettingsError(message, hint="Give the variant another name.")
        if self.against is not None:
            self.known(self.against)

    @property
    def methods(self) -> tuple[str, ...]:
        """Return the names of the rows that are trained."""
        return tuple(row.name for row in self.rows)

    def known(self, name: str) -> str:
        """Return the name of a row or control, as it is.

        Raises:
            SettingsError: there is none of this name.
        """
        names = [*self.methods, *CONTROLS]
        if name not in names:
            message = f"There is no row {name!r} in this comparison."
            raise SettingsError(message, hint=f"Choose one of: {', '.join(names)}.")
        return name

    def cells(self) -> list[Cell]:
        """Return all cells: those of the methods by bits, then the controls."""
        found = [
            Cell(row.name, bits, seed)
            for bits in self.bits
            for row in self.rows
            for seed in self.seeds
        ]
        for seed in self.seeds:
            found += self.controls(seed)
        return found

    def controls(self, seed: int) -> list[Cell]:
        """Return the controls of a seed."""
        return [
            Cell(name, bits, seed)
            for name in CONTROLS
            for bits in (self.bits if name in CODED_CONTROLS else (None,))
        ]

    def config(self, cell: Cell) -> TrainingConfig:
        """Return the configuration of a cell's run; of a control, of a plain one."""
        row = next((row for row in self.rows if row.name == cell.row), None)
        bits = cell.bits or self.bits[0]
        return config_of(
            self.base, row or plain_row(self.backbone), bits=bits, seed=cell.seed
        )

    def grown(self, older: Plan) -> Plan:
        """Return this plan with all that an older one of the same folder has, too.

        Raises:
            ComparisonError: a cell of the two would have the same name and another
                meaning.
        """
        row = plain_row(self.backbone)
        of = {"bits": 1, "seed": 0}
        mine = config_of(self.base, row, **of)
        differences = mine.differences(config_of(older.base, row, **of).as_json())
        if self.pictures != older.pictures:
            differences.append("pictures, labels or patients have changed")
        if self.backbone != older.backbone:
            differences.append(
                f"backbone is {older.backbone} there and {self.backbone} here"
            )
        was = {row.name: row for row in older.rows}
        for row in self.rows:
            before = was.get(row.name, row)
            if before != row:
                differences.append(
                    f"{row.name} is {_words(before)} there and {_words(row)} here"
                )
        if differences:
            message = f"The folder holds another comparison: {'; '.join(differences)}."
            hint = "Go on with the old values, or name another folder."
            raise ComparisonError(message, hint=hint)
        rows = {**was, **{row.name: row for row in self.rows}}
        # Methods in the order of their registry, then variants as they came.
        order = dict.fromkeys(name for name in [*METHODS, *rows] if name in rows)
        return dataclasses.replace(
            self,
            rows=tuple(rows[name] for name in order),
            bits=tuple(sorted({*self.bits, *older.bits})),
            seeds=tuple(sorted({*self.seeds, *older.seeds})),
            against=self.against or older.against,
            commands=tuple(dict.fromkeys([*older.commands, *self.commands])),
        )

    def as_json(self) -> dict[str, Any]:
        """Return the plan as JSON values."""
        return {
            "format": FORMAT,
            "base": dict(self.base),
            "rows": [
                {"name": r.name, "method": r.method, "options": dict(r.options)}
                for r in self.rows
            ],
            "bits": list(self.bits),
            "seeds": list(self.seeds),
            "backbone": self.backbone,
            "pictures": self.pictures,
            "against": self.against,
            "commands": list(self.commands),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Plan:
        """Return the plan that ``as_json`` described."""
        return cls(
            values["base"],
            tuple(Row(r["name"], r["method"], r["options"]) for r in values["rows"]),
            tuple(values["bits"]),
            tuple(values["seeds"]),
            values["backbone"],
            values["pictures"],
            values["against"],
            tuple(values["commands"]),
        )


def plain_row(backbone: str) -> Row:
    """Return a row on the plain network with a trunk, for what is only looked at."""
    return Row("", "dpsh", {"backbone": backbone, "frozen_blocks": 0})


def config_of(
    base: Mapping[str, Any], row: Row, *, bits: int, seed: int
) -> TrainingConfig:
    """Return the configuration of one run."""
    mine = {"method": row.method, "options": dict(row.options)}
    return TrainingConfig.from_json({**base, **mine, "bits": bits, "seed": seed})


def base_of(config: TrainingConfig) -> dict[str, Any]:
    """Return what the runs of a comparison have in common with one of them, as JSON."""
    values = json.loads(json.dumps(config.as_json()))
    return {name: value for name, value in values.items() if name not in _OF_A_CELL}


def read(folder: Path) -> Plan | None:
    """Return the plan of a folder; None where there is none.

    Raises:
        ComparisonError: the plan cannot be read.
    """
    path = folder / PLAN
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
        if values["format"] > FORMAT:
            message = f"{path} was written by a newer version of MedHash."
            raise ComparisonError(message, hint="Update MedHash to go on with it.")
        return Plan.from_json(values)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{path} is not the plan of a comparison ({error})."
        raise ComparisonError(message, hint="Name another folder.") from error


def write(folder: Path, plan: Plan) -> None:
    """Keep a plan in its folder, which is made where it is not there.

    Raises:
        ComparisonError: the folder cannot be written to.
    """
    text = json.dumps(plan.as_json(), indent=2) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        durable.place(folder / PLAN, text.encode())
    except OSError as error:
        raise unwritable(folder, error) from error


def unwritable(folder: Path, error: OSError) -> ComparisonError:
    """Return what a failed write to a comparison's folder means to its user."""
    message = f"The folder {folder} cannot be written to: {error.strerror or error}."
    hint = "Make room or name another folder; the same command then goes on."
    return ComparisonError(message, hint=hint)


def slug(name: str) -> str:
    """Return a name as it can stand in the name of a file."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-.").casefold()


def _words(row: Row) -> str:
    options = ", ".join(f"{k}={json.dumps(v)}" for k, v in row.options.items())
    return f"{row.method} ({options})" if options else row.method
