"""Tells the user once that this computer's clock is wrong: the brokers' answers say what time it is."""

from collections.abc import Callable
from datetime import timedelta

from app.brokers.http import TOLERABLE_SKEW
from app.brokers.witness import WITNESS
from app.services.store import Listener, ViewId

_UNITS = ((timedelta(days=1), "일"), (timedelta(hours=1), "시간"), (timedelta(minutes=1), "분"))


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
    unit, name = next(each for each in _UNITS if apart >= 1.5 * each[0])
    span = f"{round(apart / unit):,}{name}"
    direction = "빠릅니다" if ahead > timedelta() else "늦습니다"
    return (
        f"이 컴퓨터의 시계가 증권사 시계보다 {span} {direction}. 조회 시각과 장 운영 시간이 틀리게 보이니 "
        "운영체제의 날짜·시각 설정에서 '자동 설정'을 켜세요."
    )
