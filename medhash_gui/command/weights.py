"""The command ``weights``: published starting weights, fetched or taken from a file."""

from __future__ import annotations

import argparse

from medhash_gui import audit, editions, paths, weights_file
from medhash_gui.command.library import followed
from medhash_gui.command.output import Output
from medhash_gui.training_plan import BACKBONE_NAMES


def run(arguments: argparse.Namespace, output: Output) -> None:
    """List the backbones, or bring the weights of one here.

    Raises:
        WeightsError: there are none, or they cannot be had.
    """
    if arguments.backbone is None:
        list_all(output)
        return
    bring(arguments.backbone, arguments.source, arguments.sha256, output)


def list_all(output: Output) -> None:
    """Say of each backbone whether its weights are here."""
    names = [name for name in BACKBONE_NAMES if name != "small"]
    here = {name: paths.weights_of(name).is_file() for name in names}
    output.table(
        ("backbone", "weights"),
        [(name, "here" if is_here else "not here") for name, is_here in here.items()],
    )
    output.say(f"They lie in {paths.weights_of(names[0]).parent}")
    output.finish({"weights": here})


def bring(name: str, source: str | None, digest: str | None, output: Output) -> None:
    """Bring the weights of a backbone here, checked.

    Args:
        name: of the backbone.
        source: an address or a file; None for the publisher's own address.
        digest: SHA-256 of the file; None for what its publisher says.
        output: where the answer goes.

    Raises:
        WeightsError: they cannot be had, are others than expected, or hold no weights
            of this backbone.
        SettingsError: there is no such backbone, or it has no published weights.
        MissingExtraError: this edition does not train.
    """
    editions.need_training("Checking starting weights")
    from medhash_gui.hashing import backbone

    published = backbone.published(name)
    source = source or published.address
    digest = digest or published.digest
    target = paths.weights_of(name)
    fetched = target.with_name(f"{name}.fetched")
    output.note(
        f"{'fetching' if weights_file.is_address(source) else 'reading'} {source}"
    )
    try:
        run = weights_file.fetching(source, fetched, digest=digest)
        whole = followed(name, "KiB", run)
        backbone.keep(name, fetched, target)
    finally:
        fetched.unlink(missing_ok=True)
    output.note_of(audit.model_changed(name, "starting weights"))
    output.say(f"The weights of {name} are in {target}")
    output.say(f"  SHA-256 {whole}; licence: {published.licence}")
    output.finish(
        {"backbone": name, "file": str(target), "sha256": whole, "from": source}
    )
