"""What a window says in any way."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from PySide6.QtCore import QAbstractItemModel, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget


def said(window: QWidget) -> Iterator[str]:
    """Every text that the window's widgets hold, whether they can be seen or not."""
    yield window.windowTitle()
    for each in (window, *window.findChildren(QWidget)):
        yield from (each.toolTip(), each.accessibleName(), each.accessibleDescription(), each.windowTitle())
        if isinstance(each, (QLabel, QAbstractButton)):
            yield each.text()
    for model in window.findChildren(QAbstractItemModel):
        yield from model_texts(model)
    for chart in charts_of(window):
        yield from (label.text for label in chart.labels)
        yield from (text for hit in chart._hits for text in (hit.tip, hit.line))


def model_texts(model: QAbstractItemModel) -> Iterator[str]:
    roles = [int(role) for role in Qt.ItemDataRole if int(role) < 256] + [256, 257, 258, 259]
    for row in range(model.rowCount()):
        for column in range(model.columnCount()):
            for role in roles:
                value = model.data(model.index(row, column), role)
                if isinstance(value, (str, Decimal)):
                    yield str(value)
        copied = getattr(model, "copied", None)
        if copied is not None:
            yield copied(row, range(model.columnCount()))


def charts_of(window: QWidget) -> list[Any]:
    from app.ui.charts.view import ChartView

    return window.findChildren(ChartView)
