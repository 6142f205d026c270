"""The command line: `moa`, `moa snapshot`, `moa screenshot`, `moa doctor`, `moa simulate`."""

import argparse
import gc
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from app import __version__
from app.domain.errors import SettingsError
from app.domain.language import tr
from app.domain.privacy import masked


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {masked(' '.join(message.split()))}\n")


def main(arguments: Sequence[str] | None = None, *, painted: Callable[[], None] | None = None) -> int:
    """Run one command and return its exit code; `painted` is called after a window's first paint."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a windowed program has no streams
            stream.reconfigure(encoding="utf-8")  # pyright: ignore[reportAttributeAccessIssue]
    chosen = _parser().parse_args(arguments)
    chosen.painted = painted
    _hear_of_errors(chosen)
    try:
        return chosen.run(chosen)
    except SettingsError as error:
        sys.stderr.write(f"moa: {' '.join(error.message.split())}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _hear_of_errors(chosen: argparse.Namespace) -> None:
    from app.main import logs

    logs.begin(keeps=chosen.run is _window and not _is_demo(chosen))


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="moa", description=tr("Shows the holdings at Korea Investment and Kiwoom in one window.")
    )
    parser.add_argument("--version", action="version", version=f"moa {__version__}")
    parser.add_argument(
        "--selftest", action="store_true", help=tr("check that the program is whole, and end")
    )
    _common(parser)
    parser.set_defaults(run=_window)
    commands = parser.add_subparsers(title=tr("commands"), metavar=tr("commands"), parser_class=_Parser)

    snapshot = commands.add_parser("snapshot", help=tr("read every connection once and print it"))
    _common(snapshot)
    snapshot.add_argument("--format", choices=("json", "table", "csv"))
    snapshot.add_argument("--connection", action="append", default=[], metavar="ID")
    snapshot.set_defaults(run=_snapshot)

    screenshot = commands.add_parser("screenshot", help=tr("make one picture file of each tab"))
    _common(screenshot)
    screenshot.add_argument("folder", type=Path, metavar="DIR")
    screenshot.add_argument("--theme", choices=("light", "dark"), default="light")
    screenshot.add_argument("--lang", choices=("ko", "en"))
    screenshot.add_argument("--size", type=_size, default=(1280, 800), metavar="1280x800")
    screenshot.add_argument("--mask", action="store_true")
    screenshot.set_defaults(run=_screenshot)

    doctor = commands.add_parser("doctor", help=tr("examine each connection: what works and what does not"))
    _common(doctor)
    doctor.add_argument("--connection", action="append", default=[], metavar="ID")
    doctor.add_argument(
        "--save", type=Path, metavar="FILE.zip", help=tr("save what was found and the logs to a file")
    )
    doctor.add_argument(
        "--codes",
        action="store_true",
        help=tr("show the brokers' error codes, what they mean and what to do"),
    )
    doctor.set_defaults(run=_doctor)

    simulate = commands.add_parser("simulate", help=tr("run a practice broker server on this computer"))
    simulate.add_argument("--port", type=_port, default=0)
    simulate.add_argument("--seed", type=int, default=1)
    simulate.add_argument("--positions", type=int, default=30)
    simulate.add_argument("--ticks-per-second", type=_rate, default=20.0)
    simulate.add_argument("--fault", action="append", default=[], metavar="NAME")
    simulate.add_argument("--list-faults", action="store_true")
    simulate.set_defaults(run=_simulate)
    return parser


def _common(parser: argparse.ArgumentParser) -> None:
    # SUPPRESS: a sub-command's default must not undo what was said before its name.
    parser.add_argument(
        "--profile", metavar="DIR", default=argparse.SUPPRESS, help=tr("the folder of the settings")
    )
    parser.add_argument(
        "--demo", action="store_true", default=argparse.SUPPRESS, help=tr("connect to the practice server")
    )


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(tr("it must have the form WIDTHxHEIGHT"))
    size = int(width), int(height)
    if not (640 <= size[0] <= 7680 and 480 <= size[1] <= 4320):
        raise argparse.ArgumentTypeError(tr("it must lie between 640x480 and 7680x4320"))
    return size


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) < 65536):
        raise argparse.ArgumentTypeError(tr("it must be a whole number from 0 to 65535"))
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 100_000:
        raise argparse.ArgumentTypeError(tr("it must be a number from 0 to 100000"))
    return rate


def _profile(chosen: argparse.Namespace) -> Path:
    from app.main.profile import profile_folder

    return profile_folder(getattr(chosen, "profile", None))


def _is_demo(chosen: argparse.Namespace) -> bool:
    return bool(getattr(chosen, "demo", False))


def _speak(chosen: argparse.Namespace) -> None:
    """Speak the language of the profile, or Korean in the demo."""
    from app.main.profile import speak_as_set

    if not _is_demo(chosen):
        speak_as_set(_profile(chosen))


def _window(chosen: argparse.Namespace) -> int:
    if chosen.selftest:
        from app.main.selftest import selftest

        return selftest()
    signal.signal(signal.SIGTERM, _leave)  # until there is a window to close
    gc.disable()  # what a start makes is there to stay; later on garbage is collected in the window's loop
    from app.main.window import run_window

    return run_window(profile=_profile(chosen), demo=_is_demo(chosen), painted=chosen.painted)


def _leave(*_: object) -> None:
    raise SystemExit(0)


def _snapshot(chosen: argparse.Namespace) -> int:
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


def _screenshot(chosen: argparse.Namespace) -> int:
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


def _doctor(chosen: argparse.Namespace) -> int:
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


def _simulate(chosen: argparse.Namespace) -> int:
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
