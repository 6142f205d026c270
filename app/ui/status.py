"""What the status bar and the tabs say of each connection: pure functions of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.services.store import Line, ViewState
from app.ui import format as text_of
from app.ui.widgets.status_bar import ConnectionStatus, Dot
from app.ui.widgets.tab_bar import Mark

if TYPE_CHECKING:  # not needed for the first paint
    from collections.abc import Sequence

    from app.domain.connections import Connection
    from app.domain.errors import AppError
    from app.domain.sources import TokenState


def mark_of(state: ViewState) -> Mark:
    """The mark beside a tab's title."""
    if state.error is not None or state.is_line_down:
        return Mark.BROKEN
    return Mark.LIVE if state.line is Line.LIVE else Mark.NONE


def status_of(
    connection: Connection, states: Sequence[ViewState], mono: float, token: TokenState | None = None
) -> ConnectionStatus:
    """A connection's worst news, or how fresh its oldest view is; `mono` is now (monotonic)."""
    dot, words, tooltip = _words(states, mono)
    if token is not None and token.waiting_until is not None:
        left = max(0, round(token.waiting_until - mono))
        words = f"접근토큰을 기다리는 중 · {left}초"
        tooltip = "증권사는 접근토큰을 1분에 한 번만 내줍니다. 시간이 되면 저절로 이어집니다."
    hint = "누르면 메뉴를 엽니다"
    return ConnectionStatus(
        connection.id, dot, f"{connection.label}: {words}", f"{tooltip}\n{hint}" if tooltip else hint
    )


def _words(states: Sequence[ViewState], mono: float) -> tuple[Dot, str, str]:
    broken = next((state for state in states if state.line is Line.BROKEN), None)
    if broken is not None:
        return Dot.BROKEN, "실시간 연결 끊김", _reason(broken.line_error)
    failed = next((state for state in states if state.error is not None), None)
    if failed is not None:
        again = (
            "" if failed.retry_mono is None else f" · {max(0, round(failed.retry_mono - mono))}초 뒤 재시도"
        )
        return Dot.BROKEN, f"조회 실패{again}", _reason(failed.error)
    if any(state.line is Line.CONNECTING for state in states):
        return Dot.POLLED, "실시간 연결 중…", ""
    fetched = [state.fetched_mono for state in states]
    read = [when for when in fetched if when is not None]
    if len(read) < len(fetched) or not read:
        return Dot.POLLED, "불러오는 중…", ""
    live = next((state for state in states if state.line is Line.LIVE), None)
    if live is not None and live.heard_mono is not None:
        return Dot.LIVE, f"실시간 · {text_of.age(mono - live.heard_mono)}", ""
    return Dot.POLLED, f"{text_of.age(mono - min(read))} 조회", ""


def _reason(error: AppError | None) -> str:
    if error is None:
        return ""
    return f"{error.message} {error.action}".strip()
