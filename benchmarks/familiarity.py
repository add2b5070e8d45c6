"""How many strange pictures do the packaged models call unfamiliar, and how many own?

    python benchmarks/familiarity.py --data DIR [--photographs DIR] [--each N]

DIR of ``--data`` is that of packaging/train_models.py, with ``dicom_dev`` beside it.
Own pictures are those of the test part of the model's card: the same split is made
again from its seed, so no picture counts that the model or its limit was made from.
Strange ones: the other kinds of picture, the DICOM files of other modalities, the
window's own screenshots (``docs/images``), the drawings of the sample folders, and
everyday photographs: those of scikit-image's package where it is installed (the group
``photographs``), or of a folder that is named. Printed for each model and kind:
how many were called unfamiliar, of how many, with a 95 % interval (Wilson).
"""

from __future__ import annotations

import argparse
import importlib.util
import math
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "packaging"))

import train_models

from medhash_gui import catalogue, datasets, images, phantoms
from medhash_gui.bundle import ModelBundle
from medhash_gui.errors import MedHashError

# Two pictures of scikit-image are of eyes.
FUNDUS = {"retina.jpg", "microaneurysms.png"}
ROOT = Path(__file__).resolve().parent.parent
KINDS = {"chest film": "chest-film", "fundus": "fundus"}


def photographs() -> Path | None:
    """Return the folder of scikit-image's pictures, None where it is not installed."""
    found = importlib.util.find_spec("skimage")
    if found is None or found.origin is None:
        return None
    return Path(found.origin).parent / "data"


def own_pictures(kind: str, data: Path, seed: int) -> list[Path]:
    """Return the files of a model's test part."""
    config = train_models.config(kind, data, Path("unused"))
    found = datasets.gather(config.sources)
    split = datasets.split_by_patient(
        found, seed=seed, validation=config.validation, test=config.test
    )
    return [found.items[row].file for row in split.test]


def strange(data: Path, everyday: Path | None, scratch: Path) -> dict[str, Path]:
    """Return the folders of strange pictures by name."""
    phantoms.draw_samples(scratch, seed=7, patients_per_class=12)
    folders = {
        "fundus photographs": data / "fundus_idrid_512",
        "adult films": data / "cxr_nih_320",
        "paediatric films": data / "cxr_kermany_224",
        "DICOM of other kinds": data / "dicom_dev",
        "screenshots of the window": ROOT / "docs" / "images",
        "drawings of the sample folders": scratch,
    }
    if everyday is not None:
        folders["everyday photographs"] = everyday
    return folders


def some(files: list[Path], most: int, seed: int = 0) -> list[Path]:
    """Return at most so many of the files, drawn."""
    if len(files) <= most:
        return files
    chosen = np.random.default_rng(seed).choice(len(files), most, replace=False)
    return [files[at] for at in sorted(chosen)]


def ratios(model: ModelBundle, files: list[Path]) -> Iterator[float]:
    """Give the familiarity ratio of each file that is a picture."""
    for file in files:
        try:
            pixels = images.decode(images.read_bytes(file), name=file.name).pixels
        except MedHashError:
            continue
        found = model.familiarity(model.preprocess(pixels)[np.newaxis])
        assert found is not None
        yield float(found[0])


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Return the 95 % interval of a share."""
    if not count:
        return 0.0, 1.0
    share, square = hits / count, z * z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = z / (1 + square / count) * math.sqrt(
        share * (1 - share) / count + square / (4 * count * count)
    )  # fmt: skip
    return middle - half, middle + half


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--photographs", type=Path, default=photographs())
    parser.add_argument("--each", type=int, default=300, help="pictures of a kind")
    chosen = parser.parse_args()
    print("| model | pictures | called unfamiliar | of | share (95 %) |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as scratch:
        folders = strange(chosen.data, chosen.photographs, Path(scratch))
        for found in catalogue.find_bundles()[0]:
            kind = KINDS.get(found.card.modality)
            if kind is None or found.origin != "packaged":
                continue
            model = ModelBundle.open(found.folder)
            own = own_pictures(kind, chosen.data, found.card.seed)
            groups = {"own, held out": own}
            for name, folder in folders.items():
                if folder.name in {s.root.name for s in train_models.sources(
                    kind, chosen.data)}:  # fmt: skip
                    continue
                groups[name] = [
                    folder / one.path
                    for one in images.scan(folder)
                    if one.path not in FUNDUS
                ]
            for name, files in groups.items():
                values = list(ratios(model, some(files, chosen.each)))
                hits = sum(value > 1 for value in values)
                low, high = wilson(hits, len(values))
                share = f"{hits / max(1, len(values)):.3f} ({low:.3f}-{high:.3f})"
                cells = (found.card.name, name, hits, len(values), share)
                print(f"| {' | '.join(map(str, cells))} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
