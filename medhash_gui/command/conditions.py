"""What ``--where`` means: which pictures a command is about.

Not with the other options: a filter comes with the modules that read pictures, and the
grammar is made before the window paints.
"""

from __future__ import annotations

from collections.abc import Sequence

from medhash_gui.details import TABLE_KEYS
from medhash_gui.errors import DatasetError
from medhash_gui.search_result import SearchFilter


def filter_of(conditions: Sequence[tuple[str, str]]) -> SearchFilter:
    """Return which pictures pass conditions, as ``options.condition`` gives them.

    Raises:
        DatasetError: two folders are named.
    """
    folders = [value for key, value in conditions if key == "folder"]
    if len(folders) > 1:
        msg = "--where names two folders; a search is of one, and what lies below it."
        hint = "Name the folder that holds both."
        raise DatasetError(msg, hint=hint)
    return SearchFilter(
        labels=tuple(value for key, value in conditions if key == "label"),
        details=tuple(one for one in conditions if one[0] in TABLE_KEYS),
        folder=folders[0] if folders else "",
    )
