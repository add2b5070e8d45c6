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
    ecoc,
    guan2022,
    hashnet,
    isdh,
    lcdsh,
    orthohash,
    ssdh,
    zhu2022,
)
from medhash_gui.hashing.extras import with_extras
from medhash_gui.hashing.method import Method

METHODS: dict[str, Method] = {
    "ash": with_extras(ash.METHOD),
    "guan2022": with_extras(guan2022.METHOD),
    "zhu2022": with_extras(zhu2022.METHOD),
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
    "ecoc": with_extras(ecoc.METHOD),
}
