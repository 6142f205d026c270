"""Location of bundled files: beside the source, in the wheel or in the frozen folder."""

import sys
from functools import cache
from pathlib import Path


def resource(*parts: str) -> Path:
    """Return the path of a bundled file, e.g. `resource("icons", "refresh.svg")`."""
    return _root().joinpath(*parts)


def is_frozen() -> bool:
    """Return whether this is a packaged program, which has no terminal commands beside it."""
    return hasattr(sys, "_MEIPASS")


@cache
def _root() -> Path:
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        return Path(frozen) / "resources"
    here = Path(__file__).resolve().parent
    installed = here / "_resources"
    return installed if installed.is_dir() else here.parent / "resources"
