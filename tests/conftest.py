"""Set before any test imports Qt: no test needs a screen, and none speaks to another machine."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import keyring
import keyring.backends.fail
import pytest
from hypothesis import HealthCheck, settings

from app.brokers.answer_log import ANSWER_LOG
from app.domain import language, secrets_in_use

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from tests.ui.answers import Answers

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Programs that the tests start are guarded too, and so is this one.
_GUARD = Path(__file__).parent / "guard"
_NOTED = Path(tempfile.mkdtemp(prefix="moa-guard-")) / "refused.txt"
os.environ["MOA_GUARD"] = str(_NOTED)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_GUARD), os.environ.get("PYTHONPATH")]))
sys.path.insert(0, str(_GUARD))
sys.modules.pop("sitecustomize", None)
import sitecustomize  # noqa: E402

assert Path(sitecustomize.__file__ or "").parent == _GUARD
sys.path.remove(str(_GUARD))

# The same examples on every run and no clock: a slow machine is no failure.
settings.register_profile(
    "moa", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("moa")

pytest_plugins = [
    "tests.plugins.leaks",
    "tests.plugins.logs",
    "tests.plugins.stray_windows",
]


_FAULTS_SECONDS = 1800


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What breaks things many times may take long."""
    for item in items:
        if item.get_closest_marker("faults") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_FAULTS_SECONDS))


@pytest.fixture(scope="session")
def answers() -> "Answers":
    """What the real clients read, once for all tests."""
    from tests.ui.answers import read_answers  # not needed by most

    return read_answers()


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """Every test's application has the program's style, as app.main.system.application asks for it."""
    return ["moa", "-style", "Fusion"]


@pytest.fixture(scope="session")
def qapp(qapp: "QApplication") -> "QApplication":
    """The application with the program's font, as what is measured in another one stays in the caches."""
    from app.ui.theme import load_fonts

    load_fonts()
    return qapp


@pytest.fixture(autouse=True)
def _own_state() -> Iterator[None]:
    """Each test begins with what a program begins with, whatever the one before it has set.

    No keychain is there but one that the test brings: `keyring` would look for one by itself, and would find
    the machine's own, or a class of another test.
    """
    keyring.set_keyring(keyring.backends.fail.Keyring())
    yield
    keyring.set_keyring(keyring.backends.fail.Keyring())
    language.use(language.Language.KOREAN)
    secrets_in_use._MEMORY = secrets_in_use._Memory()  # one test's secret may be another's plain word
    ANSWER_LOG.forget()


@pytest.fixture(autouse=True)
def _qt_speaks_for_itself() -> Iterator[None]:
    """No window leaves words of another language to Qt when it is gone."""
    yield
    if (core := sys.modules.get("PySide6.QtCore")) is not None and core.QCoreApplication.instance():
        assert core.QCoreApplication.translate("QPlatformTheme", "Cancel") == "Cancel"


@pytest.fixture(autouse=True)
def _pointer_in_its_corner() -> Iterator[None]:
    """No test begins with the pointer where another left it, over what is then shown there."""
    yield
    if (gui := sys.modules.get("PySide6.QtGui")) is None or (found := gui.QGuiApplication.instance()) is None:
        return
    if isinstance(found, gui.QGuiApplication) and found.platformName() == "offscreen":
        gui.QCursor.setPos(0, 0)


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    """Nothing that ran during the test wanted to speak to another machine."""
    yield
    if _NOTED.exists():
        refused = _NOTED.read_text("utf-8")
        _NOTED.unlink()
        pytest.fail(f"another machine was to be spoken to:\n{refused}")


def pytest_unconfigure() -> None:
    """Remove the guard's folder."""
    _NOTED.unlink(missing_ok=True)
    _NOTED.parent.rmdir()
