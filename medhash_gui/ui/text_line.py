"""How a line of painted text is laid into its box: whole.

Boxes are as high as a line of the window's font. Letters that come from another font,
as Chinese ones do where that has none, may be taller, and would be cut off below.
"""

from __future__ import annotations

from PySide6.QtCore import Qt

_WHOLE = Qt.TextFlag.TextDontClip

LEFT = int(_WHOLE | Qt.AlignmentFlag.AlignLeft)
RIGHT = int(_WHOLE | Qt.AlignmentFlag.AlignRight)
CENTRE = int(_WHOLE | Qt.AlignmentFlag.AlignHCenter)
