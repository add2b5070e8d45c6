"""Which frame of a file is shown, and through which window its greys are seen."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSpinBox,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.picture import Picture

# As long as a frame is being chosen, nothing is asked.
_CALM_MS = 250
_HEIGHT = 30


class FrameBar(QWidget):
    """A strip above a picture, there only while there is something to choose.

    Args:
        parent: Qt's owner.
        has_frames: whether frames can be chosen; else the frame is only told.

    Signals:
        wished(int, int): the frame, from 0, and the window that the user settled on.
        needed(): whether there is something to choose may have changed.
    """

    wished = Signal(int, int)
    needed = Signal()

    def __init__(
        self, parent: QWidget | None = None, *, has_frames: bool = True
    ) -> None:
        super().__init__(parent)
        self._has_frames = has_frames
        self._shown: Picture | None = None
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(_CALM_MS)
        self._calm.timeout.connect(self._wish)
        self._frame_label = QLabel(self.tr("Frame"))
        self._frame_label.setProperty("role", "dim")
        self._frame = QSpinBox()
        theme.inset(self._frame)
        self._frame.setAccessibleName(self.tr("Frame of the file"))
        self._frame.setToolTip(self.tr("Type a number, or use Page Up and Page Down"))
        self._frame.setMinimum(1)
        self._frame_label.setBuddy(self._frame)
        self._of = QLabel()
        self._of.setProperty("role", "dim")
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setAccessibleName(self.tr("Frame of the file, as a slider"))
        self._slider.setMinimum(1)
        self._slider.setMinimumWidth(48)
        self._window_label = QLabel(self.tr("Window"))
        self._window_label.setProperty("role", "dim")
        self._window = QComboBox()
        self._window.setAccessibleName(self.tr("Window of the grey values"))
        self._window.setToolTip(
            self.tr("How grey values become light and dark; stored in the file")
        )
        self._window.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self._window.setMinimumContentsLength(7)
        self._window_label.setBuddy(self._window)
        self._rest = QWidget()

        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        for widget in (self._frame_label, self._frame, self._of):
            row.addWidget(widget)
        row.addWidget(self._slider, 1)
        row.addWidget(self._window_label)
        row.addWidget(self._window, 1)
        row.addWidget(self._rest, 1)
        # The same height with and without a list of windows: pictures stay level.
        self.setFixedHeight(_HEIGHT)
        self._frame.valueChanged.connect(self._on_frame)
        self._slider.valueChanged.connect(self._on_frame)
        self._window.currentIndexChanged.connect(self._on_window)
        self.hide()

    @property
    def frame(self) -> int:
        """The frame that the controls stand at, from 0."""
        return self._frame.value() - 1

    @property
    def view(self) -> int:
        """The window that the controls stand at."""
        return max(self._window.currentIndex(), 0)

    @property
    def text(self) -> str:
        """What the strip says of frames and window."""
        shown = self._shown
        parts = []
        if shown is not None and shown.frame_count > 1:
            parts.append(
                self.tr("Frame {frame} of {count}").format(
                    frame=self.frame + 1, count=shown.frame_count
                )
            )
        if shown is not None and len(shown.views) > 1:
            parts.append(
                self.tr("Window: {name}").format(name=self._window.currentText())
            )
        return "  ·  ".join(parts)

    @property
    def is_needed(self) -> bool:
        """Whether the picture shown leaves a choice, or is one frame of several."""
        return self._shown is not None and self._shown.has_choice

    def show_choice(self, shown: Picture | None) -> None:
        """Stand at the frame and the window of a picture."""
        before, self._shown = self._shown, shown
        if (
            self._calm.isActive()
            and shown is not None
            and shown.is_other_look_at(before)
        ):
            return  # the user is on the way to another frame already
        self._calm.stop()
        if shown is not None:
            self._fill(shown)
        self.setVisible(self.is_needed)
        self.needed.emit()

    def restore(self) -> None:
        """Go back to the picture that is shown: another one could not be had."""
        if not self._calm.isActive():
            self.show_choice(self._shown)

    def step(self, by: int) -> None:
        """Go a number of frames on, or back."""
        if self._has_frames:
            self._frame.setValue(self._frame.value() + by)

    def step_window(self) -> None:
        """Take the next window."""
        if self._window.count() > 1:
            following = (self._window.currentIndex() + 1) % self._window.count()
            self._window.setCurrentIndex(following)

    def stop_timers(self) -> None:
        """Let nothing fire after the window."""
        self._calm.stop()

    def _fill(self, shown: Picture) -> None:
        blocked = [
            QSignalBlocker(one) for one in (self._frame, self._slider, self._window)
        ]
        several = shown.frame_count > 1
        for control in (self._frame, self._slider):
            control.setMaximum(shown.frame_count)
            control.setValue(shown.frame + 1)
            control.setVisible(several and self._has_frames)
        self._slider.setPageStep(max(shown.frame_count // 10, 1))
        if self._has_frames:
            of = self.tr("of {count}").format(count=shown.frame_count)
        else:
            of = self.tr("Frame {frame} of {count}").format(
                frame=shown.frame + 1, count=shown.frame_count
            )
        self._of.setText(of)
        self._of.setVisible(several)
        self._frame_label.setVisible(several and self._has_frames)
        has_windows = len(shown.views) > 1
        self._rest.setVisible(not has_windows and not (several and self._has_frames))
        names = [self._window.itemText(row) for row in range(self._window.count())]
        if names != list(shown.views):
            self._window.clear()
            self._window.addItems(list(shown.views))
        self._window.setCurrentIndex(shown.view)
        for widget in (self._window_label, self._window):
            widget.setVisible(has_windows)
        for blocker in blocked:
            blocker.unblock()

    def _on_frame(self, number: int) -> None:
        for control in (self._frame, self._slider):
            with QSignalBlocker(control):
                control.setValue(number)
        self._calm.start()

    def _on_window(self, _: int) -> None:
        self._calm.start()

    def _wish(self) -> None:
        shown = self._shown
        if shown is not None and (self.frame, self.view) != (shown.frame, shown.view):
            self.wished.emit(self.frame, self.view)
