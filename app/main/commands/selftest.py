"""`moa --selftest`: checks that a build of the program is complete.

A missing part of a build shows late: a module on its first import, a plug-in as an empty picture,
a translation as English text. A frozen program includes `contents.json`, the contents of the checkout.
"""

import hashlib
import importlib
import json
import logging
import pkgutil
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

import app
from app import __version__
from app.main.commands.screenshot import screenshot
from app.resources import is_frozen, resource

# Imported on first use, so that a build may lack them unnoticed.
LAZY = (
    "aiohttp",
    "httpx",
    "keyring",
    "msgspec",
    "platformdirs",
    "pyqtgraph",
    "python_socks.async_.asyncio",
    "qasync",
    "socksio",
    "squarify",
    "tomlkit",
    "truststore",
    "websockets",
    "xlsxwriter",
)
CONTENTS = "contents.json"  # the SHA-256 of each resource by its path
LICENCES = "licences"
QT_LICENCES = ("Qt.txt", "LGPL-3.0.txt", "GPL-3.0.txt")
_IMAGES = {"ico", "jpeg", "png", "svg"}
_QT_WORDS = "qtbase_ko"
_TABS = 5


def selftest() -> int:
    """Check every part of the program, draw each tab from the simulator, print JSON; return 0 on success."""
    notes = _Notes()
    logging.getLogger().addHandler(notes)
    try:
        checks = {check.__name__: list(_findings(check)) for check in CHECKS}
    finally:
        logging.getLogger().removeHandler(notes)
    checks["log"] = notes.texts
    is_whole = not any(checks.values())
    if sys.stdout is not None:  # a windowed program has none
        report = {"version": __version__, "ok": is_whole, "checks": checks}
        sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    return 0 if is_whole else 1


def modules() -> Iterable[str]:
    """Import every module of the program, and every package that is imported late; return the failures."""
    for name in (*LAZY, *own_modules()):
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - whatever a module raises, the build is incomplete
            yield f"{name}: {type(error).__name__}: {error}"


def own_modules() -> list[str]:
    """Return every module of the program except those that start it."""
    found = pkgutil.walk_packages(app.__path__, f"{app.__name__}.")
    return [each.name for each in found if not each.name.endswith("__main__")]


def resources() -> Iterable[str]:
    """Compare fonts, icons, colours and words with the checkout's; the source is the checkout itself."""
    contents = resource(CONTENTS)
    if not contents.is_file():
        if is_frozen():
            yield CONTENTS
        return
    for name, digest in json.loads(contents.read_text(encoding="utf-8")).items():
        path = resource(*name.split("/"))
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            yield name


def plugins() -> Iterable[str]:
    """Check what Qt loads by itself: image formats, and its Korean translation."""
    from PySide6.QtCore import QLibraryInfo, QTranslator
    from PySide6.QtGui import QImageReader

    formats = {bytes(each.data()).decode() for each in QImageReader.supportedImageFormats()}
    yield from (f"imageformats/{name}" for name in sorted(_IMAGES - formats))
    words = QTranslator()
    if not words.load(_QT_WORDS, QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        yield f"translations/{_QT_WORDS}"


def keychain() -> Iterable[str]:
    """Check the keychain back end of this system."""
    import keyring

    back_end = keyring.get_keyring()
    if sys.platform in ("win32", "darwin") and type(back_end).__module__ in (
        "keyring.backends.fail",
        "keyring.backends.null",
    ):
        yield type(back_end).__module__


def licences() -> Iterable[str]:
    """Check the licence texts that have to be included; Qt's wheels have none."""
    for name in QT_LICENCES:
        if not resource(LICENCES, name).is_file():
            yield f"{LICENCES}/{name}"
    if not is_frozen():  # installed packages have their own
        return
    index = resource(LICENCES, "index.json")
    if not index.is_file():
        yield f"{LICENCES}/index.json"
        return
    parts = json.loads(index.read_text(encoding="utf-8"))
    lacking = {"pyside6-essentials", "shiboken6", "python", "pretendard"} - {part["name"] for part in parts}
    yield from sorted(lacking)
    for part in parts:
        for text in part["texts"]:
            if not resource(LICENCES, text).is_file():
                yield f"{LICENCES}/{text}"


def pictures() -> Iterable[str]:
    """Draw each tab, from the simulator over HTTP and WebSocket."""
    with tempfile.TemporaryDirectory(prefix="moa-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        code = screenshot(folder, profile=folder, demo=True, theme="light", size=(1280, 800))
        drawn = sorted(path.name for path in folder.glob("*.png") if path.stat().st_size)
    if code or len(drawn) < _TABS:
        yield f"drawn: {', '.join(drawn) or 'nothing'}"


CHECKS: tuple[Callable[[], Iterable[str]], ...] = (
    modules,
    resources,
    plugins,
    keychain,
    licences,
    pictures,
)


def _findings(check: Callable[[], Iterable[str]]) -> Iterable[str]:
    try:
        yield from check()
    except Exception as error:  # noqa: BLE001 - every error is reported, and sets the exit code
        yield f"{type(error).__name__}: {error}"


class _Notes(logging.Handler):
    """Collects warnings and errors from the log: a complete program logs none."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Store the text."""
        self.texts.append(record.getMessage())
