"""The live line, heard by a third-party client and by Moa at the same time, each with a key of its own."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from app.domain.errors import AppError
from app.domain.live import Fill, Tick
from app.simulator.options import invented

from .conftest import Serve
from .peer import Peer, heard_by_moa

pytestmark = pytest.mark.peers

KIWOOM = ("kiwoom-client", "kiwoom-playground", "kiwoomrest")
SECOND = invented("kiwoom", "5078901222", ("positions",), "SECOND")
CODES = ["005930", "000660", "069500"]
SECONDS = 4.0
LIVELY = {
    "positions": 8,
    "ticks_per_second": 60.0,
    "fills": True,
    "fill_seconds": 0.2,
    "ping_seconds": 0.3,  # five unanswered ones end the line, long before SECONDS
    "extra": (SECOND,),
}
T = TypeVar("T")


def is_part_of(part: Sequence[T], whole: Sequence[T]) -> bool:
    """Whether all of `part` occurs in `whole` in one piece."""
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def number(text: str) -> Decimal:
    return Decimal(text.strip())


def trade(entry: dict[str, Any]) -> tuple[object, ...]:
    values = entry["values"]
    return (
        entry["item"],
        values["20"],
        abs(number(values["10"])),
        number(values["11"]),
        number(values["12"]),
    )


def balance(entry: dict[str, Any]) -> tuple[object, ...]:
    values = entry["values"]
    return (
        values["9001"],
        values["302"],
        number(values["930"]),
        abs(number(values["10"])),
        number(values["931"]),
        number(values["932"]),
        number(values["307"]),
    )


@pytest.mark.parametrize("peer", KIWOOM, indirect=True)
def test_a_client_hears_what_moa_hears(peer: Peer, serve: Serve):
    addresses = serve(**LIVELY)
    events, answer = heard_by_moa(
        addresses,
        CODES,
        lambda: peer.ask(addresses, "listen", codes=CODES, seconds=SECONDS, connections=[SECOND.published]),
    )
    assert "error" not in answer, answer
    frames = answer["frames"]
    answered = [index for index, frame in enumerate(frames) if frame["trnm"] in ("REG", "REMOVE")]
    assert [(frames[index]["trnm"], frames[index]["return_code"]) for index in answered] == [
        ("REG", 0),
        ("REG", 0),
        ("REMOVE", 0),
    ]
    assert {frame["trnm"] for frame in frames} <= {"LOGIN", "PING", "REG", "REMOVE", "REAL"}

    entries = [entry for frame in frames if frame["trnm"] == "REAL" for entry in frame["data"]]
    trades = [trade(entry) for entry in entries if entry["type"] == "0B"]
    ticks = [
        (tick.code, tick.time, tick.price, tick.change, tick.change_rate)
        for tick in events
        if isinstance(tick, Tick)
    ]
    assert len(trades) > SECONDS * LIVELY["ticks_per_second"] / 3
    assert {code for code, *_ in trades} == set(CODES)
    assert is_part_of(trades, ticks)

    balances = [entry for entry in entries if entry["type"] == "04"]
    fills = [
        (
            fill.code,
            fill.name,
            fill.quantity,
            fill.price,
            fill.purchase_price,
            fill.purchase_amount,
            fill.previous_close,
        )
        for fill in events
        if isinstance(fill, Fill)
    ]
    assert len(balances) > SECONDS
    assert is_part_of([balance(entry) for entry in balances], fills)
    assert {entry["values"]["9201"] for entry in balances} == {SECOND.account}

    after = [entry["type"] for frame in frames[answered[-1] :] for entry in frame.get("data", ())]
    assert "0B" not in after
    assert "04" in after


@pytest.mark.parametrize("peer", KIWOOM, indirect=True)
def test_a_clients_login_ends_moas_line_with_the_same_key(peer: Peer, serve: Serve):
    addresses = serve(**LIVELY)
    with pytest.raises(ExceptionGroup) as ended:
        heard_by_moa(addresses, CODES, lambda: peer.ask(addresses, "listen", codes=CODES, seconds=0.5))
    (error,) = ended.value.exceptions
    assert isinstance(error, AppError)
    assert error.code == "R10001"
