"""What a screen reader and a keyboard find in a window: names, focus, order and size of its widgets."""

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QTabBar,
    QTableView,
    QWidget,
)

from app.ui.charts.view import ChartView
from app.ui.tabs.kpi import KpiCell

LEAST = 24  # pixels of a target in both directions
_CLICKED = (QAbstractButton, QComboBox, QLineEdit, KpiCell)


def spoken(widget: QWidget, part: QAccessible.Text = QAccessible.Text.Name) -> str:
    """Return a widget's accessible text."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return "" if interface is None else interface.text(part)


def shown(surface: QWidget) -> list[QWidget]:
    """The widgets of a window that can be seen, and the window."""
    found = [surface, *surface.findChildren(QWidget)]
    return [each for each in found if each.isVisible() and each.window() is surface.window()]


def takes_tab(widget: QWidget) -> bool:
    """Whether the Tab key stops at a widget."""
    has_policy = bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None
    return has_policy and widget.isVisible() and widget.isEnabled()


def stops(surface: QWidget) -> list[QWidget]:
    """Where the Tab key stops, in its order."""
    found: list[QWidget] = []
    each = surface.nextInFocusChain()
    while each is not None and each is not surface:
        if takes_tab(each) and each.window() is surface.window():
            found.append(each)
        each = each.nextInFocusChain()
    return found


def nameless(surface: QWidget) -> Iterator[str]:
    """Widgets that take the keyboard or paint something, and that have no name."""
    for each in shown(surface):
        if (takes_tab(each) or _is_own_picture(each)) and not spoken(each).strip():
            yield f"no name: {_kind(each)} {each.size().toTuple()}"


def _is_own_picture(widget: QWidget) -> bool:
    """Whether the program paints it, and it is more than the ground or a line between others."""
    paints = any("paintEvent" in vars(kind) for kind in type(widget).__mro__ if _is_own(kind))
    has_children = any(isinstance(each, QWidget) for each in widget.children())
    is_line = min(widget.size().toTuple()) <= 2
    is_empty = isinstance(widget, QLabel) and not widget.text()
    return paints and not has_children and not is_line and not is_empty


def _is_own(kind: type) -> bool:
    return kind.__module__.startswith("app.")


def alike(surface: QWidget) -> Iterator[str]:
    """Yield focusable widgets with the same parent and the same accessible texts."""
    seen: set[tuple[object, str, str]] = set()
    for each in stops(surface):
        said = (each.parentWidget(), spoken(each), spoken(each, QAccessible.Text.Description))
        if said in seen:
            yield f"two of a name: {_kind(each)} {said[1]!r}"
        seen.add(said)


def silent_charts(surface: QWidget) -> Iterator[str]:
    """Charts whose description does not say all that they show."""
    for chart in shown(surface):
        if not isinstance(chart, ChartView):
            continue
        lines = spoken(chart, QAccessible.Text.Description).splitlines()
        missing = [hit.line for hit in chart._hits if hit.line.strip() not in map(str.strip, lines)]
        if not lines or missing or any(not hit.line for hit in chart._hits):
            yield f"not all is accessible: {_kind(chart)} {missing}"


def silent_cells(surface: QWidget) -> Iterator[str]:
    """Cells of tables in which a screen reader finds another text than the model's, or none."""
    for view in shown(surface):
        if not isinstance(view, QTableView):
            continue
        model, table = view.model(), QAccessible.queryAccessibleInterface(view)
        wide = model.columnCount() + 1  # Qt counts the heading of the row, and that of the columns above
        for row in range(model.rowCount()):
            for column in range(model.columnCount()):
                index = model.index(row, column)
                wanted = str(index.data(Qt.ItemDataRole.AccessibleTextRole) or index.data() or "")
                cell = table.child((row + 1) * wide + column + 1)
                said = "" if cell is None else cell.text(QAccessible.Text.Name)
                if said != wanted:
                    yield f"cell {row}, {column} says {said!r}, not {wanted!r}"


def small_targets(surface: QWidget) -> Iterator[str]:
    """What is to be clicked and is smaller than a finger or a shaking hand can do with."""
    for each in shown(surface):
        if isinstance(each, _CLICKED) and each.isEnabled() and not isinstance(each.parent(), QComboBox):
            if min(each.size().toTuple()) < LEAST:
                yield f"small: {_kind(each)} {spoken(each)!r} {each.size().toTuple()}"
        elif isinstance(each, QTabBar):
            for at in range(each.count()):
                if min(each.tabRect(at).size().toTuple()) < LEAST:
                    yield f"small: a tab of {each.tabRect(at).size().toTuple()}"
        elif isinstance(each, (QTableView, QListView)) and each.model().rowCount():
            if each.sizeHintForRow(0) < LEAST and each.visualRect(each.model().index(0, 0)).height() < LEAST:
                yield f"small: rows of {_kind(each)}"
        elif isinstance(each, QMenu):
            for action in each.actions():
                if not action.isSeparator() and each.actionGeometry(action).height() < LEAST:
                    yield f"small: {action.text()!r} {each.actionGeometry(action).size().toTuple()}"


def unseen_focus(surface: QWidget) -> Iterator[str]:
    """Widgets that look the same with and without the keyboard."""
    before = QApplication.focusWidget()
    for each in stops(surface):
        surface.setFocus(Qt.FocusReason.OtherFocusReason)
        if QApplication.focusWidget() is not None:
            QApplication.focusWidget().clearFocus()
        plain = _picture(each)
        each.setFocus(Qt.FocusReason.TabFocusReason)
        if QApplication.focusWidget() is not each:
            yield f"takes no focus: {_kind(each)} {spoken(each)!r}"
        elif _picture(each) == plain:
            yield f"focus cannot be seen: {_kind(each)} {spoken(each)!r}"
        each.clearFocus()
    if before is not None:
        before.setFocus()


def _picture(widget: QWidget) -> QImage:
    """The widget with what is around it: some rings are outside."""
    QApplication.processEvents()
    around = widget.parentWidget() or widget
    if isinstance(widget, QLineEdit):
        widget.setCursorPosition(0)
    return around.grab().toImage()


def faults_of(surface: QWidget) -> list[str]:
    """All that is wrong in a window."""
    found = [*nameless(surface), *alike(surface), *silent_charts(surface), *silent_cells(surface)]
    return [*found, *small_targets(surface), *unseen_focus(surface)]


def out_of_order(widgets: Sequence[QWidget], groups: Sequence[type | QWidget]) -> list[str]:
    """The widgets that come after one of a later group, or that are of none.

    A group is all that is in a widget, or in the widgets of a kind.
    """
    wrong: list[str] = []
    reached = 0
    for each in widgets:
        at = next((at for at, group in enumerate(groups) if _within(each, group)), None)
        if at is None or at < reached:
            wrong.append(f"{_kind(each)} {spoken(each)!r}")
        else:
            reached = at
    return wrong


def _within(widget: QWidget | None, group: type | QWidget) -> bool:
    while widget is not None:
        if widget is group or (isinstance(group, type) and isinstance(widget, group)):
            return True
        widget = widget.parentWidget()
    return False


def _kind(widget: QWidget) -> str:
    return type(widget).__name__
