"""The registry of published methods: one line a method, read at a glance."""

from __future__ import annotations

from medhash_gui.hashing import (
    ash,
    csq,
    dch,
    dfh,
    dpn,
    dpsh,
    dsh,
    dtsh,
    hashnet,
    isdh,
    lcdsh,
    orthohash,
    ssdh,
)
from medhash_gui.hashing.extras import with_extras
from medhash_gui.hashing.method import Method

METHODS: dict[str, Method] = {
    "ash": with_extras(ash.METHOD),
    "dsh": with_extras(dsh.METHOD),
    "dch": with_extras(dch.METHOD),
    "dfh": with_extras(dfh.METHOD),
    "dpn": with_extras(dpn.METHOD),
    "dpsh": with_extras(dpsh.METHOD),
    "isdh": with_extras(isdh.METHOD),
    "dtsh": with_extras(dtsh.METHOD),
    "lcdsh": with_extras(lcdsh.METHOD),
    "hashnet": with_extras(hashnet.METHOD),
    "csq": with_extras(csq.METHOD),
    "orthohash": with_extras(orthohash.METHOD),
    "ssdh": with_extras(ssdh.METHOD),
}
