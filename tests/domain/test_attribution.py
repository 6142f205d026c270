"""Why the value of all accounts changed: the parts always add up, and what is not proven is named."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from app.domain.attribution import (
    Attribution,
    Begin,
    Evidence,
    Item,
    Known,
    Line,
    Movement,
    Part,
    explained,
    flows_of,
    movements_of,
    over_span,
    overview_of,
    stated_reading,
)
from app.domain.connections import AccountRegister, Connection, View
from app.domain.growth import AllGrowth
from app.domain.holdings import (
    AssetLayout,
    AssetMixReport,
    AssetSlice,
    Fact,
    PensionHolding,
    PensionReport,
    Position,
    PositionReport,
    Report,
)
from app.domain.live import FilledOrder, Side
from app.domain.net_worth import Part as Counted
from app.domain.net_worth import net_worth
from app.domain.overview import Overview, overview
from app.domain.past import Booking, BookingKind, DayLedger, PastBalance, PastHolding
from app.domain.sessions import regular_close
from app.domain.valuation import ClassKind, Reading, Standing
from app.domain.value_series import DayValue, FlowSource
from tests.domain import valued
from tests.fakes import START, bond_lot, bond_report, day_ledger, pension_holding, pension_report, position

_FLOW_ITEMS = (Item.CASH_IN, Item.CASH_OUT, Item.SECURITIES_IN, Item.SECURITIES_OUT)
BEFORE = START - timedelta(days=1)
KIWOOM = Connection(
    "kiwoom", "키움 위탁", "kiwoom", (View.POSITIONS,), "https://a.example", account="12345678"
)
IRP = Connection("irp", "한투 IRP", "kis", (View.PENSION,), "https://b.example", account="23456789-29")
MIX = Connection("mix", "한투 종합", "kis", (View.ASSET_MIX,), "https://b.example", account="34567890-01")
ALL = (KIWOOM, IRP, MIX)
_VIEWS: dict[type[object], View] = {
    PositionReport: View.POSITIONS,
    PensionReport: View.PENSION,
    AssetMixReport: View.ASSET_MIX,
}


def won(amount: int | str) -> Decimal:
    return Decimal(amount)


def reading(report: Report | None, **changes: object) -> Reading:
    """A response and its positions, where there are any."""
    rows = report.rows if isinstance(report, PositionReport) else ()
    made = Reading(_VIEWS.get(type(report), View.BONDS), Standing.READ, report, rows, START)
    return replace(made, **changes)  # type: ignore[arg-type]


def before(connection: Connection, report: Report) -> Begin:
    return Begin(connection.label, BEFORE, reading(report, fetched_at=BEFORE))


def whole(**reports: Report | None) -> Overview:
    """The overview of what these connections have now."""
    held = [(each, _reading_of(each, reports[each.id])) for each in ALL if each.id in reports]
    return overview(held, AccountRegister())


def _reading_of(connection: Connection, report: Report | None) -> list[Reading]:
    return [Reading(connection.views[0]) if report is None else reading(report)]


def held(code: str, quantity: int, price: int, costs: int = 0, name: str = "", **changes: object) -> Position:
    """Shares at a price, less the estimated costs of a sale."""
    return position(
        code,
        name=name or f"종목 {code}",
        quantity=won(quantity),
        price=won(price),
        value=won(quantity * price - costs),
        **changes,
    )


def stocks(
    *rows: Position, deposit: int | None = 0, total: int | None = None, loans: int = 0
) -> PositionReport:
    """Positions with a total, which is their sum unless it is given, and a deposit of D+2."""
    value = sum((row.value or won(0) for row in rows), won(0)) if total is None else won(total)
    facts = (Fact("crd_loan_tot", "신용융자총액", won(loans)),) if loans else ()
    return PositionReport(
        rows, None, value, None, None, None, None if deposit is None else won(deposit), None, facts,
        is_net_of_loans=False,
    )  # fmt: skip


def mix(classes: dict[str, int], loans: int = 0) -> AssetMixReport:
    rows = tuple(
        AssetSlice(at, name, None, won(value), None, None, None, None)
        for at, (name, value) in enumerate(classes.items(), 1)
    )
    total = won(sum(classes.values()))
    return AssetMixReport(AssetLayout.GENERAL_20, rows, None, total, won(loans), None)


def pension(*rows: tuple[str, int, int]) -> PensionReport:
    """Products by code, quantity and value."""
    made = [
        pension_holding(code=code, name=f"상품 {code}", quantity=won(quantity), value=won(value))
        for code, quantity, value in rows
    ]
    return pension_report(*made, value=sum((each.value or won(0) for each in made), won(0)))


def order(
    number: int, code: str, change: int, price: int | None, *, at: int = 0, **changes: object
) -> FilledOrder:
    """A filled order of the positions, some minutes before now."""
    made = FilledOrder(
        KIWOOM.id, number, START - timedelta(minutes=at), (code, "00", ""), code, f"종목 {code}",
        Side.BUY if change > 0 else Side.SELL, won(change), None if price is None else won(price), won(0),
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def why(
    now: Overview,
    *begins: tuple[Connection, Report],
    orders: Sequence[FilledOrder] = (),
    movements: Sequence[Movement] = (),
) -> Attribution:
    """The explanation of a change since yesterday, which adds up."""
    known = {connection.id: before(connection, report) for connection, report in begins}
    found = explained(now, Known(START.date(), known, tuple(orders), tuple(movements)))
    assert found.has_begin
    assert found.end == now.value
    assert [bar.amount for bar in found.ends] == [found.begin, found.end]
    assert all(bar.amount == sum(line.amount for line in bar.lines) for bar in found.ends)
    assert found.change == found.end - found.begin == sum(line.amount for line in found.lines)
    assert sum(bar.amount for bar in found.bars()) == found.change
    assert all(bar.amount == sum(line.amount for line in bar.lines) for bar in found.bars())
    return found


def of(found: Attribution, part: Part) -> list[tuple[Item, str, int]]:
    return [(line.item, line.name, int(line.amount)) for line in found.of(part)]


# --- holdings -----------------------------------------------------------------------------------------------


def test_an_unchanged_quantity_is_a_change_of_price_by_the_values_of_the_broker() -> None:
    found = why(
        whole(kiwoom=stocks(held("A1", 10, 71_300, 1_603), deposit=5_000)),
        (KIWOOM, stocks(held("A1", 10, 70_100, 1_577), deposit=5_000)),
    )

    (line,) = found.lines
    assert (line.part, line.item, line.account) == (Part.PRICES, Item.HOLDING, "키움 위탁")
    assert (line.code, line.name, line.evidence) == ("A1", "종목 A1", Evidence.VALUES)
    assert line.amount == 12_000 - 26
    assert (found.begin, found.end) == (won(704_423), won(716_397))


def test_shares_bought_at_a_proven_price_count_from_it_and_those_held_from_the_price_before() -> None:
    found = why(
        whole(kiwoom=stocks(held("A1", 15, 70_500), deposit=650_900)),
        (KIWOOM, stocks(held("A1", 10, 70_000), deposit=1_000_900)),
        orders=[order(1, "A1", 5, 70_000 - 200)],
        movements=[Movement("kiwoom", Item.FEES, won(-1_000), Evidence.BROKER)],
    )

    assert of(found, Part.PRICES) == [(Item.HOLDING, "종목 A1", 5_000)]
    assert of(found, Part.TRADES) == [(Item.HOLDING, "종목 A1", 3_500)]
    assert of(found, Part.COSTS) == [(Item.FEES, "", -1_000)]
    assert of(found, Part.UNEXPLAINED) == []
    (trade,) = found.of(Part.TRADES)
    assert (trade.quantity, trade.price, trade.evidence) == (won(5), won(69_800), Evidence.FILL)


def test_a_sold_out_holding_counts_until_the_price_at_which_it_was_sold() -> None:
    begin = stocks(held("A1", 10, 70_000), deposit=0)
    for rows in ((), (held("A1", 0, 72_222),)):  # the broker lists it until the sale is settled
        found = why(
            whole(kiwoom=stocks(*rows, deposit=71_000 * 4 + 70_700 * 6)),
            (KIWOOM, begin),
            orders=[order(1, "A1", -4, 71_000, at=9), order(2, "A1", -6, 70_700, at=7)],
        )

        assert of(found, Part.PRICES) == [(Item.HOLDING, "종목 A1", 7_000)]
        assert of(found, Part.TRADES) == [(Item.HOLDING, "종목 A1", 1_200)]
        assert of(found, Part.UNEXPLAINED) == []


def test_what_was_bought_and_sold_within_the_day_is_a_trade_without_a_holding() -> None:
    found = why(
        whole(kiwoom=stocks(held("B2", 3, 9_000), deposit=10_700)),
        (KIWOOM, stocks(held("B2", 3, 9_000), deposit=10_000)),
        orders=[order(1, "A1", 7, 500), order(2, "A1", -7, 600)],
    )

    assert of(found, Part.TRADES) == [(Item.HOLDING, "종목 A1", 700)]
    assert found.amount(Part.UNEXPLAINED) == 0


def test_another_quantity_without_its_fills_is_not_explained_whatever_the_price_did() -> None:
    found = why(  # a split
        whole(kiwoom=stocks(held("A1", 50, 14_100), held("B2", 3, 9_300), deposit=700)),
        (KIWOOM, stocks(held("A1", 10, 70_000), held("B2", 3, 9_000), deposit=700)),
    )

    assert of(found, Part.PRICES) == [(Item.HOLDING, "종목 B2", 900)]
    assert of(found, Part.UNEXPLAINED) == [(Item.QUANTITY, "종목 A1", 5_000)]


def test_fills_seen_only_in_responses_prove_nothing() -> None:
    found = why(
        whole(kiwoom=stocks(held("A1", 15, 71_000), deposit=0)),
        (KIWOOM, stocks(held("A1", 10, 70_000), deposit=352_000)),
        orders=[order(1, "A1", 5, None, is_from_answer=True)],
    )

    assert of(found, Part.UNEXPLAINED) == [(Item.QUANTITY, "종목 A1", 365_000), (Item.DEPOSIT, "", -352_000)]


def test_an_unknown_price_of_a_fill_is_not_explained_but_what_was_held_is() -> None:
    found = why(
        whole(kiwoom=stocks(held("A1", 15, 71_000), deposit=0)),
        (KIWOOM, stocks(held("A1", 10, 70_000), deposit=352_000)),
        orders=[order(1, "A1", 5, None)],
    )

    assert of(found, Part.PRICES) == [(Item.HOLDING, "종목 A1", 10_000)]
    assert of(found, Part.UNEXPLAINED) == [
        (Item.FILL_PRICE, "종목 A1", 355_000),
        (Item.DEPOSIT, "", -352_000),
    ]


def test_fills_before_the_earlier_reading_are_part_of_it() -> None:
    found = why(
        whole(kiwoom=stocks(held("A1", 10, 71_000), deposit=0)),
        (KIWOOM, stocks(held("A1", 10, 70_000), deposit=0)),
        orders=[order(1, "A1", 4, 69_000, at=24 * 60 + 1)],
    )

    assert [line.part for line in found.lines] == [Part.PRICES]


def test_a_fill_on_credit_moves_another_amount_of_cash_and_is_not_explained() -> None:
    key = ("A1", "03", "")
    found = why(
        whole(kiwoom=stocks(held("A1", 15, 71_000, credit_type="03"), deposit=0)),
        (KIWOOM, stocks(held("A1", 10, 70_000, credit_type="03"), deposit=0)),
        orders=[order(1, "A1", 5, 70_500, position=key)],
    )

    assert of(found, Part.UNEXPLAINED) == [(Item.QUANTITY, "종목 A1", 365_000)]
    assert [line.is_on_credit for line in found.lines] == [True]


def test_an_unknown_value_of_a_holding_is_the_totals_difference() -> None:
    unknown = replace(held("A1", 10, 71_000), value=None)
    found = why(
        whole(kiwoom=stocks(unknown, held("B2", 3, 9_300), total=737_000)),
        (KIWOOM, stocks(held("A1", 10, 70_000), held("B2", 3, 9_000), total=727_000)),
    )

    assert of(found, Part.PRICES) == [(Item.HOLDING, "종목 B2", 900)]
    assert of(found, Part.UNEXPLAINED) == [(Item.BALANCE, "", 9_100)]


def test_an_unknown_quantity_is_not_explained() -> None:
    found = why(
        whole(irp=pension_report(pension_holding(quantity=None, value=won(1_234)), value=won(1_234))),
        (IRP, pension_report(pension_holding(value=won(1_200)), value=won(1_200))),
    )

    assert of(found, Part.UNEXPLAINED) == [(Item.QUANTITY, "TDF 2045", 34)]


def test_two_rows_of_one_product_are_not_told_apart() -> None:
    now, then = pension(("P1", 5, 500), ("P1", 6, 660)), pension(("P1", 5, 490), ("P1", 6, 650))
    found = why(whole(irp=now), (IRP, then))

    assert of(found, Part.UNEXPLAINED) == [(Item.QUANTITY, "상품 P1", 20)]


def test_a_product_bought_in_a_pension_is_not_explained_because_its_cash_is_not_in_the_value() -> None:
    found = why(
        whole(irp=pension(("P1", 5, 515), ("P2", 7, 900))),
        (IRP, pension(("P1", 5, 500), ("P2", 6, 700))),
    )

    assert of(found, Part.PRICES) == [(Item.HOLDING, "상품 P1", 15)]
    assert of(found, Part.UNEXPLAINED) == [(Item.QUANTITY, "상품 P2", 200)]


def test_loans_are_named_beside_the_deposit_that_they_raised() -> None:
    found = why(
        whole(kiwoom=stocks(deposit=800_000, loans=790_000)), (KIWOOM, stocks(deposit=100_000, loans=90_000))
    )

    assert of(found, Part.UNEXPLAINED) == [(Item.DEPOSIT, "", 700_000), (Item.LOANS, "", -700_000)]


# --- what came and went -------------------------------------------------------------------------------------


def test_a_deposit_that_nobody_reported_is_not_explained() -> None:
    now, then = stocks(deposit=1_500_000), (KIWOOM, stocks(deposit=1_000_000))

    assert of(why(whole(kiwoom=now), then), Part.UNEXPLAINED) == [(Item.DEPOSIT, "", 500_000)]
    reported = why(
        whole(kiwoom=now), then, movements=[Movement("kiwoom", Item.CASH_IN, won(480_000), Evidence.USER)]
    )
    assert of(reported, Part.FLOWS) == [(Item.CASH_IN, "", 480_000)]
    assert of(reported, Part.UNEXPLAINED) == [(Item.DEPOSIT, "", 20_000)]


def test_a_flow_into_an_account_known_by_classes_is_taken_from_its_cash() -> None:
    found = why(
        whole(mix=mix({"예수금": 1_700_000, "주식": 5_100_000})),
        (MIX, mix({"예수금": 700_000, "주식": 5_000_000})),
        movements=[Movement("mix", Item.CASH_IN, won(1_000_000), Evidence.USER)],
    )

    assert of(found, Part.FLOWS) == [(Item.CASH_IN, "", 1_000_000)]
    (line,) = found.of(Part.UNEXPLAINED)
    assert line.asset is not None
    assert (line.item, line.asset.kind, line.amount) == (Item.ASSETS, ClassKind.STOCKS, won(100_000))


def test_a_ledger_states_flows_costs_and_dividends() -> None:
    ledger = DayLedger(
        START.date(), won(101), won(102), won(103), won(104), won(105), won(106), won(107), won(108),
        won(109), won(110),
    )  # fmt: skip

    begins = {"kiwoom": Begin(KIWOOM.label, BEFORE)}
    found = movements_of([], {"kiwoom": ledger}, begins, START.date())

    assert {each.connection for each in found} == {"kiwoom"}
    assert {each.evidence for each in found} == {Evidence.BROKER}
    assert [(each.item, int(each.amount)) for each in found] == [
        (Item.CASH_IN, 101),
        (Item.CASH_OUT, -102),
        (Item.SECURITIES_IN, 103),
        (Item.SECURITIES_OUT, -104),
        (Item.DIVIDENDS, 110),
        (Item.FEES, -107),
        (Item.TAXES, -108),
        (Item.LOAN_INTEREST, -109),
    ]
    stated = DayValue("kiwoom", START.date(), None, None, won(98), FlowSource.REPORTED)
    once = movements_of([stated], {"kiwoom": ledger}, begins, START.date())
    assert [(each.item, int(each.amount)) for each in once][:2] == [(Item.CASH_IN, 98), (Item.DIVIDENDS, 110)]
    inferred = replace(stated, flow_source=FlowSource.INFERRED)
    assert movements_of([inferred], {"kiwoom": ledger}, begins, START.date()) == found

    assert movements_of([], {"kiwoom": ledger}, {"kiwoom": Begin("", START)}, START.date()) == []
    assert movements_of([], {"kiwoom": ledger}, {}, START.date()) == []
    unknown = replace(ledger, cash_in=None, fees=None)
    assert [each.item for each in movements_of([], {"kiwoom": unknown}, begins, START.date())] == [
        each.item for each in found if each.item not in (Item.CASH_IN, Item.FEES)
    ]


def test_flows_of_the_days_after_the_earlier_value_are_known_unless_they_are_inferred() -> None:
    today, yesterday = START.date(), BEFORE.date()
    rows = [
        DayValue("kiwoom", yesterday, None, None, won(11), FlowSource.REPORTED),
        DayValue("kiwoom", today, None, None, won(12), FlowSource.REPORTED),
        DayValue("irp", today, None, None, won(-13), FlowSource.TYPED),
        DayValue("irp", today, None, None, won(14), FlowSource.INFERRED),
        DayValue("other", today, None, None, won(15), FlowSource.TYPED),
        DayValue("irp", today + timedelta(days=1), None, None, won(16), FlowSource.TYPED),
    ]
    begins = {each.id: Begin(each.label, BEFORE) for each in (KIWOOM, IRP)}

    assert movements_of(rows, {}, begins, today) == [
        Movement("kiwoom", Item.CASH_IN, won(12), Evidence.BROKER, today),
        Movement("irp", Item.CASH_OUT, won(-13), Evidence.USER, today),
    ]


def test_income_and_costs_of_past_days_count_instead_of_those_of_a_ledger_of_the_day() -> None:
    today = START.date()
    booked = [
        ("kiwoom", Booking(today, today, BookingKind.DIVIDENDS, won(10_000), "삼성전자")),
        ("kiwoom", Booking(today, today, BookingKind.TAXES, won(-1_540), "삼성전자")),
        ("kiwoom", Booking(BEFORE.date(), today, BookingKind.FEES, won(-75), "NAVER")),  # part of the value
        ("other", Booking(today, today, BookingKind.FEES, won(-76))),
    ]
    ledger = replace(day_ledger(today), fees=won(31), taxes=won(17), dividends=won(8_460))
    begins = {"kiwoom": Begin("", BEFORE)}

    found = movements_of([], {"kiwoom": ledger}, begins, today, bookings=booked)

    broker = Evidence.BROKER
    assert [each for each in found if each.item not in _FLOW_ITEMS] == [
        Movement("kiwoom", Item.DIVIDENDS, won(10_000), broker, today, "삼성전자"),
        Movement("kiwoom", Item.TAXES, won(-1_540), broker, today, "삼성전자"),
        Movement("kiwoom", Item.FEES, won(-31), broker, today),
        *(each for each in found if each.item is Item.LOAN_INTEREST),
    ]


def test_two_connections_to_an_account_have_each_movement_of_it_once() -> None:
    twin = replace(KIWOOM, id="twin", label="키움 NXT")
    now = overview([(each, [reading(stocks(deposit=1_000))]) for each in (KIWOOM, twin)], AccountRegister())
    yesterday, today = BEFORE.date(), START.date()
    moves = [
        Movement("kiwoom", Item.DIVIDENDS, won(30), Evidence.BROKER, today),
        Movement("twin", Item.DIVIDENDS, won(30), Evidence.BROKER, today),
        Movement("twin", Item.CASH_IN, won(500), Evidence.USER, today),
        Movement("kiwoom", Item.CASH_IN, won(400), Evidence.BROKER, yesterday),
        Movement("twin", Item.CASH_IN, won(400), Evidence.USER, yesterday),
    ]
    begins = {each.id: before(each, stocks(deposit=70)) for each in (KIWOOM, twin)}

    found = explained(now, Known(today, begins, (), tuple(moves)))

    assert (found.amount(Part.INCOME), found.amount(Part.FLOWS), found.change) == (30, 900, 930)
    assert found.of(Part.UNEXPLAINED) == ()


# --- balances of past days ----------------------------------------------------------------------------------


def stated(deposit: int, *rows: tuple[str, int, int]) -> Begin:
    """A balance of yesterday: stocks with quantity and price, valued after costs, and cash less loans."""
    holdings = tuple(
        PastHolding(code, f"종목 {code}", won(quantity), won(price), None, won(quantity * price - 7))
        for code, quantity, price in rows
    )
    value = sum((each.value or won(0) for each in holdings), won(deposit))
    balance = PastBalance(BEFORE.date(), value, won(deposit), holdings)
    return Begin(KIWOOM.label, BEFORE, stated_reading(balance, BEFORE), value)


def test_the_balance_of_a_past_day_explains_the_prices_of_its_holdings_until_now() -> None:
    begin = stated(1_000, ("A1", 10, 100), ("B2", 5, 200))
    now = stocks(
        held("A1", 12, 130, 7),
        held("B2", 3, 190, 3),
        held("B2", 2, 190, 4, credit_type="03", loan_date=BEFORE.date()),
        deposit=1_160,
        loans=400,
    )  # fmt: skip
    bought = order(1, "A1", 2, 120)
    found = explained(whole(kiwoom=now), Known(START.date(), {"kiwoom": begin}, (bought,)))

    assert found.change == (found.end or 0) - (begin.value or 0)
    assert of(found, Part.PRICES) == [(Item.HOLDING, "종목 A1", 300), (Item.HOLDING, "종목 B2", -50)]
    assert of(found, Part.TRADES) == [(Item.HOLDING, "종목 A1", 20)]
    assert found.of(Part.UNEXPLAINED) == ()


def test_a_stock_of_a_past_balance_with_another_quantity_is_not_explained_without_its_fills() -> None:
    begin = stated(1_000, ("A1", 10, 100))
    found = explained(
        whole(kiwoom=stocks(held("A1", 12, 130), deposit=760)), Known(START.date(), {"kiwoom": begin})
    )

    assert found.of(Part.PRICES) == ()
    assert [line.item for line in found.of(Part.UNEXPLAINED)] == [Item.QUANTITY, Item.DEPOSIT]


# --- accounts -----------------------------------------------------------------------------------------------


def test_an_account_without_an_earlier_value_has_joined() -> None:
    found = why(whole(kiwoom=stocks(deposit=300), irp=pension(("P1", 5, 777))), (KIWOOM, stocks(deposit=300)))

    assert of(found, Part.ACCOUNTS) == [(Item.JOINED, "", 777)]
    assert [each[:5] for each in found.accounts] == [
        ("키움 위탁", won(300), won(300), BEFORE, START),
        ("한투 IRP", None, won(777), None, START),
    ]


def test_an_account_that_is_gone_has_ended() -> None:
    found = why(
        whole(kiwoom=stocks(deposit=300)), (KIWOOM, stocks(deposit=300)), (IRP, pension(("P1", 5, 777)))
    )

    assert of(found, Part.ACCOUNTS) == [(Item.ENDED, "", -777)]


def test_an_account_without_a_value_now_is_in_neither_end_and_named() -> None:
    found = why(
        whole(kiwoom=stocks(deposit=310), irp=None, mix=bond_report(bond_lot())),
        (KIWOOM, stocks(deposit=300)),
        (IRP, pension(("P1", 5, 777))),
    )

    assert (found.begin, found.end, found.missing) == (won(300), won(310), ("한투 IRP",))


def test_an_unknown_earlier_value_is_not_explained() -> None:
    unknown = pension_report(pension_holding(value=None), value=None)
    found = why(
        whole(kiwoom=stocks(deposit=300), irp=pension(("P1", 5, 777))),
        (KIWOOM, stocks(deposit=300)),
        (IRP, unknown),
    )

    assert of(found, Part.UNEXPLAINED) == [(Item.NO_EARLIER, "", 777)]


def test_without_any_earlier_value_there_is_nothing_to_explain() -> None:
    found = explained(whole(kiwoom=stocks(deposit=300)), Known(START.date()))
    assert (found.has_begin, [line.part for line in found.lines]) == (False, [Part.ACCOUNTS])

    found = explained(whole(kiwoom=None), Known(START.date(), {"kiwoom": before(KIWOOM, stocks())}))
    assert (found.has_begin, found.accounts, found.missing) == (False, (), ("키움 위탁",))


def test_a_day_known_by_its_value_alone_is_explained_by_flows_alone() -> None:
    known = Known(
        START.date(),
        {"irp": Begin(IRP.label, BEFORE, value=won(700))},
        movements=(Movement("irp", Item.CASH_IN, won(50), Evidence.BROKER),),
    )
    found = explained(whole(irp=pension(("P1", 5, 777))), known)

    assert of(found, Part.UNEXPLAINED) == [(Item.NO_HOLDINGS, "", 27)]
    of_holdings = {Part.PRICES, Part.TRADES, Part.INCOME, Part.COSTS}
    assert {bar.part for bar in found.bars() if not bar.is_known} == of_holdings

    then, now = pension(("P1", 5, 750)), pension(("P1", 5, 777))
    begins = {"irp": Begin(IRP.label, BEFORE, reading(then))}
    read = explained(whole(irp=now), Known(START.date(), begins))
    assert all(bar.is_known for bar in read.bars())


def test_two_days_of_the_past_are_compared_by_their_values_and_explained_by_their_readings() -> None:
    then, now = pension(("P1", 5, 500), ("P2", 6, 700)), pension(("P1", 5, 515), ("P2", 6, 690))
    ends = {
        IRP: Begin(IRP.label, START, reading(now), won(1_209)),
        MIX: Begin(MIX.label, START, value=won(90)),
        KIWOOM: Begin(KIWOOM.label, START),
    }
    begins = {
        "irp": Begin(IRP.label, BEFORE, reading(then), won(1_203)),
        "mix": Begin("", BEFORE, value=won(70)),
    }
    found = explained(overview_of(ends), Known(START.date(), begins, first=BEFORE.date()))

    assert (found.first, found.begin, found.end) == (BEFORE.date(), won(1_273), won(1_299))
    assert of(found, Part.PRICES) == [(Item.HOLDING, "상품 P1", 15), (Item.HOLDING, "상품 P2", -10)]
    assert of(found, Part.UNEXPLAINED) == [(Item.REST, "", 1), (Item.NO_HOLDINGS, "", 20)]
    assert found.missing == ("키움 위탁",)


def test_an_account_shared_by_two_connections_is_explained_once() -> None:
    both = Connection("all", "한투 전체", "kis", (View.ASSET_MIX,), IRP.base_url, account=IRP.account)
    now = overview(
        [
            (IRP, [reading(pension(("P1", 5, 777)))]),
            (both, [reading(mix({"주식": 777, "예수금": 40}))]),
        ],
        AccountRegister(),
    )
    begins = {
        "irp": before(IRP, pension(("P1", 5, 700))),
        "all": Begin(both.label, BEFORE, reading(mix({"주식": 700, "예수금": 30}))),
    }
    flows = [Movement(each, Item.CASH_IN, won(10), Evidence.USER) for each in ("irp", "all")]

    found = explained(now, Known(START.date(), begins, (), tuple(flows)))
    assert (found.begin, found.end) == (won(730), won(817))
    assert found.amount(Part.FLOWS) == 10
    assert found.amount(Part.UNEXPLAINED) == 77

    del begins["all"]  # the other connection's value is of the same account
    found = explained(now, Known(START.date(), begins))
    assert found.begin == 700
    assert [line.part for line in found.lines] == [Part.UNEXPLAINED] * 2


# --- bars ---------------------------------------------------------------------------------------------------


def test_the_largest_holdings_have_bars_of_their_own_and_the_others_one() -> None:
    moves = [(f"A{at}", (-1) ** at * at * 100) for at in range(1, 9)]
    found = why(
        whole(kiwoom=stocks(*(held(code, 1, 5_000 + move) for code, move in moves))),
        (KIWOOM, stocks(*(held(code, 1, 5_000) for code, _ in moves))),
    )

    prices = [bar for bar in found.bars() if bar.part is Part.PRICES]
    assert [(bar.name, bar.others, int(bar.amount)) for bar in prices] == [
        ("종목 A8", 0, 800), ("종목 A7", 0, -700), ("종목 A6", 0, 600), ("종목 A5", 0, -500),
        ("종목 A4", 0, 400), ("", 3, -200),
    ]  # fmt: skip
    assert len([bar for bar in found.bars(most=7) if bar.part is Part.PRICES]) == 8
    others = [bar.part for bar in found.bars()[6:]]
    assert others == [Part.TRADES, Part.INCOME, Part.COSTS, Part.FLOWS, Part.UNEXPLAINED]


def test_a_stock_in_two_accounts_is_one_bar_with_a_line_for_each() -> None:
    row = pension_holding(code="A1", name="종목 A1", quantity=won(2), value=won(210))
    earlier = replace(row, value=won(200))
    found = why(
        whole(kiwoom=stocks(held("A1", 10, 105)), irp=pension_report(row, value=won(210))),
        (KIWOOM, stocks(held("A1", 10, 100))),
        (IRP, pension_report(earlier, value=won(200))),
    )

    bar = found.bars()[0]
    assert (bar.name, bar.amount) == ("종목 A1", won(60))
    assert [(line.account, int(line.amount)) for line in bar.lines] == [("키움 위탁", 50), ("한투 IRP", 10)]


# --- whatever happens ---------------------------------------------------------------------------------------

CODES = ("A1", "B2", "C3", "D4")
prices, shares = st.integers(1, 2_000_000), st.integers(0, 900)


@dataclass
class World:
    """An account at a broker that keeps its own books, and everything that happens in it."""

    quantity: dict[str, int]
    price: dict[str, int]
    cash: int
    orders: list[FilledOrder] = field(default_factory=list[FilledOrder])
    movements: list[Movement] = field(default_factory=list[Movement])

    def report(self, *, lists_sold: bool, total: int | None = None) -> PositionReport:
        rows = [
            held(code, quantity, self.price[code], quantity * self.price[code] // 480)
            for code, quantity in self.quantity.items()
            if quantity or lists_sold
        ]
        return stocks(*rows, deposit=self.cash, total=total)

    def move(self, item: Item, amount: int) -> None:
        self.cash += amount
        self.movements.append(Movement(KIWOOM.id, item, won(amount), Evidence.BROKER))

    def trade(self, code: str, change: int, price: int) -> None:
        change = max(change, -self.quantity[code])
        if change:
            self.quantity[code] += change
            self.cash -= change * price
            self.orders.append(order(len(self.orders) + 1, code, change, price))
            self.move(Item.FEES, -(abs(change) * price * 15 // 100_000))
            self.move(Item.TAXES, -(max(-change, 0) * price // 500))


@st.composite
def days(draw: st.DrawFn) -> tuple[World, PositionReport, PositionReport]:
    """A day of trades, deposits, dividends and prices, with the reports of its begin and end."""
    world = World(
        {code: draw(shares) for code in CODES}, {code: draw(prices) for code in CODES}, draw(prices)
    )
    begin = world.report(lists_sold=draw(st.booleans()))
    for _ in range(draw(st.integers(0, 8))):
        code, price = draw(st.sampled_from(CODES)), draw(prices)
        match draw(st.sampled_from(("trade", "price", "flow", "dividend"))):
            case "trade":
                world.trade(code, draw(st.integers(-900, 900)), price)
            case "price":
                world.price[code] = price
            case "flow":
                amount = draw(st.integers(-5_000_000, 5_000_000))
                world.move(Item.CASH_IN if amount > 0 else Item.CASH_OUT, amount)
            case _:
                world.move(Item.DIVIDENDS, price)
    return world, begin, world.report(lists_sold=draw(st.booleans()))


def by_key(lines: Sequence[Line], *leaving: Part) -> list[tuple[object, ...]]:
    return sorted(
        (each.part, each.item, each.name, each.amount, each.price or 0)
        for each in lines
        if each.part not in leaving
    )


@given(days())
def test_with_everything_known_nothing_is_left_unexplained(
    day: tuple[World, PositionReport, PositionReport],
) -> None:
    world, begin, end = day
    found = why(whole(kiwoom=end), (KIWOOM, begin), orders=world.orders, movements=world.movements)

    assert found.of(Part.UNEXPLAINED) == ()
    flows = [each.amount for each in world.movements if each.item in (Item.CASH_IN, Item.CASH_OUT)]
    assert found.amount(Part.FLOWS) == sum(flows)


@given(days(), st.data())
def test_what_is_withheld_is_unexplained_and_nowhere_else(
    day: tuple[World, PositionReport, PositionReport], data: st.DataObject
) -> None:
    world, begin, end = day
    kept = [each for each in world.orders if data.draw(st.booleans())]
    known = [each for each in world.movements if data.draw(st.booleans())]
    full = why(whole(kiwoom=end), (KIWOOM, begin), orders=world.orders, movements=world.movements)
    found = why(whole(kiwoom=end), (KIWOOM, begin), orders=kept, movements=known)

    whose = {each.code for each in world.orders if each not in kept}
    proven = by_key(full.lines)
    for line in by_key(found.lines, Part.UNEXPLAINED):
        # A stock of which some fills are known has its trades against the price of the last known one.
        assert line in proven or line[2] in {f"종목 {code}" for code in whose}
    lost = sum(each.amount for each in world.movements) - sum(each.amount for each in known)
    of_others = [each for each in found.lines if each.code in whose and each.part is not Part.UNEXPLAINED]
    all_of_others = [each for each in full.lines if each.code in whose]
    expected = lost + sum(each.amount for each in all_of_others) - sum(each.amount for each in of_others)
    assert found.amount(Part.UNEXPLAINED) == expected


@given(days(), st.integers(1, 10**9))
def test_a_deposit_that_nobody_reported_is_all_that_is_unexplained(
    day: tuple[World, PositionReport, PositionReport], amount: int
) -> None:
    world, begin, end = day
    known = tuple(world.movements)
    more = replace(end, deposit_in_two_days=won(world.cash + amount))
    found = why(whole(kiwoom=more), (KIWOOM, begin), orders=world.orders, movements=known)

    assert of(found, Part.UNEXPLAINED) == [(Item.DEPOSIT, "", amount)]


amounts = st.none() | st.integers(-(10**12), 10**12) | st.decimals(-(10**9), 10**9, places=4)


@st.composite
def anything(draw: st.DrawFn) -> dict[str, Report]:
    """Reports of which any figure may be anything, or unknown."""

    def amount() -> Decimal | None:
        found = draw(amounts)
        return None if found is None else Decimal(found)

    codes = st.lists(st.sampled_from(CODES), max_size=4)
    rows = tuple(
        position(
            code,
            quantity=amount(),
            price=amount(),
            value=amount(),
            exposure=draw(st.sampled_from((-1, 0, 1))),
        )
        for code in draw(codes)
    )
    loans = Fact("crd_loan_tot", "신용융자총액", amount())
    products: list[PensionHolding] = [
        pension_holding(code=code, quantity=amount(), value=amount()) for code in draw(codes)
    ]
    classes = [
        AssetSlice(
            at,
            draw(st.none() | st.sampled_from(("주식", "예수금", "금현물"))),
            None,
            amount(),
            None,
            None,
            None,
            None,
        )
        for at in range(1, draw(st.integers(1, 4)))
    ]
    return {
        "kiwoom": PositionReport(
            rows, None, amount(), None, None, amount(), amount(), None, (loans,),
            is_net_of_loans=draw(st.sampled_from((None, True, False))),
        ),
        "irp": PensionReport(tuple(products), None, amount(), None, None, None, None),
        "mix": AssetMixReport(AssetLayout.UNKNOWN, tuple(classes), None, amount(), amount(), None),
    }  # fmt: skip


fills = st.builds(
    order,
    st.integers(1, 9),
    st.sampled_from(CODES),
    st.integers(-99, 99).filter(bool),
    st.none() | prices,
    at=st.integers(0, 3_000),
    is_from_answer=st.booleans(),
)
movements = st.builds(
    Movement,
    st.sampled_from([each.id for each in ALL]),
    st.sampled_from([Item.CASH_IN, Item.FEES, Item.DIVIDENDS, Item.SECURITIES_OUT]),
    st.integers(-(10**9), 10**9).map(Decimal),
    st.sampled_from(list(Evidence)),
)


@given(anything(), anything(), st.lists(fills, max_size=5), st.lists(movements, max_size=4))
def test_the_parts_add_up_whatever_the_brokers_send(
    then: dict[str, Report], now: dict[str, Report], orders: list[FilledOrder], moves: list[Movement]
) -> None:
    begins = {each.id: before(each, then[each.id]) for each in ALL}
    found = explained(whole(**now), Known(START.date(), begins, tuple(orders), tuple(moves)))

    assert found.end == (whole(**now).value or 0)
    assert sum(bar.amount for bar in found.bars()) == found.change == found.end - found.begin


# --- beside what the history shows --------------------------------------------------------------------------

_day_of_accounts = st.tuples(
    *[st.none() | st.tuples(st.integers(1, 99), st.none() | st.integers(-20, 20))] * 4
)


@given(st.lists(_day_of_accounts, min_size=2, max_size=9), st.data())
def test_what_is_no_flow_over_a_span_is_the_gain_that_the_history_shows(
    days: list[tuple[tuple[int, int | None] | None, ...]], data: st.DataObject
) -> None:
    accounts = [valued.connection(each) for each in "abc"]
    accounts.append(valued.connection("d", accounts[0].account))  # to the same account as the first
    listed = [
        row
        for at, each in enumerate(accounts)
        for number, values in enumerate(days)
        if (found := values[at]) is not None
        for row in valued.rows(
            each.id, (number * 5, found[0]) if found[1] is None else (number * 5, found[0], found[1])
        )
    ]
    worth = net_worth(accounts, listed)
    known_days = [each.day for each in worth.days]
    if len(known_days) < 2:
        return
    pair = st.lists(st.sampled_from(known_days), min_size=2, max_size=2, unique=True)
    first, last = sorted(data.draw(pair))

    def value_of(part: Counted, on: date) -> Begin:
        return Begin(part.label, regular_close(on), value=part.series.values[on])

    begins, ends = over_span(worth, first, last, value_of)
    gone = {each: end for each, end in ends.items() if end.is_move}
    going_on = {each: ends[each.id] for each in accounts if each.id in ends and each.id not in gone}
    flows = movements_of(flows_of(worth, listed), {}, begins, last, gone)
    found = explained(overview_of(going_on), Known(last, begins, (), tuple(flows), first, gone))

    reading = AllGrowth(worth).total.change(first, last)
    values = {each.day: each.value for each in worth.days}
    assert (found.begin, found.end) == (values[first], values[last])
    of_gain = (Part.PRICES, Part.TRADES, Part.INCOME, Part.COSTS, Part.UNEXPLAINED)
    assert sum(map(found.amount, of_gain)) == reading.gain
    assert found.amount(Part.FLOWS) + found.amount(Part.ACCOUNTS) == reading.net_flow
