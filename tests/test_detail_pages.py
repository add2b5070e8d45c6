"""Details come back from their pages, whatever their number and length."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medhash_gui.errors import StoreFormatError
from medhash_gui.library import detail_pages
from medhash_gui.library.detail_pages import PAGE_BYTES, DetailPages
from medhash_gui.library.texts import Texts


def place(path: Path, texts: list[str]) -> DetailPages:
    offsets, pages, data = detail_pages.packed(Texts.of(texts))
    path.write_bytes(b"before" + data.tobytes() + b"behind")
    return DetailPages(path, 6, len(data), offsets=offsets, pages=pages)


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param([], id="none"),
        pytest.param(["a"], id="one"),
        pytest.param(["x" * PAGE_BYTES, "y"], id="a page"),
        pytest.param(["x" * (PAGE_BYTES - 1), "yz", "ü"], id="over an edge"),
        pytest.param(["ü" * 3 * PAGE_BYTES, "b"], id="several pages"),
        pytest.param([f"{n:06}" * (n % 40 + 1) for n in range(5000)], id="many"),
    ],
)
def test_texts_come_back_in_any_order(tmp_path, texts):
    pages = place(tmp_path / "s.h5", texts)

    assert len(pages) == len(texts)
    order = np.random.default_rng(0).permutation(len(texts)).tolist()
    assert [pages.text(index) for index in order] == [texts[i] for i in order]


def test_texts_that_do_not_compress_come_back(tmp_path):
    drawn = np.random.default_rng(1).integers(0x4E00, 0x9FFF, (60, 700))
    texts = ["".join(map(chr, row)) for row in drawn.tolist()]

    pages = place(tmp_path / "s.h5", texts)

    assert [pages.text(index) for index in range(60)] == texts


def test_a_page_that_unpacks_to_more_than_a_page_is_refused(tmp_path):
    offsets, _, _ = detail_pages.packed(Texts.of(["a" * 100]))
    _, pages, data = detail_pages.packed(Texts.of(["a" * 5000]))
    (tmp_path / "s.h5").write_bytes(data.tobytes())
    trap = DetailPages(tmp_path / "s.h5", 0, len(data), offsets=offsets, pages=pages)

    with pytest.raises(StoreFormatError, match=r"s\.h5"):
        trap.text(0)


def test_pages_that_do_not_match_their_texts_are_refused(tmp_path):
    two = np.array([0, 5, 9], np.uint64)

    with pytest.raises(ValueError, match="pages are missing"):
        DetailPages(
            tmp_path / "s.h5", 0, 9, offsets=np.array([0, 50], np.uint64), pages=two
        )
    with pytest.raises(ValueError, match="contradict"):
        DetailPages(tmp_path / "s.h5", 0, 8, offsets=two, pages=two)
