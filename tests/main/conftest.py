"""The simulator, the keychain and the looks of the tests of the whole program."""

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from PySide6.QtWidgets import QApplication

from app.ui.theme import Mode, Theme
from tests.fakes import WorkingKeychain
from tests.main.desk import Desk
from tests.main.simulated import Simulated, simulated


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulated]:
    """Both brokers in a process of their own."""
    with simulated() as process:
        yield process


@pytest.fixture
def desk(simulator: Simulated, tmp_path: Path) -> Desk:
    """A profile on the simulator, without settings."""
    return Desk(simulator, tmp_path / "profile")


@pytest.fixture
def keychain() -> Iterator[WorkingKeychain]:
    """The keychain in force, empty at first."""
    before = keyring.get_keyring()
    made = WorkingKeychain()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """The looks of a program that goes on when its window is closed."""
    before = qapp.quitOnLastWindowClosed()
    qapp.setQuitOnLastWindowClosed(False)
    made = Theme(Mode.LIGHT)
    made.install(qapp)
    yield made
    qapp.setQuitOnLastWindowClosed(before)
