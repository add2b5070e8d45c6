"""The command ``models``: which models there are, and what a model's card says."""

from __future__ import annotations

from medhash_gui import catalogue, model_page
from medhash_gui.command.output import Output


def list_all(output: Output) -> None:
    """Write a line for each model of MedHash and of the user, and what is wrong."""
    found, problems = catalogue.find_bundles()
    for problem in problems:
        output.note(problem.message)
    models = [
        {
            "name": model.card.name,
            "modality": model.card.modality,
            "method": model.card.method,
            "backbone": model.card.backbone,
            "bits": model.card.bits,
            "origin": model.origin,
            "model_id": model.card.model_id,
        }
        for model in found
    ]
    if models:
        output.table(list(models[0]), [list(m.values()) for m in models])
    else:
        output.say("There is no model on this computer.")
    output.finish({"models": models})


def show(name_or_folder: str, output: Output) -> None:
    """Write a model's card as a page; nothing but the card is read.

    Raises:
        BundleError: there is no such model.
    """
    card = catalogue.find(name_or_folder).card
    output.say(model_page.markdown(card).rstrip())
    output.finish({"card": {**card.as_json(), "model_id": card.model_id}})
