"""Conversion of live frames to events; undocumented entries are counted and skipped individually."""

from collections.abc import Callable, Iterator

import msgspec

from app.brokers.answer_log import ANSWER_LOG
from app.brokers.kiwoom import mapping, wire
from app.domain.clock import SYSTEM_CLOCK
from app.domain.errors import UnexpectedReply
from app.domain.live import LiveEvent

_FRAME = msgspec.json.Decoder(wire.Frame)
_LOOSE_FRAME = msgspec.json.Decoder(wire.LooseFrame)
_ENTRY = msgspec.json.Decoder(wire.Entry)
_TRADE = msgspec.json.Decoder(wire.TradeValues)
_BALANCE = msgspec.json.Decoder(wire.BalanceValues)
_SESSION = msgspec.json.Decoder(wire.SessionValues)

# The widest documented entry has less than 1,500 characters; much longer ones are invalid.
_LONGEST_VALUES = 8 * 1024
MOST_ENTRIES = 10_000
_SKEW_SECONDS = 10.0
_DAY = 86_400

_UNREADABLE = (UnexpectedReply, msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class BrokerTime:
    """This computer's time of day, corrected by the Date headers of the brokers' responses."""

    def __init__(self) -> None:
        self._skew = 0.0
        self._asked_at = float("-inf")

    def __call__(self) -> float:
        """Return the seconds since midnight, KST."""
        asked_at = SYSTEM_CLOCK.monotonic()
        if asked_at - self._asked_at >= _SKEW_SECONDS:
            skew = ANSWER_LOG.clock_skew()
            self._asked_at, self._skew = asked_at, 0.0 if skew is None else skew.total_seconds()
        now = SYSTEM_CLOCK.now()
        return (now.hour * 3600 + now.minute * 60 + now.second - self._skew) % _DAY


class FrameReader:
    """Reads frames and counts what it dropped; `now` returns the seconds since midnight, KST."""

    def __init__(self, now: Callable[[], float] | None = None) -> None:
        self.dropped = 0
        self._now = now or BrokerTime()

    def frame(self, data: bytes) -> wire.Frame | None:
        """Return the frame; None when it is invalid."""
        try:
            frame = _FRAME.decode(data)
        except msgspec.ValidationError:
            frame = self._loose_frame(data)
        except _UNREADABLE:
            self.dropped += 1
            frame = None
        if frame is not None and len(frame.data or ()) > MOST_ENTRIES:
            self.dropped += 1
            frame = None
        ANSWER_LOG.note_frame(_kind(frame), data)
        return frame

    def events(self, frame: wire.Frame) -> list[LiveEvent]:
        """Return the events of a REAL frame in their order; entries of other types are skipped."""
        events: list[LiveEvent] = []
        now = self._now()
        for entry in frame.data or ():
            if len(entry.values) > _LONGEST_VALUES:
                self.dropped += 1
                continue
            try:
                match entry.type:
                    case "0B":
                        events.append(mapping.tick(entry.item, _TRADE.decode(entry.values), now))
                    case "04":
                        events.append(mapping.fill(entry.item, _BALANCE.decode(entry.values)))
                    case "0s":
                        events.append(mapping.market_signal(_SESSION.decode(entry.values), now))
                    case _:
                        pass
            except _UNREADABLE:
                self.dropped += 1
        return events

    def _loose_frame(self, data: bytes) -> wire.Frame | None:
        try:
            loose = _LOOSE_FRAME.decode(data)
        except _UNREADABLE:
            self.dropped += 1
            return None
        raws = loose.data or ()
        if len(raws) > MOST_ENTRIES:
            self.dropped += 1
            return None
        entries: list[wire.Entry] = []
        for raw in raws:
            try:
                entries.append(_ENTRY.decode(raw))
            except _UNREADABLE:
                self.dropped += 1
        return wire.Frame(trnm=loose.trnm, data=entries)


def parts(frame: wire.Frame, most: int) -> Iterator[wire.Frame]:
    """Yield the frame in pieces of at most `most` entries, because thousands of them take long to read."""
    data = frame.data or ()
    if len(data) <= most:
        yield frame
        return
    for start in range(0, len(data), most):
        yield msgspec.structs.replace(frame, data=data[start : start + most])


def _kind(frame: wire.Frame | None) -> str:
    """Return the frame's type and that of its first entry, as a name for a diagnosis."""
    match frame:
        case None:
            return "unreadable"
        case wire.Frame(trnm="REAL", data=[wire.Entry(type="0B" | "04" | "0s" as kind), *_]):
            return f"REAL {kind}"
        case wire.Frame(trnm="REAL" | "LOGIN" | "REG" | "REMOVE" | "PING" | "SYSTEM" as kind):
            return kind
        case _:
            return "of another kind"
