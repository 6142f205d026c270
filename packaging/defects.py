"""Incomplete builds: each part is removed in turn, and the self-test must report it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

# A pattern below the frozen folder's `_internal`, for one part of each kind.
PARTS = {
    "a plug-in": "PySide6/**/imageformats/*qsvg.*",
    "a translation": "PySide6/**/qtbase_ko.qm",
    "a hidden import": "msgspec/_core.*",
    "a licence": "resources/licences/LGPL-3.0.txt",
    "a word list": "resources/words/ko/tabs.json",
}


def missed(folder: Path, selftest: Callable[[], int]) -> list[str]:
    """Return the parts whose absence the self-test does not report. Raises LookupError for unknown parts."""
    found: list[str] = []
    for name, pattern in PARTS.items():
        part = next(iter((folder / "_internal").glob(pattern)), None)
        if part is None:
            raise LookupError(f"{name}: no {pattern} in {folder}")
        aside = folder / (part.name + ".aside")  # not beside it: Qt loads a plug-in whatever its suffix
        part.rename(aside)
        try:
            if selftest() == 0:
                found.append(name)
        finally:
            aside.rename(part)
    return found
