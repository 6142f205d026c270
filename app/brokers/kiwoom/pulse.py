"""Whether a live line still lives, told by what it says and by when it says nothing."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

_LONG_AGO = float("-inf")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a line may say nothing, in seconds.

    Kiwoom sends a PING about every 10 s, also at night. A line that says nothing for `doubt_at_rest_after`
    is therefore in doubt, and one that says nothing for `dead_after`, two PINGs, is dead. To have a doubt
    within 10 s it takes more: a line that was busy a moment ago is in doubt after `doubt_after`, and so is
    one whose server did not answer the ping of the WebSocket protocol that it was sent after `probe_after`,
    though it answered such pings before. Such answers never count as news: a gateway may give them for a
    line that is dead behind it.
    """

    check_every: float = 1.0
    probe_after: float = 5.0
    doubt_after: float = 8.0
    doubt_at_rest_after: float = 12.0
    dead_after: float = 21.0
    busy_frames: int = 30  # so many frames with trades ...
    busy_within: float = 10.0  # ... in so short a time: a busy line

    # A check that comes this late: the computer slept, or the process was stopped. What was sent before is
    # then read at once and proves nothing; what comes later does, or the answer to a new ping.
    asleep_after: float = 5.0
    old_news_for: float = 1.0
    proof_within: float = 4.0
    proof_at_rest_within: float = 12.0  # where the server never answered a ping


class State(Enum):
    """What a pulse tells."""

    WELL = "well"
    SILENT = "silent"  # it should have said something by now
    AWOKEN = "awoken"  # what happened to it during the computer's sleep is not known yet
    DEAD = "dead"


class Pulse:
    """One line's signs of life. `monotonic` goes on while the computer sleeps; nobody sets it."""

    def __init__(self, patience: Patience, monotonic: Callable[[], float]) -> None:
        self._patience = patience
        self._now = monotonic
        self._heard_at = self._checked_at = monotonic()
        self._trades: deque[float] = deque(maxlen=patience.busy_frames)
        self._probed_at = self._answered_at = _LONG_AGO
        self._awoke_at: float | None = None

    def heard(self) -> None:
        """A frame came."""
        now = self._now()
        self._notice_sleep(now)
        if self._awoke_at is not None:
            if now - self._awoke_at < self._patience.old_news_for:
                return
            self._awoke_at = None
        self._heard_at = now

    def traded(self) -> None:
        """The frame that was just heard brought trades."""
        self._trades.append(self._heard_at)

    def turned(self) -> None:
        """The trading session changed: what trades there were says nothing of those to come."""
        self._trades.clear()

    @property
    def wants_probe(self) -> bool:
        """Whether the server should be pinged now; the first time as soon as possible."""
        if self._awoke_at is not None and self._probed_at < self._awoke_at:
            return True
        if self._probed_at == _LONG_AGO:
            return True
        now = self._now()
        return min(now - self._heard_at, now - self._probed_at) >= self._patience.probe_after

    def probed(self) -> float:
        """The server is being pinged; gives the time, which its answer is to bring back."""
        self._probed_at = self._now()
        return self._probed_at

    def answered(self, probed_at: float) -> None:
        """The server answered the ping of that time."""
        now = self._now()
        self._notice_sleep(now)
        self._answered_at = max(self._answered_at, probed_at)
        if self._awoke_at is not None and probed_at >= self._awoke_at:
            self._awoke_at = None
            self._heard_at = now

    def state(self) -> State:
        """How the line is. To be asked every `check_every` seconds: a gap between two calls is a sleep."""
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
        """Whether a ping into this silence is not answered by a server that answered before."""
        return self._answers_probes and self._probed_at > max(self._answered_at, self._heard_at)

    @property
    def _is_busy(self) -> bool:
        trades, patience = self._trades, self._patience
        return len(trades) == patience.busy_frames and self._heard_at - trades[0] <= patience.busy_within
