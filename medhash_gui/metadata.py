"""What is known of a file besides its pixels: labels, patient, case and details.

It comes from the table and the folders that the user chose, and from the file's header.
Of a file that the library knows, and that is not opened again, only what table and
folders say can have changed; everything else stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, TypedDict

from medhash_gui import details as kept
from medhash_gui import labels as label_tables
from medhash_gui.details import Details
from medhash_gui.identities import Identity
from medhash_gui.images import ImageRecord
from medhash_gui.import_choices import ImportChoices
from medhash_gui.labels import LabelTable, TableMatch, TableRow
from medhash_gui.library.known_files import KnownFile

if TYPE_CHECKING:
    from medhash_gui.decoding import DecodeResult


@dataclass(frozen=True, slots=True)
class Metadata:
    """Labels, keyed hashes and details of one file, as a record holds them."""

    labels: tuple[str, ...]
    patient_key: str | None
    case_key: str | None
    details: Details


class Changed(TypedDict, total=False):
    """The part of a ``RowChange`` that tables, folders and headers bring about."""

    labels: tuple[str, ...]
    patient_key: str
    case_key: str
    details: Details


def difference(
    metadata: Metadata, known: KnownFile | ImageRecord, *, own_labels: bool = False
) -> Changed:
    """Return what is said otherwise than the library has it.

    Args:
        metadata: what is said.
        known: what the library has.
        own_labels: whether a person gave the labels, which then stay.
    """
    changed = Changed()
    if metadata.labels != tuple(known.labels) and not own_labels:
        changed["labels"] = metadata.labels
    if metadata.patient_key != known.patient_key:
        changed["patient_key"] = metadata.patient_key or ""
    if metadata.case_key != known.case_key:
        changed["case_key"] = metadata.case_key or ""
    if metadata.details != known.details:
        changed["details"] = metadata.details
    return changed


def of_row(changed: Changed, *, own_labels: bool) -> Changed:
    """Return what of a file's changes is one row's; labels given by hand stay."""
    if not own_labels or "labels" not in changed:
        return changed
    kept = changed.copy()
    del kept["labels"]
    return kept


class Keys(Protocol):
    """Whatever makes keyed hashes of identities: a library, or a key in memory."""

    def patient_keys(self, identity: Identity) -> tuple[str, ...]:
        """Return the keys of a patient, the most precise first; () where unknown."""

    def case_key(self, identity: Identity) -> str | None:
        """Return the key of a case, or None."""

    def series_key(self, identity: Identity) -> str | None:
        """Return the key of a series, or None."""


class Sources:
    """Answers for each path of a folder what the user's choices say of it.

    Args:
        store: makes the hashes with its key.
        choices: what the user chose.
        table: the table that ``choices`` names, or None.
        paths: of all files that were found.
        relabel: whether labels come from another source than those in the library.
        says_new: whether the table may say otherwise than at the run before.
        was_one_class: whether all pictures lay in one folder then, which is no class.

    Attributes:
        is_one_class: whether they do now.
    """

    def __init__(
        self,
        store: Keys,
        choices: ImportChoices,
        table: LabelTable | None,
        paths: Sequence[str],
        *,
        relabel: bool,
        says_new: bool = True,
        was_one_class: bool = False,
    ) -> None:
        self._store = store
        self._pattern = choices.path_pattern()
        self.match: TableMatch | None = table.match(paths) if table else None
        self._table_labels = table is not None and bool(table.columns.labels)
        self._tag = bool(choices.label_tag)
        self._says_new = says_new
        classes = _classes(paths) if choices.class_folders else set()
        self._folders = len(classes) > 1
        self.is_one_class = len(classes) == 1
        # What lay in the one folder is of a class now that there are others.
        self._relabel = relabel or (was_one_class and self._folders)

    @property
    def may_differ(self) -> bool:
        """Whether anything may be said otherwise of a file that is not opened."""
        spoken = self.match is not None or self._pattern is not None
        return self._relabel or (spoken and self._says_new)

    def takes_away(self, path: str, known: KnownFile) -> bool:
        """Return whether the table says less of a known file than the library has.

        What is left may come from the header, or from the table as it was before; only
        reading the header again can tell.
        """
        if self.match is None or not self._says_new:
            return False
        named, row = self._named(path), self._row(path)
        if (known.patient_key and not named.patient) or (
            known.case_key and not named.case
        ):
            return True
        said = {key for key, _ in row.details} if row is not None else set()
        return any(
            key in kept.TABLE_KEYS and key not in said for key, _ in known.details
        )

    def of_opened(self, path: str, result: DecodeResult) -> Metadata:
        """Return all that is known of a file whose header was read."""
        named = self._named(path)
        header = result.identity
        if named.patient:
            # The table's patient has neither the header's issuer nor its birth date.
            header = Identity(
                patient=named.patient, study=header.study, series=header.series
            )
        keys = self._store.patient_keys(header)
        series = self._store.series_key(header)
        row = self._row(path)
        details = kept.merge(result.details, row.details if row else ())
        if series is not None:
            details = kept.merge(details, (("series", series),))
        return Metadata(
            labels=self._labels(path, result.tag_labels),
            patient_key=keys[0] if keys else None,
            case_key=self._case_key(named) or self._store.case_key(header),
            details=details,
        )

    def of_reread(self, path: str, result: DecodeResult, known: KnownFile) -> Metadata:
        """Return all that is known of a file whose header alone was read again.

        What was seen in its pixels stays, unless the header itself now declares text.
        """
        metadata = self.of_opened(path, result)
        seen = dict(known.details).get("text")
        if seen is None or dict(metadata.details).get("text") == "declared":
            return metadata
        return replace(
            metadata, details=kept.merge(metadata.details, (("text", seen),))
        )

    def of_known(self, path: str, known: KnownFile | ImageRecord) -> Metadata:
        """Return what is known of a file that is not opened again.

        Args:
            path: where it lies now.
            known: what the library has of it; an ``ImageRecord`` of another path where
                it has moved or is a copy. A class folder's label follows the file, a
                label from elsewhere stays.
        """
        named, row = self._named(path), self._row(path)
        labels = tuple(known.labels)
        if self._relabel:
            labels = self._labels(path, labels)
        elif self._table_labels:
            labels = row.labels if row is not None else ()
        elif named.label:
            labels = (named.label,)
        elif (
            not self._tag
            and isinstance(known, ImageRecord)
            and known.path != path
            and labels == self._folder_labels(known.path)
        ):
            labels = self._folder_labels(path)
        keys = self._store.patient_keys(Identity(patient=named.patient))
        return Metadata(
            labels=labels,
            patient_key=keys[0] if keys else known.patient_key,
            case_key=self._case_key(named) or known.case_key,
            details=kept.merge(known.details, row.details) if row else known.details,
        )

    def labels_of(self, path: str, tag_labels: tuple[str, ...]) -> tuple[str, ...]:
        """Return the labels of a file from where the user's choices have them.

        Args:
            path: the file.
            tag_labels: what the element that may hold labels says in its header.
        """
        return self._labels(path, tag_labels)

    # -- inside --------------------------------------------------------------------

    def _row(self, path: str) -> TableRow | None:
        return self.match.rows.get(path) if self.match is not None else None

    def _named(self, path: str) -> _Named:
        """Return what table and folders name, the table first."""
        row = self._row(path)
        parts = self._pattern.parts_of(path) if self._pattern is not None else {}
        return _Named(
            patient=(row.patient if row else "") or parts.get("patient", ""),
            case=(row.case if row else "") or parts.get("case", ""),
            label=parts.get("label", ""),
        )

    def _case_key(self, named: _Named) -> str | None:
        if not named.case:
            return None
        return self._store.case_key(Identity(patient=named.patient, study=named.case))

    def _labels(self, path: str, tag_labels: tuple[str, ...]) -> tuple[str, ...]:
        row, named = self._row(path), self._named(path)
        if self._table_labels:
            return row.labels if row is not None else ()
        if named.label:
            return (named.label,)
        if self._tag:
            return tag_labels
        return self._folder_labels(path)

    def _folder_labels(self, path: str) -> tuple[str, ...]:
        return label_tables.from_folder(path) if self._folders else ()


@dataclass(frozen=True, slots=True, repr=False)
class _Named:
    """What table and folders name of one path, in clear; "" for nothing."""

    patient: str
    case: str
    label: str


def _classes(paths: Sequence[str]) -> set[tuple[str, ...]]:
    """Return what the folders may be classes of; one alone is none."""
    # Once for each folder, not for each of a hundred thousand files.
    folders = {path.rpartition("/")[0] for path in paths}
    return {label_tables.from_folder(f"{folder}/file") for folder in folders} - {()}
