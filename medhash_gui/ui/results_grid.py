"""The hits: who may be among them, how many were compared, and their pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.cover import Cover
from medhash_gui.ui.filter_bar import FilterBar
from medhash_gui.ui.hit_list import HitList
from medhash_gui.ui.hit_rows import HitRowDelegate
from medhash_gui.ui.library_tasks import Facts
from medhash_gui.ui.session import Session

if TYPE_CHECKING:
    from medhash_gui.search import SearchHit, SearchResult

# The label filter is a simple list; a longer one is cut and says so.
_MOST_LABELS = 200


class ResultsGrid(QWidget):
    """Policy and label above, the hits as a grid, the same patient's apart below.

    Args:
        session: what to ask and listen to.
        parent: Qt's owner.

    Attributes:
        hits: the ranked hits.
        prior: pictures of the query's own patient, hidden when there are none.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._is_other_query = False
        self._chosen: SearchHit | None = None
        heading = QLabel(self.tr("Hits"))
        heading.setProperty("role", "heading")
        self._summary = QLabel()
        self._summary.setProperty("role", "dim")
        self._summary.setAccessibleName(self.tr("Summary of the search"))
        self._policy = QComboBox()
        self._policy.setAccessibleName(self.tr("Same patient"))
        self._policy.setToolTip(
            self.tr("What becomes of other pictures of the query's own patient")
        )
        self._policy.addItem(self.tr("Same patient: left out"), "exclude")
        self._policy.addItem(self.tr("Same patient: included"), "include")
        self._policy.addItem(self.tr("Each patient once"), "group")
        self._labels = QComboBox()
        self._labels.setObjectName("labels")
        self._labels.setAccessibleName(self.tr("Label"))
        self._labels.setToolTip(self.tr("Only hits that bear this label"))
        self._labels.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._labels.setMinimumContentsLength(14)
        self.hits = HitList(session.thumbnails)
        self.hits.setAccessibleName(self.tr("Hits, nearest first"))
        self._show_rows()
        self.cover = Cover()
        self.cover.opened.connect(self._on_opened)
        self.cover.written.connect(session.weighing.write_down)
        self.filters = FilterBar(session)
        self._filter_button = QPushButton()
        self._filter_button.setAccessibleName(self.tr("Filters"))
        self._filter_button.clicked.connect(self.filters.toggle)
        self._empty = QLabel()
        self._empty.setProperty("role", "dim")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)
        self._prior_heading = QLabel(
            self.tr("The query's own patient, shown apart and not ranked")
        )
        self._prior_heading.setProperty("role", "dim")
        self.prior = HitList(session.thumbnails, is_ranked=False)
        self.prior.setAccessibleName(self.tr("Pictures of the query's own patient"))
        self.prior.setFlow(HitList.Flow.LeftToRight)
        self.prior.setWrapping(False)
        self._lay_out(heading)
        self._show_prior(())
        self._fill_labels(None)
        self._on_hits(None)

        self._policy.activated.connect(self._on_policy)
        self._labels.activated.connect(self._on_label)
        for one, other in ((self.hits, self.prior), (self.prior, self.hits)):
            one.hit_selected.connect(session.show_hit)
            one.hit_selected.connect(other.deselect)
            one.hit_activated.connect(session.search_hit)
        session.query_shown.connect(self._on_query)
        session.hits_ready.connect(self._on_hits)
        session.query_explained.connect(self._on_explained)
        session.failed.connect(self._on_failed)
        session.library_changed.connect(self._fill_labels)
        session.state_changed.connect(self._on_state)

    def toggle_rows(self) -> None:
        """Show the hits as a list, or as a grid again; from start to start."""
        settings = self._session.settings
        settings.set("hits_as_list", not settings.flag("hits_as_list"))
        self._show_rows()
        self._session.state_changed.emit()

    def current_hit(self) -> SearchHit | None:
        """Return the hit that is chosen, in either list."""
        for one in (self.hits, self.prior):
            if one.selectionModel().hasSelection():
                return one.current_hit()
        return None

    @property
    def summary(self) -> str:
        """How many pictures were compared, or what is going on."""
        return self._summary.text()

    def _show_rows(self) -> None:
        as_list = self._session.settings.flag("hits_as_list")
        self.hits.show_rows(HitRowDelegate(self.hits) if as_list else None)

    def _lay_out(self, heading: QLabel) -> None:
        top = QHBoxLayout()
        top.setSpacing(theme.GAP)
        top.addWidget(heading)
        top.addWidget(self._summary)
        top.addStretch(1)
        filters = QHBoxLayout()
        filters.setSpacing(theme.GAP)
        filters.addWidget(self._policy)
        filters.addWidget(self._labels, 1)
        filters.addWidget(self._filter_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addLayout(top)
        column.addLayout(filters)
        column.addWidget(self.filters)
        column.addWidget(self._empty, 1)
        column.addWidget(self.cover, 1)
        column.addWidget(self.hits, 1)
        column.addWidget(self._prior_heading)
        column.addWidget(self.prior)

    def _on_hits(self, result: SearchResult | None) -> None:
        facts = self._session.facts
        chosen = self.current_hit()
        hits = () if result is None else result.hits
        prior = () if result is None else result.prior
        if facts is not None:
            self.hits.hits.show_hits(hits, facts.indexed_root, facts.bits)
            self.prior.hits.show_hits(prior, facts.indexed_root, facts.bits)
        self._session.thumbnails.give_up()
        if hits and self._is_other_query and self._session.inquiry.is_searching:
            self.cover.wait()
        elif hits and self.cover.state in ("few", "unfamiliar"):
            answer = self._session.answer
            ratio = None if answer is None else answer.look.familiarity
            self._judge(ratio, blind=False)
        self.cover.setVisible(bool(hits) and self.cover.state != "open")
        self._empty.setVisible(not hits)
        self._empty.setText("" if hits else self._why_empty())
        self._on_state()
        self._chosen = chosen
        if not hits or self.cover.state == "open":
            self._on_opened()
        else:
            self.hits.hide()
            self._show_prior(())

    def _on_explained(self, _: object, ratio: float | None) -> None:
        if self.cover.state != "open":
            self._judge(ratio, blind=self._session.settings.flag("blind_first"))

    def _judge(self, ratio: float | None, *, blind: bool) -> None:
        """Say what there is to say before the hits, once it is known."""
        result, facts = self._session.result, self._session.facts
        if result is None or facts is None:
            return
        from medhash_gui import nearness

        near = nearness.judge(result.hits, facts.distances)
        text = self.tr(
            "{near} of the hits differ in {limit} bits or fewer. Farther apart, "
            "held-out pairs were not clearly more alike than any two pictures."
        )
        if near.limit is not None and near.limit < 0:
            text = self.tr(
                "For this model no distance told more than chance on held-out pictures."
            )
        self.cover.judge(
            blind=blind,
            unfamiliar=ratio is not None and ratio > 1,
            few=not near.is_enough
            and not self._session.choice.farthest
            # Of a moved code nobody knows how near is near.
            and result.moved is None,
            explanation=text.format(near=near.near, limit=near.limit),
        )

    @property
    def is_covered(self) -> bool:
        """Whether there are hits that are not to be seen yet."""
        result = self._session.result
        return bool(result and result.hits) and self.cover.state != "open"

    def _on_opened(self) -> None:
        """Show the hits, and look at the nearest or the one that was looked at."""
        result = self._session.result
        hits = () if result is None else result.hits
        chosen = self._chosen
        self.hits.setVisible(bool(hits))
        self._show_prior(() if result is None else result.prior)
        if hits:
            # The hit that is being looked at stays, where it is still among them; of
            # another query, its frames included, the nearest is looked at first.
            row_of = {hit.row: number for number, hit in enumerate(hits)}
            kept = None if self._is_other_query else chosen
            self.hits.select(0 if kept is None else row_of.get(kept.row, 0))
            self._is_other_query = False
            # So that the arrows walk the hits, unless a control is being used.
            used = (QComboBox, QSlider, QDoubleSpinBox)
            if not isinstance(QApplication.focusWidget(), used):
                self.hits.setFocus()

    def _on_failed(self, _: object) -> None:
        if self.cover.state == "waiting":
            self.cover.judge(blind=False, unfamiliar=False, few=False)

    def _on_query(self, _: object) -> None:
        self._is_other_query = True

    def _why_empty(self) -> str:
        if self._session.facts is not None and self._session.facts.images == 0:
            return self.tr("The library holds no picture yet.")
        if self._session.result is None:
            return self.tr("The pictures most like the query appear here.")
        if self._session.choice.narrowing.count:
            return self.tr("No other picture passes the filters. Take one away.")
        if self._session.choice.label is not None:
            return self.tr("No other picture bears this label. Choose all labels.")
        return self.tr("The library holds no other picture to compare with.")

    def _show_prior(self, prior: tuple[SearchHit, ...]) -> None:
        cell = self.prior.sizeHintForRow(0) if prior else 0
        self.prior.setFixedHeight(cell + 4)
        self.prior.setVisible(bool(prior))
        self._prior_heading.setVisible(bool(prior))

    def _on_state(self) -> None:
        choice, result = self._session.choice, self._session.result
        count = choice.narrowing.count
        some = self.tr("Filters ({count})").format(count=count)
        self._filter_button.setText(some if count else self.tr("Filters"))
        self._policy.setCurrentIndex(self._policy.findData(choice.patients))
        self._labels.setCurrentIndex(max(self._labels.findData(choice.label), 0))
        if self._session.inquiry.is_searching:
            text = self.tr("searching…")
        elif result is None:
            text = ""
        elif self._session.answer is None:
            text = self.tr("{count:,} pictures whose reports have the words")
            text = text.format(count=result.searched)
        else:
            text = self.tr("nearest of {count:,} pictures compared")
            if choice.farthest:
                text = self.tr("farthest of {count:,} pictures compared")
            if result.moved is not None:
                text = self.tr("{count:,} pictures compared with the moved code")
            text = text.format(count=result.searched)
        self._summary.setText(text)

    def _fill_labels(self, facts: Facts | None) -> None:
        """List the labels of the library, the most frequent first."""
        self._labels.clear()
        self._labels.addItem(self.tr("All labels"), None)
        labels = {} if facts is None else dict(facts.labels)
        ranked = sorted(labels.items(), key=lambda item: (-item[1], item[0]))
        for name, count in ranked[:_MOST_LABELS]:
            text = self.tr("{label} ({count:,})").format(label=name, count=count)
            self._labels.addItem(text, name)
        if len(ranked) > _MOST_LABELS:
            more = self.tr("{count:,} rarer labels are not listed").format(
                count=len(ranked) - _MOST_LABELS
            )
            self._labels.addItem(more, self._session.choice.label)
        chosen = self._labels.findData(self._session.choice.label)
        self._labels.setCurrentIndex(max(chosen, 0))
        self._labels.setEnabled(bool(labels))
        self._policy.setEnabled(facts is not None)

    def _on_policy(self, index: int) -> None:
        self._session.choose_patients(self._policy.itemData(index))

    def _on_label(self, index: int) -> None:
        self._session.choose_label(self._labels.itemData(index))
