"""Whatever comes in whatever order: each account is in the total once, and what is printed adds up."""

import re
from dataclasses import replace
from decimal import Decimal

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.domain.connections import Connection, View
from app.domain.errors import NotReachable
from app.domain.holdings import AssetLayout, AssetMixReport, AssetSlice, Fact, PositionReport, Report
from app.domain.overview import Overview
from app.services.store import Line, PortfolioStore
from app.ui import format as text_of
from app.ui.format import SHOWN
from app.ui.tabs.overview import equation, gathered, rows, totals
from app.ui.tabs.spec import Content
from tests.fakes import START, FakeClock, fill, pension_report, position, positions_report, tick

KIS, KIWOOM = "https://kis", "https://kiwoom"
ACCOUNTS = ("k1", "k2", "12345678-01", "87654321-29")  # two app keys, two numbers
WON = st.integers(0, 10**12).map(Decimal)


def connection(at: int, account: str, view: View) -> Connection:
    """A connection to one of the accounts; those by app key are Kiwoom's."""
    if account.startswith("k"):
        return Connection(f"c{at}", f"C{at}", "kiwoom", (View.POSITIONS,), KIWOOM, exchange="KRX")
    return Connection(f"c{at}", f"C{at}", "kis", (view,), KIS, account=account)


def positions(value: Decimal, deposit: Decimal, loans: Decimal, is_net: bool | None) -> PositionReport:
    """One stock, cash, and what is known of a loan."""
    made = positions_report(position(value=value), value=value)
    facts = (Fact("crd_loan_tot", "신용융자합계", loans),)
    return replace(made, deposit_in_two_days=deposit, facts=facts, is_net_of_loans=is_net)


def mix(value: Decimal, loans: Decimal) -> AssetMixReport:
    """An account of stocks alone."""
    row = AssetSlice(1, "주식", None, value, None, None, None, Decimal(100))
    return AssetMixReport(AssetLayout.GENERAL_20, (row,), None, value, loans, None)


def number(text: str) -> int:
    """A figure as it is printed."""
    return int(text.replace(",", "").replace(text_of.MINUS, "-"))


class Counting(RuleBasedStateMachine):
    """Connections, twins among them, whose answers, trades and failures come in any order."""

    connections: list[Connection]

    @initialize(
        drawn=st.lists(
            st.tuples(st.sampled_from(ACCOUNTS), st.sampled_from([View.ASSET_MIX, View.PENSION])),
            min_size=2,
            max_size=6,
        )
    )
    def begin(self, drawn):
        self.accounts = [account for account, _ in drawn]
        self.connections = [connection(at, account, view) for at, (account, view) in enumerate(drawn)]
        self.store = PortfolioStore(FakeClock().clock)
        self.answered: set[str] = set()

    def view_id(self, at: int):
        each = self.connections[at % len(self.connections)]
        return each.id, each.views[0]

    @rule(at=st.integers(0, 5), one=WON, two=WON, three=WON, is_net=st.sampled_from([None, False, True]))
    def answer(self, at, one, two, three, is_net):
        at %= len(self.connections)
        each, view_id = self.connections[at], self.view_id(at)
        self.store.account_known(each, self.accounts[at])
        report: Report
        match view_id[1]:
            case View.POSITIONS:
                report = positions(one, two, three, is_net)
            case View.ASSET_MIX:
                report = mix(one, two)
            case _:
                report = replace(pension_report(), value=one)
        self.store.reading(view_id)
        self.store.loaded(view_id, report, 0.0)
        self.answered.add(self.accounts[at])

    @rule(at=st.integers(0, 5))
    def open_only(self, at):
        at %= len(self.connections)
        self.store.account_known(self.connections[at], self.accounts[at])

    @rule(at=st.integers(0, 5))
    def fail(self, at):
        self.store.failed(self.view_id(at), NotReachable("no answer"), None)

    @rule(at=st.integers(0, 5), line=st.sampled_from([Line.CONNECTING, Line.LIVE, Line.BROKEN]))
    def turn_line(self, at, line):
        view_id = self.view_id(at)
        if view_id[1] is View.POSITIONS:
            self.store.line_changed(view_id[0], line, NotReachable("gone") if line is Line.BROKEN else None)

    @rule(at=st.integers(0, 5), quantity=st.integers(0, 9), price=st.integers(1, 10**6))
    def trade(self, at, quantity, price):
        view_id = self.view_id(at)
        if view_id[1] is View.POSITIONS:
            self.store.heard(view_id[0], [tick(price=price), fill(quantity=quantity)])

    @precondition(lambda self: self.answered)
    @rule()
    def restart(self):
        before, self.store = self.store, PortfolioStore(FakeClock().clock)
        self.store.accounts.restore(before.accounts.salt, before.accounts.marks)
        for each in self.connections:
            view_id = each.id, each.views[0]
            report = before.state(view_id).report
            if report is not None:
                self.store.restore(view_id, report, START)

    def whole(self) -> Overview:
        return gathered(self.store, self.connections)

    @invariant()
    def each_account_that_was_read_is_counted_once(self):
        counted = [self.accounts[int(line.connection[1:])] for line in self.whole().counted]
        assert sorted(counted) == sorted(self.answered)

    @invariant()
    def what_is_printed_adds_up(self):
        whole = self.whole()
        content = Content(whole, rows(whole, ()), START, START.date(), SHOWN)
        shown = totals(content)
        values = [line.value for line in content.rows if line.value is not None]
        assert sum(number(SHOWN.amount(each)) for each in values) == (
            number(shown["value"][0]) if values else 0
        )
        if whole.loans:
            reported = re.sub(rf"{text_of.MINUS}(?=\d)", "-", equation(whole, SHOWN).replace(",", ""))
            assets, loans, net = map(int, re.findall(r"-?\d+", reported))
            assert assets - loans == net == whole.value
        if whole.value is not None and whole.value > 0:
            assert shown["weight"][0] == "100.00%"
            printed = [text_of.percent(line.weight) for line in content.rows if line.weight is not None]
            plain = [each.rstrip("%").replace(",", "").replace(text_of.MINUS, "-") for each in printed]
            assert sum(map(Decimal, plain)) == 100


TestCounting = Counting.TestCase
# Making a failure shorter would outlast what a test may take.
TestCounting.settings = settings(
    max_examples=60, stateful_step_count=25, deadline=None, phases=[Phase.generate]
)
