"""Make the comparisons of docs/results.md: every set, every protocol, one command.

    python benchmarks/results.py --data DIR --weights FILE --out DIR [--only NAME ...]
        [--processes N] [--list]

DIR of ``--data`` holds ``cxr_nih_320``, ``cxr_kermany_224`` and ``fundus_idrid_512`` as
docs/data.md describes them; FILE holds torchvision's MobileNetV2 ImageNet weights as
safetensors. Each comparison is one ``medhash compare`` in a folder of its own, which
goes on where it was stopped. Of the paediatric films those of some patients are used
(``SUBSET``), so that it ends within hours on two cores.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import shlex
import subprocess
import sys
from pathlib import Path

SUBSET = 0.4
"""Share of the paediatric patients that is compared."""

SETS = {
    "nih": ("cxr_nih_320", ["--label-column", "labels", "--patient-column", "patient"]),
    "kermany": (
        "cxr_kermany_224",
        ["--label-column", "label", "--patient-column", "patient"],
    ),
    "idrid": (
        "fundus_idrid_512",
        ["--label-column", "dr_grade", "--augment", "fundus", "--validation", "0.15"],
    ),
}

ABLATION = (
    "ecoc all features=ecoc:share=1",
    "ecoc no dropout=ecoc:dropout=0",
    "ecoc neither=ecoc:share=1,dropout=0",
    "zhu2022 none=zhu2022:attention=none",
    "zhu2022 se=zhu2022:attention=se",
    "zhu2022 cbam=zhu2022:attention=cbam",
    "zhu2022 no classification=zhu2022:classification=0",
    "zhu2022 beta fixed=zhu2022:growth=0",
    "guan2022 centre=guan2022:region=centre",
    "guan2022 elsewhere=guan2022:region=elsewhere",
    "guan2022 whole=guan2022:region=whole",
    "guan2022 max map=guan2022:saliency=max",
    "guan2022 no quantisation=guan2022:quantisation=0",
    "guan2022 no balance=guan2022:balance=0",
    "guan2022 balance of pictures=guan2022:balance_form=picture",
    "ash no quantisation=ash:quantisation=0",
    "ash classified=ash:classification=20",
)

# Blocks of MobileNetV2 that keep their numbers when the others are tuned.
FIXED = 14
TUNED = ("ash", "guan2022", "zhu2022", "dpn", "dfh", "ecoc")


def frozen(name: str) -> list[str]:
    """Return the options of all methods on features of the untouched backbone."""
    epochs = {"nih": 20, "kermany": 12, "idrid": 20}[name]
    return [
        *("--frozen", "--methods", "all", "--bits", "32,48,64", "--seeds", "3"),
        *("--epochs", str(epochs)),
    ]


def ablation(name: str) -> list[str]:
    """Return the options of the methods with a part left out or replaced."""
    epochs = {"nih": 20, "kermany": 12, "idrid": 20}[name]
    variants = [word for text in ABLATION for word in ("--variant", text)]
    return [
        *("--frozen", "--methods", "ash,guan2022,zhu2022,ecoc", "--bits", "64"),
        *("--seeds", "3", "--epochs", str(epochs), *variants),
    ]


def tuned(name: str) -> list[str]:
    """Return the options of methods that tune the last blocks of the backbone."""
    views = {"nih": 6, "kermany": 3, "idrid": 8}[name]
    epochs = {"nih": 12, "kermany": 8, "idrid": 20}[name]
    fixed = [
        word for one in TUNED for word in ("--option", f"{one}.frozen_blocks={FIXED}")
    ]
    return [
        *("--views", str(views), "--methods", ",".join(TUNED), "--bits", "64"),
        *("--seeds", "3", "--epochs", str(epochs), "--size", "160", *fixed),
    ]


PROTOCOLS = {"frozen": frozen, "tuned": tuned, "ablation": ablation}
ALL = [f"{name}-{protocol}" for protocol in PROTOCOLS for name in SETS]


def subset(table: Path, to: Path) -> None:
    """Write the rows of a table of labels whose patients are compared."""
    with table.open(encoding="utf-8", newline="") as source:
        rows = list(csv.DictReader(source))
    to.parent.mkdir(parents=True, exist_ok=True)
    with to.open("w", encoding="utf-8", newline="") as target:
        writer = csv.DictWriter(target, list(rows[0]))
        writer.writeheader()
        for row in rows:
            digest = hashlib.blake2b(row["patient"].encode(), digest_size=8).digest()
            if int.from_bytes(digest, "big") < SUBSET * 2**64:
                writer.writerow(row)


def main() -> int:
    """Make the comparisons that are asked for, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=ALL, default=ALL)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="print the commands only")
    chosen = parser.parse_args()
    for one in chosen.only:
        name, _, protocol = one.partition("-")
        folder, options = SETS[name]
        table = chosen.data / folder / "labels.csv"
        if name == "kermany":
            made = chosen.out / "kermany-labels.csv"
            subset(table, made)
            table = made
        command = [
            *("compare", str(chosen.data / folder), "--labels", str(table)),
            *("--out", str(chosen.out / one), "--weights", str(chosen.weights)),
            *("--against", "ecoc", "--processes", str(chosen.processes)),
            *options,
            *PROTOCOLS[protocol](name),
        ]
        print("medhash", shlex.join(command), flush=True)
        if chosen.list:
            continue
        done = subprocess.run(
            [sys.executable, "-m", "medhash_gui", *command], check=False
        )
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
