"""What every test of the window needs: colours in force, and clocks moved by hand."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app.ui.theme import Mode, Theme
from tests.fakes import FakeClock


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> Theme:
    """The application in the program's font and sheet: putting them on takes a while, so once for all tests."""
    made = Theme(Mode.LIGHT)
    made.install(qapp)
    return made


@pytest.fixture
def theme(dressed: Theme) -> Iterator[Theme]:
    """The light theme, in force for the application."""
    made = Theme(Mode.LIGHT)
    yield made
    if made.is_dark:
        made.use(Mode.LIGHT)


@pytest.fixture
def clock() -> FakeClock:
    """Both clocks, moved by hand."""
    return FakeClock()
