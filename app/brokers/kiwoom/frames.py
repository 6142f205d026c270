"""Live frames as events. What is not as documented is counted and left out; nothing else is lost by it."""

import msgspec

from app.brokers.kiwoom import mapping, wire
from app.brokers.witness import WITNESS
from app.domain.errors import UnexpectedReply
from app.domain.live import LiveEvent

_FRAME = msgspec.json.Decoder(wire.Frame)
_LOOSE_FRAME = msgspec.json.Decoder(wire.LooseFrame)
_ENTRY = msgspec.json.Decoder(wire.Entry)
_TRADE = msgspec.json.Decoder(wire.TradeValues)
_BALANCE = msgspec.json.Decoder(wire.BalanceValues)
_SESSION = msgspec.json.Decoder(wire.SessionValues)

_UNREADABLE = (UnexpectedReply, msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class FrameReader:
    """Reads frames and counts what it had to drop."""

    def __init__(self) -> None:
        self.dropped = 0

    def frame(self, data: bytes) -> wire.Frame | None:
        """The frame; None when it is not one."""
        try:
            frame = _FRAME.decode(data)
        except msgspec.ValidationError:
            frame = self._loose_frame(data)
        except _UNREADABLE:
            self.dropped += 1
            frame = None
        WITNESS.note_frame(_kind(frame), data)
        return frame

    def events(self, frame: wire.Frame) -> list[LiveEvent]:
        """The news of a REAL frame in its order; entries of other types are left out."""
        news: list[LiveEvent] = []
        for entry in frame.data or ():
            try:
                match entry.type:
                    case "0B":
                        news.append(mapping.tick(entry.item, _TRADE.decode(entry.values)))
                    case "04":
                        news.append(mapping.fill(entry.item, _BALANCE.decode(entry.values)))
                    case "0s":
                        news.append(mapping.market_signal(_SESSION.decode(entry.values)))
                    case _:
                        pass
            except _UNREADABLE:
                self.dropped += 1
        return news

    def _loose_frame(self, data: bytes) -> wire.Frame | None:
        try:
            loose = _LOOSE_FRAME.decode(data)
        except _UNREADABLE:
            self.dropped += 1
            return None
        entries: list[wire.Entry] = []
        for raw in loose.data or ():
            try:
                entries.append(_ENTRY.decode(raw))
            except _UNREADABLE:
                self.dropped += 1
        return wire.Frame(trnm=loose.trnm, data=entries)


def _kind(frame: wire.Frame | None) -> str:
    """The frame's kind and that of its first news, as a name for a diagnosis."""
    match frame:
        case None:
            return "unreadable"
        case wire.Frame(trnm="REAL", data=[wire.Entry(type="0B" | "04" | "0s" as kind), *_]):
            return f"REAL {kind}"
        case wire.Frame(trnm="REAL" | "LOGIN" | "REG" | "REMOVE" | "PING" | "SYSTEM" as kind):
            return kind
        case _:
            return "of another kind"
