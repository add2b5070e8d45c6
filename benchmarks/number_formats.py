"""Does a graph in fewer bits keep a model's codes? Flipped bits and time, one run.

    python benchmarks/number_formats.py --data FOLDER [--each 200]

The reference is the bundle's graph in float32 on ONNX Runtime's CPU provider. Beside it
stands the same graph quantised to 8 bits (QDQ, weights by channel, activations
calibrated on other pictures of FOLDER) as ONNX Runtime offers it. Printed: the share of
bits that differ, the mean number of bits of a code, and time over the reference. A
format is used where it flips no more than .5 % of the bits (docs/packaged-models.md).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process

from medhash_gui import catalogue, images
from medhash_gui.bundle import ModelBundle
from medhash_gui.codes import HashCodes
from medhash_gui.engine import Engine
from medhash_gui.errors import MedHashError

MOST_FLIPPED = 0.005
CALIBRATION = 64
ROUNDS = 5
Inputs = npt.NDArray[np.float32]


class Calibration(CalibrationDataReader):  # type: ignore[misc]
    """Gives inputs one by one, as the quantiser asks for them."""

    def __init__(self, inputs: Inputs) -> None:
        self._left: Iterator[Inputs] = iter(inputs[:, np.newaxis])

    def get_next(self) -> dict[str, Inputs] | None:
        """Return the next input, None after the last."""
        one = next(self._left, None)
        return None if one is None else {"images": one}


def inputs_of(model: ModelBundle, folder: Path, most: int) -> Inputs:
    """Return inputs of at most so many pictures, spread over a folder."""
    files = [folder / one.path for one in images.scan(folder)]
    found = []
    for file in files[:: max(1, len(files) // most)]:
        try:
            pixels = images.decode(images.read_bytes(file), name=file.name).pixels
        except MedHashError:
            continue
        found.append(model.preprocess(pixels))
    return np.stack(found[:most])


def quantised(graph: Path, calibration: Inputs, scratch: Path) -> bytes:
    """Return the graph in 8 bits."""
    prepared, made = scratch / "prepared.onnx", scratch / "made.onnx"
    quant_pre_process(str(graph), str(prepared))
    quantize_static(
        str(prepared),
        str(made),
        Calibration(calibration),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        weight_type=QuantType.QInt8,
        activation_type=QuantType.QUInt8,
    )
    model = onnx.load(str(made))
    # The quantiser names families of operators that the graph does not use.
    standard = [one for one in model.opset_import if one.domain in ("", "ai.onnx")]
    del model.opset_import[:]
    model.opset_import.extend(standard)
    return bytes(model.SerializeToString())


def seconds(engine: Engine, one: Inputs) -> float:
    """Return the best time of one picture."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for _ in range(4):
            engine.run(one, ["logits"])
        best = min(best, time.perf_counter() - started)
    return best


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--each", type=int, default=200)
    chosen = parser.parse_args()
    found = catalogue.find(chosen.model)
    model = ModelBundle.open(found.folder)
    inputs = inputs_of(model, chosen.data, chosen.each + CALIBRATION)
    calibration, check = inputs[:CALIBRATION], inputs[CALIBRATION:]
    graph = found.folder / catalogue.GRAPH
    reference = Engine(graph.read_bytes(), threads=1)
    with tempfile.TemporaryDirectory() as scratch:
        small = Engine(quantised(graph, calibration, Path(scratch)), threads=1)
        codes = [
            HashCodes.from_logits(
                np.concatenate(
                    [e.run(x[np.newaxis], ["logits"])["logits"] for x in check]
                )
            ).signs()
            for e in (reference, small)
        ]
        flipped = float((codes[0] != codes[1]).mean())
        times = [seconds(e, check[:1]) for e in (reference, small)]
    print("| graph | flipped bits | of | time over float32 | used |")
    print("|---|---|---|---|---|")
    used = "yes" if flipped <= MOST_FLIPPED else "no"
    print(
        f"| 8 bits | {100 * flipped:.2f} % | {codes[0].size} | "
        f"{times[1] / times[0]:.2f} | {used} |"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
