"""`moa --selftest`: whether a build of the program is whole."""

import importlib
import logging
import pkgutil
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import app
from app.main.commands.screenshot import screenshot
from app.resources import resource
from app.ui.window.sheets import packages

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
        if not packages():
            raise FileNotFoundError("the metadata of the packages")
        for parts in RESOURCES:
            if not resource(*parts).is_file():
                raise FileNotFoundError("/".join(parts))
        with tempfile.TemporaryDirectory(prefix="moa-", ignore_cleanup_errors=True) as name:
            folder = Path(name)
            with _errors() as errors:
                code = screenshot(folder, profile=folder, demo=True, theme="light", size=(1280, 800))
            pictures = sorted(path.name for path in folder.glob("*.png") if path.stat().st_size)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told and the code says so
        return _fail(f"{type(error).__name__}: {error}")
    if errors:
        return _fail(f"logged: {errors[0]}")
    if code or len(pictures) < _TABS:
        return _fail(f"drawn: {', '.join(pictures) or 'nothing'}")
    return 0


@contextmanager
def _errors() -> Generator[list[str]]:
    """What is logged as an error while inside: a task may fail without ending the program."""
    found: list[str] = []

    class Kept(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(f"{record.name}: {record.getMessage()}")

    handler = Kept(logging.ERROR)
    logging.getLogger().addHandler(handler)
    try:
        yield found
    finally:
        logging.getLogger().removeHandler(handler)


def own_modules() -> list[str]:
    """Every module of the program but the ones that start it."""
    found = pkgutil.walk_packages(app.__path__, f"{app.__name__}.")
    return [each.name for each in found if not each.name.endswith("__main__")]


def _fail(reason: str) -> int:
    if sys.stderr is not None:  # a windowed program has none
        sys.stderr.write(f"moa: selftest: {reason}\n")
    return 1
