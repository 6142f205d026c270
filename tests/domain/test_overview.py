"""All connections together: exact sums, no won counted twice, and nothing left out in silence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.connections import AccountRegister, Connection, View
from app.domain.holdings import (
    AssetLayout,
    AssetMixReport,
    AssetSlice,
    Fact,
    PensionReport,
    PositionReport,
    Report,
    percent_of,
)
from app.domain.overview import Omission, Overview, OverviewLine
from app.domain.overview import overview as overview_of
from app.domain.valuation import ClassKind, LoanBasis, Reading, Standing, proven_net, shown_weights
from app.services.book import PositionBook
from tests.fakes import START, bond_lot, bond_report, pension_report, position, positions_report, tick

BASE = "https://openapi.koreainvestment.com:9443"
KNOWN = (Standing.LIVE, Standing.READ, Standing.OLD)
Held = tuple[Connection, Sequence[Reading]]


def connection(name: str = "main", *views: View, account: str | None = None) -> Connection:
    """A connection of this id, by Kiwoom where it has positions; of KIS each has a number of its own."""
    broker = "kiwoom" if View.POSITIONS in views else "kis"
    number = account or (name if broker == "kis" else None)
    return Connection(name, name.title(), broker, views, BASE, account=number)


def register(lines: Sequence[Held], **keys: str) -> AccountRegister:
    """The app keys of the connections: each has one of its own but those given here."""
    made = AccountRegister()
    for each, _ in lines:
        made.learn(each, keys.get(each.id, f"key of {each.id}"))
    return made


def overview(lines: Sequence[Held], **keys: str) -> Overview:
    """The connections as they are counted for the first time."""
    return overview_of(lines, register(lines, **keys))


def mix(total: int, loans: int = 0, classes: dict[str, int] | None = None) -> AssetMixReport:
    """An account's classes; by default all of it is stocks."""
    named = {"주식": total} if classes is None else classes
    rows = tuple(
        AssetSlice(at, name, None, Decimal(value), None, None, None, None)
        for at, (name, value) in enumerate(named.items(), 1)
    )
    whole = AssetSlice(20, "합계", Decimal(1000), Decimal(total), Decimal(100), None, None, None)
    return AssetMixReport(AssetLayout.GENERAL_20, rows, whole, Decimal(total), Decimal(loans), Decimal(100))


def stocks(value: int, deposit: int | None = None, later: int | None = None, **row: Any) -> PositionReport:
    """Positions worth this much with the deposit of today and of D+2."""
    made = positions_report(position(value=Decimal(value), **row), value=Decimal(value))
    exact = [None if each is None else Decimal(each) for each in (deposit, later)]
    return replace(made, deposit=exact[0], deposit_in_two_days=exact[1])


def reading(report: Report | None, standing: Standing = Standing.READ) -> Reading:
    """What is known of a view by its answer."""
    views = {AssetMixReport: View.ASSET_MIX, PensionReport: View.PENSION, PositionReport: View.POSITIONS}
    rows = report.rows if isinstance(report, PositionReport) else ()
    return Reading(views.get(type(report), View.BONDS), standing, report, rows, START)


def held(name: str, *readings: Reading, account: str | None = None) -> Held:
    """A connection with what is known of its views."""
    return connection(name, *(each.view for each in readings), account=account), readings


def line_of(whole: Overview, name: str) -> OverviewLine:
    """One connection's line."""
    return next(line for line in whole.rows if line.connection == name)


# What a connection is worth.


def test_an_account_is_worth_its_assets_less_its_loans_and_its_bonds_are_in_them():
    bonds = reading(bond_report(bond_lot()))
    whole = overview([held("kis", bonds, reading(mix(1_000, 300)))])

    (line,) = whole.rows
    assert (line.value, whole.value) == (700, 700)
    assert [(fact.field, fact.value) for fact in whole.facts] == [
        ("tot_asst_amt", 1_000),
        ("loan_amt_smtl", -300),
    ]
    assert {each.kind: each.value for each in whole.classes} == {
        ClassKind.STOCKS: 1_000,
        ClassKind.LOANS: -300,
    }


def test_stocks_are_worth_their_value_and_the_deposit_that_is_left_once_all_is_paid():
    whole = overview([held("kiwoom", reading(stocks(5_000, deposit=900, later=400)))])

    assert whole.value == 5_400
    assert whole.facts[-1].field == "entr_d2"
    assert [(each.kind, each.value) for each in whole.classes] == [
        (ClassKind.STOCKS, 5_000),
        (ClassKind.CASH, 400),
    ]


def test_without_the_deposit_of_two_days_hence_that_of_today_counts_and_without_both_it_is_said():
    assert overview([held("kiwoom", reading(stocks(5_000, deposit=900)))]).value == 5_900

    without = overview([held("kiwoom", reading(stocks(5_000)))])
    assert without.value == 5_000
    assert without.rows[0].worth.lacks_deposit


LOANS = (
    Fact("crd_loan_tot", "신용융자합계", Decimal(700)),
    Fact("grnt_loan_amt", "매도담보대출금액", Decimal(50)),
    Fact("entr_d1", "예수금D+1", Decimal(5)),
)


@pytest.mark.parametrize(
    ("is_net", "value", "basis", "loans"),
    [
        (None, 5_000, LoanBasis.UNKNOWN, 0),
        (True, 5_000, LoanBasis.PROVEN_NET, 0),
        (False, 4_250, LoanBasis.PROVEN_GROSS, 750),
    ],
)
def test_loans_are_deducted_where_the_brokers_sums_are_proven_not_to_be_less_them(
    is_net, value, basis, loans
):
    report = replace(stocks(5_000, later=0), facts=LOANS, is_net_of_loans=is_net)
    whole = overview([held("kiwoom", reading(report)), held("kis", reading(mix(1_000, 300)))])

    line = line_of(whole, "kiwoom")
    assert (line.value, line.worth.loans, line.worth.loan_basis) == (value, 750, basis)
    assert (whole.assets, whole.loans, whole.value) == (6_000, 300 + loans, 700 + value)
    assert line.has_unproven_loans is (basis is LoanBasis.UNKNOWN)


@pytest.mark.parametrize(
    ("estimate", "proof"),
    [
        (5_400, True),
        (4_650, False),
        (4_654, False),  # a price moved between the two answers
        (5_330, True),
        (5_320, None),
        (4_730, None),
        (5_025, None),
        (0, None),
        (None, None),
    ],
)
def test_the_brokers_estimate_of_the_assets_proves_what_its_sums_are(estimate, proof):
    report = replace(stocks(5_000, later=400), facts=LOANS)

    assert proven_net(report, None if estimate is None else Decimal(estimate)) is proof
    assert proven_net(replace(report, facts=()), Decimal(5_400)) is None
    assert proven_net(replace(report, deposit_in_two_days=None), Decimal(5_400)) is None


def test_a_trade_moves_the_value_as_it_moves_the_connections_own_tab():
    report = positions_report(position(), value=position().value)
    book = PositionBook()
    book.load(report, 0)
    before = overview([held("kiwoom", replace(reading(report), positions=book.rows))])
    book.trade(tick(price=90_000), 1)
    book.moved()

    after = overview([held("kiwoom", replace(reading(report), positions=book.rows))])

    (row,) = book.rows
    assert row.value is not None
    assert before.value is not None and after.value is not None
    assert after.value - before.value == row.value - (position().value or 0) != 0
    assert after.today == row.profit_today


@pytest.mark.parametrize("report", [pension_report(value=None), replace(stocks(5_000, later=0), value=None)])
def test_where_the_broker_sends_no_total_its_rows_are_added_up_but_only_if_all_are_known(report):
    added = sum(row.value for row in report.rows)
    assert overview([held("a", reading(report))]).value == added

    rows = tuple(replace(row, value=None) for row in report.rows)
    whole = overview([held("a", reading(replace(report, rows=(*report.rows, *rows))))])
    assert whole.value is None
    assert [line.omission for line in whole.left_out] == [Omission.UNKNOWN]


def test_bonds_alone_have_a_face_and_no_value():
    whole = overview([held("bonds", reading(bond_report(bond_lot()))), held("kis", reading(mix(10)))])

    line = line_of(whole, "bonds")
    assert (line.value, line.omission) == (None, Omission.NO_MARKET_VALUE)
    assert (line.worth.face, line.worth.purchase_amount) == (1_000_000, 998_520)
    assert whole.value == 10
    assert whole.left_out == (line,)


def test_what_the_classes_miss_of_the_brokers_total_is_a_class_of_its_own():
    whole = overview([held("kis", reading(mix(1_000, classes={"주식": 400, "예수금+cma": 500})))])

    assert {each.kind: each.value for each in whole.classes} == {
        ClassKind.STOCKS: 400,
        ClassKind.CASH: 500,
        ClassKind.DIFFERENCE: 100,
    }


def test_the_same_class_of_two_connections_is_one_and_classes_without_a_name_are_not():
    unnamed = replace(mix(7), rows=(AssetSlice(1, None, None, Decimal(7), None, None, None, None),))
    lines = [held(name, reading(unnamed), account=name) for name in ("a", "b")]
    lines += [held("c", reading(mix(3, classes={"예수금": 3}))), held("d", reading(stocks(1, later=2)))]

    found = [(each.kind, each.value) for each in overview(lines).classes]

    assert sorted(found) == sorted(
        [(ClassKind.UNNAMED, 7), (ClassKind.UNNAMED, 7), (ClassKind.CASH, 5), (ClassKind.STOCKS, 1)]
    )


def test_each_kind_of_account_has_the_same_classes_and_a_pension_is_none_of_them():
    mixed = {"주식": 1_000, "예수금(+CMA)": 200, "채권": 40}
    lines = [
        held("irp", reading(replace(pension_report(), value=Decimal(7)))),
        held("main", reading(mix(1_240, classes=mixed))),
        held("live", reading(stocks(300, later=60))),
    ]

    whole = overview(lines)

    assert {(each.kind, each.name): each.value for each in whole.classes} == {
        (ClassKind.STOCKS, ""): 1_307,
        (ClassKind.CASH, ""): 260,
        (ClassKind.BONDS, ""): 40,
    }
    assert [line.is_pension for line in whole.rows] == [True, False, False]


@pytest.mark.parametrize(
    ("number", "is_pension"), [("12345678-29", True), ("1234567822", True), ("12345678-01", False)]
)
def test_a_pension_is_told_by_its_view_or_by_the_account_number(number, is_pension):
    (line,) = overview([held("main", reading(mix(5)), account=number)]).rows

    assert line.is_pension is is_pension


# The same account twice.


@pytest.mark.parametrize("written", ["12345678-01", "1234567801"])
def test_an_account_of_two_connections_is_counted_once(written):
    lines = [
        held("one", reading(mix(100)), account="12345678-01"),
        held("two", reading(mix(100)), account=written),
        held("bonds", reading(bond_report(bond_lot())), account=written),
    ]

    whole = overview(lines)

    assert whole.value == 100
    assert whole.left_out == ()
    twins = {line.connection: (line.omission, line.twin, line.value) for line in whole.rows[1:]}
    assert twins == dict.fromkeys(("two", "bonds"), (Omission.SAME_ACCOUNT, "One", None))


def test_another_product_or_another_server_is_another_account():
    first = held("one", reading(mix(100)), account="12345678-01")
    other = held("two", reading(mix(100)), account="12345678-22")
    elsewhere = replace(connection("three", View.ASSET_MIX, account="12345678-01"), base_url="https://x")

    assert overview([first, other, (elsewhere, [reading(mix(100))])]).value == 300


def test_a_twin_that_failed_leaves_the_value_of_the_other_one():
    for failing in ("one", "two"):
        lines = [
            held(
                name,
                replace(reading(None if name == failing else mix(100), Standing.FAILED), view=View.ASSET_MIX),
                account="12345678-01",
            )
            for name in ("one", "two")
        ]
        assert overview(lines).value == 100
        assert overview(lines).left_out == ()


def test_a_pension_does_not_stand_for_the_classes_of_its_account_that_failed():
    failed = Reading(View.ASSET_MIX, Standing.FAILED)
    lines = [
        held("all", failed, account="12345678-01"),
        held("part", reading(pension_report()), account="12345678-01"),
    ]

    assert [line.connection for line in overview(lines).left_out] == ["all"]


def test_connections_with_one_app_key_are_one_account_whatever_they_hold():
    lines = [held("krx", reading(stocks(5_000, later=400))), held("nxt", reading(stocks(5_100, later=7)))]

    assert overview(lines, krx="shared", nxt="shared").value == 5_400
    assert overview(lines).value == 5_400 + 5_107


def test_equal_holdings_of_two_app_keys_are_two_accounts():
    lines = [held(name, reading(stocks(5_000, later=400))) for name in ("mine", "hers")]

    assert overview(lines).value == 10_800


def test_the_twin_that_counted_first_counts_on_whatever_becomes_of_either():
    lines = [held("krx", Reading(View.POSITIONS)), held("nxt", reading(stocks(5_100, later=400)))]
    accounts = register(lines, krx="shared", nxt="shared")
    values = [overview_of(lines, accounts).value]

    lines[0] = held("krx", reading(stocks(5_000, later=400)))
    values.append(overview_of(lines, accounts).value)
    lines[1] = held("nxt", reading(stocks(5_100, later=400), Standing.OLD))
    values.append(overview_of(lines, accounts).value)

    assert values == [5_500] * 3
    assert [line.connection for line in overview_of(lines, accounts).old] == ["nxt"]


def test_two_accounts_without_a_number_are_not_counted_before_their_app_keys_are_known():
    lines = [held("krx", reading(stocks(5_000, later=400))), held("nxt", reading(stocks(5_100, later=400)))]
    accounts = AccountRegister()

    for known in range(3):
        whole = overview_of(lines, accounts)
        assert len(whole.counted) == min(known, 1)
        assert [line.omission for line in whole.left_out] == [Omission.UNIDENTIFIED] * (2 - known)
        if known < 2:
            accounts.learn(lines[known][0], "shared")


def test_accounts_whose_numbers_only_the_feed_knows_are_distinguished_as_soon_as_it_does():
    planned = [replace(connection(name, View.ASSET_MIX), account=None) for name in ("irp", "main")]
    accounts = AccountRegister()
    for number, each in enumerate(planned):
        accounts.learn(replace(each, account=f"1234567{number}-01"), "shared")

    assert len(overview_of([(each, [reading(mix(100))]) for each in planned], accounts).counted) == 2


def test_the_only_account_of_a_server_needs_no_app_key_to_be_identified():
    lines = [held("krx", reading(stocks(5_000, later=400))), held("kis", reading(mix(1)))]

    assert overview_of(lines).value == 5_401


def test_what_is_kept_of_app_keys_identifies_twins_in_the_next_run_and_no_key():
    lines = [held("krx", reading(stocks(5_000, later=400))), held("nxt", reading(stocks(5_100, later=400)))]
    before = register(lines, krx="shared", nxt="shared")
    after = AccountRegister()
    after.restore(before.salt, before.marks)

    assert len(overview_of(lines, after).counted) == 1
    assert after.learn(lines[0][0], "shared") is False
    assert after.learn(lines[1][0], "another") is True
    assert len(overview_of(lines, after).counted) == 2
    assert "shared" not in repr((before.salt, before.marks))
    assert register(lines, krx="shared").marks["krx"] != before.marks["krx"]


@pytest.mark.parametrize("address", [f"{BASE}/", BASE.upper().replace("HTTPS", "https")])
def test_an_address_spelt_otherwise_is_the_same_server(address):
    one, other = held("one", reading(stocks(1, later=0))), held("two", reading(stocks(1, later=0)))
    lines = [one, (replace(other[0], base_url=address), other[1])]

    assert len(overview(lines, one="shared", two="shared").counted) == 1


def test_two_empty_accounts_with_the_same_deposit_are_two():
    empty = replace(positions_report(value=Decimal(0)), rows=(), deposit_in_two_days=Decimal(7))

    assert overview([held("a", reading(empty)), held("b", reading(empty))]).value == 14


# Totals.


def test_profits_are_those_of_the_lines_that_have_one_and_so_is_the_return():
    complete = replace(pension_report(), profit=Decimal(50), purchase_amount=Decimal(200))
    silent = replace(pension_report(), profit=None)
    whole = overview([held("a", reading(complete)), held("b", reading(silent))])

    assert (whole.profit, whole.profit_rate) == (50, 25)
    assert [line.connection for line in whole.with_profit] == ["a"]
    assert whole.today is None


def test_without_any_value_there_is_no_total_and_no_zero():
    whole = overview([held("a", Reading(View.PENSION)), held("b", Reading(View.ASSET_MIX, Standing.FAILED))])

    assert (whole.value, whole.profit, whole.profit_rate, whole.as_of) == (None,) * 4
    assert [line.omission for line in whole.left_out] == [Omission.NOT_READ, Omission.FAILED]


def test_the_total_is_as_old_as_its_oldest_value():
    older = replace(reading(mix(1)), fetched_at=START - timedelta(minutes=3))
    unread = Reading(View.ASSET_MIX, Standing.LOADING)

    assert overview([held("a", reading(mix(1))), held("b", older), held("c", unread)]).as_of == (
        START - timedelta(minutes=3)
    )


_WON = st.integers(-(10**18), 10**18)
_READINGS = st.one_of(
    st.builds(lambda total, loans: reading(mix(total, loans)), _WON, _WON),
    st.builds(lambda value: reading(pension_report(value=Decimal(value))), _WON),
    st.builds(lambda value, cash: reading(stocks(value, later=cash)), _WON, _WON),
    st.just(reading(bond_report(bond_lot()))),
    st.sampled_from([Reading(view, standing) for view in View for standing in list(Standing)[3:]]),
)
_ACCOUNTS = st.one_of(st.none(), st.sampled_from(["12345678-01", "12345678-22"]))


@st.composite
def _connections(draw: st.DrawFn) -> list[Held]:
    found = draw(st.lists(st.tuples(_READINGS, st.sampled_from(KNOWN), _ACCOUNTS), max_size=6))
    return [
        held(f"c{at}", each if each.report is None else replace(each, standing=standing), account=account)
        for at, (each, standing, account) in enumerate(found)
    ]


@given(_connections())
def test_the_total_is_the_sum_of_the_lines_of_the_classes_and_of_the_fields_to_the_won(lines):
    whole = overview(lines)

    exact = sum((int(line.value) for line in whole.rows if line.value is not None), 0)
    assert (whole.value or 0) == exact
    assert sum((int(each.value) for each in whole.classes), 0) == exact
    assert sum((int(fact.value) for fact in whole.facts if isinstance(fact.value, Decimal)), 0) == exact


@given(_connections(), st.randoms(use_true_random=False))
def test_the_order_of_the_connections_changes_nothing_but_their_own(lines, random):
    mixed = list(lines)
    random.shuffle(mixed)

    one, other = overview(lines), overview(mixed)

    assert (one.value, one.profit, one.as_of) == (other.value, other.profit, other.as_of)
    assert {line.connection: line for line in one.rows} == {line.connection: line for line in other.rows}
    assert [line.connection for line in other.rows] == [each.id for each, _ in mixed]


@given(_connections(), st.data())
def test_a_broker_that_fails_with_a_value_changes_no_total_and_one_without_is_named(lines, data):
    if not lines:
        return
    whole = overview(lines)
    at = data.draw(st.integers(0, len(lines) - 1))
    each, (before,) = lines[at]

    old = [*lines[:at], (each, [replace(before, standing=Standing.OLD)]), *lines[at + 1 :]]
    gone = [*lines[:at], (each, [Reading(before.view, Standing.FAILED)]), *lines[at + 1 :]]

    if before.report is not None:
        others = [line for line in whole.rows if line.twin == each.label or line.connection == each.id]
        if len(others) == 1 and others[0].is_counted:
            assert overview(old).value == whole.value
            assert each.id in [line.connection for line in overview(old).old]
    line = line_of(overview(gone), each.id)
    named = [left.connection for left in overview(gone).left_out]
    assert line.value is None
    assert each.id in named or line.omission is Omission.SAME_ACCOUNT


# Weights as they are shown.


@given(st.lists(st.integers(-(10**12), 10**15), min_size=1, max_size=400))
def test_the_weights_of_a_whole_are_shown_as_a_hundred_and_each_within_a_hundredth(values):
    if sum(values) <= 0 or any(abs(each) > sum(values) * 5 for each in values):
        return
    weights = [percent_of(Decimal(each), Decimal(sum(values))) for each in values]

    shown = shown_weights(weights)

    assert sum(each for each in shown if each is not None) == 100
    assert all(abs(one - other) <= Decimal("0.01") for one, other in zip(shown, weights, strict=True))


def test_weights_that_the_broker_has_rounded_are_shown_as_a_hundred_too():
    sent = [Decimal(each) for each in ("33.34", "33.34", "33.33", "0.00")]

    assert shown_weights([*sent, None]) == [Decimal("33.33"), *sent[1:], None]


def test_weights_of_a_part_stay_what_they_are():
    part = [Decimal("53.066"), Decimal("20.004")]

    assert shown_weights(part) == [Decimal("53.07"), Decimal("20.00")]
    assert shown_weights([None]) == [None]
    assert shown_weights([]) == []
