"""Liveness of a live connection, from the frames that arrive and from gaps between them."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

_LONG_AGO = float("-inf")


@dataclass(frozen=True, slots=True)
class Patience:
    """Timeouts of a silent connection, in seconds.

    Kiwoom sends a PING about every 10 s, also at night. A connection silent for `doubt_at_rest_after`
    is therefore in doubt, and one silent for `dead_after`, two PINGs, is dead. A doubt within 10 s needs
    more: a connection that was busy until now is in doubt after `doubt_after`, and so is one whose server did
    not answer the WebSocket ping sent after `probe_after` but answered such pings before. Such answers do not
    count as data: a gateway may send them for a connection that is dead behind it.
    """

    check_every: float = 1.0
    probe_after: float = 5.0
    doubt_after: float = 8.0
    doubt_at_rest_after: float = 12.0
    dead_after: float = 21.0
    busy_frames: int = 30  # this many frames with trades ...
    busy_within: float = 10.0  # ... within this time: a busy connection

    # A check that is this late: the computer slept, or the process was stopped. Data sent before is then
    # read at once and proves nothing; later data does, or the response to a new ping.
    asleep_after: float = 5.0
    stale_data_for: float = 1.0
    proof_within: float = 4.0
    proof_at_rest_within: float = 12.0  # where the server never answered a ping


class State(Enum):
    """The state of a connection."""

    WELL = "well"
    SILENT = "silent"  # data is overdue
    AWOKEN = "awoken"  # unknown after the computer's sleep
    DEAD = "dead"


class Pulse:
    """The signs of life of one connection; `monotonic` must continue during sleep and never be set."""

    def __init__(self, patience: Patience, monotonic: Callable[[], float]) -> None:
        self._patience = patience
        self._now = monotonic
        self._heard_at = self._checked_at = monotonic()
        self._trades: deque[float] = deque(maxlen=patience.busy_frames)
        self._probed_at = self._answered_at = _LONG_AGO
        self._awoke_at: float | None = None

    def heard(self) -> None:
        """Note a received frame."""
        now = self._now()
        self._notice_sleep(now)
        if self._awoke_at is not None:
            if now - self._awoke_at < self._patience.stale_data_for:
                return
            self._awoke_at = None
        self._heard_at = now

    def traded(self) -> None:
        """Note that the last frame contained trades."""
        self._trades.append(self._heard_at)

    def turned(self) -> None:
        """Note a new trading session, because its rate of trades is not known from the last one."""
        self._trades.clear()

    @property
    def wants_probe(self) -> bool:
        """Return whether to ping the server now; the first time as soon as possible."""
        if self._awoke_at is not None and self._probed_at < self._awoke_at:
            return True
        if self._probed_at == _LONG_AGO:
            return True
        now = self._now()
        return min(now - self._heard_at, now - self._probed_at) >= self._patience.probe_after

    def probed(self) -> float:
        """Note that the server is pinged; return the time, to be passed to `answered`."""
        self._probed_at = self._now()
        return self._probed_at

    def answered(self, probed_at: float) -> None:
        """Note the response to the ping of that time."""
        now = self._now()
        self._notice_sleep(now)
        self._answered_at = max(self._answered_at, probed_at)
        if self._awoke_at is not None and probed_at >= self._awoke_at:
            self._awoke_at = None
            self._heard_at = now

    def state(self) -> State:
        """Return the state; call it every `check_every` seconds, because a longer gap is taken for sleep."""
        now, patience = self._now(), self._patience
        self._notice_sleep(now)
        self._checked_at = now
        if self._awoke_at is not None:
            limit = patience.proof_within if self._answers_probes else patience.proof_at_rest_within
            return State.DEAD if now - self._awoke_at >= limit else State.AWOKEN
        silence = now - self._heard_at
        if silence >= patience.dead_after:
            return State.DEAD
        is_early = self._is_busy or self._misses_answer
        limit = patience.doubt_after if is_early else patience.doubt_at_rest_after
        return State.SILENT if silence >= limit else State.WELL

    def _notice_sleep(self, now: float) -> None:
        if now - self._checked_at >= self._patience.check_every + self._patience.asleep_after:
            self._awoke_at = self._checked_at = now

    @property
    def _answers_probes(self) -> bool:
        return self._answered_at > _LONG_AGO

    @property
    def _misses_answer(self) -> bool:
        """Return whether the response to a ping is overdue, from a server that answered before."""
        return self._answers_probes and self._probed_at > max(self._answered_at, self._heard_at)

    @property
    def _is_busy(self) -> bool:
        trades, patience = self._trades, self._patience
        return len(trades) == patience.busy_frames and self._heard_at - trades[0] <= patience.busy_within
