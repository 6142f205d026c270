"""`moa --selftest`: whether a build of the program is whole.

What is missing from a build shows late: a module when it is first imported, a plug-in as a picture that stays
empty, a translation as English words. A frozen program brings `contents.json`, what the checkout had.
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

# Imported on first use, so a build may have missed them without anyone noticing.
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
CONTENTS = "contents.json"  # the SHA-256 of each resource, by its path
LICENCES = "licences"
QT_LICENCES = ("Qt.txt", "LGPL-3.0.txt", "GPL-3.0.txt")
_IMAGES = {"ico", "jpeg", "png", "svg"}
_QT_WORDS = "qtbase_ko"
_TABS = 5


def selftest() -> int:
    """Look for each part of the program, draw each tab from the simulator, print JSON; 0 if all is well."""
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
    """Every module of the program, and every package that is imported late."""
    for name in (*LAZY, *own_modules()):
        try:
            importlib.import_module(name)
        except Exception as error:  # noqa: BLE001 - whatever a module raises, the build is not whole
            yield f"{name}: {type(error).__name__}: {error}"


def own_modules() -> list[str]:
    """Every module of the program but the ones that start it."""
    found = pkgutil.walk_packages(app.__path__, f"{app.__name__}.")
    return [each.name for each in found if not each.name.endswith("__main__")]


def resources() -> Iterable[str]:
    """Fonts, icons, colours and words, each as the checkout had it; the source is the checkout itself."""
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
    """What Qt loads by itself: the formats of pictures, and its own words in Korean."""
    from PySide6.QtCore import QLibraryInfo, QTranslator
    from PySide6.QtGui import QImageReader

    formats = {bytes(each.data()).decode() for each in QImageReader.supportedImageFormats()}
    yield from (f"imageformats/{name}" for name in sorted(_IMAGES - formats))
    words = QTranslator()
    if not words.load(_QT_WORDS, QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        yield f"translations/{_QT_WORDS}"


def keychain() -> Iterable[str]:
    """The back end that this system should have."""
    import keyring

    back_end = keyring.get_keyring()
    if sys.platform in ("win32", "darwin") and type(back_end).__module__ in (
        "keyring.backends.fail",
        "keyring.backends.null",
    ):
        yield type(back_end).__module__


def licences() -> Iterable[str]:
    """The texts that must come with what the program is built on; Qt's wheels bring none."""
    for name in QT_LICENCES:
        if not resource(LICENCES, name).is_file():
            yield f"{LICENCES}/{name}"
    if not is_frozen():  # what is installed brings its own
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
    """A picture of each tab, from the simulator over HTTP and WebSocket."""
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
    except Exception as error:  # noqa: BLE001 - whatever it is, it is reported and the code says so
        yield f"{type(error).__name__}: {error}"


class _Notes(logging.Handler):
    """The warnings and errors that were logged: a whole program logs none."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text."""
        self.texts.append(record.getMessage())
