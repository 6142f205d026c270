"""W10 and W11: what is held changes while nobody listens, and more is held than the line has room for."""

import asyncio
import itertools

import pytest

from app.brokers.kiwoom.line import MOST_CODES_PER_FRAME, MOST_REGISTRATIONS
from app.domain.holdings import Position
from app.domain.live import Side
from app.services.fills import FillLog
from app.services.store import Line
from app.simulator.server import Options, Simulator
from tests.brokers.kiwoom.servers import Answer, Broker, Rest
from tests.faults import haste
from tests.faults.listening import Moa, body, listening, readings, row, story

STILL = Options(positions=6, position_rows=300, ticks_per_second=0.0, fills=False)
ROOM = MOST_REGISTRATIONS - 2  # the account's fills and the session take two


def held(simulator: Simulator) -> dict[tuple[str, str], int]:
    """What the account holds, by stock and kind of credit."""
    return {(each.security.code, each.credit_type): each.quantity for each in simulator.market.positions}


def shown(moa: Moa) -> dict[tuple[str, ...], int]:
    """What Moa shows of it."""
    return {key[:2]: count for key, count in moa.quantities.items()}


@pytest.mark.row("W10")
def test_what_was_filled_while_nobody_listened_is_right_within_five_seconds_of_the_reconnect():
    async def script(simulator: Simulator, moa: Moa) -> None:
        await moa.until_line(Line.LIVE)
        await asyncio.sleep(3)  # nothing is being read any more
        market = simulator.market
        bought, sold, new = market.positions[0].security.code, market.positions[1].security.code, "035720"
        simulator.faults.set("close-after-accept")
        simulator.live.drop_all()
        await moa.until_line(Line.BROKEN, 10)
        market.fill(bought, 7)
        market.fill(sold, -market.positions[1].quantity)
        if (new, "00") not in held(simulator):
            market.fill(new, 3)
        await asyncio.sleep(3)
        assert shown(moa) != held(simulator)
        simulator.faults.clear()
        again = await moa.until_line(Line.LIVE, 60)
        right = await moa.until(lambda: shown(moa) == held(simulator), 30)
        assert right - again <= 5

    async def played() -> None:
        await story(script, STILL, clock=haste.clock())

    haste.run(played(), 5)


@pytest.mark.row("W10")
def test_each_fill_is_shown_at_once_and_then_asked_for():
    async def script(simulator: Simulator, moa: Moa) -> None:
        await moa.until_line(Line.LIVE)
        await asyncio.sleep(1.5)
        asked = readings(simulator)
        for _ in range(4):
            simulator.market.fill(simulator.market.positions[0].security.code, 2)
        await moa.until(lambda: shown(moa) == held(simulator), 1)
        await moa.until(lambda: readings(simulator) == asked + 1, 5)
        await asyncio.sleep(1.5)
        assert readings(simulator) == asked + 1  # once for them all
        assert not any(each.is_derived for each in moa.store.positions("kiwoom"))

    async def played() -> None:
        await story(script, STILL, clock=haste.clock())

    haste.run(played(), 3)


@pytest.mark.row("W10")
def test_fills_are_listed_as_they_come_and_one_that_nobody_heard_once_two_answers_show_it():
    async def script(simulator: Simulator, moa: Moa, log: FillLog) -> None:
        await moa.until_line(Line.LIVE)
        market = simulator.market
        bought, sold = market.positions[0], market.positions[1]
        market.fill(bought.security.code, 7)
        market.fill(sold.security.code, -1)
        await moa.until(lambda: len(log.today()) == 2, 5)
        simulator.faults.set("close-after-accept")
        simulator.live.drop_all()
        await moa.until_line(Line.BROKEN, 10)
        market.fill(bought.security.code, 5)
        simulator.faults.clear()
        await moa.until(lambda: len(log.today()) == 3, 120)
        await moa.until(lambda: readings(simulator) > 6, 120)

        first, second, missed = log.today()
        assert (first.name, first.side, first.change) == (bought.security.name, Side.BUY, 7)
        assert first.price == market.price(bought.security.code)
        assert first.held == bought.quantity - 5
        assert (second.side, second.change, second.held) == (Side.SELL, -1, sold.quantity)
        assert second.price == market.price(sold.security.code)
        assert second.realised == sold.realized
        assert (missed.code, missed.side, missed.change) == (bought.security.code, None, 5)
        assert (missed.price, missed.held, missed.is_from_answer) == (None, bought.quantity, True)

    async def played() -> None:
        clock = haste.clock()

        async def listed(simulator: Simulator, moa: Moa) -> None:
            await script(simulator, moa, FillLog(moa.store, clock))

        await story(listed, STILL, clock=clock, refresh=20.0)

    haste.run(played(), 5)


@pytest.mark.row("W10")
def test_what_is_bought_is_watched_and_what_is_sold_out_no_more():
    async def script(simulator: Simulator, moa: Moa) -> None:
        await moa.until_line(Line.LIVE)
        assert simulator.live.watched() == sorted({code for code, _ in held(simulator)})
        sold = simulator.market.positions[2]
        simulator.market.fill(sold.security.code, -sold.quantity)
        await moa.until(lambda: sold.security.code not in simulator.live.watched(), 5)
        simulator.market.fill(sold.security.code, 1)
        await moa.until(lambda: sold.security.code in simulator.live.watched(), 5)

        def is_watched() -> bool:
            held = {each.code: each for each in moa.store.positions("kiwoom")}
            return not held[sold.security.code].is_polled

        await moa.until(is_watched, 5)  # the server's answer is on its way

    asyncio.run(story(script, STILL))


def polled(moa: Moa) -> list[Position]:
    """The rows that no trade moves."""
    return [each for each in moa.store.positions("kiwoom") if each.is_polled]


@pytest.mark.row("W11")
def test_stocks_beyond_the_lines_room_are_polled_marked_and_moved_up_when_there_is_room():
    options = Options(positions=211, position_rows=300, ticks_per_second=0.0, fills=False)

    async def script(simulator: Simulator, moa: Moa) -> None:
        market = simulator.market
        codes = list(dict.fromkeys(each.security.code for each in market.positions))
        await moa.until_line(Line.LIVE)
        (session,) = simulator.live.sessions
        assert list(session.items) == codes[:ROOM]
        over = codes[ROOM:]
        assert [each.code for each in polled(moa)] == over

        # A polled row follows the broker's answers, and no other does in between.
        wanted = {over[0]: market.price(over[0]) + 100, codes[0]: market.price(codes[0]) + 100}
        for code, price in wanted.items():
            market.tick(code, price)
        await moa.until(lambda: any(each.code == codes[0] for each in moa.ear.shown), 2)
        assert moa.rows[over[0]].price != wanted[over[0]]
        await moa.until(lambda: moa.rows[over[0]].price == wanted[over[0]], 40)

        # What is sold makes room for the next.
        market.fill(
            codes[5], -next(each.quantity for each in market.positions if each.security.code == codes[5])
        )
        await moa.until(lambda: [each.code for each in polled(moa)] == over[1:], 10)
        assert set(session.items) == {*codes[: ROOM + 1]} - {codes[5]}
        assert (moa.state.line, simulator.live.connections) == (Line.LIVE, 1)

        # So it is on the next connection.
        simulator.live.drop_all()
        await moa.until(lambda: simulator.live.connections == 2, 10)
        await moa.until_line(Line.LIVE, 10)
        assert [each.code for each in polled(moa)] == over[1:]

    async def played() -> None:
        await story(script, options, clock=haste.clock(), refresh=30.0)

    haste.run(played(), 10)


@pytest.mark.row("W11")
def test_registrations_come_in_batches_and_keep_their_distance():
    codes = [f"{number:06}" for number in range(1, 251)]
    broker, rest = Broker(), Rest([Answer(body(*map(row, codes)))])

    async def script() -> None:
        async with broker.running(), rest.client(), listening(rest.base_url, broker.url) as moa:
            await moa.until_line(Line.LIVE)
            assert [each.code for each in polled(moa)] == codes[ROOM:]

    asyncio.run(script())

    assert list(itertools.chain(*broker.codes)) == codes[:ROOM]
    assert max(map(len, broker.codes)) == MOST_CODES_PER_FRAME == 50
    gaps = [later - earlier for earlier, later in itertools.pairwise(broker.registered_at)]
    assert len(gaps) == 4
    assert min(gaps) >= 0.35
    assert {frame["refresh"] for frame in broker.registrations} == {"1"}  # which keeps those before
