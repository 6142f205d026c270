"""The rows of the faults: what can go wrong, and which tests break it.

A test names its rows with `@pytest.mark.row("R1")`, wherever it lies. As a plugin of pytest this module picks
those tests and all of tests/faults, and keeps in the file that MOA_ROWS names how each of them ended, a line
of JSON each. `python -m tests.faults.rows FILE [--partial]` makes a table of them: it fails where a test
failed or, without --partial, where a row has no test that ran here although one could.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

VARIABLE = "MOA_ROWS"
SYSTEMS = {"linux": "Linux", "win32": "Windows"}


class Row(NamedTuple):
    """A fault in a few words, and the one system that it can be made on, if there is but one."""

    title: str
    system: str | None = None


ROWS = {
    "R1": Row("server errors, many in a row"),
    "R2": Row("answers cut off at every byte"),
    "R3": Row("pages and blanks in place of answers"),
    "R4": Row("errors in another shape"),
    "R5": Row("answers that take half a minute"),
    "R6": Row("limits of requests a second"),
    "R7": Row("tokens that end in the middle of the day"),
    "R8": Row("tokens that are asked for too soon"),
    "R9": Row("wrong clocks and time zones"),
    "R10": Row("lists in pages, and without an end"),
    "R11": Row("rows in an order nobody knows"),
    "R12": Row("dirty numbers"),
    "R13": Row("the same answer a thousand times"),
    "R14": Row("a question that is no longer taken"),
    "R15": Row("certificates, proxies and names that fail"),
    "R16": Row("refusals that look like an empty account"),
    "R17": Row("tokens that are refused, asked for few times"),
    "R18": Row("answers that grow, repeat or follow one another"),
    "R19": Row("defects of listeners and loops"),
    "W1": Row("a live line that dies without a word"),
    "W2": Row("registrations that are not answered"),
    "W3": Row("pings that have to be answered"),
    "W4": Row("live logins that are refused"),
    "W5": Row("a live line that closes at once, for long"),
    "W6": Row("trades twice and out of order"),
    "W7": Row("many trades in one frame"),
    "W8": Row("junk on the live line"),
    "W9": Row("a flood of trades"),
    "W10": Row("orders filled while nobody listens"),
    "W11": Row("more stocks than the line has room for"),
    "W12": Row("a second window"),
    "W13": Row("floods of every kind"),
    "W14": Row("fills of another account"),
    "W15": Row("times ahead of the clock"),
    "W16": Row("an account that two connections read"),
    "T1": Row("a computer that sleeps"),
    "T2": Row("an address that is not registered"),
    "T3": Row("sessions, holidays and odd days"),
    "T4": Row("midnight"),
    "T5": Row("hours of a market", "linux"),
    "T6": Row("tabs and answers, a thousand times"),
    "T7": Row("the end at any moment"),
    "T8": Row("signals from the first moment on"),
    "F1": Row("killed while saving"),
    "F2": Row("a full disk"),
    "F3": Row("damaged files"),
    "F4": Row("a file that another program holds", "win32"),
    "F5": Row("folders of all kinds"),
    "F6": Row("files of older and newer versions"),
    "F7": Row("what is no file in the place of one"),
    "F8": Row("a history that another program holds at the end"),
    "F9": Row("killed while filled orders are written"),
    "F10": Row("killed while values are thinned"),
    "F11": Row("killed while days are imported"),
    "F12": Row("killed while a backup is restored"),
    "F13": Row("killed while the days before the first are read"),
    "S1": Row("secrets, looked for everywhere"),
    "S2": Row("a keychain that refuses or hangs"),
    "S4": Row("orders, which there are none of"),
    "S5": Row("hosts, which are the two brokers'"),
    "S7": Row("hostile names in the window"),
    "S8": Row("a crash, and what it could leave of secrets", "linux"),
    "S9": Row("a keychain that encrypts nothing, keeps nothing or loses keys"),
}

# What a run of the faults does not break: where it is looked at instead, or nothing where it is open.
ELSEWHERE = {
    "S3": ("amounts that are hidden", "tests/ui/test_masked.py"),
    "S6": ("formulas in exports", "tests/services/test_export_text.py"),
    "U1": ("scale factors, light and dark", "tests/ui/test_scales.py"),
    "U2": ("colours in every style; Windows' own is open", "tests/ui/test_theme.py"),
    "U3": ("the row under the pointer while rows move", "tests/faults/test_soak_sorted.py"),
    "U4": ("500 rows of 30 columns", "benchmarks/table.py"),
    "U5": ("the keyboard alone", "tests/robot/test_keyboard.py"),
    "U6": ("empty, single, huge and negative rows in charts", "tests/ui/charts/test_sane.py"),
    "B1": ("the frozen program: `dev.py build`, `dev.py windows` under Wine", "packaging/wine/steps.py"),
    "B2": ("sums, a parts list, two builds compared", "tests/packaging/test_artifacts.py"),
    "B3": ("antivirus software", ""),
    "B4": ("licence texts in the build", "tests/main/commands/test_selftest.py"),
}

# From the worst to the best: what befalls a test at its start or end counts for all of it.
_OUTCOMES = ("failed", "skipped", "passed")
_ENDED = pytest.StashKey[set[str]]()


# --- the plugin ---------------------------------------------------------------------------------------------


def rows_of(item: pytest.Item) -> list[str]:
    """The rows that a test names."""
    return sorted({name for mark in item.iter_markers("row") for name in mark.args})


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the tests that name a row and all of this folder; refuse a row that there is none of."""
    folder = Path(__file__).parent
    unknown = {name for item in items for name in rows_of(item) if name not in ROWS}
    if unknown:
        raise pytest.UsageError(f"no such row: {', '.join(sorted(unknown))}")
    kept = [item for item in items if rows_of(item) or folder in item.path.parents]
    dropped = [item for item in items if item not in set(kept)]
    config.hook.pytest_deselected(items=dropped)
    items[:] = kept


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep how a test ended, once its last part has."""
    report = yield
    ended = item.stash.setdefault(_ENDED, set())
    ended.add(report.outcome)
    if call.when == "teardown" and (file := os.environ.get(VARIABLE)):
        outcome = next(each for each in _OUTCOMES if each in ended)
        with Path(file).open("a", encoding="utf-8") as out:
            out.writelines(json.dumps({"row": row, "outcome": outcome}) + "\n" for row in rows_of(item))
    return report


# --- the table ----------------------------------------------------------------------------------------------


def read(file: Path) -> dict[str, Counter[str]]:
    """Of each row how many tests ended how."""
    counts: dict[str, Counter[str]] = {row: Counter() for row in ROWS}
    for line in file.read_text("utf-8").splitlines() if file.exists() else []:
        reported: dict[str, Any] = json.loads(line)
        counts[reported["row"]][reported["outcome"]] += 1
    return counts


def judged(counts: Mapping[str, Counter[str]], *, platform: str = sys.platform) -> list[tuple[str, ...]]:
    """Of each row its name, what it is, how many tests ended how, and a word where there is more to say."""
    return [
        (
            name,
            row.title,
            *(str(counts[name][each]) for each in ("passed", "failed", "skipped")),
            _verdict(row, counts[name], platform),
        )
        for name, row in ROWS.items()
    ]


def _verdict(row: Row, count: Counter[str], platform: str) -> str:
    if count["failed"]:
        return "FAILED"
    if count["passed"]:
        return "passed"
    if row.system not in (None, platform):
        return f"needs {SYSTEMS[row.system]}"
    return "NOT RUN"


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """The rows in columns, the counts to the right."""
    lines = [("row", "fault", "passed", "failed", "skipped", ""), *rows]
    widths = [max(len(line[at]) for line in lines) for at in range(5)]
    return "\n".join(
        "  ".join(
            [
                *(cell.ljust(width) for cell, width in zip(line[:2], widths[:2], strict=True)),
                *(cell.rjust(width) for cell, width in zip(line[2:5], widths[2:], strict=True)),
                line[5],
            ]
        ).rstrip()
        for line in lines
    )


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 where a test failed or, but for a part of the tests, a row was not run."""
    rows = judged(read(Path(arguments[0])))
    print(table(rows))
    for name, (title, place) in ELSEWHERE.items():
        print(f"{name}  {title}: {place or 'open'}")
    bad = ("FAILED",) if "--partial" in arguments else ("FAILED", "NOT RUN")
    return 1 if any(row[-1] in bad for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
