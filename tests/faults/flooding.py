"""A broker that floods its live line, in a process of its own: `python -m tests.faults.flooding KIND`.

It prints its addresses, and how many bytes it has sent once all of them were read; it ends with its input.
"""

import asyncio
import itertools
import json
import sys
from collections.abc import Iterator

from websockets.asyncio.server import ServerConnection
from websockets.frames import Frame, Opcode

from tests.brokers.kiwoom.servers import Answer, Broker, Rest, real, trade
from tests.faults.junk import HELD, real_of
from tests.faults.listening import body, row

PING = '{"trnm":"PING"}'
_LARGE = 900_000
_UNSENT = 512 * 1024


def _fill(code: str, name: str = "종목") -> dict[str, object]:
    values = {"9201": "8172635429", "9001": code, "917": "00", "916": "", "302": name, "10": "+70500",
              "930": "31", "931": "60100", "932": "1863100", "307": "69000"}  # fmt: skip
    return {"type": "04", "name": "현물잔고", "item": code, "values": values}


def _codes() -> Iterator[str]:
    return (f"{number:06X}" for number in itertools.count(0x100000))


def _fills() -> Iterator[str]:
    return (real(_fill(code)) for code in itertools.islice(_codes(), 20_000))


def _fills_in_large_frames() -> Iterator[str]:
    codes = _codes()
    return (real(*[_fill(next(codes)) for _ in range(2_500)]) for _ in range(10))


def _fills_of_one() -> Iterator[str]:
    return (real(_fill(HELD, f"종목 {number}")) for number in range(20_000))


def _long_codes() -> Iterator[str]:
    for number in range(100):
        code = f"{number:06}" * (_LARGE // 6)
        yield real(trade(code))
        yield real(_fill(code[: _LARGE // 3]))


def _long_names() -> Iterator[str]:
    return (real(_fill(code, code * (_LARGE // 8))) for code in itertools.islice(_codes(), 100))


def _pings() -> Iterator[str]:
    return itertools.repeat(PING, 300_000)


def _long_pings() -> Iterator[str]:
    return (json.dumps({"trnm": "PING", "x": "x" * _LARGE}) for _ in range(60))


def _trades() -> Iterator[str]:
    return (real(trade(HELD, f"+{70_000 + number % 900}", "101500")) for number in range(60_000))


def _large_frames() -> Iterator[str]:
    entries = [trade(HELD, f"+{70_000 + number}", "101500") for number in range(6_500)]
    return itertools.repeat(real(*entries), 20)


def _strange_entries() -> Iterator[str]:
    return itertools.repeat('{"trnm":"REAL","data":[' + ",".join(["0"] * 400_000) + "]}", 20)


def _nested() -> Iterator[str]:
    return itertools.repeat('{"trnm":"REAL","data":' + "[" * _LARGE, 60)


def _signals() -> Iterator[str]:
    return (
        real(real_of("0s", "", {"215": f"{number:06}", "20": "", "214": "000000"}))
        for number in range(30_000)
    )


def _strangers() -> Iterator[str]:
    return (json.dumps({"trnm": f"X{number}", "code": f"{number}"}) for number in range(100_000))


def _empty() -> Iterator[str]:
    return itertools.repeat("", 600_000)


KINDS = {
    "fills of new stocks": _fills,
    "fills of new stocks in large frames": _fills_in_large_frames,
    "fills of one stock": _fills_of_one,
    "long codes": _long_codes,
    "long names": _long_names,
    "pings": _pings,
    "long pings": _long_pings,
    "trades": _trades,
    "large frames": _large_frames,
    "strange entries": _strange_entries,
    "deep nesting": _nested,
    "signals": _signals,
    "frames of no known kind": _strangers,
    "empty frames": _empty,
}


class Flood:
    """The script of a live server: once the stocks are registered it sends all at once."""

    def __init__(self, kind: str) -> None:
        self._frames = KINDS[kind]()

    async def __call__(self, broker: Broker, socket: ServerConnection) -> None:
        while len(broker.registrations) < 2:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.5)
        sent = 0
        while some := list(itertools.islice(self._frames, 100)):
            data = b"".join(Frame(Opcode.TEXT, each.encode()).serialize(mask=False) for each in some)
            sent += len(data)
            socket.transport.write(data)
            await self._taken(socket, _UNSENT)
        await self._taken(socket, 0)
        ping = '{"trnm":"PING","last":1}'
        socket.transport.write(Frame(Opcode.TEXT, ping.encode()).serialize(mask=False))
        while ping not in broker.other:
            broker.other.clear()
            await asyncio.sleep(0.01)
        print(json.dumps({"sent": sent}), flush=True)
        await asyncio.Event().wait()

    async def _taken(self, socket: ServerConnection, most: int) -> None:
        while socket.transport.get_write_buffer_size() > most:
            await asyncio.sleep(0.002)


async def _main(kind: str) -> None:
    broker, rest = Broker(script=Flood(kind)), Rest([Answer(body(row()))])
    async with broker.running(), rest.client():
        print(json.dumps({"rest": rest.base_url, "live": broker.url}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
