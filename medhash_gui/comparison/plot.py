"""The plot of a comparison as SVG: a dot and its interval a row, one panel a length.

Written by hand: no library draws it, nothing in it runs, and it is readable in dark and
in light.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from medhash_gui.comparison.cells import NEW
from medhash_gui.comparison.figures import Comparison, Figure, Line
from medhash_gui.comparison.judge import HEADLINE
from medhash_gui.label_views import ALL_LABELS

_NAMES, _WIDTH, _EDGE = 190, 300, 44
_LINE, _HEAD, _FOOT = 20, 56, 44

_STYLE = """
.back { fill: #ffffff } text { fill: #1d2330; font: 12px system-ui, sans-serif }
.title { font-weight: 600 } .quiet { fill: #5b6475 } .grid { stroke: #d9dee6 }
.chance { stroke: #b3541e; stroke-dasharray: 4 3 } .chance-word { fill: #b3541e }
.method { stroke: #1f5fbf; fill: #1f5fbf } .control { stroke: #6b7280; fill: #6b7280 }
.against { stroke: #0f7b4f; fill: #0f7b4f } .range { stroke-width: 2 }
@media (prefers-color-scheme: dark) {
.back { fill: #14171d } text { fill: #e6e9ef } .quiet { fill: #a3adbd }
.grid { stroke: #323947 } .chance { stroke: #f0a36b } .chance-word { fill: #f0a36b }
.method { stroke: #7fb2ff; fill: #7fb2ff } .control { stroke: #9aa3b2; fill: #9aa3b2 }
.against { stroke: #5fd6a0; fill: #5fd6a0 } }
"""


def draw(comparison: Comparison) -> str:
    """Return the plot of the headline: MAP@10 with all labels, both sides new."""
    panels = [comparison.at(bits) for bits in comparison.plan.bits]
    rows = max((len(lines) for lines in panels), default=0)
    scale = _scale([line for lines in panels for line in lines])
    width = _NAMES + (_WIDTH + _EDGE) * max(1, len(panels))
    height = _HEAD + rows * _LINE + _FOOT
    title = f"{HEADLINE}, all labels, test pictures among the other test pictures"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="back" width="{width}" height="{height}"/>',
        f'<text class="title" x="12" y="20">{escape(title)}</text>',
    ]
    for at, line in enumerate(panels[0] if panels else ()):
        parts.append(_text(_NAMES - 12, _middle(at) + 4, line.name, anchor="end"))
    for number, lines in enumerate(panels):
        left = _NAMES + number * (_WIDTH + _EDGE)
        parts += _panel(comparison, lines, left, scale, height)
    legend = "dot: mean over seeds; bar: 95 % interval over patients; dashes: chance"
    parts.append(_text(12, height - 8, legend, kind="quiet"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(
    comparison: Comparison,
    lines: Sequence[Line],
    left: int,
    scale: tuple[float, float, float],
    height: int,
) -> list[str]:
    low, high, step = scale
    bottom = height - _FOOT

    def x(value: float) -> float:
        return round(left + _WIDTH * (value - low) / (high - low), 1)

    bits = lines[0].bits if lines else 0
    parts = [_text(left, _HEAD - 14, f"{bits} bits", kind="title")]
    for tick in range(round((high - low) / step) + 1):
        value = low + step * tick
        parts.append(_rule(x(value), _HEAD - 6, bottom, "grid"))
        text = f"{value:.2f}".lstrip("0") or "0"
        parts.append(_text(x(value), bottom + 14, text, "middle", "quiet"))
    known = [(at, line, figure(line)) for at, line in enumerate(lines)]
    chances = [found.chance for _, _, found in known if found is not None]
    if chances:
        chance = sum(chances) / len(chances)
        parts.append(_rule(x(chance), _HEAD - 6, bottom, "chance"))
        word = f"chance {chance:.3f}".replace("0.", ".")
        parts.append(_text(left + _WIDTH, _HEAD - 14, word, "end", "chance-word"))
    for at, line, found in known:
        y = _middle(at)
        if found is None:
            parts.append(_text(left + 6, y + 4, line.state, kind="quiet"))
            continue
        kind = "control" if line.is_control else "method"
        if line.name == comparison.plan.against:
            kind = "against"
        said = f"{line.name}, {bits} bits: {found.value:.3f}"
        said += f" ({found.low:.3f} to {found.high:.3f})"
        parts.append(
            f'<g class="{kind}"><title>{escape(said)}</title>'
            f'<line class="range" x1="{x(found.low)}" x2="{x(found.high)}" '
            f'y1="{y}" y2="{y}"/><circle cx="{x(found.value)}" cy="{y}" r="4"/></g>'
        )
    return parts


def figure(line: Line) -> Figure | None:
    """Return the headline of a line; None where there is none."""
    return line.figures.get((NEW, ALL_LABELS), {}).get(HEADLINE)


def _scale(lines: Sequence[Line]) -> tuple[float, float, float]:
    """Return round numbers around all that is drawn, and the distance of ticks."""
    known = [found for found in map(figure, lines) if found is not None]
    if not known:
        return 0.0, 1.0, 0.2
    least = min(min(found.low, found.chance, found.value) for found in known)
    most = max(max(found.high, found.chance, found.value) for found in known)
    # A round number that fits in a few times.
    step = next((s for s in (0.02, 0.05, 0.1) if most - least < 5 * s), 0.2)
    low = math.floor(round(least / step, 6)) * step
    high = math.ceil(round(most / step, 6)) * step
    return low, max(high, low + step), step


def _middle(at: int) -> int:
    return _HEAD + at * _LINE + _LINE // 2


def _rule(x: float, top: int, bottom: int, kind: str) -> str:
    return f'<line class="{kind}" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>'


def _text(x: float, y: int, text: str, anchor: str = "start", kind: str = "") -> str:
    mark = f' class="{kind}"' if kind else ""
    return f'<text{mark} x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
