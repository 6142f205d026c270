"""The parts of the window that F6 walks through."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QGraphicsView, QWidget

Region = Sequence[QWidget]


def parts_of(page: QWidget) -> list[Region]:
    """The parts of a page: banner or card, figures, table, charts, fields. A page with none is one itself."""
    from app.ui.widgets.banner import Banner
    from app.ui.widgets.error_card import ErrorCard
    from app.ui.widgets.facts import FactsCard
    from app.ui.widgets.kpi import KpiStrip
    from app.ui.widgets.table_view import FigureTable

    kinds = (Banner, ErrorCard, KpiStrip, FigureTable, QGraphicsView, FactsCard)  # charts are graphics views
    parts: list[Region] = [(each,) for kind in kinds for each in page.findChildren(kind)]
    return parts or [(page,)]


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
