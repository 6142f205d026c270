"""Set before any test imports Qt: no test needs a screen."""

import gc
import os

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# The same examples on every run and no clock: a slow machine is no failure.
settings.register_profile(
    "moa", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("moa")


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """Every test's application has the program's style, as app.main.application asks for it."""
    return ["moa", "-style", "Fusion"]


def pytest_configure() -> None:
    """Garbage is collected between tests alone, as no QObject may end in another thread than its own."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Collect what is due."""
    from app.main.garbage import collect_due

    collect_due()
