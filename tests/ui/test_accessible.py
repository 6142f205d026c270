"""Everything can be reached, seen and heard: tabs, dialogs, menus and states, in both languages."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
    QPushButton,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.domain.errors import NotReachable
from app.domain.language import Language, use
from app.ui.charts.view import ChartView
from app.ui.controls.strips import Banner, Notice
from app.ui.dialogs.settings.dialog import PageName, SettingsDialog
from app.ui.table.view import FigureView
from app.ui.tabs import OVERVIEW_TAB
from app.ui.tabs.kpi import KpiCell
from app.ui.window.search_box import SearchBox
from app.ui.window.status_bar import StatusBar
from app.ui.window.tab_bar import TabBar
from app.ui.window.top_bar import TopBar
from tests.ui.accessible import faults_of, nameless, out_of_order, silent_charts, spoken, stops
from tests.ui.answers import ALL, PENSION
from tests.ui.gallery import Gallery, settle
from tests.ui.scaled_walk import Shown, opened, surfaces

# The design's order: tabs, search, tools, banner, figures, table and what belongs to it, charts, status bar.
ORDER = (TabBar, SearchBox, TopBar, Notice, Banner, KpiCell)


@pytest.fixture(autouse=True)
def _korean_again() -> Iterator[None]:
    yield
    use(Language.KOREAN)


@pytest.fixture
def shown(dressed, theme, answers) -> Iterator[Shown]:
    """The window, full."""
    made = opened(theme, answers.connections, answers.reports)
    made.window.activateWindow()
    yield made
    made.window.close()
    made.window.deleteLater()
    settle()


@pytest.mark.parametrize("language", Language)
def test_everything_has_a_name_of_its_own_a_focus_to_see_and_a_size_to_hit(shown, theme, language, answers):
    use(language)
    shown.presenter.show_again()
    found: list[tuple[str, str]] = []
    seen: set[str] = set()
    for name, surface in surfaces(theme, shown):
        surface.activateWindow()
        settle()
        seen.add(name)
        found.extend((name, each) for each in faults_of(surface))

    assert found == []
    assert len(seen) >= 30


def tabbed(surface: QWidget, key: Qt.Key = Qt.Key.Key_Tab) -> list[QWidget]:
    """Where the keyboard goes by a key until it comes round."""
    QTest.keyClick(QApplication.focusWidget() or surface, key)
    first = QApplication.focusWidget()
    found: list[QWidget] = []
    each = first
    while each is not None and each not in found:
        found.append(each)
        QTest.keyClick(each, key)
        each = QApplication.focusWidget()
    assert each is first
    return found


def in_window(shown: Shown) -> list[QWidget]:
    """The stops of the Tab key in the window from the tabs on."""
    shown.window.activateWindow()
    settle()
    shown.window.findChild(TabBar).setFocus()
    reached = tabbed(shown.window, Qt.Key.Key_Tab)
    at = next(at for at, each in enumerate(reached) if isinstance(each, TabBar))
    return reached[at:] + reached[:at]


@pytest.mark.parametrize("tab", [OVERVIEW_TAB, *ALL], ids=lambda each: str(each[1]))
def test_tab_goes_through_the_window_in_the_order_of_the_design(shown, tab):
    shown.presenter.choose_tab(tab)
    shown.window.build_charts()
    settle()

    reached = in_window(shown)

    (splitter,) = [each for each in shown.window.findChildren(QSplitter) if each.isVisible()]
    assert out_of_order(reached, (*ORDER, splitter.widget(0), splitter.widget(1), StatusBar)) == []
    kinds = {type(each) for each in reached}
    assert {TabBar, SearchBox, KpiCell, FigureView} <= kinds
    assert any(issubclass(each, ChartView) for each in kinds)
    # Buttons of which one is chosen are one stop: the arrow keys go from one to the other.
    missed = [each for each in stops(shown.window) if each not in reached]
    assert [spoken(each) for each in missed if not getattr(each, "isCheckable", bool)()] == []


def test_the_banner_and_the_notice_come_before_the_figures(shown):
    shown.window.show_notice(lambda: "something has happened")
    shown.presenter.choose_tab(PENSION)
    shown.store.failed(PENSION, NotReachable("no answer"), None)
    settle()

    kinds = [type(each.parentWidget()) for each in in_window(shown)]

    strip = next(at for at, each in enumerate(in_window(shown)) if isinstance(each, KpiCell))
    assert kinds.index(Notice) < kinds.index(Banner) < strip


def test_tab_goes_through_the_settings_from_the_name_into_its_page_and_out_at_the_foot(shown, theme):
    gallery = Gallery(shown.window, shown.presenter, shown.store, shown.clock, shown.connections)
    for name, dialog in gallery._settings():
        assert isinstance(dialog, SettingsDialog)
        dialog.activateWindow()
        settle()
        dialog._search.setFocus()
        reached = tabbed(dialog)
        at = reached.index(dialog._search)
        reached = reached[at:] + reached[:at]

        assert isinstance(reached[1], PageName) and reached[1].isChecked(), name
        inside = [dialog._stack.isAncestorOf(each) for each in reached]
        assert any(inside), name
        first, last = inside.index(True), len(inside) - inside[::-1].index(True)
        assert (first, all(inside[first:last])) == (2, True), name
        places = [each.mapTo(dialog, each.rect().topLeft()) for each in reached[first:last]]
        assert [each.y() for each in places] == sorted(each.y() for each in places), name
        assert spoken(reached[-1]) == "닫기", name


# That each check can fail.


class Pretty(QWidget):
    """Paints something, and has no name."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """A square."""
        QPainter(self).fillRect(QRect(0, 0, 9, 9), Qt.GlobalColor.red)

    def sizeHint(self) -> QSize:
        """A little larger."""
        return QSize(30, 30)


Pretty.__module__ = "app.ui.pretty"  # as one of the program's own


def over(qtbot, *widgets: QWidget) -> QWidget:
    """Widgets in a window of their own."""
    whole = QWidget()
    column = QVBoxLayout(whole)
    for each in widgets:
        column.addWidget(each)
    qtbot.addWidget(whole)
    whole.show()
    whole.activateWindow()
    settle()
    return whole


def kinds_of(whole: QWidget) -> list[str]:
    """The kinds of faults found."""
    return [each.partition(":")[0] for each in faults_of(whole)]


def test_a_picture_a_field_and_a_button_without_names_are_found(qtbot, dressed):
    pretty = Pretty()
    pretty.setMinimumSize(30, 30)
    whole = over(qtbot, pretty, QLineEdit(), QToolButton())
    assert [each.split()[2] for each in nameless(whole)] == ["Pretty", "QLineEdit", "QToolButton"]

    whole = over(qtbot, QPushButton("저장"))
    assert kinds_of(whole) == []


def test_a_wrong_order_of_focus_is_found(shown):
    reached = in_window(shown)
    (splitter,) = [each for each in shown.window.findChildren(QSplitter) if each.isVisible()]
    groups = (*ORDER, splitter.widget(0), splitter.widget(1), StatusBar)
    assert out_of_order(reached, groups) == []

    assert out_of_order(reached[::-1], groups) != []
    at = next(at for at, each in enumerate(reached) if isinstance(each, KpiCell))
    assert len(out_of_order([*reached[:at], *reached[at + 1 :], reached[at]], groups)) == 1


def test_two_buttons_of_one_name_and_small_ones_are_found(qtbot, dressed):
    small = QPushButton("줄이기")
    small.setFixedSize(QSize(60, 20))

    whole = over(qtbot, QPushButton("저장"), QPushButton("저장"), small)
    assert kinds_of(whole) == ["two of a name", "small"]


def test_a_focus_that_cannot_be_seen_is_found(qtbot, dressed):
    class Blind(QWidget):
        def paintEvent(self, event: QPaintEvent) -> None:
            """Always the same."""

    blind = Blind()
    blind.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    blind.setAccessibleName("blind")
    blind.setFixedSize(40, 40)

    assert kinds_of(over(qtbot, blind)) == ["focus cannot be seen"]


def test_a_chart_that_says_too_little_is_found(shown):
    shown.presenter.choose_tab(PENSION)
    shown.window.build_charts()
    settle()
    chart = next(each for each in shown.window.findChildren(ChartView) if each.isVisible())
    assert list(silent_charts(shown.window)) == []

    chart.setAccessibleDescription("\n".join(chart.accessibleDescription().splitlines()[:-1]))
    assert len(list(silent_charts(shown.window))) == 1
