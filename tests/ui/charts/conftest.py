"""What the tests of all charts need: colours, and the program's font."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app.ui.theme import Mode, Theme, load_fonts


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme in the program's font."""
    load_fonts()
    made = Theme(Mode.LIGHT)
    yield made
    if made.is_dark:
        made.use(Mode.LIGHT)
