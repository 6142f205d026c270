"""What every test of the window needs: colours in force, and clocks moved by hand."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app.ui.theme import Mode, Theme
from tests.fakes import FakeClock


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme, in force for the application."""
    made = Theme(Mode.LIGHT)
    made.install(qapp)
    yield made
    made.use(Mode.LIGHT)


@pytest.fixture
def clock() -> FakeClock:
    """Both clocks, moved by hand."""
    return FakeClock()
