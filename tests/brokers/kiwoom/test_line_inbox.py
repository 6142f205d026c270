"""Queued events: all of them while there are few, the newest while there are many."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from app.brokers.kiwoom.line import MOST_WAITING, Inbox
from app.domain.errors import NotReachable
from app.domain.live import LiveEvent, MarketSignal, Tick
from tests.fakes import fill, tick


def taken(inbox: Inbox) -> Sequence[LiveEvent]:
    return asyncio.run(inbox.take())


def test_events_are_taken_in_their_order_each_once():
    inbox = Inbox()
    events = [tick(price=1), fill(), tick(price=2), MarketSignal("3"), tick(price=1)]
    inbox.put(events[:2])
    inbox.put([])
    inbox.put(events[2:])

    assert taken(inbox) == events
    assert len(inbox) == 0


def test_who_takes_waits_for_events():
    async def story() -> None:
        inbox = Inbox()
        taking = asyncio.create_task(inbox.take())
        await asyncio.sleep(0.01)
        assert not taking.done()
        inbox.put([tick()])
        assert await taking == [tick()]

    asyncio.run(story())


def test_what_came_before_the_end_is_taken_before_it_is_reported():
    async def story() -> None:
        inbox = Inbox()
        inbox.put([fill()])
        inbox.close(NotReachable("-"))
        assert await inbox.take() == [fill()]
        for _ in range(2):
            with pytest.raises(NotReachable):
                await inbox.take()

    asyncio.run(story())


def test_where_too_much_waits_the_newest_of_each_stock_is_kept():
    inbox = Inbox()
    codes = [f"{number:06}" for number in range(100)]
    most = 0
    for round_ in range(1000):
        for code in codes:
            inbox.put([tick(code, price=round_ + 1, time=f"{100000 + round_ // 20:06}")])
            most = max(most, len(inbox))

    events = [event for event in taken(inbox) if isinstance(event, Tick)]

    assert most <= MOST_WAITING
    assert {event.code: event.price for event in events} == dict.fromkeys(codes, 1000)
    assert inbox.dropped == 0


def test_a_trade_that_comes_late_does_not_take_the_place_of_a_newer_one():
    inbox = Inbox()
    inbox.put([tick(price=71000, time="101530")])
    inbox.put([tick(price=69000, time="101529")] * MOST_WAITING)

    assert taken(inbox) == [tick(price=71000, time="101530")]


def test_fills_keep_their_place_among_the_trades_and_the_last_of_each_position_is_kept():
    inbox = Inbox()
    inbox.put([tick(price=1), fill(quantity=11), fill("000660", quantity=3), fill(quantity=12)])
    inbox.put([tick(price=number, time="101531") for number in range(1, MOST_WAITING + 1)])

    assert taken(inbox) == [
        fill("000660", quantity=3),
        fill(quantity=12),
        tick(price=MOST_WAITING, time="101531"),
    ]
    assert inbox.dropped == 0


def test_where_even_the_newest_are_too_many_the_oldest_go_and_are_counted():
    inbox = Inbox()
    total = 10 * MOST_WAITING
    for number in range(total):
        inbox.put([tick(f"{number:06}")])
        assert len(inbox) <= MOST_WAITING

    events = taken(inbox)

    assert [event.code for event in events if isinstance(event, Tick)] == [
        f"{number:06}" for number in range(total - len(events), total)
    ]
    assert inbox.dropped == total - len(events)


def test_signals_of_the_session_are_kept_each_once():
    inbox = Inbox()
    inbox.put([MarketSignal("2"), MarketSignal("R"), MarketSignal("2")])
    inbox.put([tick()] * MOST_WAITING)

    assert taken(inbox) == [MarketSignal("R"), MarketSignal("2"), tick()]


def test_where_too_much_waits_a_trade_stamped_in_the_future_hides_no_later_one():
    inbox = Inbox()
    future = replace(tick(price=99_000, time="235959"), is_ahead=True)

    inbox.put([future, *(tick(price=71_000, time="140000") for _ in range(MOST_WAITING)), future])

    assert [event.price for event in taken(inbox) if isinstance(event, Tick)] == [71_000]


def test_where_too_much_waits_the_fill_of_another_account_replaces_none():
    inbox = Inbox()
    ours, theirs = fill(quantity=20, account="ours"), fill(quantity=77, account="theirs")

    inbox.put([ours, theirs] * MOST_WAITING)

    assert list(taken(inbox)) == [ours, theirs]
