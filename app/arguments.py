"""The command line's arguments. Not imported without any, so that the window opens sooner."""

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from app import __version__
from app.domain.language import tr
from app.domain.privacy import masked


class _Parser(argparse.ArgumentParser):
    """Prints errors in one line."""

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print where there is an output. Raises OSError where that is full or closed."""
        stream = sys.stderr if file is None else file
        if stream is not None and message:
            stream.write(message)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {masked(' '.join(message.split()))}\n")


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the parsed arguments; `run` is the command. Exits with 2 for invalid ones."""
    return _parser().parse_args(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="moa",
        description=tr("View your Korea Investment & Securities and Kiwoom holdings in one window."),
    )
    parser.add_argument("--version", action="version", version=f"moa {__version__}")
    parser.add_argument("--selftest", action="store_true", help=tr("check the installation and exit"))
    _common(parser)
    parser.set_defaults(run="window")
    commands = parser.add_subparsers(title=tr("commands"), metavar=tr("commands"), parser_class=_Parser)

    snapshot = commands.add_parser("snapshot", help=tr("query every connection once and print the result"))
    _common(snapshot)
    snapshot.add_argument("--format", choices=("json", "table", "csv"))
    snapshot.add_argument("--connection", action="append", default=[], metavar="ID")
    snapshot.set_defaults(run="snapshot")

    screenshot = commands.add_parser("screenshot", help=tr("save an image of each tab"))
    _common(screenshot)
    screenshot.add_argument("folder", type=Path, metavar="DIR")
    screenshot.add_argument("--theme", choices=("light", "dark"), default="light")
    screenshot.add_argument("--lang", choices=("ko", "en"))
    screenshot.add_argument("--size", type=_size, default=(1280, 800), metavar="1280x800")
    screenshot.add_argument("--mask", action="store_true")
    screenshot.set_defaults(run="screenshot")

    doctor = commands.add_parser("doctor", help=tr("check each connection"))
    _common(doctor)
    doctor.add_argument("--connection", action="append", default=[], metavar="ID")
    doctor.add_argument(
        "--save", type=Path, metavar="FILE.zip", help=tr("save the results and logs to a file")
    )
    doctor.add_argument(
        "--codes",
        action="store_true",
        help=tr("list broker error codes with meanings and remedies"),
    )
    doctor.set_defaults(run="doctor")

    _history(commands)

    simulate = commands.add_parser("simulate", help=tr("run a practice broker server on this computer"))
    simulate.add_argument("--port", type=_port, default=0)
    simulate.add_argument("--seed", type=int, default=1)
    simulate.add_argument("--positions", type=int, default=30)
    simulate.add_argument("--ticks-per-second", type=_rate, default=20.0)
    simulate.add_argument("--fault", action="append", default=[], metavar="NAME")
    simulate.add_argument("--list-faults", action="store_true")
    simulate.set_defaults(run="simulate")

    returns = commands.add_parser("returns", help=tr("print the returns between two days"))
    _profile(returns)
    returns.add_argument("--format", choices=("json", "table"))
    _span(returns)
    returns.set_defaults(run="returns")
    return parser


def _history(commands: Any) -> None:
    history = commands.add_parser("history", help=tr("print the value of each connection on each day"))
    _profile(history)
    history.add_argument("--format", choices=("csv", "json", "table"), default="csv")
    _span(history)
    history.add_argument("--connection", action="append", default=[], metavar="ID")
    history.set_defaults(run="history", action="show")
    actions = history.add_subparsers(title=tr("commands"), metavar=tr("commands"), parser_class=_Parser)
    for action, name, what in (
        ("import", "FILE.csv", tr("add values and cash flows: day,connection,value,cash_flow")),
        ("backup", "FILE", tr("copy the whole history to a file")),
        ("restore", "FILE", tr("replace the history by a copy")),
    ):
        made = actions.add_parser(action, help=what)
        _profile(made)
        made.add_argument("file", type=Path, metavar=name)
        made.set_defaults(action=action)


def _common(parser: argparse.ArgumentParser) -> None:
    _profile(parser)
    parser.add_argument(
        "--demo", action="store_true", default=argparse.SUPPRESS, help=tr("connect to the practice server")
    )


def _profile(parser: argparse.ArgumentParser) -> None:
    # SUPPRESS: a sub-command's default must not override an option before its name.
    parser.add_argument("--profile", metavar="DIR", default=argparse.SUPPRESS, help=tr("profile folder"))


def _span(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--from", dest="first", type=_day, metavar="DAY", help=tr("from this day on"))
    parser.add_argument("--to", dest="last", type=_day, metavar="DAY", help=tr("up to this day"))


def _day(text: str) -> date:
    try:
        if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(tr("must be a date of the form YYYY-MM-DD"))


def _size(text: str) -> tuple[int, int]:
    width, _, height = text.partition("x")
    if not (width.isdecimal() and height.isdecimal()):
        raise argparse.ArgumentTypeError(tr("must have the form WIDTHxHEIGHT"))
    size = int(width), int(height)
    if not (640 <= size[0] <= 7680 and 480 <= size[1] <= 4320):
        raise argparse.ArgumentTypeError(tr("must be between 640x480 and 7680x4320"))
    return size


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) < 65536):
        raise argparse.ArgumentTypeError(tr("must be an integer from 0 to 65535"))
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = -1.0
    if not 0 <= rate <= 100_000:
        raise argparse.ArgumentTypeError(tr("must be a number from 0 to 100000"))
    return rate
