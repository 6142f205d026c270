"""Where the keyboard goes next: from part to part by F6, from stop to stop by the Tab key."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QSplitter, QWidget

Region = Sequence[QWidget]


def step_region(regions: Sequence[Region], by: int) -> None:
    """Give the focus to the next part that can take it; from none of them to the first or the last."""
    focused = QApplication.focusWidget()
    shown = [each for each in regions if _first_focus(each) is not None]
    if not shown:
        return
    at = next((index for index, each in enumerate(shown) if _has(each, focused)), -1 if by > 0 else 0)
    widget = _first_focus(shown[(at + by) % len(shown)])
    assert widget is not None
    widget.setFocus(Qt.FocusReason.TabFocusReason)


def step_focus(window: QWidget, last: QWidget, by: int, columns: Sequence[QWidget] = ()) -> None:
    """Give the focus to the next stop of the Tab key, or with -1 to the one before.

    It goes from top to bottom, and beside a splitter's handle through one side after the other; `last` is the
    part that comes at the end. `columns` stand side by side, too. Qt by itself knows only the order in
    which the widgets were made.
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
    else:  # it took the focus by the mouse, or is gone
        before = sum(place(each) < place(focused) for each in stops)
        at = before if by > 0 else before - 1
    reason = Qt.FocusReason.TabFocusReason if by > 0 else Qt.FocusReason.BacktabFocusReason
    stops[at % len(stops)].setFocus(reason)


def _is_stop(widget: QWidget) -> bool:
    """Whether the Tab key stops there: of buttons of which one is chosen, only at that one."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    chosen = group.checkedButton() if group is not None and group.exclusive() else None
    if chosen is not None:  # Qt takes the Tab key from all but the one that had the focus last
        has_policy = widget.focusPolicy() != Qt.FocusPolicy.NoFocus
        return widget is chosen and has_policy and widget.isVisible() and widget.isEnabled()
    return widget.focusProxy() is None and _takes_focus(widget)


def _has(region: Region, focused: QWidget | None) -> bool:
    return focused is not None and any(each is focused or each.isAncestorOf(focused) for each in region)


def _first_focus(region: Region) -> QWidget | None:
    """The first widget of a part that the Tab key would stop at."""
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
