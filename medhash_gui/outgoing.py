"""A picture as it leaves the desk: fresh pixels, masked, under a new name.

Nothing of its file goes along: the pixels are drawn anew through the window in which
they were seen, masks cover them with one colour, before and after a map is laid over
them, and the name is the number of the content (the first digits of its digest), by
which reports name it, too. Where letters may be left, ``doubt`` says so; whether they
name somebody, only a person who looks can tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
import numpy.typing as npt

from medhash_gui import burned_in, overlay
from medhash_gui.errors import ExportError
from medhash_gui.exporting import PICTURE_DIGITS
from medhash_gui.grey_window import GreyWindow
from medhash_gui.query_box import QueryBox

if TYPE_CHECKING:
    from medhash_gui.dicom.uids import SourceUids
    from medhash_gui.images import Decoded
    from medhash_gui.saliency import SaliencyMap

Shown = npt.NDArray[np.uint8]
Role = Literal["query", "unlike", "hit", "picture"]

MASK = 0
"""Value of every masked pixel in every channel: black."""

_GAP = 12  # px between pictures side by side


@dataclass(frozen=True, slots=True)
class MapStyle:
    """How a map is laid over a picture: opacity 0 … 1, and one of ``COLOUR_MAPS``."""

    opacity: float = 0.45
    colour_map: str = "viridis"


@dataclass(frozen=True, slots=True)
class Facts:
    """What may be said of a picture outside.

    Attributes:
        number: first digits of its content's digest.
        frame: which frame of its file, from 0.
        role: query, what hits shall be unlike, hit, or a picture by itself.
        rank: of a hit, else 0.
        case: pseudonym of the patient, or "".
        labels: as the library has them.
        confirmed_by: how they were confirmed, or "".
        distance: differing bits, or None.
    """

    number: str
    frame: int = 0
    role: Role = "picture"
    rank: int = 0
    case: str = ""
    labels: tuple[str, ...] = ()
    confirmed_by: str = ""
    distance: float | None = None

    @property
    def name(self) -> str:
        """The name of its files, without ending: query-3f2a91c04b7d."""
        parts = [self.role, *([f"{self.rank:02d}"] if self.rank else []), self.number]
        return "-".join([*parts, *([f"frame{self.frame + 1}"] if self.frame else [])])


@dataclass(frozen=True, slots=True)
class OutgoingPicture:
    """A picture that is ready to be written.

    Attributes:
        facts: what may be said of it.
        pixels: uint8 (H, W) or (H, W, 3) RGB, windowed and masked, without a map.
        mapped: uint8 (H, W, 3) RGB, the same with its map; None where there is none.
        masks: what was covered.
        doubt: why letters may be left in it, or "".
        source: the UIDs of the DICOM object that it is from, in clear, or None.
    """

    facts: Facts
    pixels: Shown
    mapped: Shown | None
    masks: tuple[QueryBox, ...] = ()
    doubt: str = ""
    source: SourceUids | None = None

    def shown(self, *, with_map: bool) -> Shown:
        """Return the pixels with the map where it is wanted and there."""
        return self.mapped if with_map and self.mapped is not None else self.pixels


def number_of(digest: bytes) -> str:
    """Return the number of a picture: the first digits of its content's digest."""
    return digest.hex()[:PICTURE_DIGITS]


def prepare(
    decoded: Decoded,
    facts: Facts,
    *,
    masks: Sequence[QueryBox] = (),
    suggested: Sequence[QueryBox] = (),
    window: GreyWindow | None = None,
    saliency: SaliencyMap | None = None,
    style: MapStyle | None = None,
) -> OutgoingPicture:
    """Return a picture ready to be written.

    Args:
        decoded: the picture.
        facts: what may be said of it.
        masks: what is covered, in px of the picture.
        suggested: what is covered, too, though no person drew or took it; where a
            header declares text, that alone leaves doubt.
        window: the grey window in which it was seen; None for all greys.
        saliency: its map, or None.
        style: how the map is laid over it; None for the usual way.

    Raises:
        ExportError: a mask does not lie in the picture.
    """
    pixels = _windowed(decoded.pixels, window or GreyWindow())
    covered = (*masks, *suggested)
    for mask in covered:
        _check(mask, pixels.shape)
    plain = np.rint(pixels * 255).astype(np.uint8)
    cover(plain, covered)
    mapped = None
    if saliency is not None:
        style = style or MapStyle()
        mapped = overlay.blend(
            pixels, saliency, opacity=style.opacity, colour_map=style.colour_map
        )
        cover(mapped, covered)
    told = dict(decoded.details).get("text", "")
    doubt = _doubt(plain, masks, is_declared=told == "declared")
    return OutgoingPicture(facts, plain, mapped, covered, doubt)


def cover(pixels: Shown, masks: Sequence[QueryBox]) -> None:
    """Cover boxes of a picture, in place, with ``MASK``."""
    for mask in masks:
        pixels[mask.y : mask.y + mask.height, mask.x : mask.x + mask.width] = MASK


def beside(
    pictures: Sequence[OutgoingPicture], *, with_map: bool
) -> tuple[Facts, Shown]:
    """Return pictures side by side as one, at one height, the first one's facts.

    Raises:
        ExportError: there is none.
    """
    if not pictures:
        msg = "No picture was chosen."
        raise ExportError(msg, hint="Choose at least one.")
    height = max(picture.pixels.shape[0] for picture in pictures)
    parts: list[Shown] = []
    for picture in pictures:
        shown = _in_colour(picture.shown(with_map=with_map))
        width = max(round(shown.shape[1] * height / shown.shape[0]), 1)
        method = cv2.INTER_LINEAR if height > shown.shape[0] else cv2.INTER_AREA
        resized = cv2.resize(shown, (width, height), interpolation=method)
        gap = np.full((height, _GAP, 3), MASK, np.uint8)
        parts += [np.asarray(resized, np.uint8), gap]
    first = pictures[0].facts
    facts = replace(first, number=f"{first.number}-beside-{len(pictures) - 1}")
    return facts, np.ascontiguousarray(np.hstack(parts[:-1]))


def small(pixels: Shown, *, longest_px: int = 512) -> Shown:
    """Return pixels shrunk, where need be, to a longest side."""
    longest = max(pixels.shape[:2])
    if longest <= longest_px:
        return pixels
    factor = longest_px / longest
    shrunk = cv2.resize(
        pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA
    )
    return np.asarray(shrunk, np.uint8)


def png(pixels: Shown) -> bytes:
    """Return a PNG file that holds pixels and nothing else.

    Args:
        pixels: uint8 (H, W) or (H, W, 3) RGB.
    """
    bgr = pixels if pixels.ndim == 2 else pixels[..., ::-1]
    _, data = cv2.imencode(".png", np.ascontiguousarray(bgr))
    return data.tobytes()


def _in_colour(pixels: Shown) -> Shown:
    if pixels.ndim == 3:
        return pixels
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB), np.uint8)


def _windowed(
    pixels: npt.NDArray[np.float32], window: GreyWindow
) -> npt.NDArray[np.float32]:
    low = window.level - window.width / 2
    spread = (pixels - np.float32(low)) / np.float32(window.width)
    return np.asarray(np.clip(spread, 0, 1), np.float32)


def _check(mask: QueryBox, shape: tuple[int, ...]) -> None:
    height, width = shape[:2]
    right, bottom = mask.x + mask.width, mask.y + mask.height
    is_inside = mask.x >= 0 and mask.y >= 0 and right <= width and bottom <= height
    if not is_inside or mask.width < 1 or mask.height < 1:
        msg = f"The mask {mask} does not lie in the picture."
        hint = f"The picture has {width} × {height} px; a mask is x,y,width,height."
        raise ExportError(msg, hint=hint)


def _doubt(plain: Shown, masks: Sequence[QueryBox], *, is_declared: bool) -> str:
    if burned_in.guess(np.divide(plain, 255, dtype=np.float32)):
        return "letters were seen in it"
    if is_declared and not masks:
        return "its header declares burned-in text, and nothing in it is masked"
    return ""
