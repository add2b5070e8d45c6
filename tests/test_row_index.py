"""Rows are found by content and patient, scanned or by an index, changed or not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_library import make_codes, make_store
from test_search import picture

from medhash_gui.library import columns
from medhash_gui.store import RowChange


@pytest.mark.parametrize("scans", [0, 10**6])
def test_rows_are_found_by_content_and_patient(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scans: int
) -> None:
    monkeypatch.setattr(columns, "_SCANS_BEFORE_INDEX", scans)
    rng = np.random.default_rng(0)
    contents = rng.integers(1, 400, 5000).tolist()
    patients = rng.integers(0, 50, 5000).tolist()
    records = [
        picture(f"{n}.png", content=c, patient=f"P-{p}" if p else None)
        for n, (c, p) in enumerate(zip(contents, patients, strict=True))
    ]
    store = make_store(tmp_path / "l.medhash")

    def check() -> None:
        for key in (1, 7, 49):
            rows = [n for n, p in enumerate(patients) if p == key]
            assert store.patient_rows(f"P-{key}").tolist() == rows
            rows = [n for n, c in enumerate(contents) if c == key]
            assert store.rows_with_digest(picture("", content=key).digest).tolist() == (
                rows
            )

    store.append(records, make_codes(5000))
    check()
    store.change([RowChange(3, patient_key="P-7"), RowChange(4, patient_key="")])
    patients[3], patients[4] = 7, 0
    check()
    store.append(records[:10], make_codes(10))
    contents += contents[:10]
    patients += [{None: 0}.get(r.patient_key, int((r.patient_key or "P-0")[2:]))
                 for r in records[:10]]  # fmt: skip
    check()
    assert store.patient_rows("P-nobody").tolist() == []
    store.close()


def test_label_masks_agree_however_many_sets_bear_the_label(tmp_path: Path) -> None:
    sets = [tuple(sorted({"a", f"x{n % 12}"})) if n % 3 else ("b",) for n in range(60)]
    records = [
        picture(f"{n}.png", content=n + 1, labels=labels)
        for n, labels in enumerate(sets)
    ]
    store = make_store(tmp_path / "l.medhash")
    store.append(records, make_codes(60))

    for name in ("a", "b", "x1", "nowhere"):
        assert store.label_mask(name).tolist() == [name in labels for labels in sets]
    store.close()
