"""Changes to settings.toml that keep everything else in it, comments too."""

import os
import tempfile
from pathlib import Path

import tomlkit
from tomlkit.items import Table

from app.domain.views import View


def save_refresh(path: Path, view: View, seconds: int) -> None:
    """Set the seconds between two reads of a kind of view. Raises OSError."""
    document = tomlkit.parse(path.read_text("utf-8-sig"))
    if "refresh" not in document:
        document["refresh"] = tomlkit.table()
    refresh = document["refresh"]
    assert isinstance(refresh, Table)  # the program runs on settings that were read
    refresh[view.value] = seconds
    replace_text(path, tomlkit.dumps(document))


def replace_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: over a temporary one in the same folder. Raises OSError."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
