"""What the status bar and the tabs say of each connection: pure functions of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.language import tr
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
        left = token.waiting_until - mono
        words = tr("waiting for an access token · {time}", time=text_of.remaining(left))
        if left <= text_of.COUNTED_SECONDS or not tooltip:
            tooltip = tr(
                "The broker issues an access token only once a minute. Moa goes on by itself when it is time."
            )
    hint = tr("Press to open a menu")
    return ConnectionStatus(
        connection.id, dot, f"{connection.label}: {words}", f"{tooltip}\n{hint}" if tooltip else hint
    )


def _words(states: Sequence[ViewState], mono: float) -> tuple[Dot, str, str]:
    broken = next((state for state in states if state.line is Line.BROKEN), None)
    if broken is not None:
        return Dot.BROKEN, tr("live connection broken"), _reason(broken.line_error)
    failed = next((state for state in states if state.error is not None), None)
    if failed is not None:
        again = (
            ""
            if failed.retry_mono is None
            else tr(" · next try in {time}", time=text_of.remaining(failed.retry_mono - mono))
        )
        return Dot.BROKEN, tr("reading failed{again}", again=again), _reason(failed.error)
    if any(state.line is Line.CONNECTING for state in states):
        return Dot.POLLED, tr("connecting live…"), ""
    fetched = [state.fetched_mono for state in states]
    read = [when for when in fetched if when is not None]
    if len(read) < len(fetched) or not read:
        return Dot.POLLED, tr("loading…"), ""
    live = next((state for state in states if state.line is Line.LIVE), None)
    if live is not None and live.heard_mono is not None:
        return Dot.LIVE, tr("live · {age}", age=text_of.age(mono - live.heard_mono)), ""
    return Dot.POLLED, tr("read {age}", age=text_of.age(mono - min(read))), ""


def _reason(error: AppError | None) -> str:
    if error is None:
        return ""
    return f"{error.message} {error.action}".strip()
