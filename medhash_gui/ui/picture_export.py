"""Pages as they leave the desk: a PDF by Qt's own text engine, on the pool thread."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPdfWriter, QTextDocument

_MARGIN_MM = 15.0


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
