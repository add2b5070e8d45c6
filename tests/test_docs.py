"""The documentation: every link leads somewhere, every page is found from the menu."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
CONFIG = ROOT / "packaging" / "mkdocs.yml"
PAGES = sorted(DOCS.rglob("*.md"))
_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def menu() -> list[str]:
    """The pages of the site's menu."""
    text = CONFIG.read_text(encoding="utf-8")
    return re.findall(r"^ +- [^:]+: (\S+\.md)$", text, re.MULTILINE)


@pytest.mark.parametrize(
    "page",
    [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"],
    ids=lambda page: page.relative_to(ROOT).as_posix(),
)
def test_links_lead_to_files_that_are_there(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))

    own = [
        link for link in links if "://" not in link and not link.startswith("mailto")
    ]
    assert [link for link in own if not (page.parent / link).exists()] == []


@pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: page.relative_to(DOCS).as_posix()
)
def test_pages_of_the_site_link_to_nothing_outside_of_it(page: Path) -> None:
    links = _LINK.findall(page.read_text(encoding="utf-8"))

    outside = [
        link
        for link in links
        if "://" not in link and not (page.parent / link).resolve().is_relative_to(DOCS)
    ]
    assert outside == []


def test_the_menu_names_every_page_once() -> None:
    # Decisions and tables of results are reached from the pages that cite them.
    wanted = sorted(page.name for page in DOCS.glob("*.md"))

    assert sorted(menu()) == wanted


def test_the_chinese_tour_shows_what_the_english_one_shows() -> None:
    tours = [DOCS / "tour.md", DOCS / "tour.zh.md"]

    pictures = [
        re.findall(r"\(images/\S+\)", tour.read_text(encoding="utf-8"))
        for tour in tours
    ]

    assert pictures[0] == pictures[1]


def test_the_site_can_be_built_strictly(tmp_path: Path) -> None:
    if importlib.util.find_spec("mkdocs") is None:
        pytest.skip("mkdocs is not installed; it is in the group release")

    done = subprocess.run(
        [
            *(sys.executable, "-m", "mkdocs", "build", "--strict"),
            *("--config-file", str(CONFIG), "--site-dir", str(tmp_path / "site")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    pages = [page.read_text("utf-8") for page in (tmp_path / "site").glob("*.html")]
    loaded = re.compile(r'(?:src|href)="https?://[^"]*\.(?:js|css|woff2?)"')
    assert [page for page in pages if loaded.search(page)] == []
