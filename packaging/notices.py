"""Write the notices of what MedHash is shipped with: who made it, on which terms.

    python packaging/notices.py FILE [EXTRA ...]

Run in the environment that is packed: what is told is what is installed there.
"""

from __future__ import annotations

import sys

import components
from components import Component

_HEAD = """MedHash: third-party notices

MedHash is licensed under the Apache License 2.0. It is shipped with, or installs, the
packages listed here, each under its own terms; the texts that the packages bring follow
the list. The pictures that trained the packaged models keep their licences, which the
models' cards name.

Qt and PySide6 are used under the GNU Lesser General Public License 3. They are separate
shared libraries in the folder PySide6, which may be replaced by another build of the
same version. OpenCV's package brings FFmpeg (LGPL 2.1) and Qt 5 (LGPL 3) as shared
libraries, which may be replaced likewise. The source code of both is published by their
makers under the version named here.
"""
_FROZEN = """
A frozen program contains also Python (PSF-2.0) and the libraries that it is made with:
OpenSSL (Apache-2.0), libffi (MIT), SQLite (public domain), xz (0BSD), bzip2
(bzip2-1.0.6),
zlib (Zlib), zstd (BSD-3-Clause), Expat (MIT), libuuid (BSD-3-Clause), mpdecimal
(BSD-2-Clause); and the loader of PyInstaller (GPL-2.0 with an exception that lets the
programs it builds stand under any terms).
"""
_NVIDIA = """
The packages marked LicenseRef-NVIDIA-Proprietary are NVIDIA's CUDA libraries, which
come with PyTorch's package for Linux and may be passed on as part of a program under
NVIDIA's terms only. They are no part of the reader edition.
"""
_NO_TEXT = "Its package brings no licence text; the terms are those of the name above."
_RULE = "-" * 78


def notices(found: tuple[Component, ...]) -> str:
    """Return the whole text."""
    width = max(len(one.name) + len(one.version) + 1 for one in found)
    lines = [
        f"{one.name + ' ' + one.version:<{width}}  {one.licence}".rstrip()
        for one in found
    ]
    parts = [_HEAD, _FROZEN]
    if any("NVIDIA" in one.licence for one in found):
        parts.append(_NVIDIA)
    parts += ["\n", "\n".join(lines), "\n"]
    for one in found:
        parts.append(f"\n{_RULE}\n{one.name} {one.version}\n{one.licence}\n")
        parts.append(f"{one.homepage}\n" if one.homepage else "")
        for name, text in one.texts:
            parts.append(f"\n[{name}]\n{text.strip()}\n")
        if not one.texts:
            parts.append(f"\n{_NO_TEXT}\n")
    return "".join(parts)


if __name__ == "__main__":
    sys.exit(components.write(sys.argv[1:], __doc__, notices))
