"""The models on this computer: those that MedHash ships and those of the user.

Only cards are read here. What a card says about the other files is checked when a
model is opened (``bundle``).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from medhash_gui import model_page, paths
from medhash_gui.card import ModelCard
from medhash_gui.errors import BundleError

CARD, GRAPH, WEIGHTS = "card.json", "graph.onnx", "weights.safetensors"
PAGE = "card.md"  # what card.json says, for people; no program reads it

Origin = Literal["packaged", "user"]


@dataclass(frozen=True)
class FoundBundle:
    """A model on this computer, not opened: its card, its folder, whose it is."""

    card: ModelCard
    folder: Path
    origin: Origin


def find_bundles() -> tuple[list[FoundBundle], list[BundleError]]:
    """Return the models of MedHash and of the user, and what is wrong with others.

    Of two with the same ``model_id`` or the same name the first counts. Only cards are
    read here; the other files are checked when a model is opened.
    """
    found: list[FoundBundle] = []
    problems: list[BundleError] = []
    places: tuple[tuple[Path, Origin], ...] = (
        (paths.packaged_models(), "packaged"),
        (paths.user_models(), "user"),
    )
    for place, origin in places:
        folders = sorted(place.iterdir()) if place.is_dir() else []
        for folder in folders:
            if not folder.is_dir() or folder.name.startswith("."):
                continue
            try:
                card = read_card(folder)
                _require_files(folder)
            except BundleError as error:
                problems.append(error)
                continue
            if any(card.model_id == other.card.model_id for other in found):
                continue
            if any(card.name == other.card.name for other in found):
                msg = f"The model folder {folder} has the name of another: {card.name}."
                hint = "Change 'name' in its card.json."
                problems.append(BundleError(msg, hint=hint))
                continue
            found.append(FoundBundle(card, folder, origin))
    return found, problems


def find(name_or_folder: str | Path) -> FoundBundle:
    """Return the model of this name or ``model_id``, or the one in this folder.

    Raises:
        BundleError: there is none; the hint lists the names that there are.
    """
    found, _ = find_bundles()
    for bundle in found:
        if str(name_or_folder) in (bundle.card.name, bundle.card.model_id):
            return bundle
    folder = Path(name_or_folder)
    if folder.is_dir():
        packaged = paths.packaged_models().resolve() in folder.resolve().parents
        origin: Origin = "packaged" if packaged else "user"
        return FoundBundle(read_card(folder), folder, origin)
    names = ", ".join(bundle.card.name for bundle in found) or "none"
    msg = f"There is no model {str(name_or_folder)!r}."
    raise BundleError(msg, hint=f"Models here: {names}. Or name a model's folder.")


def read_card(folder: Path) -> ModelCard:
    """Return the card in a bundle's folder.

    Raises:
        BundleError: there is no card, or it cannot be read.
    """
    data = read(folder, CARD)
    try:
        return ModelCard.from_json(json.loads(data))
    except (ValueError, RecursionError) as error:
        msg = f"{CARD} in the model folder {folder} is not JSON."
        raise BundleError(msg, hint="Get the model again.") from error
    except BundleError as error:
        raise in_folder(error, folder) from error


def card_files(card: ModelCard) -> dict[str, bytes]:
    """Return what a card's files hold, by name: the card, and its page for people."""
    text = json.dumps(card.as_json(), indent=2, ensure_ascii=False) + "\n"
    return {CARD: text.encode(), PAGE: model_page.markdown(card).encode()}


def read(folder: Path, name: str) -> bytes:
    """Return a file of a bundle.

    Raises:
        BundleError: it is missing or cannot be read.
    """
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as error:
        what = f"holds no {name}" if folder.is_dir() else "does not exist"
        msg = f"The model folder {folder} {what}."
        raise BundleError(msg, hint="Name the folder of a complete model.") from error
    except OSError as error:
        reason = error.strerror or error
        msg = f"{name} in the model folder {folder} cannot be read: {reason}."
        raise BundleError(msg, hint="Check the rights of the folder.") from error


def in_folder(error: BundleError, folder: Path) -> BundleError:
    """Return the error with the bundle's folder named in its sentence."""
    return BundleError(f"{error.message} (model folder {folder})", hint=error.hint)


def _require_files(folder: Path) -> None:
    for name in (GRAPH, WEIGHTS):
        if not (folder / name).is_file():
            msg = f"The model folder {folder} holds no {name}."
            raise BundleError(msg, hint="Get the model again, or remove the folder.")
