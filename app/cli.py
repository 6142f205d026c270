"""The command line: `moa`, `moa snapshot`, `moa screenshot`, `moa doctor`, `moa simulate`."""

from __future__ import annotations

import gc
import signal
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from app.domain.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Chosen = Any  # what was said: attributes by the names of the options


def main(arguments: Sequence[str] | None = None, *, painted: Callable[[], None] | None = None) -> int:
    """Run one command and return its exit code; `painted` is called after a window's first paint."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a windowed program has no streams
            stream.reconfigure(encoding="utf-8")  # pyright: ignore[reportAttributeAccessIssue]
    chosen = _chosen(sys.argv[1:] if arguments is None else arguments)
    chosen.painted = painted
    _hear_of_errors(chosen)
    try:
        return _COMMANDS[chosen.run](chosen)
    except SettingsError as error:
        sys.stderr.write(f"moa: {' '.join(error.message.split())}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _chosen(arguments: Sequence[str]) -> Chosen:
    """What was said. For the window alone, with or without the demo, no parser is loaded."""
    if set(arguments) <= {"--demo"}:
        return SimpleNamespace(run="window", selftest=False, demo=bool(arguments))
    from app.arguments import parsed

    return parsed(arguments)


def _hear_of_errors(chosen: Chosen) -> None:
    from app.main import logs

    logs.begin(keeps=chosen.run == "window" and not _is_demo(chosen))


def _profile(chosen: Chosen) -> Path:
    from app.main.profile import profile_folder

    return profile_folder(getattr(chosen, "profile", None))


def _is_demo(chosen: Chosen) -> bool:
    return bool(getattr(chosen, "demo", False))


def _speak(chosen: Chosen) -> None:
    """Speak the language of the profile, or Korean in the demo."""
    from app.main.profile import speak_as_set

    if not _is_demo(chosen):
        speak_as_set(_profile(chosen))


def _window(chosen: Chosen) -> int:
    if chosen.selftest:
        from app.main.selftest import selftest

        return selftest()
    signal.signal(signal.SIGTERM, _leave)  # until there is a window to close
    gc.disable()  # what a start makes is there to stay; later on garbage is collected in the window's loop
    from app.main.window import run_window

    return run_window(profile=_profile(chosen), demo=_is_demo(chosen), painted=chosen.painted)


def _leave(*_: object) -> None:
    raise SystemExit(0)


def _snapshot(chosen: Chosen) -> int:
    from app.main.snapshot import snapshot

    _speak(chosen)
    form = chosen.format or ("table" if sys.stdout.isatty() else "json")
    return snapshot(
        profile=_profile(chosen),
        demo=_is_demo(chosen),
        form=form,
        only=chosen.connection,
        write=sys.stdout.write,
    )


def _screenshot(chosen: Chosen) -> int:
    from app.main.screenshot import screenshot

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
    from app.main import doctor

    def write(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    _speak(chosen)
    if chosen.codes:
        return doctor.codes(write)
    return doctor.doctor(
        profile=_profile(chosen),
        demo=_is_demo(chosen),
        only=chosen.connection,
        write=write,
        save=chosen.save,
    )


def _simulate(chosen: Chosen) -> int:
    from app.simulator import command

    if chosen.list_faults:
        for name, description in command.fault_names():
            print(f"{name:24} {description}")
        return 0
    return command.run(
        port=chosen.port,
        seed=chosen.seed,
        positions=chosen.positions,
        ticks_per_second=chosen.ticks_per_second,
        faults=chosen.fault,
    )


_COMMANDS: dict[str, Callable[[Chosen], int]] = {
    "window": _window,
    "snapshot": _snapshot,
    "screenshot": _screenshot,
    "doctor": _doctor,
    "simulate": _simulate,
}
