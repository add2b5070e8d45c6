"""Make the comparisons of docs/results.md: every set, every protocol, one command.

    python benchmarks/results.py --data DIR --weights FILE --out DIR [--only NAME ...]
        [--processes N] [--list | --summary]

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

SUBSET = 0.2
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
    "ecoc last depth=ecoc:depths=last",
    "ecoc none of these=ecoc:depths=last,share=1,dropout=0",
    "zhu2022 none=zhu2022:attention=none",
    "zhu2022 se=zhu2022:attention=se",
    "zhu2022 cbam=zhu2022:attention=cbam",
    "zhu2022 no classification=zhu2022:classification=0",
    "zhu2022 beta fixed=zhu2022:growth=0",
    "guan2022 centre=guan2022:region=centre",
    "guan2022 elsewhere=guan2022:region=elsewhere",
    "guan2022 whole=guan2022:region=whole",
    "guan2022 no local branch=guan2022:region=none",
    "guan2022 max map=guan2022:saliency=max",
    "guan2022 no quantisation=guan2022:quantisation=0",
    "guan2022 no balance=guan2022:balance=0",
    "guan2022 balance of pictures=guan2022:balance_form=picture",
    "ash no quantisation=ash:quantisation=0",
    "ash classified=ash:classification=20",
)

# Blocks of MobileNetV2 that keep their numbers when the others are tuned.
FIXED = 14
TUNED = ("ash", "guan2022", "zhu2022", "dch", "dtsh", "ecoc")


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
    epochs = {"nih": 5, "kermany": 4, "idrid": 8}[name]
    fixed = [
        word for one in TUNED for word in ("--option", f"{one}.frozen_blocks={FIXED}")
    ]
    return [
        *("--views", "4", "--methods", ",".join(TUNED), "--bits", "64"),
        *("--seeds", "3", "--epochs", str(epochs), "--size", "128", *fixed),
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


def summary(folder: Path) -> str:
    """Return the headline of a comparison as a Markdown table, bits side by side.

    MAP@10 where both sides are new, its interval, and what the flagship's difference
    says: + ahead of this row, - behind, ~ undecided.
    """
    with (folder / "results.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["database"] in ("new", "")
            and row["view"] in ("all labels", "")
            and row["measure"] in ("MAP@10", "")
        ]
    bits = sorted({int(row["bits"]) for row in rows if row["bits"]})
    sign = {"ahead": "+", "behind": "-", "undecided": "~", "": ""}
    cells: dict[str, dict[str, str]] = {}
    for row in rows:
        text = (
            row["state"]
            if not row["value"]
            else (
                f"{_short(row['value'])} ({_short(row['low'])}-{_short(row['high'])}) "
                f"{sign[row['verdict']]}"
            )
        )
        cells.setdefault(row["row"], {})[row["bits"]] = text.strip()
    chance = {_short(row["chance"]) for row in rows if row["chance"]}
    lines = [
        "| row | " + " | ".join(f"{n} bits" for n in bits) + " |",
        "|---|" + "---|" * len(bits),
    ]
    for name, found in cells.items():
        shown = [found.get(str(n), found.get("", "not run")) for n in bits]
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    return "\n".join([*lines, "", f"Chance: {', '.join(sorted(chance))}."])


def _short(value: str) -> str:
    return f"{float(value):.3f}".removeprefix("0")


def main() -> int:
    """Make the comparisons that are asked for, one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", nargs="+", choices=ALL, default=ALL)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="print the commands only")
    parser.add_argument("--summary", action="store_true", help="of what is there")
    chosen = parser.parse_args()
    if chosen.summary:
        for one in chosen.only:
            if (chosen.out / one / "results.csv").is_file():
                print(f"### {one}\n\n{summary(chosen.out / one)}\n")
        return 0
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
