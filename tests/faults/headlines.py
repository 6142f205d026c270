"""The figures that a run of the faults ends with: what was measured, what is promised, and whether it holds.

Tests say a figure with `record`. Where MOA_HEADLINES names a file it is kept there, a line of JSON each, and
`python -m tests.faults.headlines FILE [--partial]` makes a table of them: it fails where a promise is missed
or, without --partial, where a figure is missing.
"""

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

VARIABLE = "MOA_HEADLINES"


class Figure(NamedTuple):
    """One measurement; of counts it says how many there could have been."""

    name: str
    part: str
    value: float
    of: int | None = None


class Promise(NamedTuple):
    """A figure's title, the parts it has to be measured in, and what it promises."""

    title: str
    parts: tuple[str, ...]
    promised: str
    shown: Callable[[Sequence[Figure]], str]
    holds: Callable[[Sequence[Figure]], bool]


def record(name: str, value: float, *, of: int | None = None, part: str) -> None:
    """Keep a figure for the table at the end; `part` is the row of faults that it was measured in."""
    assert part in PROMISES[name].parts
    if file := os.environ.get(VARIABLE):
        with Path(file).open("a", encoding="utf-8") as out:
            out.write(json.dumps(Figure(name, part, value, of)._asdict()) + "\n")


def _sum(figures: Sequence[Figure]) -> tuple[float, int]:
    return sum(each.value for each in figures), sum(each.of or 0 for each in figures)


def _every(title: str, parts: tuple[str, ...], at_least: int) -> Promise:
    """So many, of so many."""

    def shown(figures: Sequence[Figure]) -> str:
        return "{:,.0f} of {:,}".format(*_sum(figures))

    def holds(figures: Sequence[Figure]) -> bool:
        count, of = _sum(figures)
        return count == of >= at_least

    return Promise(title, parts, f"all of at least {at_least:,}", shown, holds)


def _none(title: str, parts: tuple[str, ...], unit: str) -> Promise:
    """Nothing at all, however often it was looked for."""

    def shown(figures: Sequence[Figure]) -> str:
        return "{:,.0f} in {:,} {}".format(*_sum(figures), unit)

    def holds(figures: Sequence[Figure]) -> bool:
        count, of = _sum(figures)
        return not count and of > 0

    return Promise(title, parts, "0", shown, holds)


def _most(title: str, parts: tuple[str, ...], limit: float, unit: str) -> Promise:
    """The worst of them is no more than a limit."""
    return Promise(
        title,
        parts,
        f"at most {limit:g} {unit}",
        lambda figures: f"{max(each.value for each in figures):.1f} {unit}",
        lambda figures: max(each.value for each in figures) <= limit,
    )


def _exactly(title: str, parts: tuple[str, ...], value: int) -> Promise:
    """Each of them is this."""
    return Promise(
        title,
        parts,
        f"{value}",
        lambda figures: " and ".join(f"{each:g}" for each in sorted({each.value for each in figures})),
        lambda figures: {each.value for each in figures} == {value},
    )


PROMISES = {
    "cuts": _every("truncation points survived", ("R2", "F3"), 10_000),
    "kills": _every("kills while saving survived", ("F1",), 200),
    "frames": _every("fuzzed frames without an exception", ("W8",), 100_000),
    "reissues": _exactly("token reissues per expiry", ("R7 KIS", "R7 Kiwoom"), 1),
    "noticed": _most("time to notice a dead line", ("W1",), 10, "s"),
    "recovered": _most("time to recover from it", ("W1",), 30, "s"),
    "lag": _most("lag of the window under a flood, p99", ("W9",), 50, "ms"),
    "slope": _most("growth of memory in an hour of a million trades", ("T5",), 2, "MB"),
    "canaries": _none("secrets found outside", ("S1",), "texts"),
    "won": _none("won of difference to the brokers", ("R13",), "totals"),
}


def read(file: Path) -> list[Figure]:
    """The figures of a file; none where nothing was recorded."""
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return [Figure(**json.loads(line)) for line in lines]


def judged(figures: Sequence[Figure]) -> list[tuple[str, str, str, str]]:
    """Of each promise its title, what was measured, what is promised, and whether it is met."""
    return [_judged(name, promise, figures) for name, promise in PROMISES.items()]


def _judged(name: str, promise: Promise, figures: Sequence[Figure]) -> tuple[str, str, str, str]:
    own = [each for each in figures if each.name == name]
    missing = [part for part in promise.parts if part not in {each.part for each in own}]
    if not own:
        return promise.title, "not measured", promise.promised, "MISSING"
    verdict = "MISSING" if missing else "met" if promise.holds(own) else "MISSED"
    measured = promise.shown(own) + (f" (not measured: {', '.join(missing)})" if missing else "")
    return promise.title, measured, promise.promised, verdict


def table(rows: Sequence[tuple[str, str, str, str]]) -> str:
    """The rows in columns."""
    lines = [("figure", "measured", "promised", ""), *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(3)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[3]]).rstrip()
        for line in lines
    )


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 where a promise is missed or, but for a part of the tests, a figure missing."""
    rows = judged(read(Path(arguments[0])))
    print(table(rows))
    bad = ("MISSED",) if "--partial" in arguments else ("MISSED", "MISSING")
    return 1 if any(verdict in bad for *_, verdict in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
