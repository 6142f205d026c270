"""Replacement of Qt's OpenGL modules in the frozen program.

pyqtgraph imports them with its classes for OpenGL, which are unused here: this saves ten megabytes.
"""

import sys
from types import ModuleType


class _Absent(ModuleType):
    """A module whose one class is a plain widget, for pyqtgraph's classes to derive from."""

    def __getattr__(self, name: str) -> object:
        if name == "QOpenGLWidget":
            from PySide6.QtWidgets import QWidget  # late: the program has not started yet

            return QWidget
        raise AttributeError(name)


for _name in ("PySide6.QtOpenGL", "PySide6.QtOpenGLWidgets"):
    sys.modules[_name] = _Absent(_name)
