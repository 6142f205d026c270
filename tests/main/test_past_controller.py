"""The window reads the days before from the broker, and the user enters what the broker does not report."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import keyring
import pytest
from aiohttp import web
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QProgressBar, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from app.brokers import pacing
from app.domain.clock import KST, SYSTEM_CLOCK
from app.domain.connections import Connection, View
from app.domain.past import CashHolding, CashStatement
from app.domain.sessions import is_trading_day
from app.domain.value_series import CashFlow, FlowSource, ValueSource
from app.main.program import Program
from app.main.system.application import run
from app.services import back_fill, flow_estimates
from app.services.history import FILE_NAME, History
from app.simulator.options import PENSION
from app.simulator.portfolio import pension_cash, pension_holdings
from app.simulator.server import Options, Simulator
from app.ui.dialogs.past import BalancesDialog, FlowsDialog
from app.ui.table.view import FigureView
from app.ui.theme import Theme
from app.ui.window.toasts import Toast
from tests.brokers.kiwoom.servers import page, token_body
from tests.brokers.serving import serving
from tests.fakes import WorkingKeychain
from tests.services.pasts import DAY, ZERO, KeptPast

KEYS = {"kiwoom/appkey": "app-key-of-a-test", "kiwoom/appsecret": "secret-key-of-a-test"}
PAST = ("kt00002", "kt00015", "kt00016", "kt00017", "ka01690", "ka20006")


def today() -> date:
    return SYSTEM_CLOCK.now().astimezone(KST).date()


def trading(first: date, last: date) -> list[date]:
    return [day for at in range((last - first).days + 1) if is_trading_day(day := first + at * DAY)]


@dataclass
class Broker:
    """Kiwoom over HTTP with the past of one account; what is in `refusing` is not offered."""

    past: KeptPast
    refusing: set[str] = field(default_factory=set)
    slow: asyncio.Event | None = None  # what a balance of a day waits for
    asked: list[str] = field(default_factory=list)

    @property
    def has_said_today(self) -> bool:
        """Whether it was asked for today's movements, or on a day off for the day's sums."""
        return "kt00017" in self.asked or ("totals", today(), today()) in self.past.asked

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        async with serving(self._answer) as url:
            yield url

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/oauth2/token":
            return web.json_response(token_body("token-1"))
        api_id = request.headers["api-id"]
        self.asked.append(api_id)
        if api_id in self.refusing:
            text = "RC9000:모의투자에서는 해당업무가 제공되지 않습니다."
            return web.json_response({"return_code": 20, "return_msg": text})
        body = await self._body(api_id, json.loads(await request.text()))
        return web.json_response({"return_code": 0, **body})

    async def _body(self, api_id: str, asked: dict[str, str]) -> dict[str, Any]:
        days = [date.fromisoformat(text) for text in asked.values() if len(text) == 8 and text.isdigit()]
        match api_id:
            case "kt00005":
                return page("005930", evlt_amt_tot="000000001000")
            case "kt00002":
                found = await self.past.values(days[0], days[1])
                rows = [
                    {"dt": f"{each.day:%Y%m%d}", "prsm_dpst_aset_amt": f"{each.value:012}"} for each in found
                ]
                return {"daly_prsm_dpst_aset_amt_prst": rows}
            case "kt00016":
                totals = await self.past.totals(days[0], days[1])
                return {
                    "termin_tot_trns": f"{totals.cash_in:012}",
                    "termin_tot_pymn": f"{totals.cash_out:012}",
                    "termin_tot_inq": "0",
                    "termin_tot_outq": "0",
                }
            case "kt00015":
                return {"trst_ovrl_trde_prps_array": []}
            case "kt00017":
                return {"ina_amt": str(self.past.todays), "outa": "0", "inq_amt": "0", "outq_amt": "0"}
            case "ka01690":
                if self.slow is not None:
                    await self.slow.wait()
                found = await self.past.balance(days[0])
                rows = [{"stk_cd": "A005930", "rmnd_qty": "3", "evlt_amt": str(found.total)}]
                return {"day_stk_asst": str(found.total), "dbst_bal": "7", "day_bal_rt": rows}
            case "ka20006":
                index = await self.past.index(days[0])
                rows = [
                    {"dt": f"{day:%Y%m%d}", "cur_prc": f"{close * 100:.0f}"} for day, close in index.items()
                ]
                return {"inds_dt_pole_qry": rows}
            case _:
                return {"return_msg": "RC9000:-"}


class Desk:
    """A profile with one Kiwoom connection, and a window on it."""

    def __init__(self, qapp: QApplication, qtbot: QtBot, profile: Path) -> None:
        self.qapp = qapp
        self.qtbot = qtbot
        self.profile = profile
        self.broker = Broker(KeptPast(today() - 40 * DAY, today()))
        self.connection = Connection("kiwoom", "키움", "kiwoom", (View.POSITIONS,), "")
        keyring.set_keyring(WorkingKeychain(KEYS))

    @property
    def history(self) -> History:
        return History(self.profile / FILE_NAME, (self.connection,), SYSTEM_CLOCK)

    @property
    def first_day(self) -> date | None:
        """The first day with a known value."""
        known = (each.day for each in self.history.settled_series() if each.value is not None)
        return next(known, None)

    def play(self, act: Callable[[Program], Any]) -> None:
        async def script() -> None:
            async with self.broker.serving() as url:
                (self.profile / "settings.toml").write_text(
                    '[[connections]]\nid = "kiwoom"\nlabel = "키움"\nbroker = "kiwoom"\n'
                    f'views = ["positions"]\nbase_url = "{url}"\nws_url = "ws://127.0.0.1:9"\n',
                    "utf-8",
                )
                opened = Program(self.profile, Theme(), demo=False, keeps_history=True)
                self.qtbot.addWidget(opened.window)
                opened.window.show()
                running = asyncio.create_task(opened.run())
                try:
                    await act(opened)
                finally:
                    opened.window.close()
                    await running
                    if self.broker.slow is not None:
                        self.broker.slow.set()

        run(self.qapp, script())


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(50):
        while not is_so():
            await asyncio.sleep(0.02)


@pytest.fixture(autouse=True)
def _goes_on(qapp: QApplication) -> Iterator[None]:
    """The loop goes on after the window was closed."""
    before = qapp.quitOnLastWindowClosed()
    qapp.setQuitOnLastWindowClosed(False)
    yield
    qapp.setQuitOnLastWindowClosed(before)


@pytest.fixture
def desk(qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(pacing, "_WINDOW_SECONDS", 0.01)
    monkeypatch.setattr(back_fill, "SETTLE_SECONDS", 0.05)
    monkeypatch.setattr(back_fill, "AGAIN_SECONDS", 0.05)
    return Desk(qapp, qtbot, tmp_path)


def toasts(opened: Program) -> list[str]:
    return [each.text for each in opened.window.findChildren(Toast) if each.isVisible()]


def button(dialog: FlowsDialog | BalancesDialog, text: str) -> QPushButton:
    return next(each for each in dialog.findChildren(QPushButton) if each.text() == text)


def rows(dialog: FlowsDialog) -> list[list[str]]:
    model = dialog.findChild(FigureView).model()
    return [[model.data(model.index(row, at)) for at in range(4)] for row in range(model.rowCount())]


def test_the_past_is_read_by_itself_and_in_the_history_afterwards(desk: Desk):
    paid = today() - 20 * DAY
    desk.broker.past.flows = {paid: 500_000}

    async def act(opened: Program) -> None:
        await until(lambda: desk.broker.has_said_today)

    desk.play(act)

    series = desk.history.series()
    days = trading(today() - 40 * DAY, today() - DAY)
    assert [each.day for each in series if each.source is ValueSource.BROKER and each.value] == days
    assert desk.history.flows() == [CashFlow("kiwoom", paid, Decimal(500_000), FlowSource.REPORTED)]
    assert len(desk.history.index_closes("KOSPI")) > 100
    assert desk.broker.asked[0] == "kt00005"


def test_a_broker_that_does_not_offer_it_is_named_once(desk: Desk):
    desk.broker.refusing = set(PAST)

    async def act(opened: Program) -> None:
        await until(lambda: toasts(opened))
        assert toasts(opened) == [
            "키움: 과거 자산을 불러오지 못했습니다. RC9000:모의투자에서는 해당업무가 제공되지 않습니다."
        ]

    desk.play(act)
    asked = len(desk.broker.asked)

    async def again(opened: Program) -> None:
        await until(lambda: desk.broker.asked[asked:].count("ka20006") == 1)
        await asyncio.sleep(0.2)
        assert toasts(opened) == []

    desk.play(again)


def test_a_deposit_is_entered_changed_and_deleted(desk: Desk):
    day = (today() - timedelta(days=3)).isoformat()

    async def act(opened: Program) -> None:
        await until(lambda: opened.window.findChild(QPushButton) is not None)
        await asyncio.sleep(0.2)
        opened.window.commands.flows.trigger()
        dialog = opened.window.findChild(FlowsDialog)
        await until(lambda: button(dialog, "추가").isEnabled())
        fields = {each.accessibleName(): each for each in dialog.findChildren(QLineEdit)}
        fields["날짜"].setText(day)
        fields["금액"].setText("250,000")
        button(dialog, "추가").click()
        await until(lambda: rows(dialog) == [["키움", day, "+250,000", "직접 입력"]])

        dialog.findChild(FigureView).selectRow(0)
        button(dialog, "수정").click()
        fields["금액"].setText("260,000")
        button(dialog, "저장").click()
        await until(lambda: rows(dialog) == [["키움", day, "+260,000", "직접 입력"]])
        assert [each.amount for each in desk.history.flows()] == [260_000]

        opened.workspace.hide_amounts(True)
        await until(lambda: "260" not in rows(dialog)[0][2])
        dialog.findChild(FigureView).selectRow(0)
        button(dialog, "삭제").click()
        await until(lambda: rows(dialog) == [])
        await until(lambda: dialog.firsts == {"kiwoom": desk.first_day})
        dialog.close()

    desk.play(act)
    assert [each for each in desk.history.flows() if each.source is FlowSource.TYPED] == []


def test_past_holdings_are_read_on_demand_stopped_and_continued(desk: Desk):
    days = trading(today() - 40 * DAY, today() - DAY)

    async def act(opened: Program) -> None:
        await until(lambda: desk.broker.has_said_today)
        opened.window.commands.past_holdings.trigger()
        dialog = opened.window.findChild(BalancesDialog)
        await until(lambda: button(dialog, "가져오기").isEnabled())
        desk.broker.slow = asyncio.Event()
        button(dialog, "가져오기").click()
        await until(lambda: "ka01690" in desk.broker.asked)
        button(dialog, "중단").click()
        await until(lambda: any(each.text() == "가져오기" for each in dialog.findChildren(QPushButton)))
        assert desk.history.balance_days("kiwoom") == set()
        desk.broker.slow.set()
        button(dialog, "가져오기").click()
        bar = dialog.findChild(QProgressBar)
        await until(lambda: not button(dialog, "가져오기").isEnabled() if bar.value() == len(days) else False)
        dialog.close()

    desk.play(act)

    assert desk.history.balance_days("kiwoom") == set(days)
    balance = desk.history.past_balance("kiwoom", days[0])
    assert balance is not None and balance.total == desk.broker.past.value(days[0])


def test_closing_the_window_ends_the_reading(desk: Desk):
    async def act(opened: Program) -> None:
        await until(lambda: desk.broker.has_said_today)
        opened.window.commands.past_holdings.trigger()
        dialog = opened.window.findChild(BalancesDialog)
        await until(lambda: button(dialog, "가져오기").isEnabled())
        desk.broker.slow = asyncio.Event()
        button(dialog, "가져오기").click()
        await until(lambda: "ka01690" in desk.broker.asked)

    desk.play(act)
    assert json.dumps(sorted(map(str, desk.history.balance_days("kiwoom")))) == "[]"


def test_without_a_stored_connection_both_say_why_not(qapp: QApplication, qtbot: QtBot, tmp_path: Path):
    opened = Program(tmp_path, Theme(), demo=False)
    qtbot.addWidget(opened.window)

    async def act() -> None:
        running = asyncio.create_task(opened.run())
        await asyncio.sleep(0.1)
        opened.window.show()
        opened.window.commands.flows.trigger()
        opened.window.commands.past_holdings.trigger()
        await until(lambda: len(toasts(opened)) == 2)
        opened.window.close()
        await running

    run(qapp, act())


def test_the_list_of_the_demo_is_closed_with_the_demo(qapp: QApplication, qtbot: QtBot, tmp_path: Path):
    opened = Program(tmp_path, Theme(), demo=True)
    qtbot.addWidget(opened.window)

    async def act() -> None:
        running = asyncio.create_task(opened.run())
        opened.window.show()
        find = partial(opened.window.findChildren, FlowsDialog)
        await until(lambda: opened.shows_history)
        opened.window.commands.flows.trigger()
        await until(lambda: len(rows(find()[0])) > 0)
        opened.workspace.leave_demo()
        await until(lambda: not find())
        opened.window.close()
        await running

    run(qapp, act())


# A deposit that only the cash of a pension shows, against the simulator.


class Pension:
    """A profile with the simulator's pension, whose cash was less on an earlier day."""

    def __init__(self, qapp: QApplication, qtbot: QtBot, profile: Path) -> None:
        self.qapp = qapp
        self.qtbot = qtbot
        self.profile = profile
        number = PENSION.account
        self.connection = Connection("irp", "한투 IRP", "kis", (View.PENSION,), "", account=number)

    @property
    def history(self) -> History:
        return History(self.profile / FILE_NAME, (self.connection,), SYSTEM_CLOCK)

    def play(self, act: Callable[[Program], Any]) -> None:
        keys = {"irp/appkey": PENSION.appkey, "irp/appsecret": PENSION.appsecret}
        keyring.set_keyring(WorkingKeychain(keys))  # without a token of another simulator

        async def script() -> None:
            quiet = Options(token_pause=0.0, ticks_per_second=0.0, fills=False)
            async with Simulator(quiet) as simulator:
                (self.profile / "settings.toml").write_text(
                    '[[connections]]\nid = "irp"\nlabel = "한투 IRP"\nbroker = "kis"\n'
                    f'account = "{PENSION.account}"\nviews = ["pension"]\n'
                    f'base_url = "{simulator.addresses["kis"]}"\n',
                    "utf-8",
                )
                opened = Program(self.profile, Theme(), demo=False, keeps_history=True)
                self.qtbot.addWidget(opened.window)
                opened.window.show()
                running = asyncio.create_task(opened.run())
                try:
                    await act(opened)
                finally:
                    opened.window.close()
                    await running

        run(self.qapp, script())

    def pay_in(self, amount: int, *, sold: int = 0) -> None:
        """Let the account have had less cash three days ago, and more of its first holding."""
        seed, account = Options().seed, PENSION.account
        held = [
            CashHolding(each.security.code, Decimal(each.quantity), Decimal(each.cost))
            for each in pension_holdings(seed, account)
        ]
        held[0] = replace(held[0], quantity=(held[0].quantity or ZERO) + sold)
        cash = Decimal(pension_cash(seed, account) - amount)
        day = today() - 3 * DAY
        self.history.save_cash("irp", CashStatement(day, cash, ZERO, ZERO, ZERO, tuple(held)))


@pytest.fixture
def pension(qapp: QApplication, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pension:
    monkeypatch.setattr(pacing, "_WINDOW_SECONDS", 0.01)
    monkeypatch.setattr(flow_estimates, "SETTLE_SECONDS", 0.05)
    return Pension(qapp, qtbot, tmp_path)


def toast_button(opened: Program, text: str) -> QToolButton:
    return next(
        each
        for toast in opened.window.findChildren(Toast)
        for each in toast.findChildren(QToolButton)
        if each.text() == text
    )


def test_a_deposit_that_the_cash_shows_is_asked_about_once_and_confirmed(pension: Pension):
    pension.pay_in(300_000)

    async def act(opened: Program) -> None:
        await until(lambda: toasts(opened))
        assert toasts(opened) == ["한투 IRP: 입금 추정 300,000원 · 맞습니까?"]
        opened.workspace.hide_amounts(True)
        assert "300,000" not in toasts(opened)[0]
        opened.workspace.hide_amounts(False)
        toast_button(opened, "입출금").click()
        dialog = opened.window.findChild(FlowsDialog)
        await until(lambda: button(dialog, "입금이 맞음").isEnabled())
        assert rows(dialog) == [["한투 IRP", today().isoformat(), "+300,000", "추정"]]
        button(dialog, "입금이 맞음").click()
        await until(lambda: rows(dialog) == [["한투 IRP", today().isoformat(), "+300,000", "직접 입력"]])
        dialog.close()

    pension.play(act)
    assert pension.history.flows() == [CashFlow("irp", today(), Decimal(300_000), FlowSource.TYPED)]


def test_a_question_that_was_answered_in_the_list_is_not_left_over_the_charts(pension: Pension):
    pension.pay_in(90_000)

    async def act(opened: Program) -> None:
        await until(lambda: toasts(opened))
        opened.window.commands.flows.trigger()
        dialog = opened.window.findChild(FlowsDialog)
        await until(lambda: len(rows(dialog)) == 1)
        dialog.choose(CashFlow("irp", today(), Decimal(90_000), FlowSource.INFERRED))
        await until(lambda: button(dialog, "입금이 맞음").isEnabled())
        button(dialog, "입금이 맞음").click()
        await until(lambda: rows(dialog) == [["한투 IRP", today().isoformat(), "+90,000", "직접 입력"]])
        await until(lambda: not toasts(opened))
        dialog.close()

    pension.play(act)


def test_a_dividend_is_not_asked_about_again_after_a_restart(pension: Pension):
    pension.pay_in(70_000)

    async def act(opened: Program) -> None:
        await until(lambda: toasts(opened))
        toast_button(opened, "입출금").click()
        dialog = opened.window.findChild(FlowsDialog)
        await until(lambda: button(dialog, "배당·이자 등").isEnabled())
        button(dialog, "배당·이자 등").click()
        await until(lambda: rows(dialog) == [])
        dialog.close()

    async def again(opened: Program) -> None:
        await until(lambda: opened.workspace.store.state(("irp", View.PENSION)).fetched_mono is not None)
        await asyncio.sleep(0.5)
        assert toasts(opened) == []

    pension.play(act)
    pension.play(again)
    assert pension.history.flows() == []
    assert pension.history.dismissed("irp") == {today(): Decimal(70_000)}


def test_what_cannot_be_estimated_is_said_in_the_list(pension: Pension):
    pension.pay_in(300_000, sold=3)

    async def act(opened: Program) -> None:
        await until(lambda: pension.history.cash_pair("irp").after.day == today())  # pyright: ignore
        assert toasts(opened) == []
        opened.window.commands.flows.trigger()
        dialog = opened.window.findChild(FlowsDialog)
        said = f"한투 IRP: {today().isoformat()} 입출금을 추정할 수 없습니다."
        await until(lambda: any(said in each.text() for each in dialog.findChildren(QLabel)))
        dialog.close()

    pension.play(act)
    assert pension.history.flows() == []
