"""Whatever comes over the live line, it is read or counted, never raised."""

import json
import random
from pathlib import Path

import pytest

from app.brokers.kiwoom.frames import FrameReader
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
