"""Tells the user once that this computer's clock is wrong: the brokers' answers say what time it is."""

from collections.abc import Callable
from datetime import timedelta

from app.brokers.http import TOLERABLE_SKEW
from app.brokers.witness import WITNESS
from app.domain.language import N_, tr
from app.services.store import Listener, ViewId

_UNITS = (
    (timedelta(days=1), N_("{count:,} days")),
    (timedelta(hours=1), N_("{count:,} hours")),
    (timedelta(minutes=1), N_("{count:,} minutes")),
)


class ClockWarning(Listener):
    """Looks at what time the brokers say it is whenever they were asked. `tell` shows a sentence."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        self._tell = tell
        self._is_told = False

    def state_changed(self, view_id: ViewId) -> None:
        """A view was read, or is about to be."""
        del view_id
        if self._is_told:
            return
        skew = WITNESS.clock_skew()
        if skew is not None and abs(skew) > TOLERABLE_SKEW:
            self._is_told = True
            self._tell(warning(skew))


def warning(ahead: timedelta) -> str:
    """What the user is told of a clock that is ahead of the brokers' by so much, or behind."""
    apart = abs(ahead)
    unit, name = next((unit, name) for unit, name in _UNITS if apart >= 1.5 * unit)
    span = tr(name, count=round(apart / unit))
    if ahead > timedelta():
        told = tr("This computer's clock is {span} ahead of the brokers' clocks.", span=span)
    else:
        told = tr("This computer's clock is {span} behind the brokers' clocks.", span=span)
    return told + tr(
        " Times and market hours look wrong: "
        "turn on 'set automatically' in the system's date and time settings."
    )
