"""What a count meant is said in words, and what is not known is not drawn."""

from __future__ import annotations

import pytest

from medhash_gui.evidence import LabelShare
from medhash_gui.reliability import (
    Figure,
    Reliability,
    ReliabilityCurve,
    ReliabilityRow,
)
from medhash_gui.share import Share
from medhash_gui.ui.label_bars import LabelBar
from medhash_gui.ui.reliability_view import ReliabilityView

SOME = Figure(0.1, 0.05, 0.2)
ROW = ReliabilityRow(4, 6, 12_345, 1_044, 40, 5.0, 0.0, 0.1)
KNOWN = Reliability(
    tuple(
        ReliabilityCurve(16, label, 0.1, (ROW,), SOME, 0.2, SOME, SOME, 0.01)
        for label in (None, "mass", "nodule")
    ),
    pictures=20_000,
    patients=2_000,
)


def share(label, count=5, of=16, base=100):
    return LabelShare(label, Share(count, of), Share(base, 1000), {})


@pytest.fixture
def view(qtbot):
    made = ReliabilityView()
    qtbot.addWidget(made)
    return made


@pytest.mark.row("E3")
def test_a_count_is_told_and_drawn(view):
    view.show_shares([share("mass")], KNOWN, 0.8)

    assert view.text == (
        "mass: of 12,345 held-out pictures of 1,044 patients for which 4 to 6 of 16 "
        "nearest cases bore it, 40 bore it (0%; 95 % interval 0% to 10%). Of all "
        "held-out pictures 10% bore it, of this library 10%."
    )
    assert not view.plot.isHidden()
    assert view.label.isHidden()
    image = view.plot.grab().toImage()
    colours = {
        image.pixel(x, y) for x in range(image.width()) for y in range(image.height())
    }
    assert view.plot.palette().accent().color().rgb() in colours


def test_whose_pictures_they_are_is_not_claimed_where_nobody_knows(view):
    unknown = Reliability(KNOWN.curves, 20_000, 20_000, by_patient=False)

    view.show_shares([share("mass")], unknown, None)

    assert "Whose they are is not known." in view.text
    assert "patients" not in view.text


@pytest.mark.parametrize(
    ("one", "known", "familiarity", "said"),
    [
        (share("mass"), None, 0.5, "was not measured for this model"),
        (share("mass"), KNOWN, 1.2, "unlike the held-out pictures of this model"),
        (share("cyst"), KNOWN, 0.5, "No held-out picture of this model bore cyst"),
        (share("mass", of=40), KNOWN, 0.5, "for 16 nearest cases, not for 40"),
        (share("mass", 9), KNOWN, 0.5, "Fewer than 20 held-out patients had"),
    ],
)
def test_what_is_not_known_is_said_and_not_drawn(view, one, known, familiarity, said):
    view.show_shares([one], known, familiarity)

    assert said in view.text
    assert view.plot.isHidden()
    assert view.plot.accessibleDescription() == ""


@pytest.mark.parametrize(
    ("base", "said"), [(10, "rarer here"), (400, "more frequent here"), (90, "")]
)
def test_another_base_rate_is_pointed_out(view, base, said):
    view.show_shares([share("mass", base=base)], KNOWN, None)

    assert (said or "library 9%.") in view.text
    assert ("here" in view.text) == bool(said)


def test_a_chosen_label_stays_chosen_while_it_is_there(view):
    shares = [share("mass"), share("nodule")]
    view.show_shares(shares, KNOWN, None)
    assert not view.label.isHidden()
    assert view.text.startswith("mass")

    view.label.setCurrentText("nodule")
    assert view.text.startswith("nodule")
    view.show_shares(shares[::-1], KNOWN, None)
    assert view.text.startswith("nodule")
    view.show_shares(shares[:1], KNOWN, None)
    assert view.text.startswith("mass")
    view.show_shares((), None, None)
    assert view.text == ""
    assert view.plot.isHidden()


def test_what_reaches_below_a_line_is_not_cut_off(qtbot):
    """Letters of another font may be taller; a second line stands for them here."""

    def painted(label):
        bar = LabelBar(share(label))
        qtbot.addWidget(bar)
        bar.resize(300, bar.sizeHint().height())
        image = bar.grab().toImage()
        line = bar.fontMetrics().height()
        return image.copy(0, line + 9, 60, 4)

    assert painted("a\nMMM") != painted("a")
