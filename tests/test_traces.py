from __future__ import annotations

from pathlib import Path

from command_runs import medhash
from small_library import fill, make_store

from medhash_gui import paths, run_files, traces
from medhash_gui.settings import Settings


def leave_traces(library: Path) -> None:
    """Leave what a window and training runs leave."""
    settings = Settings.load()
    settings.set("last_library", str(library))
    settings.set("top", 12)
    settings.save()
    for searches in (library, library.with_name("other.medhash")):
        file = paths.searches_of(str(searches))
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"Doe^Jane" if searches == library else b"another's")
    for name in ("qt/QtProject.conf", "runs/a/features/front.safetensors",
                 "runs/b.run/pictures.u8", "runs/b.run/pictures.json",
                 "runs/a/config.json", "settings.json.damaged"):  # fmt: skip
        file = paths.user_data() / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"Doe^Jane")


def test_purging_rows_forgets_recent_places_and_caches(tmp_path: Path) -> None:
    root = tmp_path / "a.medhash"
    with make_store(root) as store:
        fill(store, 6)
    leave_traces(root)

    ran = medhash("library", "purge", root, "--folder", "ward 1", "--json")

    assert ran.code == 0, ran.err
    assert ran.answer["forgotten"] == [
        "the library opened last",
        "damaged settings of before",
        "places of file dialogs",
        "searches kept of the library",
        "caches of training runs (3)",
    ]
    left = [file for file in paths.user_data().rglob("*") if file.is_file()]
    assert paths.searches_of(str(root.with_name("other.medhash"))) in left
    assert [file.name for file in left if b"Doe" in file.read_bytes()] == [
        "config.json"
    ]
    assert Settings.load().text("last_library") == ""
    assert Settings.load().whole("top") == 12


def test_nothing_is_forgotten_where_nothing_is_kept(tmp_path: Path) -> None:
    assert traces.forget(tmp_path / "a.medhash") == ()
    assert not paths.user_data().exists()


def test_caches_of_a_run_that_goes_on_stay_and_are_named(tmp_path: Path) -> None:
    leave_traces(tmp_path / "a.medhash")

    with run_files.held(paths.runs() / "a"):
        said = traces.forget(tmp_path / "a.medhash")

    assert said[-1].words == "not: caches of runs that are going on (1)"
    assert (paths.runs() / "a" / "features").is_dir()
