"""The figures that a run of the faults ends with."""

from collections.abc import Callable

import pytest

_HEADLINES: list[str] = []


@pytest.fixture
def headline() -> Callable[[str], None]:
    """Say a figure once more at the end of the run."""
    return _HEADLINES.append


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the figures."""
    if _HEADLINES:
        terminalreporter.section("faults")
        for line in _HEADLINES:
            terminalreporter.write_line(line)
