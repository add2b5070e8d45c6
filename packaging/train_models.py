"""Train the models that MedHash ships: one command a model.

    python packaging/train_models.py chest-film --data DIR --weights FILE [--out models]
    python packaging/train_models.py fundus     --data DIR --weights FILE [--out models]
    python packaging/train_models.py synthetic  --weights FILE [--out models]

DIR holds ``cxr_nih_320``, ``cxr_kermany_224`` and ``fundus_idrid_512`` as docs/data.md
describes them; FILE holds torchvision's MobileNetV2 ImageNet weights as safetensors.
The synthetic model draws its own pictures, with another seed than the sample folders.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import datetime
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from medhash_gui import bundling, card_figures, datasets, evaluation, phantoms
from medhash_gui.bundling import About
from medhash_gui.datasets import Source
from medhash_gui.errors import MedHashError
from medhash_gui.hashing import METHODS, backbone
from medhash_gui.hashing.method import Sizes
from medhash_gui.map_figures import Lesion
from medhash_gui.preprocess import Preprocess
from medhash_gui.training import training
from medhash_gui.training.training import TrainingConfig, TrainingRun
from medhash_gui.transforms import Augment

KINDS = ("chest-film", "fundus", "synthetic")
SYNTHETIC_SEED = 41
SYNTHETIC_PATIENTS_PER_CLASS = 60
# Of drawings that judge the map: of each lesion so many, of yet another seed.
LESION_SEED = 97
LESIONS_PER_CLASS = 20

USE = (
    "Research and education: finding pictures that look alike, and seeing where the "
    "network looked. Not a medical device, not for diagnosis or treatment."
)
STARTING_WEIGHTS = (
    "MobileNetV2 trained on ImageNet, from the ONNX model zoo (Apache-2.0); batch "
    "normalisation folded into the convolutions"
)
LICENCE = "Apache-2.0 (weights); the pictures keep their own licences, see data"


def sources(kind: str, data: Path) -> tuple[Source, ...]:
    """Return what a model learns from."""
    if kind == "chest-film":
        return (
            Source(
                name="nih",
                root=data / "cxr_nih_320",
                csv="labels.csv",
                file_column="file",
                label_column="labels",
                patient_column="patient",
                separator="|",
            ),
            Source(
                name="kermany",
                root=data / "cxr_kermany_224",
                csv="labels.csv",
                file_column="file",
                label_column="label",
                patient_column="patient",
                rename={
                    "normal": "No Finding",
                    "bacterial_pneumonia": "Bacterial pneumonia",
                    "viral_pneumonia": "Viral pneumonia",
                },
                # As many children as adults, or the easier set would decide alone.
                cap_per_class=400,
            ),
        )
    if kind == "fundus":
        return (
            Source(
                name="idrid",
                root=data / "fundus_idrid_512",
                csv="labels.csv",
                file_column="file",
                label_column="dr_grade",
                rename={str(grade): f"DR grade {grade}" for grade in range(5)},
                together=(
                    ("images/train_IDRiD_013.jpg", "images/train_IDRiD_397.jpg"),
                ),
            ),
        )
    return tuple(
        Source(
            name=f"synthetic {name}",
            root=data / name,
            csv="labels.csv",
            file_column="file",
            label_column="label",
            patient_column="patient",
            # "clear" of both kinds: the kinds must not be alike for sharing a word.
            rename={label: f"{name} {label}" for label in what.classes},
        )
        for name, what in phantoms.KINDS.items()
    )


def config(kind: str, data: Path, weights: Path) -> TrainingConfig:
    """Return how a model is trained."""
    film = Augment(
        rotation_degrees=7,
        shift=0.04,
        zoom=0.08,
        brightness=0.08,
        contrast=0.15,
        gamma=0.2,
    )
    eye = Augment(
        rotation_degrees=180,
        shift=0.03,
        zoom=0.08,
        flip_horizontal=True,
        flip_vertical=True,
        brightness=0.06,
        contrast=0.15,
        gamma=0.15,
    )
    common = TrainingConfig(
        sources=sources(kind, data),
        options={"classification": 20.0, "stage": 18},
        # On drawings with known lesions the code map points at them and the attention
        # often does not (docs/methods.md); the viewer shows either.
        explains="grad-cam",
        weights=weights,
        augment=film,
        epochs=12,
    )
    if kind == "synthetic":
        return dataclasses.replace(common, epochs=8, batch=24)
    if kind == "fundus":
        return dataclasses.replace(
            common,
            augment=eye,
            method="ecoc",
            # Grades have an order; the trunk keeps its numbers, which some hundred
            # photographs would spoil, and lesions are small: 448 px.
            options={"splits": "ordered"},
            preprocess=Preprocess(size=448, trim_border=True),
            frozen=True,
            views=4,
            epochs=60,
            rate_new=0.01,
            weight_decay=0.01,
            class_power=1.0,
            validation=0.15,
        )
    # Some thousand films are enough to teach the last blocks, which raised both sets;
    # with the whole trunk frozen, or learning slowly, codes keep to the source
    # (docs/packaged-models.md).
    return dataclasses.replace(
        common,
        method="ecoc",
        options={"frozen_blocks": 14},
        views=3,
        epochs=8,
        rate_pretrained=4e-4,
    )


def about(kind: str, run: TrainingRun) -> About:
    """Return the words of a model's card."""
    counts = {
        name: (
            sum(item.source == name for item in run.data.items),
            len({item.group for item in run.data.items if item.source == name}),
        )
        for name in {item.source: None for item in run.data.items}
    }
    by_patient = (
        "By patient: a hash of patient and seed puts each patient into training "
        "(70 %), validation (10 %, chooses the epoch) or test (20 %, used once, for "
        "the figures of this card)."
    )
    name = f"{kind}-{run.config.method}-mobilenetv2-64bit"
    if kind == "chest-film":
        return About(
            name=name,
            title="Chest films: label splits on MobileNetV2, 64 bits",
            modality="chest film",
            data=(
                {
                    "name": "ChestX-ray14, a subset, reduced to 320 px",
                    "licence": "use unrestricted; acknowledge the NIH Clinical Center",
                    "images": counts["nih"][0],
                    "patients": counts["nih"][1],
                    "source": "NIH Clinical Center; Wang et al., CVPR 2017",
                },
                {
                    "name": "Paediatric chest X-rays, 224 px, "
                    "at most 400 of each class used for training",
                    "licence": "CC BY 4.0",
                    "images": counts["kermany"][0],
                    "patients": counts["kermany"][1],
                    "source": "Kermany, Zhang, Goldbaum 2018, Mendeley Data rscbjbr9sj",
                },
            ),
            split=by_patient
            + " In the paediatric set the ids of normal films may not be true patients,"
            " so a patient may be on both sides there.",
            intended_use=USE,
            limits=(
                "Two sources: mostly adults of one hospital, with labels mined from "
                "reports and therefore noisy, and children of another. Findings of "
                "adults come from the first only, most with few films, and mostly from "
                "another copy of the collection than the normal ones, which may leave "
                "a trace that the network uses. Normal films of both count as 'No "
                "Finding'. The first blocks are those of a network for everyday "
                "pictures. Nearest films are mostly of the query's own source: "
                "a child's film finds children's films. In five folds the codes are "
                "clearly ahead of untrained features and of label probabilities fitted "
                "on the same films; probabilities fitted on one set alone come close "
                "to them. Bacterial and viral pneumonia are often taken for one "
                "another. Rare findings "
                "are hardly better found than by chance. Pictures of the paediatric "
                "set were squeezed to a square by their publisher. Frontal films only. "
                "Never tested on films of another hospital."
            ),
            label_notes=(
                "Adults: fourteen findings mined by a program from texts of reports, "
                "several a film, known to be wrong for a tenth of the films and more "
                "in some findings. Children: normal, bacterial or viral pneumonia, "
                "graded by two physicians and checked by a third."
            ),
            not_in_data=(
                "Lateral films, films of other hospitals and countries than two, "
                "adults in the paediatric set and nearly all children in the other."
            ),
            licence=LICENCE,
            starting_weights=STARTING_WEIGHTS,
        )
    if kind == "fundus":
        return About(
            name=name,
            title="Fundus photographs: label splits on MobileNetV2, 64 bits",
            modality="fundus",
            data=(
                {
                    "name": "IDRiD, disease grading set, reduced to 512 px",
                    "licence": "CC BY 4.0",
                    "images": counts["idrid"][0],
                    "patients": None,
                    "source": "Porwal et al. 2018, "
                    "Indian Diabetic Retinopathy Image Dataset",
                },
            ),
            split=(
                "By picture, because the set names no patients: both eyes of a person "
                "may be on different sides, which flatters the figures. Two pictures "
                "that may show one eye (train_013, train_397) are kept together. A "
                "hash of the file name and the seed puts each picture into training "
                "(65 %), validation (15 %, chooses the epoch) or test (20 %, used "
                "once, for the figures of this card)."
            ),
            intended_use=USE,
            limits=(
                "Some 500 photographs by one camera at one clinic in India, of people "
                "with suspected diabetic retinopathy. The classes are its grades (0 "
                "none, 1 mild, 2 moderate, 3 severe, 4 proliferative); it knows no "
                "other eye disease. Grade 1 has 23 pictures and is hardly learned. "
                "Never tested on photographs of another camera."
            ),
            label_notes=(
                "Grades of the international clinical scale, given by the publisher's "
                "experts for each photograph; how many readers, and how often they "
                "agreed, is not published."
            ),
            not_in_data=(
                "Other cameras, other fields of view, other countries, children, eyes "
                "with other diseases, photographs too poor to grade."
            ),
            licence=LICENCE,
            starting_weights=STARTING_WEIGHTS,
        )
    return About(
        name=name,
        title="Synthetic sample pictures: ASH on MobileNetV2, 64 bits",
        modality="synthetic",
        data=tuple(
            {
                "name": f"{source}, drawn by MedHash, seed {SYNTHETIC_SEED}",
                "licence": "Apache-2.0",
                "images": images,
                "patients": patients,
                "source": "medhash_gui/phantoms.py",
            }
            for source, (images, patients) in counts.items()
        ),
        split=by_patient + " The sample folders are drawn with another seed.",
        intended_use=(
            "For the sample pictures that MedHash draws itself: the first run, tests, "
            "and checks of saliency maps against known lesions. Of no use for pictures "
            "of people."
        ),
        limits="Drawings only; it knows nothing about real pictures.",
        licence=LICENCE,
        starting_weights=STARTING_WEIGHTS,
    )


def frozen_rows(run: TrainingRun) -> list[dict[str, Any]]:
    """Return what the starting weights alone find: cosine of their features."""
    settings = run.config
    if settings.weights is None:
        return []
    method = METHODS[settings.method]
    network = method.network(
        Sizes(settings.bits, len(run.data.classes), images=0),
        method.options(settings.options),
    )
    trunk = network.get_submodule("trunk")
    trunk.load_state_dict(backbone.mobilenet_v2_weights(settings.weights))
    parts = bundling.parts_of(run)
    features = {}
    for name in ("train", "test"):
        pictures = datasets.pixels(parts[name], settings.preprocess)
        _, pooled = evaluation.run_network(network, pictures, settings.preprocess)
        features[name] = evaluation.unit_length(pooled)
    of = "frozen ImageNet features (real-valued)"
    return card_figures.retrieval_rows(parts, features, of=of)


def lesions() -> list[Lesion]:
    """Return drawings whose lesion is known, of no patient of the training set."""
    drawn = [
        phantoms.draw(kind, label, patient=patient, seed=LESION_SEED)
        for kind, what in phantoms.KINDS.items()
        for label in what.classes[1:]
        for patient in range(LESIONS_PER_CLASS)
    ]
    return [
        (one.pixels.astype(np.float32) / 255, one.lesion)
        for one in drawn
        if one.lesion is not None
    ]


def train(settings: TrainingConfig) -> TrainingRun:
    """Train, and print a line for each epoch."""
    steps = training.train(settings)
    while True:
        try:
            report = next(steps)
        except StopIteration as end:
            run: TrainingRun = end.value
            return run
        score = "not yet"
        if report.validation_map is not None:
            score = f"{report.validation_map:.4f}"
        terms = ", ".join(f"{name} {v:.2f}" for name, v in report.terms.items())
        print(
            f"epoch {report.epoch}/{report.epochs}: loss {report.loss:.2f} ({terms}), "
            f"validation MAP@10 {score}, {report.seconds:.0f} s",
            file=sys.stderr,
            flush=True,
        )


@contextlib.contextmanager
def pictures(kind: str, data: Path | None) -> Iterator[Path]:
    """Lend the folder of a model's pictures; those of the synthetic one are drawn."""
    if kind != "synthetic":
        assert data is not None, "the command line has asked for it"
        yield data
        return
    with tempfile.TemporaryDirectory() as scratch:
        drawn = Path(scratch) / "phantoms"
        phantoms.draw_samples(
            drawn,
            seed=SYNTHETIC_SEED,
            patients_per_class=SYNTHETIC_PATIENTS_PER_CLASS,
        )
        yield drawn


def main() -> int:
    """Train one model, write its bundle, print its measures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--weights", type=Path, required=True, help="ImageNet weights")
    parser.add_argument("--out", type=Path, default=Path("models"))
    parser.add_argument("--epochs", type=int, help="another number, for a quick try")
    chosen = parser.parse_args()
    if chosen.data is None and chosen.kind != "synthetic":
        parser.error(f"{chosen.kind} needs --data")
    try:
        with pictures(chosen.kind, chosen.data) as data:
            settings = config(chosen.kind, data, chosen.weights)
            if chosen.epochs:
                settings = dataclasses.replace(settings, epochs=chosen.epochs)
            run = train(settings)
            words = about(chosen.kind, run)
            today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
            card = bundling.save_bundle(
                run,
                chosen.out / words.name,
                words,
                created=today,
                compared=frozen_rows(run),
                # File names of public sets say nothing about anybody.
                names_failures=chosen.kind != "synthetic",
                lesions=lesions() if chosen.kind == "synthetic" else (),
            )
    except MedHashError as error:
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return 3
    for row in card.metrics:
        print(json.dumps(row))
    return 0


if __name__ == "__main__":
    sys.exit(main())
