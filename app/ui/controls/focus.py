"""Keyboard navigation: F6 moves between parts of the window, the Tab key between widgets."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QSplitter, QWidget

Region = Sequence[QWidget]


def step_region(regions: Sequence[Region], by: int) -> None:
    """Focus the next part that can take the focus; if none has it, the first or the last."""
    focused = QApplication.focusWidget()
    shown = [each for each in regions if _first_focus(each) is not None]
    if not shown:
        return
    at = next((index for index, each in enumerate(shown) if _has(each, focused)), -1 if by > 0 else 0)
    widget = _first_focus(shown[(at + by) % len(shown)])
    assert widget is not None
    widget.setFocus(Qt.FocusReason.TabFocusReason)


def step_focus(window: QWidget, last: QWidget, by: int, columns: Sequence[QWidget] = ()) -> None:
    """Focus the next tab stop, or with -1 the previous one.

    The order is top to bottom, and column by column at a splitter or for widgets in `columns`; `last` is the
    part that comes at the end. Qt itself only follows the order in which the widgets were created.
    """
    splitters = [each for each in window.findChildren(QSplitter) if each.isVisible()]
    sides = [*columns, *(each.widget(at) for each in splitters for at in range(each.count()))]

    def place(widget: QWidget) -> tuple[int, int, int]:
        around = [at for at, side in enumerate(sides, 1) if side is not None and side.isAncestorOf(widget)]
        part = len(sides) + 1 if last.isAncestorOf(widget) else around[-1] if around else 0
        return part, *_place(widget, window)

    inner = [each for each in window.findChildren(QWidget) if each.window() is window and _is_stop(each)]
    stops = sorted(inner, key=place)
    focused = window.focusWidget() or window
    if not stops:
        return
    if focused in stops:
        at = stops.index(focused) + by
    else:  # the focused widget is no tab stop, or is hidden by now
        before = sum(place(each) < place(focused) for each in stops)
        at = before if by > 0 else before - 1
    reason = Qt.FocusReason.TabFocusReason if by > 0 else Qt.FocusReason.BacktabFocusReason
    stops[at % len(stops)].setFocus(reason)


def _is_stop(widget: QWidget) -> bool:
    """Return whether the Tab key stops at a widget: within a button group only at the checked button."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    chosen = group.checkedButton() if group is not None and group.exclusive() else None
    if chosen is not None:  # Qt removes the Tab focus policy from all but the last focused button of a group
        has_policy = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        return widget is chosen and has_policy and widget.isVisible() and widget.isEnabled()
    return widget.focusProxy() is None and _takes_focus(widget)


def _has(region: Region, focused: QWidget | None) -> bool:
    return focused is not None and any(each is focused or each.isAncestorOf(focused) for each in region)


def _first_focus(region: Region) -> QWidget | None:
    """Return the first tab stop of a part."""
    for whole in region:
        found = [each for each in (whole, *whole.findChildren(QWidget)) if _takes_focus(each)]
        if found:
            return min(found, key=lambda each: _place(each, whole))
    return None


def _takes_focus(widget: QWidget) -> bool:
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isVisible() and widget.isEnabled()


def _place(widget: QWidget, whole: QWidget) -> tuple[int, int]:
    corner = widget.mapTo(whole, widget.rect().topLeft())
    return corner.y(), corner.x()
