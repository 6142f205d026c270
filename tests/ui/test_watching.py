"""The tray icon, the small window and alerts beside the real window."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QPushButton,
    QSystemTrayIcon,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from app.domain import language
from app.domain.alerts import Alert, Measure
from app.domain.connections import Connection, View
from app.domain.errors import NotReachable
from app.domain.language import Language
from app.domain.live import Fill, Side
from app.main.alerts_controller import AlertsController, FillsController
from app.main.workspace import Workspace
from app.services.export import Sheet, csv_of
from app.services.settings import Notify, Settings
from app.services.store import PortfolioStore
from app.ui.controls.strips import Notice
from app.ui.dialogs.fills import FillsDialog
from app.ui.table.view import FigureView
from app.ui.tabs.kpi import Kpi, KpiCell
from app.ui.theme import Theme
from app.ui.window.presenter import Presenter, StoreBridge
from app.ui.window.toasts import Toast
from app.ui.window.top_bar import BellButton
from app.ui.window.tray import MiniWindow
from app.ui.window.window import MainWindow
from tests.fakes import FakeClock, fill, pension_report, position, positions_report, tick

KIWOOM = Connection("kiwoom", "키움 위탁", "kiwoom", (View.POSITIONS,), "")
IRP = Connection("irp", "한투 IRP", "kis", (View.PENSION,), "")
POSITIONS = ("kiwoom", View.POSITIONS)
EVERYTHING = Notify()


class Watched:
    """A window, what watches beside it, and a clock moved by hand."""

    def __init__(self, qtbot: QtBot, theme: Theme, profile: Path) -> None:
        self.qtbot = qtbot
        self.clock = FakeClock()
        self.store = PortfolioStore(self.clock.clock)
        self.window = MainWindow(theme)
        self.presenter = Presenter(self.window, self.store, self.clock.clock)
        qtbot.addWidget(self.window)
        self.workspace = Workspace(profile, self.clock.clock, demo=False)
        self.workspace.store = self.store
        self.workspace.mask_changed.connect(self.presenter.show_masked)
        self.presenter.show_connections(Settings((IRP, KIWOOM)))
        self.window.show()
        self.watching = AlertsController(self.workspace, self.window, self.presenter)
        FillsController(self.workspace, self.window, self.watching.tray)
        self.window.commands.mask.triggered.connect(self.workspace.hide_amounts)
        self.use()

    def use(self, *alerts: Alert, notify: Notify = EVERYTHING) -> None:
        self.workspace.settings = Settings((IRP, KIWOOM), alerts=alerts, notify=notify)
        self.workspace.connections_changed.emit()

    def load(self) -> None:
        self.store.loaded(POSITIONS, positions_report(position()), self.clock.monotonic_time)
        self.store.loaded(("irp", View.PENSION), pension_report(), self.clock.monotonic_time)

    def look(self) -> None:
        self.clock.advance(1)
        self.watching.look()
        QApplication.processEvents()

    @property
    def mini(self) -> MiniWindow | None:
        return next((each for each in QApplication.topLevelWidgets() if isinstance(each, MiniWindow)), None)

    @property
    def bell(self) -> QToolButton:
        return self.window.findChild(BellButton)

    def toasts(self) -> list[str]:
        return [each.text for each in self.window.findChildren(Toast) if each.isVisible()]

    def wait_for_toasts(self, count: int) -> None:
        self.qtbot.waitUntil(lambda: len(self.toasts()) == count)

    def is_active(self) -> bool:
        self.window.activateWindow()
        return self.window.isActiveWindow()

    def mini_texts(self) -> list[str]:
        assert self.mini is not None
        return [each.accessibleName() for each in self.mini.findChildren(KpiCell)]


def bought(quantity: int, paid: int, **changes: object) -> Fill:
    """After a purchase: so many are held, for so much in all."""
    return fill(quantity=quantity, purchase_amount=Decimal(paid), side=Side.BUY, **changes)


def listed(shown: FillsDialog) -> list[list[str]]:
    """The texts of the list, row by row."""
    model = shown.findChild(FigureView).model()
    rows, columns = range(model.rowCount()), range(model.columnCount())
    return [[model.data(model.index(row, column)) for column in columns] for row in rows]


@pytest.fixture
def watched(qtbot: QtBot, theme: Theme, tmp_path: Path) -> Iterator[Watched]:
    made = Watched(qtbot, theme, tmp_path)
    yield made
    made.window.close()
    if made.mini is not None:
        made.mini.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def test_an_alert_is_reported_in_the_window(watched: Watched):
    alert = Alert("kiwoom", Measure.PRICE, Decimal(72_000), code="005930")
    watched.use(alert)
    watched.load()
    watched.look()
    assert watched.window.findChildren(Toast) == []

    watched.store.heard("kiwoom", [tick("005930", 72_100, None)])
    watched.look()

    (toast,) = watched.window.findChildren(Toast)
    assert toast.text == "삼성전자: 현재가 72,100원 · 알림 72,000원 이상"
    assert not toast.timer.isActive()  # it stays until the user has seen it


def test_a_shown_alert_is_masked_with_the_rest(watched: Watched):
    alert = Alert("kiwoom", Measure.PROFIT_TODAY, Decimal(1_000), code="005930")
    watched.use(alert)
    watched.load()
    watched.window.commands.mini_window.trigger()
    watched.store.heard("kiwoom", [tick("005930", 72_100, 2_100), bought(12, 743_000)])
    watched.look()
    watched.wait_for_toasts(2)
    assert sorted(watched.toasts()) == [
        "삼성전자 매수 2주 · 71,500원 · 보유 12주 · 10:15:29",
        "삼성전자: 오늘 손익 +25,200원 · 알림 +1,000원 이상",
    ]

    watched.window.commands.mask.trigger()

    assert sorted(watched.toasts()) == [
        "삼성전자 매수 ••••주 · ••••원 · 보유 ••••주 · 10:15:29",
        "삼성전자: 오늘 손익 ••••원 · 알림 ••••원 이상",
    ]
    assert watched.mini_texts()[0] == "평가금액, ••••"


# Fills.


def test_a_fill_is_a_message_and_a_number_at_the_bell(watched: Watched):
    watched.load()
    assert watched.bell.accessibleName() == "오늘의 체결"
    watched.store.heard("kiwoom", [bought(12, 743_000), fill(quantity=0, side=Side.SELL)])
    watched.wait_for_toasts(2)

    assert sorted(watched.toasts()) == [
        "삼성전자 매도 12주 · 전량 매도 · 10:15:29",
        "삼성전자 매수 2주 · 71,500원 · 보유 12주 · 10:15:29",
    ]
    assert watched.bell.accessibleName() == "오늘의 체결, 새 체결 2건"
    assert watched.window.findChildren(Notice) == []


def test_who_wants_no_messages_of_fills_has_the_list_all_the_same(watched: Watched):
    watched.load()
    watched.use(notify=Notify(fills=False))
    watched.store.heard("kiwoom", [fill(quantity=11)])
    watched.qtbot.waitUntil(lambda: watched.bell.accessibleName() == "오늘의 체결, 새 체결 1건")

    assert watched.toasts() == []


def test_a_flood_of_fills_is_one_message_with_their_number(watched: Watched):
    watched.load()
    watched.store.heard("kiwoom", [fill(quantity=quantity) for quantity in range(11, 51)])
    watched.wait_for_toasts(1)

    assert watched.toasts() == ["체결 40건"]
    assert watched.bell.accessibleName() == "오늘의 체결, 새 체결 40건"


def test_the_list_is_live_the_newest_first_and_what_is_in_it_is_seen(watched: Watched):
    watched.load()
    watched.window.commands.fills.trigger()
    (shown,) = watched.window.findChildren(FillsDialog)
    assert "오늘 체결된 주문이 없습니다." in " ".join(each.text() for each in shown.findChildren(QLabel))
    assert [each.isEnabled() for each in shown.findChildren(QPushButton)] == [False, False, True]

    watched.store.heard("kiwoom", [bought(12, 743_000)])
    watched.clock.advance(3)
    watched.store.heard(
        "kiwoom",
        [fill(quantity=9, side=Side.SELL, realised=Decimal(-4_321), realised_rate=Decimal("-1.25"))],
    )
    watched.qtbot.waitUntil(lambda: len(listed(shown)) == 2)

    assert listed(shown) == [
        ["삼성전자", "10:15:32", "키움 위탁", "005930", "매도", "−3", "—", "9", "−4,321", "−1.25%"],
        ["삼성전자", "10:15:29", "키움 위탁", "005930", "매수", "+2", "71,500", "12", "—", "—"],
    ]
    assert watched.bell.accessibleName() == "오늘의 체결"
    view = shown.findChild(FigureView)
    assert QApplication.focusWidget() is view
    view.selectRow(0)
    QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().split("\t")[4:6] == ["매도", "-3"]

    watched.window.commands.mask.trigger()
    assert listed(shown)[1][5:] == ["••••", "••••", "••••", "—", "—"]
    QTest.keyClick(shown, Qt.Key.Key_Escape)
    assert not shown.isVisible()


def notes(shown: FillsDialog) -> list[str]:
    """What stands beside the list."""
    return [each.text() for each in shown.findChildren(QLabel) if each.isVisible() and each.text()]


def test_a_list_with_an_unknown_price_says_why_it_is_unknown(watched: Watched):
    why = "증권사가 체결가를 보내지 않아, 금액으로 확인된 경우에만 표시합니다."
    watched.load()
    watched.bell.click()
    (shown,) = watched.window.findChildren(FillsDialog)

    watched.store.heard("kiwoom", [bought(12, 743_000)])
    watched.qtbot.waitUntil(lambda: len(listed(shown)) == 1)
    assert why not in notes(shown)

    watched.store.heard("kiwoom", [fill(quantity=9, side=Side.SELL)])
    watched.qtbot.waitUntil(lambda: len(listed(shown)) == 2)
    assert why in notes(shown)
    model = shown.findChild(FigureView).model()
    assert [model.tip(0, at) for at, text in enumerate(listed(shown)[0]) if text == "—"] == [
        why,
        "증권사가 보내지 않은 값입니다.",
        "증권사가 보내지 않은 값입니다.",
    ]


def test_a_message_of_a_fill_leaves_an_unknown_price_out(watched: Watched):
    watched.load()
    watched.store.heard("kiwoom", [fill(quantity=9, side=Side.SELL)])
    watched.wait_for_toasts(1)

    assert watched.toasts() == ["삼성전자 매도 1주 · 보유 9주 · 10:15:29"]


def test_the_bell_opens_the_list_and_opens_no_second_one(watched: Watched):
    watched.load()
    for _ in range(2):
        watched.bell.click()

    assert len(watched.window.findChildren(FillsDialog)) == 1


def test_the_list_is_saved_as_it_is_shown_without_formulas(watched: Watched, tmp_path: Path):
    sheets: list[tuple[Sheet, str]] = []
    watched.window.layout_state.export_asked.connect(lambda sheet, path: sheets.append((sheet, path)))
    watched.load()
    watched.store.heard("kiwoom", [bought(12, 743_000, name="=1+1")])
    watched.bell.click()
    (shown,) = watched.window.findChildren(FillsDialog)
    shown.save_asked.emit(".csv")
    (dialog,) = shown.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "x.csv"))
    dialog.close()

    ((sheet, path),) = sheets
    assert path == str(tmp_path / "x.csv")
    lines = csv_of(sheet).decode("utf-8-sig").splitlines()
    assert "'=1+1,10:15:29,키움 위탁,005930,매수,2,71500,12,," in lines
    assert "종목,시각,계좌,코드,구분,체결수량,체결가,체결 후 보유,당일 실현손익 누계,실현수익률" in lines


def test_the_list_follows_the_language_and_the_connections(watched: Watched):
    watched.load()
    watched.store.heard("kiwoom", [bought(12, 743_000)])
    watched.bell.click()
    (shown,) = watched.window.findChildren(FillsDialog)
    shown.findChild(FigureView).selectRow(0)
    language.use(Language.ENGLISH)
    watched.window.retranslate_dialogs()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert shown.findChild(FigureView).selectionModel().selectedRows()
    assert shown.windowTitle() == "Today's fills"
    assert listed(shown)[0][4:8] == ["Buy", "+2", "71,500", "12"]

    watched.workspace.settings = Settings((IRP,))
    watched.workspace.connections_changed.emit()
    assert listed(shown) == []
    language.use(Language.KOREAN)


def test_the_tray_says_what_the_market_does_and_never_an_amount(watched: Watched):
    watched.use()
    watched.load()
    watched.look()
    assert watched.watching.tray.tooltip == "모아 · KRX 정규장 · NXT 메인마켓"

    watched.store.failed(POSITIONS, NotReachable("-"), None)
    watched.look()
    assert watched.watching.tray.tooltip.endswith("· 연결 끊김")


def test_the_tray_s_menu_does_what_it_says(watched: Watched):
    menu = watched.watching.tray.menu
    assert [each.text() for each in menu.actions()] == ["모아 열기", "미니 창", "금액 가리기", "종료"]

    menu.actions()[2].trigger()
    menu.aboutToShow.emit()

    assert watched.workspace.formatter.is_masked
    assert menu.actions()[2].text() == "금액 보이기"
    watched.window.hide()
    menu.actions()[0].trigger()
    assert watched.window.isVisible()
    menu.actions()[3].trigger()
    assert not watched.window.isVisible()


def test_the_small_window_follows_the_trades_and_the_mask(watched: Watched):
    watched.use()
    watched.load()
    watched.window.commands.mini_window.trigger()
    assert watched.mini_texts()[0] == "평가금액, 698,410원"

    watched.store.heard("kiwoom", [tick("005930", 80_000, None)])
    watched.look()
    moved = watched.mini_texts()[0]
    assert moved.startswith("평가금액, 79") and moved != "평가금액, 698,410원"

    watched.workspace.hide_amounts(True)
    watched.look()
    assert all("••••" in text or "알 수 없음" in text for text in watched.mini_texts())


def test_the_small_window_moves_on_in_the_beat_of_the_window(watched: Watched):
    watched.load()
    watched.window.commands.mini_window.trigger()
    after = StoreBridge(watched.store)  # hears what the window hears, right after it
    seen: list[str] = []
    after.prices_moved.connect(lambda _: seen.append(watched.mini_texts()[0]))

    watched.store.heard("kiwoom", [tick("005930", 80_000, None)])
    watched.qtbot.waitUntil(lambda: bool(seen))
    after.close()

    assert seen[0].startswith("평가금액, 79")


def test_the_small_window_counts_from_today_and_not_from_the_day_of_the_answer(watched: Watched):
    watched.load()
    watched.window.commands.mini_window.trigger()
    assert watched.mini is not None
    assert watched.mini.findChild(QLabel).text() == "키움 위탁 · 10:15 기준"

    watched.clock.advance(24 * 3600)
    watched.watching.look()

    assert watched.mini.findChild(QLabel).text() == "키움 위탁 · 어제 10:15 기준"


def test_the_small_window_goes_with_esc_its_button_or_the_window(watched: Watched, qtbot: QtBot):
    watched.load()
    watched.window.commands.mini_window.trigger()
    mini = watched.mini
    assert mini is not None
    assert mini.isVisible()
    watched.window.commands.mini_window.trigger()
    assert not mini.isVisible()

    watched.window.commands.mini_window.trigger()
    button = next(each for each in mini.findChildren(QToolButton) if each.accessibleName() == "닫기")
    button.click()
    assert not mini.isVisible()

    watched.window.commands.mini_window.trigger()
    watched.window.close()
    assert not mini.isVisible()


def test_what_can_be_watched_is_what_is_held(watched: Watched):
    watched.use()
    watched.load()

    assert [(each.label, each.code) for each in watched.watching.watchables()] == [
        ("한투 IRP 전체", None),
        ("TDF 2045", "K55101"),
        ("키움 위탁 전체", None),
        ("삼성전자", "005930"),
    ]

    watched.store.heard("kiwoom", [fill(quantity=0)])
    assert "005930" not in [each.code for each in watched.watching.watchables()]


def test_a_stock_of_two_accounts_is_offered_with_its_account(watched: Watched):
    other = Connection("kiwoom-nxt", "키움 NXT", "kiwoom", (View.POSITIONS,), "")
    watched.workspace.settings = Settings((KIWOOM, other))
    watched.load()
    watched.store.loaded(
        (other.id, View.POSITIONS),
        positions_report(position(price=Decimal(71_000)), position(code="000660", name="SK하이닉스")),
        watched.clock.monotonic_time,
    )

    found = watched.watching.watchables()
    assert [each.label for each in found] == [
        "키움 위탁 전체",
        "삼성전자 · 키움 위탁",
        "키움 NXT 전체",
        "삼성전자 · 키움 NXT",
        "SK하이닉스",
    ]
    assert [found[at].value(Measure.PRICE) for at in (1, 3)] == [Decimal(70_000), Decimal(71_000)]


def test_a_window_may_be_closed_twice(watched: Watched):
    watched.window.close()
    watched.window.show()
    watched.window.close()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    watched.window.closed.emit()


@pytest.mark.qt_log_ignore("systemTrayWindowChanged")  # the offscreen platform, of an icon
def test_with_an_icon_the_window_may_close_and_the_alerts_go_on(watched: Watched, monkeypatch):
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    watched.use(
        Alert("kiwoom", Measure.PRICE, Decimal(72_000), code="005930"), notify=Notify(in_background=True)
    )
    watched.load()
    watched.look()
    ended: list[bool] = []
    watched.window.closed.connect(lambda: ended.append(True))

    watched.window.close()
    assert not watched.window.isVisible()
    assert ended == []
    watched.clock.advance(1)
    watched.store.heard("kiwoom", [tick("005930", 72_100, None)])
    watched.qtbot.waitUntil(lambda: len(watched.window.findChildren(Toast)) == 1)

    watched.use(notify=Notify(tray=False, in_background=True))
    assert not watched.window.stays_hidden  # without an icon there is no way back
    watched.use()
    assert not watched.window.stays_hidden


@pytest.mark.qt_log_ignore("systemTrayWindowChanged")  # the offscreen platform, of an icon
def test_while_the_window_is_away_the_icon_says_what_a_message_says_and_masks_it_too(
    watched: Watched, monkeypatch
):
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(
        QSystemTrayIcon, "showMessage", lambda _, title, text, *__: told.append((title, text))
    )
    watched.use(
        Alert("kiwoom", Measure.PROFIT_TODAY, Decimal(1_000), code="005930"),
        notify=Notify(in_background=True),
    )
    watched.load()
    watched.qtbot.waitUntil(watched.is_active)
    watched.store.heard("kiwoom", [bought(11, 671_500)])
    watched.wait_for_toasts(1)
    assert told == []  # who sees the window sees the message there

    watched.window.close()
    told.clear()  # where the window has gone
    watched.store.heard("kiwoom", [tick("005930", 72_100, 2_100), bought(12, 743_000)])
    watched.look()
    watched.qtbot.waitUntil(lambda: len(told) == 2)
    assert sorted(told) == [
        ("삼성전자", "오늘 손익 +25,200원 · 알림 +1,000원 이상"),
        ("체결", "삼성전자 매수 1주 · 71,500원 · 보유 12주 · 10:15:29"),
    ]

    watched.window.commands.mask.trigger()
    watched.store.heard("kiwoom", [bought(13, 815_000)])
    watched.qtbot.waitUntil(lambda: len(told) == 3)
    assert told[-1] == ("체결", "삼성전자 매수 ••••주 · ••••원 · 보유 ••••주 · 10:15:30")


@pytest.mark.qt_log_ignore("systemTrayWindowChanged")  # the offscreen platform, of an icon
def test_a_name_in_a_notification_is_plain_text(watched: Watched, monkeypatch):
    """Desktops on Linux read markup in notifications."""
    told: list[tuple[str, str]] = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    monkeypatch.setattr(
        QSystemTrayIcon, "showMessage", lambda _, title, text, *__: told.append((title, text))
    )
    watched.use(notify=Notify(in_background=True))
    watched.load()
    watched.window.close()
    told.clear()  # where the window has gone

    assert watched.watching.tray.notify("S&P <b>500</b>", "<img src='/x.png'> &lt;")

    ((title, text),) = told
    assert (title.replace("\u2060", ""), text.replace("\u2060", "")) == (
        "S&P <b>500</b>",
        "<img src='/x.png'> &lt;",
    )
    for part in ("<b", "</b", "<img", "&P", "&lt"):
        assert part not in title + text


def test_the_icon_names_no_hours_of_the_demo_s_market(watched: Watched):
    watched.workspace.is_demo = True
    watched.load()
    watched.look()

    assert watched.watching.tray.tooltip == "모아"


def test_the_small_window_is_as_wide_as_its_longest_line(watched: Watched):
    watched.window.commands.mini_window.trigger()
    assert watched.mini is not None
    long = Kpi("예수금", "4,812,305", "원", note="주문가능 24,812,305원 · D+2 24,812,305원")
    watched.mini.show_figures("키움 위탁", [long] * 4, is_stale=False)
    QApplication.processEvents()

    cells = watched.mini.findChildren(KpiCell)
    assert max(each.needed_width for each in cells) > 190
    assert all(each.needed_width <= each.width() for each in cells)
