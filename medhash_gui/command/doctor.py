"""The command ``doctor``: what is here, what is missing and how to get it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from medhash_gui import doctor, installation, support_bundle
from medhash_gui.command.output import Output
from medhash_gui.doctor import Examination


def run(bundle: Path | None, output: Output) -> None:
    """Examine this computer, or write what was found into one file.

    Args:
        bundle: the file; None to say it here.
        output: where the answer goes.

    Raises:
        MedHashError: the file cannot be written.
    """
    if bundle is not None:
        _save(bundle, output)
        return
    found = doctor.examine()
    facts = installation.facts()
    _say(found, output)
    for topic, values in facts.items():
        for one in values if isinstance(values, list) else [values]:
            output.say(f"{topic}: {_joined(one)}")
    output.say()
    missing = (*found.missing, *doctor.unsound_libraries())
    for lacking in missing:
        how = f"for {lacking.needed_for}: {lacking.how}"
        output.say(f"missing: {lacking.what}, {how}")
    if not missing:
        output.say("Nothing is missing.")
    output.finish(
        {
            **found.as_json(),
            "missing": [asdict(lacking) for lacking in missing],
            "installation": facts,
        }
    )


def _say(found: Examination, output: Output) -> None:
    output.table(
        ("what", "version"), [(k, v or "missing") for k, v in found.versions.items()]
    )
    output.say()
    output.say(f"devices: {', '.join(found.devices)}")
    output.say(f"models:  {', '.join(found.models) or 'none'}")
    for name, folder in found.folders.items():
        output.say(f"{name}: {folder}")
    output.say()
    output.table(
        ("DICOM transfer syntax", "UID", "decoded by"),
        [(d.name, d.uid, d.decoded_by) for d in found.decoders],
    )
    output.say()


def _joined(values: dict[str, Any]) -> str:
    return ", ".join(
        f"{key.replace('_', ' ')} {value}" for key, value in values.items()
    )


def _save(file: Path, output: Output) -> None:
    texts = support_bundle.contents()
    support_bundle.save(texts, file)
    output.say(f"What support needs to know is in {file}:")
    for name, text in texts.items():
        output.say(f"  {name}, {len(text.encode())} bytes of text")
    output.note("It holds no picture, path or name; read it before you send it.")
    output.finish({"file": str(file), "texts": texts})
