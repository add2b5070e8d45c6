"""Which of several sources holds which rows of a library."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

Source = TypeVar("Source")


@dataclass(frozen=True, slots=True)
class Span(Generic[Source]):
    """Rows ``first`` to ``stop`` lie in ``source``, whose row 0 is ``origin``."""

    first: int
    stop: int
    source: Source
    origin: int


class RowMap(Generic[Source]):
    """Which source holds which rows; a later one takes rows over from earlier ones.

    Attributes:
        spans: in the order of their rows; replaced as a whole, never changed, so that
            another thread can walk along it.
    """

    def __init__(self) -> None:
        self.spans: list[Span[Source]] = []

    def place(self, first: int, stop: int, source: Source) -> None:
        """Let ``source`` hold the rows ``first`` to ``stop``, from its row 0 on."""
        if first == stop:
            return
        new = Span(first, stop, source, first)
        if not self.spans or self.spans[-1].stop <= first:
            self.spans = [*self.spans, new]
            return
        spans = [new]
        for span in self.spans:
            if span.stop <= first or span.first >= stop:
                spans.append(span)
                continue
            before = replace(span, stop=min(span.stop, first))
            behind = replace(span, first=max(span.first, stop))
            spans += [part for part in (before, behind) if part.first < part.stop]
        self.spans = sorted(spans, key=_first)

    def find(self, row: int) -> Span[Source]:
        """Return the span of a row."""
        spans = self.spans
        return spans[bisect_right(spans, row, key=_first) - 1]

    def within(self, first: int, stop: int) -> list[Span[Source]]:
        """Return the spans of rows ``first`` to ``stop``, cut to them."""
        return [
            replace(span, first=max(span.first, first), stop=min(span.stop, stop))
            for span in self.spans
            if span.first < stop and span.stop > first
        ]


def _first(span: Span[Any]) -> int:
    return span.first
