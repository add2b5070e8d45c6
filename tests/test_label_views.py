"""Views choose labels, queries and database; a label that is not there is named."""

from __future__ import annotations

import numpy as np
import pytest

from medhash_gui import label_views
from medhash_gui.errors import DatasetError
from medhash_gui.label_views import LabelView
from medhash_gui.retrieval import Coded

CLASSES = ("Mass", "No Finding", "Edema")
LABELS = np.array([[1, 0, 0], [0, 1, 0], [1, 0, 1], [0, 1, 0]], np.float32)


@pytest.fixture
def films():
    return Coded(np.arange(4, dtype=np.float32)[:, None], LABELS, list("abcd"))


def test_without_a_label_only_the_other_pictures_ask(films):
    view = LabelView(("No Finding",))

    query, database, classes = view.of(films, films, CLASSES)

    assert classes == ("Mass", "Edema")
    assert query.patients == ["a", "c"]
    assert query.vectors.ravel().tolist() == [0, 2]
    assert query.labels.tolist() == [[1, 0], [1, 1]]
    assert list(database.patients) == list("abcd")
    assert database.labels.tolist() == [[1, 0], [0, 0], [1, 1], [0, 0]]


def test_the_others_may_ask_too_or_be_left_out_of_the_database(films):
    asking, _, _ = LabelView(("No Finding",), queries="all").of(films, films, CLASSES)
    view = LabelView(("No Finding",), database="labelled")
    _, answering, _ = view.of(films, films, CLASSES)

    assert len(asking.labels) == 4
    assert answering.patients == ["a", "c"]


def test_a_label_that_is_not_there_is_refused(films):
    with pytest.raises(DatasetError, match="no label 'normal'") as refused:
        LabelView(("normal",)).of(films, films, CLASSES)
    assert "Mass, No Finding, Edema" in refused.value.hint


def test_a_view_without_queries_is_refused(films):
    with pytest.raises(DatasetError, match="No query has another label than"):
        LabelView(("No Finding",)).of(films.take(np.array([1, 3])), films, CLASSES)


@pytest.mark.parametrize("written", ["No Finding", "no_finding", "No finding"])
def test_no_finding_is_known_however_it_is_written(written):
    assert label_views.no_finding(("Mass", written)) == written


def test_normal_is_not_taken_for_no_finding():
    assert label_views.no_finding(("normal", "Mass")) is None


def test_same_class_means_all_labels_alike(films):
    query, database = label_views.same_class(films, films)

    alike = query.labels @ database.labels.T
    assert alike.tolist() == [[1, 0, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 1, 0, 1]]
