"""Searches as they are kept in a file: which picture, under which filters and marks.

One JSON file a library, in the user's data folder, replaced as a whole. It names files
by their paths and holds what was looked for, so it stays on this computer. Marked hits
are known by content and frame, which outlive rows: a search that was kept works again
when the library has grown, was compacted or was indexed anew.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Generator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from medhash_gui import paths
from medhash_gui.errors import MedHashError
from medhash_gui.more_of import MoreOf
from medhash_gui.query_box import QueryBox
from medhash_gui.ui import answer_tasks
from medhash_gui.ui.answer_tasks import Choice, Marking, Patients, Source
from medhash_gui.ui.library_tasks import OpenLibrary
from medhash_gui.ui.narrowing import Narrowing
from medhash_gui.ui.picture_process import PictureProcess

if TYPE_CHECKING:
    from medhash_gui.images import ImageRecord
    from medhash_gui.search import Query

FORMAT = 1
MOST_CHARACTERS = 80

Marked = tuple[str, int]
"""Content of a hit as hexadecimal digits, and its frame."""


@dataclass(frozen=True, slots=True)
class KeptSearch:
    """A search that can be made again.

    Attributes:
        name: what the user calls it; "" for the work of the last run.
        picture: the query's file; "" where only words were asked for.
        frame: of the file; None for the one that stands for it.
        view: through which of its windows.
        box: the region that was asked about, or "".
        patients: what becomes of the query's own patient.
        label: the label that hits bear, or None.
        narrowing: the filters.
        farthest: whether the least similar come first.
        added: further files that were asked about.
        like: hits that further ones shall be like.
        unlike: hits that they shall not be like.
        more_of: the finding that hits show more of, as ``MoreOf`` spells it, or "".
    """

    name: str
    picture: str = ""
    frame: int | None = None
    view: int = 0
    box: str = ""
    patients: Patients = "exclude"
    label: str | None = None
    narrowing: Narrowing = field(default_factory=Narrowing)
    farthest: bool = False
    added: tuple[str, ...] = ()
    like: tuple[Marked, ...] = ()
    unlike: tuple[Marked, ...] = ()
    more_of: str = ""

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> KeptSearch:
        """Return a search from its JSON values.

        Raises:
            TypeError, ValueError, KeyError, DatasetError: they are not those of a
                search.
        """
        narrowing = dict(values["narrowing"])
        details = tuple((str(key), str(one)) for key, one in narrowing.pop("details"))
        kept = cls(
            **{
                **values,
                "narrowing": Narrowing(details=details, **narrowing),
                "added": tuple(map(str, values["added"])),
                "like": tuple((str(a), int(b)) for a, b in values["like"]),
                "unlike": tuple((str(a), int(b)) for a, b in values["unlike"]),
            }
        )
        if kept.more_of:
            MoreOf.parse(kept.more_of)
        if kept.patients not in get_args(Patients):
            raise ValueError(kept.patients)
        return kept

    @property
    def source(self) -> Source | None:
        """The picture to ask with, or None."""
        if not self.picture:
            return None
        file = Path(self.picture)
        box = QueryBox.parse(self.box) if self.box else None
        return Source(file.name, file, self.frame, self.view, box)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of one library.

    Attributes:
        named: the searches that were given a name, the latest first.
        last: the work of the last run, or None.
    """

    named: tuple[KeptSearch, ...] = ()
    last: KeptSearch | None = None

    def with_named(self, search: KeptSearch) -> Kept:
        """Return it with one more search, in place of the one of its name."""
        return replace(self, named=(search, *self.without(search.name).named))

    def without(self, name: str) -> Kept:
        """Return it without the search of a name."""
        return replace(self, named=tuple(s for s in self.named if s.name != name))


@dataclass(frozen=True, slots=True, eq=False)
class Resumed:
    """A kept search, ready to be asked.

    Attributes:
        source: the picture to ask with, or None.
        choice: under which the hits are found.
        added: the further pictures of the choice.
        marked: the hits that are marked, by row.
        lost: how many of those that were are not in the library any more.
    """

    source: Source | None
    choice: Choice
    added: tuple[Source, ...]
    marked: Mapping[int, ImageRecord]
    lost: int


def load(library: str) -> Kept:
    """Return what is kept of a library; nothing where there is no file.

    Raises:
        MedHashError: the file cannot be read; it is left as it is.
    """
    file = paths.searches_of(library)
    try:
        values = json.loads(file.read_bytes())
        if values["format"] != FORMAT:
            raise ValueError(values["format"])
        last = values["last"]
        return Kept(
            tuple(KeptSearch.of(one) for one in values["named"]),
            None if last is None else KeptSearch.of(last),
        )
    except FileNotFoundError:
        return Kept()
    except (OSError, ValueError, TypeError, KeyError, MedHashError) as error:
        msg = f"The kept searches in {file} cannot be read."
        hint = "Move the file away to begin anew; it is not overwritten."
        raise MedHashError(msg, hint=hint) from error


def save(library: str, kept: Kept) -> None:
    """Write what is kept of a library, all of it or nothing.

    Raises:
        MedHashError: the file cannot be written.
    """
    file = paths.searches_of(library)
    values = {"format": FORMAT, "library": library, **asdict(kept)}
    text = json.dumps(values, indent=1, ensure_ascii=False) + "\n"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(".tmp", "searches-", file.parent)
        try:
            with os.fdopen(handle, "wb") as new:
                new.write(text.encode("utf-8", "surrogatepass"))
            Path(name).replace(file)
        except OSError:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or error
        msg = f"The searches cannot be kept in {file}: {reason}."
        raise MedHashError(msg, hint="Check the folder's rights.") from error


def change(
    library: str, *, keep: Sequence[KeptSearch] = (), remove: Sequence[str] = ()
) -> Generator[None, None, Kept]:
    """Keep searches or remove some, and return what is kept then; raises as above."""
    kept = load(library)
    yield
    for name in remove:
        kept = kept.without(name)
    for search in keep:
        kept = kept.with_named(search)
    if keep or remove:
        save(library, kept)
    return kept


def remember(library: str, last: KeptSearch | None) -> None:
    """Keep the work of this run, or no longer that of one before; raises as above."""
    kept = load(library)
    if last != kept.last:
        save(library, replace(kept, last=last))


def resume(
    library: OpenLibrary, kept: KeptSearch, pictures: PictureProcess, *, top: int
) -> Generator[None, None, Resumed]:
    """Look up what a kept search names, in the library of now.

    Raises:
        MedHashError: a picture is gone, or gives none any more.
    """
    for name in (kept.picture, *kept.added):
        if name and not Path(name).is_file():
            msg = f"{Path(name).name} is not there any more; it was in {name}."
            hint = "Put it back, or ask with another picture."
            raise MedHashError(msg, hint=hint)
    yield
    selection = library.store.select()
    sides: list[tuple[int, ...]] = []
    marked: dict[int, ImageRecord] = {}
    lost = 0
    for marks in (kept.like, kept.unlike):
        rows: list[int] = []
        for digest, frame in marks:
            same = selection.with_digest(bytes.fromhex(digest))
            same = selection.passed(same[selection.frames(same) == frame])
            if len(same):
                rows.append(int(same[0]))
                (marked[rows[-1]],) = selection.records(same[:1])
            else:
                lost += 1
        sides.append(tuple(rows))
    sources = tuple(Source(Path(name).name, Path(name)) for name in kept.added)
    added: tuple[Query, ...] = ()
    for source in sources:
        found = yield from answer_tasks.look_at(library, source, pictures)
        added = (*added, found)
    choice = Choice(
        patients=kept.patients,
        label=kept.label,
        top=top,
        narrowing=kept.narrowing,
        marking=Marking(sides[0], sides[1], added),
        farthest=kept.farthest,
        more_of=MoreOf.parse(kept.more_of) if kept.more_of else None,
    )
    return Resumed(kept.source, choice, sources, marked, lost)
