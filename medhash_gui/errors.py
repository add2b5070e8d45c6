"""The failures a user can meet, each a sentence with a way out.

Everything raised on purpose by the core is a ``MedHashError``: its text says what
happened and names the thing, its ``hint`` says what to do. The command line prints
both and exits with 3; the window shows both. Any other exception is a bug.
"""

from __future__ import annotations

from typing import Literal

FileState = Literal["damaged", "unsupported", "not_an_image"]


class MedHashError(Exception):
    """A foreseeable failure: ``message`` names it, ``hint`` shows the way out."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UnreadableImageError(MedHashError):
    """A file that gives no picture.

    Attributes:
        state: "damaged" (a picture, but broken), "unsupported" (a picture that this
            installation cannot decode or will not, such as one over the pixel cap) or
            "not_an_image" (sound, but no picture: text, a DICOM report).
    """

    def __init__(self, message: str, *, state: FileState, hint: str = "") -> None:
        if state == "not_an_image":
            # Whoever named the file as a query meant another one.
            hint = hint or "Choose a picture: PNG, JPEG, TIFF, BMP, WebP or DICOM."
        super().__init__(message, hint=hint)
        self.state: FileState = state


class LibraryError(MedHashError):
    """A library that cannot be opened, made or written to."""


class LibraryBusyError(LibraryError):
    """Another process is writing to the library."""


class StoreFormatError(LibraryError):
    """A library that is damaged, or was written by a newer version."""


class ModelMismatchError(MedHashError):
    """The codes of the library were made by another model."""


class BundleError(MedHashError):
    """A model folder that is incomplete, changed, or not to be trusted."""


class DeviceError(MedHashError):
    """The device that was asked for is not there."""


class DatasetError(MedHashError):
    """Labels or pictures from which nothing can be learned or checked."""


class TrainingDivergedError(MedHashError):
    """A loss that is no longer a finite number."""


class MissingExtraError(MedHashError):
    """A package that this task needs is not installed."""


class SettingsError(MedHashError):
    """A settings file that cannot be read or holds an impossible value."""


class AuditError(MedHashError):
    """The audit log cannot be read or written."""


class WeightsError(MedHashError):
    """Published weights that cannot be fetched, or are not those expected."""


class CheckpointError(MedHashError):
    """A checkpoint that cannot be written, read, or continued from."""


class ExportError(MedHashError):
    """Something that is not to leave the desk so, or a place that does not take it."""


class ComparisonError(MedHashError):
    """A comparison that is of something else, or whose folder cannot be used."""
