"""The command line: `moa`, `moa snapshot`, `moa screenshot`, `moa doctor`, `moa history`, `moa simulate`."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from app.domain.errors import SettingsError
from app.domain.language import tr, tr_lazy
from app.main.system import process

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

Chosen = Any  # attributes by the names of the options


def main(arguments: Sequence[str] | None = None, *, painted: Callable[[], None] | None = None) -> int:
    """Run one command and return its exit code; `painted` is called after a window's first paint."""
    if arguments is None:
        process.begin()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a windowed program has no streams
            # Paths from older file systems may not be UTF-8 and are escaped.
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # pyright: ignore[reportAttributeAccessIssue]
    try:
        code = _run(sys.argv[1:] if arguments is None else arguments, painted)
        _flush()
    except SettingsError as error:
        return _refuse(error.message, 2)
    except _OutputLost as lost:
        return _refuse(tr("The output could not be written: {reason}", reason=lost), 1)
    return code


class _OutputLost(Exception):
    """The standard output is closed or full; the text states which."""


def _run(arguments: Sequence[str], painted: Callable[[], None] | None) -> int:
    try:
        chosen = _chosen(arguments)
    except SystemExit as end:  # the parser has printed its message
        return end.code if isinstance(end.code, int) else 0
    except OSError as exc:
        raise _OutputLost(_why_lost(exc)) from None
    chosen.painted = painted
    _begin_logs(chosen)
    return _COMMANDS[chosen.run](chosen)


def _refuse(message: str, code: int) -> int:
    """Print in one line why the command ends, if stderr is open, and return the code."""
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            sys.stderr.write(f"moa: {' '.join(message.split())}\n")
            sys.stderr.flush()
    return code


def _write(text: str) -> None:
    """Print to the standard output and flush. Raises _OutputLost."""
    if sys.stdout is None:
        raise _OutputLost(tr("the standard output is closed"))
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError) as exc:
        raise _OutputLost(_why_lost(exc)) from None


def _flush() -> None:
    """Flush the output, so that failures are reported here and not at the interpreter's exit."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except (OSError, ValueError) as exc:
        raise _OutputLost(_why_lost(exc)) from None


def _why_lost(error: Exception) -> str:
    from app.services.files import why

    # Buffered data would fail again at the interpreter's exit.
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError) or not isinstance(error, OSError):
        return tr("the standard output is closed")
    return str(why(error))


def _chosen(arguments: Sequence[str]) -> Chosen:
    """Return the options; for the window alone, with or without the demo, no parser is loaded."""
    if set(arguments) <= {"--demo"}:
        return SimpleNamespace(run="window", selftest=False, demo=bool(arguments))
    from app.arguments import parsed

    return parsed(arguments)


def _begin_logs(chosen: Chosen) -> None:
    from app.main.system import logs

    logs.begin(keeps=chosen.run == "window" and not _is_demo(chosen))


def _profile(chosen: Chosen) -> Path:
    from app.main.profile import profile_folder

    return profile_folder(getattr(chosen, "profile", None))


def _is_demo(chosen: Chosen) -> bool:
    return bool(getattr(chosen, "demo", False))


def _use_language(chosen: Chosen) -> None:
    """Use the language of the profile, or Korean in the demo."""
    from app.main.profile import use_set_language

    if not _is_demo(chosen):
        use_set_language(_profile(chosen))


def _window(chosen: Chosen) -> int:
    if chosen.selftest:
        from app.main.commands.selftest import selftest

        return selftest()
    gc.disable()  # objects of the start stay alive; later, garbage is collected in the window's loop
    import_module("app.main.system.application")  # before Qt: it makes later imports cheaper
    from app.main.commands.window import run_window

    return run_window(profile=_profile(chosen), demo=_is_demo(chosen), painted=chosen.painted)


def _snapshot(chosen: Chosen) -> int:
    from app.main.commands.snapshot import snapshot

    _use_language(chosen)
    return snapshot(
        profile=_profile(chosen),
        demo=_is_demo(chosen),
        form=chosen.format or _usual_form(),
        only=chosen.connection,
        write=_write,
    )


def _usual_form() -> str:
    return "table" if sys.stdout is not None and sys.stdout.isatty() else "json"


def _screenshot(chosen: Chosen) -> int:
    from app.main.commands.screenshot import screenshot

    return screenshot(
        chosen.folder,
        profile=_profile(chosen),
        demo=_is_demo(chosen),
        theme=chosen.theme,
        size=chosen.size,
        lang=chosen.lang,
        mask=chosen.mask,
    )


def _doctor(chosen: Chosen) -> int:
    from app.main.commands import doctor

    _use_language(chosen)
    if chosen.codes:
        return doctor.codes(_write)
    return doctor.doctor(
        profile=_profile(chosen),
        demo=_is_demo(chosen),
        only=chosen.connection,
        write=_write,
        save=chosen.save,
    )


def _history(chosen: Chosen) -> int:
    from app.main.commands import history

    profile = _recorded_profile(chosen)
    match chosen.action:
        case "import":
            return history.import_file(chosen.file, profile=profile, write=_write, refuse=_refuse)
        case "backup":
            return history.back_up(chosen.file, profile=profile, write=_write, refuse=_refuse)
        case "restore":
            return history.restore(chosen.file, profile=profile, write=_write, refuse=_refuse)
        case _:
            first, last = _span(chosen)
            return history.show(
                profile=profile,
                form=chosen.format,
                only=chosen.connection,
                first=first,
                last=last,
                write=_write,
                refuse=_refuse,
            )


def _simulate(chosen: Chosen) -> int:
    from app.simulator.faults import fault_names
    from app.simulator.options import Options
    from app.simulator.process import run

    if chosen.list_faults:
        _write("".join(f"{name:24} {text}\n" for name, text in fault_names()))
        return 0
    options = Options(
        port=chosen.port,
        seed=chosen.seed,
        positions=chosen.positions,
        ticks_per_second=chosen.ticks_per_second,
        faults=tuple(chosen.fault),
    )
    return run(options, _write)


def _returns(chosen: Chosen) -> int:
    from app.main.commands.returns import returns

    profile = _recorded_profile(chosen)
    first, last = _span(chosen)
    return returns(
        profile=profile,
        form=chosen.format or _usual_form(),
        first=first,
        last=last,
        write=_write,
        refuse=_refuse,
    )


def _recorded_profile(chosen: Chosen) -> Path:
    """Return the profile whose history a command is about. Raises SettingsError for the demo."""
    _use_language(chosen)
    if _is_demo(chosen):
        raise SettingsError(tr_lazy("--demo: The demo keeps no history."))
    return _profile(chosen)


def _span(chosen: Chosen) -> tuple[date | None, date | None]:
    """Return the first and the last day that were chosen. Raises SettingsError."""
    first, last = chosen.first, chosen.last
    if first is not None and last is not None and first > last:
        raise SettingsError(tr_lazy("--from must not be after --to."))
    return first, last


_COMMANDS: dict[str, Callable[[Chosen], int]] = {
    "window": _window,
    "snapshot": _snapshot,
    "screenshot": _screenshot,
    "doctor": _doctor,
    "history": _history,
    "simulate": _simulate,
    "returns": _returns,
}
