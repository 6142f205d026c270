# pyright: basic
"""pyqtgraph as `pg`, imported without the parts that no chart uses: they take half of the time.

It copies all classes of Qt, which creates hundreds of them, and imports widgets that bring in a tree of
parameters and other processes. Where it was imported before, or is of another version, it is as it is.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

_QT = ("QtCore", "QtGui", "QtWidgets")
_UNUSED = ("ColorMapWidget", "DataFilterWidget", "RemoteGraphicsView", "ScatterPlotWidget")


class _Mirror(ModuleType):
    """A module of Qt as pyqtgraph changes it, whose classes are created when they are used."""

    def __init__(self, name: str) -> None:
        super().__init__(f"pyqtgraph.Qt.{name}")
        self._qt = import_module(f"PySide6.{name}")

    def __getattr__(self, name: str) -> object:
        return getattr(self._qt, name)


class _Unused(ModuleType):
    """A module with nothing but the class that it is named after."""

    def __init__(self, name: str) -> None:
        super().__init__(f"pyqtgraph.widgets.{name}")
        self.__all__ = [name]
        setattr(self, name, None)


@contextmanager
def _without_unused() -> Iterator[None]:
    """Have pyqtgraph find no class of Qt to copy, and empty modules in place of unused ones."""
    modules = [import_module(f"PySide6.{name}") for name in _QT]
    before = [vars(each).get("__dir__") for each in modules]
    sys.modules.update({each.__name__: each for each in (*map(_Mirror, _QT), *map(_Unused, _UNUSED))})
    for each in modules:
        each.__dir__ = list
    try:
        yield
    finally:
        for each, found in zip(modules, before, strict=True):
            if found is None:
                del each.__dir__
            else:
                each.__dir__ = found


if "pyqtgraph" in sys.modules:
    import pyqtgraph as pg
else:
    with _without_unused():
        import pyqtgraph as pg

__all__ = ["pg"]
