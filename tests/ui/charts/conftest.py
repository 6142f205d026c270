"""What the tests of all charts need: colours."""

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from app.ui.theme import Mode, Theme


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The light theme."""
    made = Theme(Mode.LIGHT)
    yield made
    if made.is_dark:
        made.use(Mode.LIGHT)
