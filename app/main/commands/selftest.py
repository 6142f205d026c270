"""`moa --selftest`: whether a build of the program is whole."""

import importlib
import pkgutil
import sys
import tempfile
from pathlib import Path

import app
from app.main.commands.screenshot import screenshot
from app.resources import resource

# Imported on first use, so a build may have missed them without anyone noticing.
LAZY = (
    "aiohttp",
    "httpx",
    "keyring",
    "msgspec",
    "platformdirs",
    "pyqtgraph",
    "qasync",
    "squarify",
    "tomlkit",
    "websockets",
    "xlsxwriter",
)
RESOURCES = (
    ("fonts", "Pretendard-Regular.otf"),
    ("fonts", "OFL.txt"),
    ("icons", "refresh.svg"),
    ("words", "ko", "tabs.json"),
)
_TABS = 5


def selftest() -> int:
    """Import what is imported late, find the resources, draw each tab from the simulator; 0 if well."""
    try:
        for name in (*LAZY, *own_modules()):
            importlib.import_module(name)
        import keyring

        keyring.get_keyring()
        for parts in RESOURCES:
            if not resource(*parts).is_file():
                raise FileNotFoundError("/".join(parts))
        with tempfile.TemporaryDirectory(prefix="moa-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            code = screenshot(folder, profile=folder, demo=True, theme="light", size=(1280, 800))
            pictures = sorted(path.name for path in folder.glob("*.png") if path.stat().st_size)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told and the code says so
        return _fail(f"{type(error).__name__}: {error}")
    if code or len(pictures) < _TABS:
        return _fail(f"drawn: {', '.join(pictures) or 'nothing'}")
    return 0


def own_modules() -> list[str]:
    """Every module of the program but the ones that start it."""
    found = pkgutil.walk_packages(app.__path__, f"{app.__name__}.")
    return [each.name for each in found if not each.name.endswith("__main__")]


def _fail(reason: str) -> int:
    if sys.stderr is not None:  # a windowed program has none
        sys.stderr.write(f"moa: selftest: {reason}\n")
    return 1
