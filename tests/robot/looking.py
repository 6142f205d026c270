"""What can be seen of the program's windows now, as plain data: texts, states and places on the screen."""

from collections.abc import Iterator
from typing import Any

import shiboken6
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QSplitter,
    QWidget,
)

from app.domain import language
from app.ui.controls.strips import Notice
from app.ui.table.table import FigureTable
from app.ui.theme import Theme
from app.ui.window.tab_bar import TabBar
from app.ui.window.toasts import Toast
from app.ui.window.window import MainWindow
from tests.ui.ink import drawn_by, faults, widget_faults
from tests.ui.painted import words
from tests.ui.scaled_walk import hints_of

_UNASKED = (Qt.WindowType.ToolTip, Qt.WindowType.Popup)  # windows that take no focus


def look() -> dict[str, Any]:
    """Everything at once."""
    shown = [each for each in QApplication.topLevelWidgets() if each.isVisible()]
    main = _main()
    focus = QApplication.focusWidget()
    table = main.table
    return {
        "windows": [_window(each) for each in shown if each.windowType() not in _UNASKED],
        "popups": [_window(each) for each in shown if each.windowType() == Qt.WindowType.Popup],
        "menus": [_menu(each) for each in shown if isinstance(each, QMenu)],
        "focus": None if focus is None else _widget(focus),
        "tabs": _tabs(main),
        "table": None if table is None else _table(table),
        "splitter": _splitter(main),
        "notices": [each.text for kind in (Notice, Toast) for each in main.findChildren(kind)],
        "toasts": [_place(each) for each in main.findChildren(Toast) if each.isVisible()],
        "language": language.in_use().value,
        "is_dark": _theme(main).is_dark,
        "is_masked": main.commands.mask.isChecked(),
    }


def said(kind: str) -> list[str]:
    """What the widgets of a kind that can be seen paint."""
    return [text for each in _visible(kind) for text in words(each)]


def copied() -> str:
    """What is on the clipboard."""
    return QGuiApplication.clipboard().text()


def ring(rect: list[int]) -> int:
    """How many pixels in a part of the screen the window paints in the colour of the focus."""
    main = _main()
    corner = main.mapFromGlobal(QPoint(rect[0], rect[1]))
    picture = main.grab(QRect(corner, QSize(rect[2], rect[3]))).toImage()
    picture = picture.convertToFormat(QImage.Format.Format_RGB32)
    color = _theme(main).colors.focus
    return bytes(picture.constBits()).count(bytes((color.blue(), color.green(), color.red(), 255)))


def cut() -> list[str]:
    """What is wrong with the texts and widgets of the window: cut, too small for its text, or lying over."""
    main = _main()
    return [*faults(drawn_by(main), set(hints_of(main))), *widget_faults(main)]


def screen() -> list[int]:
    """The place on the screen that windows may take, in the layout's pixels."""
    place = _main().screen().availableGeometry()
    return [place.x(), place.y(), place.width(), place.height()]


def _main() -> MainWindow:
    (main,) = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)]
    return main


def _visible(kind: str) -> Iterator[QWidget]:
    for each in QApplication.allWidgets():
        if each.isVisible() and type(each).__name__ == kind:
            yield each


def _theme(main: MainWindow) -> Theme:
    return main.theme


def _place(widget: QWidget, rect: QRect | None = None) -> list[int]:
    """A part of a widget in pixels of the screen: left, top, width, height."""
    rect = widget.rect() if rect is None else rect
    corner = widget.mapToGlobal(rect.topLeft())
    return [corner.x(), corner.y(), rect.width(), rect.height()]


def _window(window: QWidget) -> dict[str, Any]:
    return {
        "kind": type(window).__name__,
        "title": window.windowTitle(),
        "id": int(window.winId()),
        "is_active": window.isActiveWindow(),
        "rect": _place(window),
        "widgets": [_widget(each) for each in window.findChildren(QWidget) if _is_listed(each)],
    }


def _is_listed(widget: QWidget) -> bool:
    if not widget.isVisible() or widget.focusProxy() is not None or _in_sight(widget).isEmpty():
        return False
    has_text = isinstance(widget, (QAbstractButton, QLabel, QLineEdit, QComboBox))
    return has_text or bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus)


def _in_sight(widget: QWidget) -> QRect:
    """The part of a widget that the widgets around it leave in sight."""
    rect, around = widget.rect(), widget.parentWidget()
    while around is not None and not widget.isWindow():
        corner = widget.mapFrom(around, QPoint(0, 0))
        rect &= QRect(corner, around.size())
        if around.isWindow():
            break
        around = around.parentWidget()
    return rect


def _widget(widget: QWidget) -> dict[str, Any]:
    text = getattr(widget, "text", None) or getattr(widget, "currentText", None)
    return {
        "kind": type(widget).__name__,
        "name": widget.accessibleName(),
        "text": text() if callable(text) else "",
        "rect": _place(widget, _in_sight(widget)),
        "focused": widget.hasFocus(),
        "enabled": widget.isEnabled(),
        "checked": isinstance(widget, QAbstractButton) and widget.isChecked(),
        "takes_focus": bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isEnabled(),
        "identity": shiboken6.getCppPointer(widget)[0],
        "is_box": isinstance(widget, QComboBox),
        "items": [widget.itemText(at) for at in range(widget.count())]
        if isinstance(widget, QComboBox)
        else [],
    }


def _menu(menu: QMenu) -> list[dict[str, Any]]:
    return [
        {
            "text": each.text().partition("\t")[0],
            "rect": _place(menu, menu.actionGeometry(each)),
            "enabled": each.isEnabled(),
            "checked": each.isChecked(),
            "current": menu.activeAction() is each,
        }
        for each in menu.actions()
        if not each.isSeparator()
    ]


def _tabs(main: MainWindow) -> dict[str, Any]:
    (bar,) = main.findChildren(TabBar)
    return {
        "titles": [bar.tabText(at) for at in range(bar.count())],
        "names": [bar.accessibleTabName(at) for at in range(bar.count())],
        "rects": [_place(bar, bar.tabRect(at)) for at in range(bar.count())],
        "current": bar.currentIndex(),
    }


def _table(table: FigureTable) -> dict[str, Any]:
    view, model, arrangement = table.view, table.model, table.model.arrangement
    header = view.horizontalHeader()
    viewport = header.viewport()
    rows = range(model.rowCount())
    columns = range(model.columnCount())
    at = view.currentIndex()
    return {
        "columns": [
            {
                "title": model.columns[each].title,
                "field": model.columns[each].field,
                "place": header.visualIndex(each),
                "hidden": header.isSectionHidden(each),
                "width": header.sectionSize(each),
                "rect": _place(
                    viewport,
                    QRect(header.sectionViewportPosition(each), 0, header.sectionSize(each), header.height()),
                ),
            }
            for each in columns
        ],
        "rows": [[model.cell(row, each).text for each in columns] for row in rows],
        "groups": [model.group_at(row) is not None for row in rows],
        "rects": [
            _place(view.viewport(), view.visualRect(model.index(row, 0)).intersected(view.viewport().rect()))
            for row in rows
        ],
        "selected": sorted(each.row() for each in view.selectionModel().selectedRows()),
        "current": [at.row(), at.column()],
        "sort": model.columns[arrangement.sort_column].field if arrangement.sort_column >= 0 else "",
        "is_descending": arrangement.is_descending,
        "is_grouped": arrangement.state.is_grouped,
        "has_focus": view.hasFocus(),
    }


def _splitter(main: MainWindow) -> dict[str, Any] | None:
    shown = [each for each in main.findChildren(QSplitter) if each.isVisible()]
    if not shown:
        return None
    handle = shown[0].handle(1)
    return {"rect": _place(handle, QRect(QPoint(0, 0), handle.size())), "sizes": shown[0].sizes()}
