"""The program's log, in `logs/` of the profile, with secrets removed from every record.

Until the first paint nothing is written: records wait in memory and do not delay the start.
"""

import logging
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from app.services.files import make_folder, open_file

logger = logging.getLogger(__name__)

FOLDER, FILE_NAME = "logs", "moa.log"
LARGEST, OLDER_FILES = 1_000_000, 2
_MOST_WAITING = 1_000
_LONGEST_NOTE = 20_000


def begin(*, keeps: bool = False) -> None:
    """Print warnings and uncaught errors to stderr; the program continues where it can.

    `keeps` buffers records for `keep_in`.
    """
    logging.getLogger().setLevel(logging.INFO)
    _add(_OnScreen())
    if keeps:
        _add(_Waiting())
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


def keep_in(profile: Path) -> None:
    """Write buffered and future records to the profile. If that fails, nothing else does.

    A second call does nothing.
    """
    root = logging.getLogger()
    if any(isinstance(each, _File) for each in root.handlers):
        return
    kept = _File(profile / FOLDER / FILE_NAME)
    _add(kept)
    for waiting in [each for each in root.handlers if isinstance(each, _Waiting)]:
        root.removeHandler(waiting)
        for record in waiting.records:
            kept.handle(record)


def keep_no_more() -> None:
    """Undo `keep_in`."""
    _remove(_File)


def end() -> None:
    """Undo `begin` and `keep_in`."""
    _remove(_OnScreen, _Waiting, _File)
    sys.excepthook = sys.__excepthook__
    threading.excepthook = threading.__excepthook__


def files(profile: Path) -> list[Path]:
    """Return the profile's log files, the newest first."""
    return sorted((profile / FOLDER).glob(f"{FILE_NAME}*"))


class _Concealing(logging.Filter):
    """Removes secrets from a record before any handler formats it."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not getattr(record, "is_concealed", False):
            _conceal(record)
        return True


def _conceal(record: logging.LogRecord) -> None:
    from app.domain.plain_text import one_line
    from app.domain.privacy import concealed

    try:
        said = record.getMessage()
    except Exception as error:  # noqa: BLE001 - a record that cannot be formatted ends nothing
        said = f"{record.msg} ({type(error).__name__})"
    # Indent continuation lines, so that foreign text cannot imitate a record.
    lines = [one_line(line) for line in concealed(said[:_LONGEST_NOTE]).splitlines()]
    record.msg, record.args = "\n    ".join(lines), ()
    if record.exc_info:
        text = record.exc_text or _FORM.formatException(record.exc_info)
        record.exc_text = concealed(text[-_LONGEST_NOTE:])
        record.exc_info = None
    if record.stack_info:
        record.stack_info = concealed(record.stack_info)
    record.is_concealed = True


class _Form(logging.Formatter):
    """Formats `2026-11-20 10:15:29.123 WARNING app.services.line_keeper: ...`, in KST."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        from datetime import datetime

        from app.domain.clock import KST

        del datefmt
        return datetime.fromtimestamp(record.created, KST).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


_FORM = _Form()


class _OnScreen(logging.Handler):
    """Prints warnings and worse to stderr, where there is one."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)

    def emit(self, record: logging.LogRecord) -> None:
        with suppress(OSError, ValueError):  # it may be closed
            if sys.stderr is not None:
                sys.stderr.write(f"{self.format(record)}\n")


class _Waiting(logging.Handler):
    """Buffers records until there is a file."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if len(self.records) < _MOST_WAITING:
            self.records.append(record)


class _File(logging.Handler):
    """Writes the newest records, readable only by the owner; a full disk or locked folder only loses some."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._handle: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        note = f"{self.format(record)}\n".encode(errors="replace")
        with suppress(OSError):
            if self._handle is not None and os.fstat(self._handle).st_size + len(note) > LARGEST:
                self._close()
                self._move_on()
            if self._handle is None:
                make_folder(self._path.parent)
                self._handle = open_file(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(self._handle, note)

    def close(self) -> None:
        self._close()
        super().close()

    def _close(self) -> None:
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)

    def _move_on(self) -> None:
        for number in range(OLDER_FILES, 0, -1):
            younger = self._path.with_name(f"{FILE_NAME}.{number - 1}") if number > 1 else self._path
            with suppress(OSError):  # another program reads it: retry with the next record
                younger.replace(self._path.with_name(f"{FILE_NAME}.{number}"))


def _add(handler: logging.Handler) -> None:
    handler.addFilter(_Concealing())
    handler.setFormatter(_FORM)
    logging.getLogger().addHandler(handler)


def _remove(*kinds: type[logging.Handler]) -> None:
    root = logging.getLogger()
    for handler in [each for each in root.handlers if isinstance(each, kinds)]:
        root.removeHandler(handler)
        handler.close()


def _log_uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logger.critical("uncaught error", exc_info=(kind, error, trace))


def _log_uncaught_in_thread(arguments: threading.ExceptHookArgs) -> None:
    error = arguments.exc_value
    if error is None or isinstance(error, SystemExit):
        return
    name = arguments.thread.name if arguments.thread is not None else "?"
    logger.critical(
        "uncaught error in thread %s",
        name,
        exc_info=(arguments.exc_type, error, arguments.exc_traceback),
    )
