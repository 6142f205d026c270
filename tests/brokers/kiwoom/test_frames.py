"""Whatever comes over the live line, it is read or counted, never raised."""

import json
import random
from datetime import UTC, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from app.brokers.answer_log import ANSWER_LOG
from app.brokers.kiwoom import mapping, wire
from app.brokers.kiwoom.frames import FrameReader
from app.brokers.kiwoom.mapping import stock_code
from app.domain import live
from app.domain.clock import SYSTEM_CLOCK
from app.domain.errors import UnexpectedReply
from app.domain.live import Fill, LiveEvent, MarketSignal, Tick
from tests.brokers.kiwoom.servers import real, trade

WIRE = Path(__file__).parents[2] / "wire"
SEED = 20261121
JUNK = 10_000


def heard(reader: FrameReader, data: bytes | str) -> list[LiveEvent]:
    """The events of one frame."""
    frame = reader.frame(data.encode() if isinstance(data, str) else data)
    return [] if frame is None or frame.trnm != "REAL" else reader.events(frame)


def test_the_live_sample_is_a_trade() -> None:
    reader = FrameReader()

    events = heard(reader, (WIRE / "kiwoom-0B.json").read_bytes())

    (tick,) = events
    assert isinstance(tick, Tick)
    assert (tick.code, tick.price, tick.change, tick.time) == ("005930", 257750, -11250, "115618")
    assert tick.price - tick.change == 269_000  # yesterday's close
    assert reader.dropped == 0


def test_the_published_fill_is_a_fill() -> None:
    (fill,) = heard(FrameReader(), (WIRE / "kiwoom-04.json").read_bytes())

    assert isinstance(fill, Fill)
    assert fill.quantity == 102


def test_the_session_speaks() -> None:
    signal = {"type": "0s", "item": "", "values": {"215": "3", "20": "090000", "214": "000000"}}

    assert heard(FrameReader(), real(signal)) == [MarketSignal("3")]


def test_twenty_entries_of_one_frame_are_read_in_their_order() -> None:
    events = heard(FrameReader(), real(*[trade(price=str(price)) for price in range(1, 21)]))

    assert [event.price for event in events if isinstance(event, Tick)] == list(range(1, 21))


def test_the_order_of_the_keys_does_not_matter() -> None:
    entry = dict(reversed(trade().items()))
    frame = json.dumps({"trnm": "REAL", "data": [entry]})

    assert len(heard(FrameReader(), frame)) == 1


def test_entries_of_other_types_are_left_out_without_a_count() -> None:
    reader = FrameReader()

    assert heard(reader, real({"type": "00", "item": "", "values": {}}, trade())) != []
    assert reader.dropped == 0


@pytest.mark.parametrize(
    "bad",
    [
        None,
        7,
        "text",
        [],
        {"type": 5, "item": "005930", "values": {}},
        {"type": "0B", "item": 5930, "values": {"10": "1"}},
        {"type": "0B", "item": "005930"},
        {"type": "0B", "item": "005930", "values": [{"10": "1"}]},
        {"type": "0B", "item": "005930", "values": {"10": 70000}},
        {"type": "0B", "item": "005930", "values": {"10": "1E3"}},
        {"type": "0B", "item": "005930", "values": {"10": "9" * 5000}},
        {"type": "0B", "item": "", "values": {"10": "1"}},
        {"type": "04", "item": "005930", "values": {"930": ""}},
        {"type": "0s", "item": "", "values": {}},
    ],
)
def test_a_bad_entry_costs_the_others_nothing(bad: object) -> None:
    reader = FrameReader()

    events = heard(reader, real(trade(), bad, trade("000660")))

    assert [event.code for event in events if isinstance(event, Tick)] == ["005930", "000660"]
    assert reader.dropped == 1


@pytest.mark.parametrize("name", ["kiwoom-04.json", "kiwoom-0B.json"])
def test_a_frame_cut_anywhere_is_dropped_and_counted(name: str) -> None:
    whole = (WIRE / name).read_bytes().rstrip()
    reader = FrameReader()

    for size in range(len(whole)):
        assert heard(reader, whole[:size]) == []

    assert reader.dropped == len(whole)


def test_junk_does_nothing() -> None:
    generator = random.Random(SEED)
    whole = (WIRE / "kiwoom-0B.json").read_bytes().rstrip()
    reader = FrameReader()

    for _ in range(JUNK):
        kind = generator.randrange(3)
        if kind == 0:
            heard(reader, generator.randbytes(generator.randrange(200)))
        elif kind == 1:
            place = generator.randrange(len(whole))
            heard(reader, whole[:place] + generator.randbytes(4) + whole[place + 4 :])
        else:
            heard(reader, json.dumps(generator.choice([None, 1, "PING", [1], {"trnm": 5}, {"data": {}}])))

    assert reader.dropped > 0


@pytest.mark.parametrize("opening", [b"[", b'{"x":', b'{"data":[', b'{"data":[{"values":'])
def test_a_frame_nested_without_end_is_dropped(opening: bytes) -> None:
    reader = FrameReader()

    assert heard(reader, opening * 100_000) == []
    assert reader.dropped >= 1


TWO_O_CLOCK = 14 * 3600.0


def test_a_trade_stamped_far_ahead_of_the_clock_is_marked() -> None:
    reader = FrameReader(lambda: TWO_O_CLOCK)

    ticks = heard(reader, real(*(trade(time=time) for time in ("235959", "140201", "140200", "085900"))))

    assert [tick.is_ahead for tick in ticks if isinstance(tick, Tick)] == [True, True, False, False]
    assert reader.dropped == 0


@pytest.mark.parametrize(
    ("time", "is_current"), [("140030", True), ("153000", False), ("090000", False), ("", True)]
)
def test_a_session_signal_of_another_time_is_marked(time: str, is_current: bool) -> None:
    signal = {"type": "0s", "item": "", "values": {"215": "4", "20": time, "214": "000000"}}

    (event,) = heard(FrameReader(lambda: TWO_O_CLOCK), real(signal))

    assert isinstance(event, MarketSignal)
    assert event.is_current is is_current


def test_the_brokers_own_clock_counts_where_this_computer_s_is_wrong() -> None:
    now = SYSTEM_CLOCK.now()
    stamp = (now + timedelta(hours=3)).strftime("%H%M%S")
    ANSWER_LOG.forget()
    try:
        (before,) = heard(FrameReader(), real(trade(time=stamp)))
        date = format_datetime((now + timedelta(hours=3)).astimezone(UTC), usegmt=True)
        ANSWER_LOG.note_answer("a question", 200, {"date": date}, b"{}")
        (after,) = heard(FrameReader(), real(trade(time=stamp)))
    finally:
        ANSWER_LOG.forget()

    assert isinstance(before, Tick)
    assert isinstance(after, Tick)
    assert not after.is_ahead
    assert before.is_ahead or now.hour >= 21  # where three hours on is the next day


def test_an_entry_of_any_length_is_dropped_before_it_is_read() -> None:
    reader = FrameReader()
    long = trade()
    long["values"]["302"] = "가" * 3_000

    assert len(heard(reader, real(long, trade(code="9" * 21), trade()))) == 1
    assert reader.dropped == 2


@pytest.mark.parametrize("entry", ["{}", "0"])
def test_a_frame_of_too_many_entries_is_dropped_as_a_whole(entry: str) -> None:
    reader = FrameReader()
    frame = '{"trnm":"REAL","data":[' + ",".join([entry] * 300_000) + "]}"

    assert reader.frame(frame.encode()) is None
    assert reader.dropped == 1


def test_no_cache_of_a_trades_texts_holds_a_long_one() -> None:
    caches = (mapping._remembered, stock_code, live._second_of_day)
    reader = FrameReader()
    heard(reader, real(trade()))
    before = [cache.cache_info().currsize for cache in caches]

    for number in range(10):
        long = "1" * (7_000 + number)
        heard(reader, real(trade(price=f"-7000{number}".ljust(7_000)), trade(time=long)))
        signal = {"type": "0s", "item": "", "values": {"215": "4", "20": long, "214": "000000"}}
        heard(reader, real(signal))

    assert [cache.cache_info().currsize for cache in caches] == before


def test_the_cache_of_codes_holds_no_long_text() -> None:
    for number in range(100):
        heard(FrameReader(), real(trade(code=f"{number:021}")))

    assert stock_code.cache_info().maxsize is not None
    with pytest.raises(UnexpectedReply):
        mapping.tick("A" * 900_000, wire.TradeValues(last_price="1"))
