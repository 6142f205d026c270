"""What today's list of fills takes from frames and answers, and what it leaves alone."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.connections import Connection, View
from app.domain.holdings import Position
from app.domain.live import Fill, FilledOrder, Side
from app.services.fills import MOST_OF_A_DAY, FillLog
from app.services.store import PortfolioStore
from tests.fakes import FakeClock, fill, position, positions_report

POSITIONS = ("kiwoom", View.POSITIONS)
OTHER = "000660"


class Heard:
    """A log on a store that is fed by hand. 10 shares at 60,000 won are held of the one stock."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.begin()

    def begin(self) -> None:
        """As after a start of the program."""
        self.store = PortfolioStore(self.clock.clock)
        self.log = FillLog(self.store, self.clock.clock)
        self.reported: list[FilledOrder] = []
        self.log.subscribe(self.reported.extend)

    def answer(self, *rows: Position, connection: str = "kiwoom") -> None:
        self.clock.advance(60)
        self.store.loaded((connection, View.POSITIONS), positions_report(*rows), self.clock.monotonic_time)

    def hear(self, *fills: Fill, connection: str = "kiwoom") -> None:
        self.clock.advance(1)
        self.store.heard(connection, fills)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def held(quantity: int, code: str = "005930", **changes: object) -> Position:
    return position(
        code=code, quantity=Decimal(quantity), purchase_amount=Decimal(60_000 * quantity), **changes
    )


def bought(quantity: int, paid: int, **changes: object) -> Fill:
    """After a purchase: so many are held, for so much in all."""
    return fill(quantity=quantity, purchase_amount=Decimal(paid), side=Side.BUY, **changes)


def changes(orders: list[FilledOrder]) -> list[tuple[str, Decimal | None, Decimal]]:
    return [(each.code, each.change, each.held) for each in orders]


@pytest.mark.expected_log("a listener raised on a fill")
def test_a_listener_that_raises_on_every_fill_is_logged_once_and_the_others_hear_all(
    heard: Heard, caplog: pytest.LogCaptureFixture
):
    def broken(orders: object) -> None:
        raise ZeroDivisionError

    after: list[FilledOrder] = []
    unsubscribe = heard.log.subscribe(broken)
    heard.log.subscribe(after.extend)
    heard.answer(held(10))

    for quantity in (11, 12):
        heard.hear(bought(quantity, 60_000 * quantity))
    unsubscribe()

    assert [order.held for order in after] == [11, 12]
    assert after == heard.reported
    assert [record.getMessage() for record in caplog.records] == ["a listener raised on a fill"]


# Live frames.


def test_a_purchase_has_its_side_quantity_price_and_time(heard: Heard):
    heard.answer(held(10))
    heard.hear(bought(17, 600_000 + 7 * 71_500, price=71_600))

    (order,) = heard.reported
    assert (order.connection, order.code, order.name) == ("kiwoom", "005930", "삼성전자")
    assert (order.side, order.change, order.price, order.held) == (Side.BUY, 7, 71_500, 17)
    assert order.time == heard.clock.clock.now()
    assert not order.is_from_answer
    assert heard.log.today() == [order]


def test_a_frame_that_is_repeated_is_one_fill(heard: Heard):
    heard.answer(held(10))
    sent = bought(17, 1_100_000)
    heard.hear(sent, sent)
    heard.hear(replace(sent, price=Decimal(71_700)))
    heard.answer(held(17))

    assert changes(heard.reported) == [("005930", 7, 17)]


def test_a_price_is_reported_only_where_the_amounts_leave_no_other(heard: Heard):
    heard.answer(held(10))
    heard.hear(bought(17, 600_000 + 7 * 71_500 + 1))
    heard.hear(bought(18, 600_000 + 7 * 71_500 + 1 + 120_000))  # no price of this day
    heard.hear(fill(quantity=19, purchase_amount=None, side=Side.BUY))

    assert [each.price for each in heard.reported] == [None, None, None]


@pytest.mark.parametrize(("realised", "price"), [(53_992, 71_000), (53_991, None), (None, None)])
def test_the_price_of_a_sale_is_proven_by_the_profit_realised_with_it(
    heard: Heard, realised: int | None, price: int | None
):
    heard.answer(held(10))
    # 5 of 600,000 won at 71,000: gross 355,000, less commission 50 and tax 710, with 240 to the won.
    sold = fill(quantity=5, purchase_amount=Decimal(300_000), side=Side.SELL)
    heard.hear(replace(sold, realised=None if realised is None else Decimal(realised + 248)))

    assert [each.price for each in heard.reported] == [price]


@pytest.mark.parametrize("reported", [None, Side.SELL])
def test_a_side_is_reported_only_where_the_quantities_agree(heard: Heard, reported: Side | None):
    heard.answer(held(10))
    heard.hear(fill(quantity=17, side=reported))

    assert [(each.side, each.change) for each in heard.reported] == [(None, 7)]


def test_what_was_held_before_the_first_answer_is_not_known(heard: Heard):
    heard.hear(fill(quantity=17, side=Side.BUY))
    heard.hear(fill(quantity=17, side=Side.BUY))
    heard.answer(held(17))
    heard.answer(held(17))

    assert [(each.side, each.change, each.held) for each in heard.reported] == [
        (Side.BUY, None, 17),
    ]


def test_a_stock_that_was_not_held_is_bought_whole_and_one_that_is_sold_out_has_none_left(heard: Heard):
    heard.answer(held(10))
    heard.hear(fill(code=OTHER, quantity=3, side=Side.BUY), fill(quantity=0, side=Side.SELL))

    assert changes(heard.reported) == [(OTHER, 3, 3), ("005930", -10, 0)]


def test_an_answer_that_already_has_a_fill_takes_nothing_from_its_frame(heard: Heard):
    heard.answer(held(10))
    heard.answer(held(17))
    heard.hear(bought(17, 600_000 + 7 * 71_500))
    heard.answer(held(17))

    assert [(each.change, each.price, each.is_from_answer) for each in heard.reported] == [(7, 71_500, False)]


def test_two_connections_with_one_account_report_a_fill_once(heard: Heard):
    heard.answer(held(10))
    heard.answer(held(10), connection="twin")
    sent = bought(17, 1_100_000, account="mark")
    heard.hear(sent)
    heard.hear(sent, connection="twin")
    heard.hear(bought(18, 1_171_500, account="other"), connection="third")

    assert [(each.connection, each.held) for each in heard.reported] == [("kiwoom", 17), ("third", 18)]


def test_two_connections_with_one_app_key_report_once_what_no_frame_brought(heard: Heard):
    for name in ("kiwoom", "twin", "third"):
        key = "another key" if name == "third" else "the key"
        connection = Connection(name, name, "kiwoom", (View.POSITIONS,), base_url="https://broker.example")
        heard.store.account_known(connection, key)
        heard.answer(held(10), connection=name)
    for quantity in (17, 17):
        for name in ("kiwoom", "twin", "third"):
            heard.answer(held(quantity), connection=name)

    assert [(each.connection, each.change) for each in heard.reported] == [("kiwoom", 7), ("third", 7)]


# Answers.


def test_a_fill_that_no_frame_brought_is_reported_once_two_answers_show_it(heard: Heard):
    heard.answer(held(10), held(5, OTHER, name="SK하이닉스"))
    heard.answer(held(17))
    first = heard.clock.clock.now()
    assert heard.reported == []
    heard.answer(held(17))
    heard.answer(held(17))

    assert changes(heard.reported) == [("005930", 7, 17), (OTHER, -5, 0)]
    assert [each.name for each in heard.reported] == ["삼성전자", "SK하이닉스"]
    assert {(each.side, each.price, each.time, each.is_from_answer) for each in heard.reported} == {
        (None, None, first, True)
    }


def test_an_answer_that_is_older_than_a_fill_changes_nothing(heard: Heard):
    heard.answer(held(10))
    heard.hear(bought(17, 1_100_000))
    heard.answer(held(10))
    heard.answer(held(17))

    assert changes(heard.reported) == [("005930", 7, 17)]


def test_the_first_answer_of_a_day_is_compared_with_nothing(heard: Heard):
    heard.answer(held(10))
    heard.hear(bought(17, 1_100_000))
    heard.clock.advance(24 * 3600)
    assert heard.log.today() == []
    for _ in range(3):
        heard.answer(held(30))

    assert changes(heard.reported) == [("005930", 7, 17)]
    assert heard.log.today() == []


def test_who_listens_hears_of_the_day_s_end(heard: Heard):
    heard.answer(held(10))
    heard.hear(bought(17, 1_100_000))
    reported: list[int] = []
    heard.log.subscribe(lambda orders: reported.append(len(orders)))
    heard.clock.advance(24 * 3600)
    heard.store.turn_day()

    assert reported == [0]


# After a restart.


@pytest.mark.parametrize(("days", "found"), [(0, [("005930", 7, 17)]), (1, [])])
def test_after_a_restart_only_an_answer_of_the_same_day_proves_a_fill(heard: Heard, days: int, found: object):
    kept_at = heard.clock.clock.now()
    heard.clock.advance(days * 24 * 3600)
    heard.store.restore(POSITIONS, positions_report(held(10)), kept_at)
    for _ in range(3):
        heard.answer(held(17))

    assert changes(heard.reported) == found


def test_todays_orders_come_back_after_a_restart_and_are_not_reported_again(heard: Heard):
    heard.answer(held(10))
    kept_at = heard.clock.clock.now()
    heard.hear(bought(17, 1_100_000))
    orders = heard.log.today()

    heard.begin()
    heard.store.restore(POSITIONS, positions_report(held(10)), kept_at)
    heard.log.restore(orders)
    heard.log.restore(orders)
    for _ in range(3):
        heard.answer(held(17))
    heard.hear(bought(18, 1_171_500))

    assert [each.number for each in heard.log.today()] == [1, 2]
    assert changes(heard.reported) == [("005930", 1, 18)]


def test_orders_of_another_day_do_not_come_back(heard: Heard):
    heard.answer(held(10))
    heard.hear(bought(17, 1_100_000))
    (order,) = heard.log.today()

    heard.begin()
    heard.log.restore([replace(order, time=order.time - timedelta(days=1))])

    assert heard.log.today() == []


def test_nothing_of_a_connection_that_is_forgotten_stays(heard: Heard):
    heard.answer(held(10))
    heard.hear(bought(17, 1_100_000))
    heard.store.forget("kiwoom")
    heard.log.forget("kiwoom")
    assert heard.log.today() == []

    for _ in range(3):
        heard.answer(held(30))

    assert heard.log.today() == []


def test_a_flood_of_fills_leaves_a_bounded_list_with_the_newest(heard: Heard):
    heard.answer(held(1))
    heard.hear(*(fill(quantity=quantity) for quantity in range(2, MOST_OF_A_DAY + 12)))

    orders = heard.log.today()
    assert len(orders) == MOST_OF_A_DAY
    assert orders[-1].held == orders[-1].number + 1 == MOST_OF_A_DAY + 11
