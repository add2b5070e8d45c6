"""What the training wizard asks for, as plain values: a plan becomes a command.

A plan is all that a run in a process of its own is given (``arguments``): the words of
``medhash train``. So whatever the wizard does can be done on the command line, and the
window needs no torch to hold it. Three presets say in plain words what is trained.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from medhash_gui.datasets import Source
from medhash_gui.errors import SettingsError

Preset = Literal["quick", "thorough", "full"]
PRESETS: tuple[Preset, ...] = ("quick", "thorough", "full")

# The keys of ``hashing.METHODS`` and of ``backbone.BACKBONES``, which need torch.
METHOD_NAMES = (
    *("ash", "guan2022", "zhu2022", "dsh", "dch", "dfh", "dpn", "dpsh", "isdh"),
    *("dtsh", "lcdsh", "hashnet", "csq", "orthohash", "ssdh", "ecoc"),
)
BACKBONE_NAMES = (
    *("mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "squeezenet1_1"),
    *("resnet18", "resnet34", "resnet50", "densenet121", "efficientnet_b0", "small"),
)

FILE = "plan.json"
LEFT_OUT = "left-out.txt"


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """Everything that the wizard asks; JSON in, JSON out.

    Attributes:
        folder: of the pictures.
        table: of labels; None: class folders.
        file_column, label_columns, patient_column: of the table; None or (): guessed.
        separator: between several labels of a cell; "" for none, None: guessed.
        left_out: files below the folder that are not used.
        by_patient: all pictures of a patient in one part; without it the split leaks.
        validation, test: shares of the patients.
        seed: of split, first weights and order.
        preset: what the other values began as.
        method, bits, backbone, options: as for ``medhash train``; None: the method's.
        weights: what the backbone starts from: a safetensors file or the folder of a
            model; None: random numbers.
        pretraining: epochs in which the backbone first learns from the training part
            without its labels (C2L).
        frozen, views, epochs, batch, size, rate, rate_pretrained: likewise.
        augment: "film", "fundus" or "none".
        device: "auto", "cpu", "cuda" or "mps".
        name, title, modality, licence: of the model.
    """

    folder: Path
    table: Path | None = None
    file_column: str | None = None
    label_columns: tuple[str, ...] = ()
    patient_column: str | None = field(default=None, repr=False)
    separator: str | None = None
    left_out: tuple[str, ...] = ()
    by_patient: bool = True
    validation: float = 0.15
    test: float = 0.2
    seed: int = 1
    preset: Preset = "quick"
    method: str = "ecoc"
    bits: int = 64
    backbone: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    weights: Path | None = None
    pretraining: int = 0
    frozen: bool = True
    views: int = 0
    epochs: int = 20
    batch: int = 48
    size: int = 224
    rate: float = 1e-3
    rate_pretrained: float = 1e-4
    augment: str = "none"
    device: str = "auto"
    name: str = ""
    title: str = ""
    modality: str = "unknown"
    licence: str = ""

    def source(self) -> Source:
        """Return the pictures as training finds them."""
        folder = self.folder.absolute()
        if self.table is None:
            return Source(folder.name, folder, left_out=self.left_out)
        return Source(
            folder.name,
            folder,
            csv=str(self.table.absolute()),
            file_column=self.file_column,
            label_columns=self.label_columns,
            patient_column=self.patient_column,
            separator=self.separator,
            left_out=self.left_out,
        )

    def arguments(self, out: Path, *, resume: bool = False) -> list[str]:
        """Return the words of ``medhash`` that do what is planned.

        Args:
            out: folder of the run; ``write`` has been there.
            resume: go on with what is in it.
        """
        words = ["train", str(self.folder.absolute()), "--out", str(out), "--json"]
        if self.table is not None:
            words += ["--labels", str(self.table.absolute())]
            words += [f"--label-column={name}" for name in self.label_columns]
        given: dict[str, object] = {
            "file-column": self.table and self.file_column,
            "patient-column": self.table and self.patient_column,
            "label-separator": None if self.table is None else self.separator,
            "leave-out": out / LEFT_OUT if self.left_out else None,
            "method": self.method,
            "bits": self.bits,
            "backbone": self.backbone,
            "weights": "none" if self.weights is None else self.weights,
            "pretraining": self.pretraining or None,
            "views": self.views,
            "epochs": self.epochs,
            "batch": self.batch,
            "size": self.size,
            "rate": self.rate,
            "rate-pretrained": self.rate_pretrained,
            "augment": self.augment,
            "validation": self.validation,
            "test": self.test,
            "seed": self.seed,
            "device": self.device,
            "name": self.name or None,
            "title": self.title or None,
            "modality": self.modality,
            "licence": self.licence or None,
        }
        # One word each: a value may begin with a dash.
        words += [f"--{n}={value}" for n, value in given.items() if value is not None]
        words += [f"--option={n}={json.dumps(v)}" for n, v in self.options.items()]
        flags = {
            "frozen": self.frozen,
            "image-wise": not self.by_patient,
            "resume": resume,
        }
        return words + [f"--{name}" for name, wished in flags.items() if wished]

    def check(self) -> None:
        """Refuse what no run could start with.

        Raises:
            SettingsError: it names the value and the way out.
        """
        rules = (
            (1 <= self.bits <= 4096, f"A code of {self.bits} bits is not possible.",
             "Choose 16 to 128 bits."),
            (self.epochs >= 1, "A run needs one epoch at least.",
             "Choose 10 or more."),
            (self.batch >= 2, "A step needs two pictures at least.",
             "Choose 16 to 64 pictures a step."),
            (self.rate > 0 and self.rate_pretrained >= 0,
             "Learning rates must be above 0.", "0.001 is a good first choice."),
            (self.validation > 0 and self.test > 0 and self.validation + self.test < 1,
             "Validation and test need a share each, and so does training.",
             "15 % and 20 % are a good first choice."),
            (self.weights is None or self.weights.exists(),
             f"The starting weights {self.weights} are not there.",
             "Choose a model of this computer, or a file."),
            (self.pretraining >= 0, "Pre-training needs one epoch at least, or none.",
             "Choose 0 to leave it out."),
            (not self.frozen or self.weights is not None or self.pretraining > 0,
             "Without starting weights there is nothing to keep fixed.",
             "Choose starting weights, or another preset."),
        )  # fmt: skip
        for holds, message, hint in rules:
            if not holds:
                raise SettingsError(message, hint=hint)

    def write(self, folder: Path) -> None:
        """Write the plan into the folder of its run.

        Raises:
            OSError: it cannot be written.
        """
        folder.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"{file}\n" for file in self.left_out)
        (folder / LEFT_OUT).write_text(
            lines, encoding="utf-8", errors="surrogateescape"
        )
        text = json.dumps(self.as_json(), indent=2)
        (folder / FILE).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> TrainingPlan:
        """Return the plan of the run in a folder.

        Raises:
            SettingsError: there is none, or it cannot be read.
        """
        try:
            return cls.from_json(json.loads((folder / FILE).read_bytes()))
        except (OSError, ValueError) as error:
            message = f"The run in {folder} has no plan that can be read."
            hint = "Go on with it on the command line: medhash train --resume."
            raise SettingsError(message, hint=hint) from error

    def as_json(self) -> dict[str, Any]:
        """Return the plan as plain JSON values."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        for name in ("folder", "table", "weights"):
            values[name] = None if values[name] is None else str(values[name])
        return {**values, "options": dict(self.options)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TrainingPlan:
        """Return the plan that ``as_json`` described.

        Raises:
            SettingsError: a value is unknown or of the wrong kind.
        """
        known = dict(values)
        try:
            for name in ("folder", "table", "weights"):
                if known.get(name) is not None:
                    known[name] = Path(known[name])
            for name in ("label_columns", "left_out"):
                known[name] = tuple(known.get(name, ()))
            return cls(**known)
        except TypeError as error:
            message = f"The plan of a run cannot be read ({error})."
            raise SettingsError(message, hint="Plan it again.") from error


def preset(plan: TrainingPlan, name: Preset, *, pictures: int) -> TrainingPlan:
    """Return a plan with the values of a preset.

    Args:
        plan: whose pictures, split, starting weights and pre-training stay.
        name: of the preset.
        pictures: in the training part; a batch is no more than a quarter of them.
    """
    values: dict[Preset, dict[str, Any]] = {
        # The method and the values of docs/results.md, frozen backbone.
        "quick": {"frozen": True, "views": 0, "epochs": 20, "augment": "none"},
        # The last blocks learn, too, from four views of each picture.
        "thorough": {
            "frozen": False,
            "views": 4,
            "epochs": 20,
            "options": {"frozen_blocks": 14},
        },
        # Everything but the first blocks learns from ever new views.
        "full": {"frozen": False, "views": 0, "epochs": 40},
    }
    kind = "fundus" if "fundus" in plan.modality else "film"
    return replace(
        plan,
        **{
            "method": "ecoc",
            "bits": 64,
            "backbone": None,
            "options": {},
            "size": 224,
            "rate": 1e-3,
            "rate_pretrained": 1e-4,
            "augment": kind,
            **values[name],
        },
        preset=name,
        batch=max(2, min(48, pictures // 4)),
    )
