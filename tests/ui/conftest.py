"""What every test of the window needs: colours in force, and clocks moved by hand."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.theme import Mode, Theme
from tests.fakes import FakeClock


@pytest.fixture(scope="session")
def dressed(qapp: QApplication) -> Theme:
    """The application in the program's font and sheet: put on once, as it takes a while."""
    made = Theme(Mode.LIGHT)
    made.install(qapp)
    return made


@pytest.fixture
def theme(qapp: QApplication, dressed: Theme) -> Iterator[Theme]:
    """The light theme, in force for the application."""
    made = Theme(Mode.LIGHT)
    if qapp.palette().text().color() != made.colors.text:  # as a whole program in a test before left it
        made.use(Mode.DARK)
        made.use(Mode.LIGHT)
    yield made
    if made.is_dark:
        made.use(Mode.LIGHT)


@pytest.fixture(autouse=True)
def _hands_off() -> Iterator[None]:
    """Let go of the keys that a test pressed: Qt would think them down in the next one."""
    yield
    if QApplication.instance() is not None and QApplication.keyboardModifiers():
        QTest.keyRelease(QWidget(), Qt.Key.Key_Control)


@pytest.fixture
def clock() -> FakeClock:
    """Both clocks, moved by hand."""
    return FakeClock()
