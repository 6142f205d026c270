"""pyqtgraph is imported without what no chart uses, and works as it does otherwise."""

import subprocess
import sys

LIGHT = """
import sys
from PySide6 import QtWidgets

before = set(dir(QtWidgets))
from app.ui.charts.plotting import pg

assert set(dir(QtWidgets)) >= before, "Qt's own list of its classes is what it was"
assert "QCalendarWidget" not in vars(QtWidgets), "a class that nothing uses has been created"
assert "pyqtgraph.parametertree" not in sys.modules
assert "pyqtgraph.multiprocess" not in sys.modules
assert pg.QtWidgets.QCalendarWidget is QtWidgets.QCalendarWidget
assert issubclass(pg.GraphicsView, QtWidgets.QGraphicsView)
assert pg.RemoteGraphicsView is None
"""
WHOLE = """
import pyqtgraph
from app.ui.charts.plotting import pg

assert pg is pyqtgraph
assert pg.RemoteGraphicsView is not None
"""


def run(script: str) -> str:
    """What another process writes about an error in a script."""
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, capture_output=True, text=True, timeout=50
    )
    return done.stderr


def test_no_class_is_created_and_no_module_imported_that_nothing_uses():
    assert run(LIGHT) == ""


def test_where_it_was_imported_before_it_is_as_it_is():
    assert run(WHOLE) == ""
