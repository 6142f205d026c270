"""What the tests of all charts need: colours, and the program's font."""

import pytest
from PySide6.QtWidgets import QApplication

from app.ui.theme import Mode, Theme, load_fonts


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    """The light theme in the program's font."""
    load_fonts()
    return Theme(Mode.LIGHT)
