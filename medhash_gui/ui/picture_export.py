"""Pictures and pages as they leave the desk: fresh pixels, nothing of their file.

A picture is drawn anew, so that no header goes along; one in which letters may be
written is left out unless somebody has looked. A page becomes a PDF by Qt's own text
engine, on the pool thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

from medhash_gui.ui.picture import OverlayStyle

if TYPE_CHECKING:
    from medhash_gui.bundle import Look, ModelBundle
    from medhash_gui.images import Decoded
    from medhash_gui.report import ReportPicture

_LONGEST_PX = 512
_MARGIN_MM = 15.0


def drawn(
    model: ModelBundle,
    decoded: Decoded,
    look: Look,
    style: OverlayStyle,
    *,
    has_text: bool,
) -> ReportPicture:
    """Return a picture with its map for a report.

    Args:
        model: makes the map.
        decoded: the picture.
        look: what the model saw in it.
        style: how the map is laid over it.
        has_text: whether it is shown though letters may be written in it.
    """
    import cv2
    import numpy as np

    from medhash_gui import burned_in, overlay
    from medhash_gui.report import ReportPicture
    from medhash_gui.saliency import Withheld

    told = dict(burned_in.with_guess(decoded.details, decoded.pixels)).get("text", "")
    if not has_text and told != burned_in.NO_SIGN:
        return ReportPicture(None, "Left out: letters may be written in it.")
    saliency, note = None, "Without a map."
    if style.visible:
        shown = model.explain(look)
        if isinstance(shown, Withheld):
            note = f"Without a map: {shown.reason}"
        else:
            saliency = shown
            names = {"attention": "Map: attention.", "grad-cam": "Map: code."}
            note = names.get(shown.source, "Map.")
    if saliency is not None and saliency.values.shape != decoded.pixels.shape[:2]:
        saliency, note = None, "Without a map: it is of a region of the picture."
    blended = overlay.blend(
        decoded.pixels, saliency, opacity=style.opacity, colour_map=style.colour_map
    )
    longest = max(blended.shape[:2])
    if longest > _LONGEST_PX:
        factor = _LONGEST_PX / longest
        small = cv2.resize(
            blended, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA
        )
        blended = np.asarray(small, np.uint8)
    _, data = cv2.imencode(".png", np.ascontiguousarray(blended[..., ::-1]))
    return ReportPicture(data.tobytes(), note)


def to_pdf(page: str) -> bytes:
    """Return an HTML page as a PDF file, A4."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    margin = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageMargins(margin, QPageLayout.Unit.Millimeter)
    writer.setCreator("MedHash")
    writer.setResolution(96)  # what HTML's pixels are
    document = QTextDocument()
    document.setHtml(page)
    document.print_(writer)
    # The writer ends the file when it goes.
    del writer
    buffer.close()
    return bytes(data.data())
