"""Where pair maps point on phantoms whose lesion is known.

    python benchmarks/pair_maps.py [--patients 10] [--seed 77]

Two phantoms of different patients with the same finding are compared. The figure is the
share of a map's mass that lies inside the lesion of the query: of the pair map, of a
smooth blob in the middle of the picture, and of random cells; "area" is the share that
an even map would have. The second line of each finding is of the same model with every
layer's weights in a random order: its maps must be withheld. Patients are drawn with a
seed that neither the packaged model nor the sample library has seen.
"""

from __future__ import annotations

import argparse
import dataclasses
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from medhash_gui import bundle, pair_explanation, paths, phantoms
from medhash_gui.bundle import Look, ModelBundle
from medhash_gui.saliency import Withheld

MODEL = "synthetic-ash-mobilenetv2-64bit"
FINDINGS = (
    ("chest-film", "consolidation"),
    ("fundus", "haemorrhages"),
    ("fundus", "exudates"),
)
BLOB = 0.25  # standard deviation of the blob in the middle, a share of the side

Values = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Found:
    """Shares of mass inside the lesion, and whether the map was withheld."""

    own: float | None
    centre: float
    chance: float
    area: float
    withheld: bool


def main() -> None:
    """Print the figures of each finding, and of all."""
    wishes = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wishes.add_argument("--patients", type=int, default=10, help="pairs of a finding")
    wishes.add_argument("--seed", type=int, default=77)
    asked = wishes.parse_args()
    model = ModelBundle.open(paths.packaged_models() / MODEL, threads=1)
    print(f"{MODEL}, {asked.patients} pairs a finding, seed {asked.seed}")
    print(
        f"{'finding':30} {'pair map':>9} {'centre':>7} {'random':>7} {'area':>6} "
        f"{'withheld':>9}"
    )
    with tempfile.TemporaryDirectory() as folder:
        mixed = scrambled(model, Path(folder) / "mixed")
        every: list[Found] = []
        for kind, label in FINDINGS:
            pairs = [(kind, label, patient) for patient in range(asked.patients)]
            found = [measured(model, asked.seed, *pair) for pair in pairs]
            say(f"{kind}, {label}", found)
            say("  weights in random order",
                [measured(mixed, asked.seed, *pair) for pair in pairs])  # fmt: skip
            every += found
    say("all", every)


def say(name: str, found: list[Found]) -> None:
    """Print the means of one row."""
    own = [one.own for one in found if one.own is not None]
    shown = f"{np.mean(own):9.3f}" if own else f"{'–':>9}"
    means = [
        float(np.mean([getattr(one, key) for one in found]))
        for key in ("centre", "chance", "area")
    ]
    withheld = sum(one.withheld for one in found)
    print(
        f"{name:30} {shown} {means[0]:7.3f} {means[1]:7.3f} {means[2]:6.3f} "
        f"{withheld:4} of {len(found)}"
    )


def measured(
    model: ModelBundle, seed: int, kind: str, label: str, patient: int
) -> Found:
    """Return what one pair's map puts inside the query's lesion."""
    query, hit = (
        phantoms.draw(kind, label, patient=number, seed=seed)
        for number in (patient, patient + 20)
    )
    looks = [look_at(model, one) for one in (query, hit)]
    bits = pair_explanation.bits(*looks)
    checked = pair_explanation.pair_map(model, looks[0], bits)
    grid = model.pair_map(looks[0], bits.agree)
    own = None
    assert query.lesion is not None
    if not isinstance(grid, Withheld):
        own = inside(model.on_image(grid, looks[0]).values, query.lesion)
    side = query.pixels.shape[0]
    y, x = np.mgrid[:side, :side].astype(np.float32) - side / 2
    blob = np.exp(-(x**2 + y**2) / (2 * (BLOB * side) ** 2)).astype(np.float32)
    cells = np.random.default_rng(patient).random((7, 7), np.float32)
    noise = model.preprocess.to_image(cells, query.pixels.shape, looks[0].region)
    return Found(
        own=own,
        centre=inside(blob, query.lesion),
        chance=inside(noise, query.lesion),
        area=inside(np.ones_like(blob), query.lesion),
        withheld=isinstance(checked.shown, Withheld),
    )


def look_at(model: ModelBundle, drawn: phantoms.Phantom) -> Look:
    """Return what the model saw in a phantom."""
    return model.look(drawn.pixels.astype(np.float32) / 255)


def inside(values: Values, lesion: tuple[float, float, float]) -> float:
    """Return the share of a map's mass within the lesion, x, y and radius in px."""
    y, x = np.mgrid[: values.shape[0], : values.shape[1]]
    within = np.hypot(x - lesion[0], y - lesion[1]) <= lesion[2]
    return float(values[within].sum() / values.sum())


def scrambled(model: ModelBundle, folder: Path) -> ModelBundle:
    """Return the model with every layer's weights in a random order."""
    rng = np.random.default_rng(1)
    graph = onnx.load(str(model.folder / "graph.onnx"))
    depth = model.look(np.zeros((64, 64), np.float32)).features.shape[0]
    head = np.zeros((model.bits, depth), np.float16)
    for tensor in graph.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.ndim < 2:
            continue
        mixed = rng.permutation(values.ravel()).reshape(values.shape)
        tensor.CopyFrom(numpy_helper.from_array(mixed, tensor.name))
        if values.shape in (head.shape, head.shape[::-1]):
            head = mixed if values.shape == head.shape else mixed.T
    bundle.save(
        folder,
        card=model.card,
        graph=graph.SerializeToString(),
        weights={"head.weight": head, "head.bias": np.zeros(model.bits, np.float16)},
    )
    return ModelBundle.open(folder, threads=1)


if __name__ == "__main__":
    main()
