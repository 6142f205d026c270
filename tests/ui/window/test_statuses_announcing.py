"""Losses and recoveries of connections, and results of checks, are announced once, and never a tick."""

import pytest
from PySide6.QtGui import QAccessible

from app.brokers.registry import BROKERS
from app.domain.connections import View
from app.domain.errors import AppError, NotReachable
from app.services.store import Line
from app.ui.dialogs.connection import ConnectionDialog
from app.ui.plain import say
from tests.fakes import tick
from tests.ui.aloud import CAN_HEAR, heard
from tests.ui.answers import ALL, ASSET_MIX, BONDS, PENSION, POSITIONS
from tests.ui.opened import Opened

pytestmark = pytest.mark.skipif(not CAN_HEAR, reason="the ear needs a symbol of Linux's Qt")


@pytest.fixture
def opened(qtbot, theme, clock, answers) -> Opened:
    """The window, full."""
    made = Opened(qtbot, theme, clock, answers)
    made.open()
    made.load(*ALL)
    return made


def line(opened: Opened, state: Line, error: AppError | None = None) -> None:
    """The live line is in this state from now on."""
    opened.store.line_changed(POSITIONS[0], state, error)
    opened.settle()


def test_a_failure_and_the_recovery_are_announced_once_each(opened):
    with heard() as said:
        opened.fail(PENSION, NotReachable("서버가 답하지 않습니다."), retry_in=5)
        opened.fail(PENSION, NotReachable("서버가 답하지 않습니다."), retry_in=10)
        assert said == ["한투 IRP: 조회하지 못했습니다. 서버가 답하지 않습니다."]

        opened.load(PENSION)
        opened.load(PENSION)

    assert said[1:] == ["한투 IRP: 실시간 연결이 복구되었습니다."]


def test_a_connection_is_back_when_all_its_views_are(opened):
    with heard() as said:
        opened.fail(BONDS, NotReachable("끊김"))
        opened.fail(ASSET_MIX, NotReachable("끊김"))
        opened.load(BONDS)
        assert len(said) == 1
        opened.load(ASSET_MIX)

    assert said[1:] == ["한투 종합: 실시간 연결이 복구되었습니다."]


def test_a_broken_line_is_announced_and_trades_are_not(opened, answers):
    opened.choose(POSITIONS)
    code = answers.reports[POSITIONS].rows[0].code
    with heard() as said:
        line(opened, Line.LIVE)
        for price in (1000, 2000, 3000):
            opened.hear(tick(code, price))
        assert said == []

        error = NotReachable("실시간 서버에 닿지 않습니다.")
        line(opened, Line.BROKEN, error)
        line(opened, Line.CONNECTING, error)
        line(opened, Line.BROKEN, error)
        assert said == ["키움 위탁: 실시간 연결이 끊겼습니다. 실시간 서버에 닿지 않습니다."]
        line(opened, Line.LIVE)

    assert said[1:] == ["키움 위탁: 실시간 연결이 복구되었습니다."]


def test_loading_and_a_first_answer_are_not_announced(qtbot, theme, clock, answers):
    made = Opened(qtbot, theme, clock, answers)
    with heard() as said:
        made.open()
        made.store.reading(PENSION)
        made.settle()
        made.load(*ALL)
        made.presenter.show_again()

    assert said == []


def test_the_result_of_a_check_is_announced(qtbot, theme):
    dialog = ConnectionDialog(theme, BROKERS, {view: str(view) for view in View}, tag="a")
    qtbot.addWidget(dialog)
    with heard() as said:
        dialog.show_failure([], View.PENSION, NotReachable("서버가 답하지 않습니다."))

    assert len(said) == 1
    assert "서버가 답하지 않습니다." in said[0]


def test_nothing_is_made_up_where_no_screen_reader_is_at_work(opened):
    with heard() as said:
        QAccessible.setActive(False)
        say(opened.window, "아무도 듣지 않습니다")

    assert said == []
