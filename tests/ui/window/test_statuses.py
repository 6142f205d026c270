"""What the status bar and the tabs say of a connection."""

import pytest

from app.domain.connections import Connection, View
from app.domain.errors import AppError, NeedsUser, NotReachable
from app.domain.sources import TokenState
from app.services.store import Line, ViewState
from app.ui.window.status_bar import Dot
from app.ui.window.statuses import mark_of, status_of
from app.ui.window.tab_bar import Mark
from tests.fakes import START, pension_report

KIS = Connection("kis", "한투", "kis", (View.BONDS, View.ASSET_MIX), "")
NOW = 1000.0
DOWN = NotReachable("서버에 닿지 않습니다.", action="인터넷을 확인하세요.")


def read(seconds_ago: float, **changes: object) -> ViewState:
    """A view that was read so long ago."""
    made = ViewState(pension_report(), START, NOW - seconds_ago)
    return made._replace(**changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "mark"),
    [
        (ViewState(), Mark.NONE),
        (read(5), Mark.NONE),
        (read(5, error=DOWN), Mark.BROKEN),
        (ViewState(error=DOWN), Mark.BROKEN),
        (read(5, line=Line.CONNECTING), Mark.NONE),
        (read(5, line=Line.LIVE), Mark.LIVE),
        (read(5, line=Line.LIVE, error=DOWN), Mark.BROKEN),
        (read(5, line=Line.BROKEN, line_error=DOWN), Mark.BROKEN),
        (read(5, line=Line.CONNECTING, line_error=DOWN), Mark.BROKEN),
    ],
)
def test_a_tabs_mark(state, mark):
    assert mark_of(state) is mark


@pytest.mark.parametrize(
    ("states", "dot", "words"),
    [
        ([], Dot.POLLED, "불러오는 중…"),
        ([ViewState()], Dot.POLLED, "불러오는 중…"),
        ([read(5), ViewState()], Dot.POLLED, "불러오는 중…"),
        ([read(125), read(5)], Dot.POLLED, "2분 전 조회"),
        ([read(5), read(5, error=DOWN, retry_mono=NOW + 14.6)], Dot.BROKEN, "조회 실패 · 15초 뒤 재시도"),
        ([read(5, error=DOWN, retry_mono=NOW - 3)], Dot.BROKEN, "조회 실패 · 0초 뒤 재시도"),
        ([ViewState(error=DOWN)], Dot.BROKEN, "조회 실패"),
        ([read(5, line=Line.CONNECTING)], Dot.POLLED, "실시간 연결 중…"),
        ([read(5, line=Line.LIVE, heard_mono=NOW - 0.2)], Dot.LIVE, "실시간 · 0.2초 전"),
        ([read(5, line=Line.BROKEN, line_error=DOWN)], Dot.BROKEN, "실시간 연결 끊김"),
        ([read(5, line=Line.BROKEN, line_error=DOWN, error=DOWN)], Dot.BROKEN, "실시간 연결 끊김"),
    ],
)
def test_a_connections_worst_state_or_its_age(states, dot, words):
    status = status_of(KIS, states, NOW)

    assert (status.id, status.dot, status.text) == ("kis", dot, f"한투: {words}")


@pytest.mark.parametrize(
    "state", [ViewState(error=DOWN), read(5, line=Line.BROKEN, line_error=DOWN), read(1, error=DOWN)]
)
def test_the_tooltip_says_why_and_what_to_do(state):
    tooltip = status_of(KIS, [state], NOW).tooltip

    assert tooltip.startswith("서버에 닿지 않습니다. 인터넷을 확인하세요.\n")


def test_without_trouble_the_tooltip_says_what_a_click_does():
    assert "\n" not in status_of(KIS, [read(5)], NOW).tooltip
    assert status_of(KIS, [read(5)], NOW).tooltip


def test_an_error_without_advice_leaves_no_gap():
    error: AppError = NeedsUser("거절", action="")

    assert status_of(KIS, [ViewState(error=error)], NOW).tooltip.split("\n")[0] == "거절"


@pytest.mark.parametrize(
    ("left", "words"),
    [(61.6, "62초"), (120, "120초"), (121, "3분"), (3_590, "1시간 0분"), (19_000, "5시간 17분")],
)
def test_a_wait_for_a_token_is_counted_down(left: float, words: str):
    token = TokenState(waiting_until=NOW + left)
    error = NotReachable("16:15에 다시 요청합니다.", action="-")

    status = status_of(KIS, [ViewState(error=error, retry_mono=NOW + left)], NOW, token)

    assert status.text == f"한투: 접근토큰 발급 대기 · {words}"
    assert ("16:15" in status.tooltip) is (left > 120)
