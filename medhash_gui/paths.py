"""Where resources, packaged models, user models, libraries and logs live.

The same call works in a source tree, in an installed wheel (hatchling puts
``resources`` and ``models`` inside the package as ``_resources`` and ``_models``) and
in a frozen program. ``MEDHASH_HOME`` moves everything the user owns, which tests and
portable installations need.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parent


def _shipped(inside: str, beside: str) -> Path:
    wheel = _PACKAGE / inside
    return wheel if wheel.is_dir() else _PACKAGE.parent / beside


def resource(name: str) -> Path:
    """Return the path of a shipped resource such as ``icons/search.svg``."""
    return _shipped("_resources", "resources") / name


def packaged_models() -> Path:
    """Return the folder of the model bundles that MedHash ships."""
    return _shipped("_models", "models")


def user_data() -> Path:
    """Return the user's data folder, which need not exist yet."""
    home = os.environ.get("MEDHASH_HOME")
    if home:
        return Path(home)
    return Path(platformdirs.user_data_dir("MedHash", appauthor=False))


def user_models() -> Path:
    """Return the folder of the models that the user trained or imported."""
    return user_data() / "models"


def runs() -> Path:
    """Return the folder of the training runs that the window starts."""
    return user_data() / "runs"


def weights_of(backbone: str) -> Path:
    """Return where the published weights of a backbone lie, once they were fetched."""
    return user_data() / "weights" / f"{backbone}.safetensors"


def libraries() -> Path:
    """Return the folder for libraries that the window makes of dropped folders."""
    return user_data() / "libraries"


def keys() -> Path:
    """Return the folder of the keys of libraries that were pushed to a server."""
    return user_data() / "keys"


def searches_of(library: str) -> Path:
    """Return the file of the searches that were kept of a library.

    Args:
        library: where it lies: an absolute path or an address.
    """
    import hashlib  # late: the first paint of the window waits for no more

    digits = hashlib.blake2b(library.encode(), digest_size=8).hexdigest()
    return user_data() / "searches" / f"{digits}.json"


def samples() -> Path:
    """Return the folder that the first run fills with synthetic sample pictures."""
    return user_data() / "samples"


def logs() -> Path:
    """Return the folder of the log files."""
    return user_data() / "logs"


def settings_file() -> Path:
    """Return the file that holds the settings that differ from their defaults."""
    return user_data() / "settings.json"
