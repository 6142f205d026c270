"""A diagnosis can be read and sent to anybody: it reports what happened, but nothing of what is held."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtWidgets import QAbstractButton, QDialogButtonBox, QFileDialog, QLineEdit, QMenu

from app.brokers.answer_log import KEPT_FIELDS, AnswerLog, body_form
from app.domain.connections import View
from app.domain.errors import NeedsUser, NotReachable, SettingsError, TimedOut
from app.domain.language import tr
from app.domain.sources import TokenState
from app.services.diagnostics import README, Tally, save, settings_text, views_text
from app.services.store import Line, PortfolioStore
from app.ui.window.status_bar import StatusBar
from app.ui.window.toasts import Toast
from app.ui.window.top_bar import TopBar
from tests.fakes import FakeClock, pension_report, positions_report
from tests.main.desk import IRP, Desk
from tests.main.driven import Seen, Steps, play
from tests.main.simulated import ROOT, Simulated, environment

# --- what of an answer may be reported ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "form"),
    [
        (
            '{"rt_cd":"0","msg_cd":"KIOK0510","msg1":"조회되었습니다","output":[]}',
            {"rt_cd": "0", "msg_cd": "KIOK0510", "msg1": "<text>", "output": {"rows": 0, "forms": []}},
        ),
        (
            '{"return_code":3,"return_msg":"[8005:Token]","entr":"000000373500","stk_cntr_remn":null}',
            {"return_code": "3", "return_msg": "<text>", "entr": "<number>", "stk_cntr_remn": "<null>"},
        ),
        (
            '{"output1":[{"pdno":"KR6095","evlu_amt":"1,234"},{"pdno":"KR60","evlu_amt":"-9"},{"pdno":" "}]}',
            {
                "output1": {
                    "rows": 3,
                    "forms": [
                        {"count": 2, "row": {"evlu_amt": "<number>", "pdno": "<text>"}},
                        {"count": 1, "row": {"pdno": "<blanks>"}},
                    ],
                }
            },
        ),
        (
            '{"a":"","b":0,"c":1.5,"d":true,"e":"0.00","f":"12a,4","g":["x"]}',
            {
                "a": "<empty>",
                "b": "<JSON number>",
                "c": "<JSON number>",
                "d": "<boolean>",
                "e": "<zero>",
                "f": "<text>",
                "g": {"rows": 1, "forms": [{"count": 1, "row": "<text>"}]},
            },
        ),
        (
            '{"trnm":"REAL","data":[{"type":"0B","item":"005930","values":{"10":"-70100","20":"101530"}}]}',
            {
                "trnm": "REAL",
                "data": {
                    "rows": 1,
                    "forms": [
                        {
                            "count": 1,
                            "row": {
                                "item": "<number>",
                                "type": "0B",
                                "values": {"10": "<number>", "20": "101530"},
                            },
                        }
                    ],
                },
            },
        ),
        ('{"rt_cd":"계좌 64738291","code":"64738291","msg_cd":{"x":"1"}}', None),
        ("<html>64738291</html>", "<HTML or XML>"),
        ("", "<nothing>"),
        (" \n", "<nothing>"),
        ('{"a":', "<no JSON>"),
        ("[" * 5000, "<no JSON>"),
        ('{"a":"' + "x" * 600_000 + '"}', "<too long>"),
    ],
)
def test_of_an_answer_only_its_form_and_its_codes_are_reported(body: str, form: Any):
    found = body_form(body.encode())

    assert "64738291" not in json.dumps(found)
    if form is not None:
        assert found == form


VALUE = "Q7zXv"
JSON = st.recursive(
    st.none() | st.booleans() | st.just(VALUE) | st.just(f"{VALUE} 1,234"),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["output1", "pdno", "64738291", f"a {VALUE}", f"{VALUE}!", *sorted(KEPT_FIELDS)]),
            inner.filter(lambda value: not isinstance(value, str)) | st.just({"x": VALUE}),
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_value_and_no_name_that_is_one_is_reported(value: Any):
    reported = json.dumps(body_form(json.dumps(value).encode()))

    assert VALUE not in reported
    assert "64738291" not in reported


def test_the_last_answer_to_each_question_is_kept_with_its_status_and_a_few_headers():
    witness = AnswerLog()
    witness.note_answer(
        "GET host/a X", 200, {"date": "?", "set-cookie": "secret", "tr_cont": "M"}, b'{"rt_cd":"1"}'
    )
    witness.note_answer("GET host/a X", 500, {"set-cookie": "secret", "tr_cont": "D"}, b"")
    witness.note_frame("REG", b'{"return_code":0}')

    forms = witness.forms()

    assert list(forms) == ["GET host/a X", "frame REG"]
    assert forms["GET host/a X"]["status"] == 500
    assert forms["GET host/a X"]["headers"] == {"tr_cont": "D"}
    assert forms["GET host/a X"]["body"] == "<nothing>"
    assert forms["frame REG"]["body"] == {"return_code": "0"}
    assert witness.clock_skew() is None


# --- how things went ----------------------------------------------------------------------------------------

PENSION, POSITIONS = ("irp", View.PENSION), ("kiwoom-main", View.POSITIONS)


def test_each_view_reports_its_codes_ages_and_counts():
    clock = FakeClock()
    store = PortfolioStore(clock.clock)
    tally = Tally(store)
    store.loaded(PENSION, pension_report(), 1000.0)
    clock.advance(1)
    store.reading(PENSION)
    store.loaded(PENSION, pension_report(), 1001.0)
    for code in ("EGW00103", "EGW00103", "OPSQ2000"):
        store.failed(PENSION, NeedsUser("잔고 1,234,567원", code=code), clock.monotonic_time + 30)
    store.failed(PENSION, TimedOut("제때 받지 못했습니다."), clock.monotonic_time + 30)
    store.reading(PENSION)
    store.loaded(POSITIONS, positions_report(), 1000.0)
    store.line_changed("kiwoom-main", Line.LIVE)
    for _ in range(2):
        store.line_changed("kiwoom-main", Line.CONNECTING)
        store.line_changed("kiwoom-main", Line.BROKEN, NotReachable("끊겼습니다."))
    store.token_changed("kiwoom-main", TokenState(issued_today=2))
    clock.advance(7)

    text = views_text(store, (PENSION, POSITIONS), clock.clock, tally, {"kiwoom-main": 5})

    _, pension, positions = text.split("\n\n")
    for words in (
        "[timeout] 제때 받지 못했습니다.",
        "2026-11-20 10:15:30 (7초 전)",
        "23초 뒤 재시도",
        "조회 성공 2회",
        "조회 실패 4회 (EGW00103 2, OPSQ2000 1, timeout 1)",
    ):
        assert words in pension
    for words in (
        "broken, 마지막 수신 7초 전",
        "버린 실시간 데이터 5건",
        "[network] 끊겼습니다.",
        "오늘 발급한 접근토큰 2개",
        "실시간 연결 끊김 2회 (network 2)",
        "조회 실패 0회",
    ):
        assert words in positions
    assert "1,234,567" not in text
    assert "실시간" not in pension


def test_the_words_of_a_broker_are_not_reported_but_its_code_is():
    store = PortfolioStore(FakeClock().clock)
    store.failed(PENSION, NeedsUser("잔고 1,234,567원", code="APBK9999"), None)

    text = views_text(store, (PENSION,), FakeClock().clock, Tally(store), {})

    assert "[APBK9999]" in text
    assert "1,234,567" not in text
    assert "아직 받은 데이터가 없습니다" in text


def test_settings_that_cannot_be_read_are_reported_as_such():
    assert settings_text(SettingsError("settings.toml:3: account")) == (
        "설정을 읽을 수 없습니다: settings.toml:3: account\n"
    )


# --- the file -----------------------------------------------------------------------------------------------


def unzipped(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist()}


@pytest.fixture
def desk(simulator: Simulated, tmp_path: Path) -> Desk:
    desk = Desk(simulator, tmp_path / "profile")
    desk.write_settings()
    simulator.show()
    return desk


def doctor(desk: Desk, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "app", "doctor", *arguments],
        cwd=ROOT,
        env=environment(desk.secrets) | {"MOA_PROFILE": str(desk.folder)},
        capture_output=True,
        timeout=120,
        check=False,
        text=True,
        encoding="utf-8",
    )


def test_the_examination_is_saved_with_what_a_developer_needs(desk: Desk, tmp_path: Path):
    (desk.folder / "logs").mkdir()
    (desk.folder / "logs" / "moa.log").write_text("new: GET /uapi?CANO=64738291 200\n", encoding="utf-8")
    (desk.folder / "logs" / "moa.log.1").write_text("old\n", encoding="utf-8")
    target = tmp_path / "진단.zip"

    done = doctor(desk, "--save", str(target))

    assert (done.returncode, done.stderr) == (0, "")
    files = unzipped(target)
    assert sorted(files) == sorted(
        [
            tr(README),
            "versions.txt",
            "settings.txt",
            "answers.txt",
            "examination.txt",
            "logs/moa.log",
            "logs/moa.log.1",
        ]
    )
    assert files["logs/moa.log"] == "new: GET /uapi?CANO=•••• 200\n"
    assert all(name in files["versions.txt"] for name in ("모아", "Python", "PySide6-Essentials", "운영체제"))
    assert "account: ••••29" in files["settings.txt"]
    assert "positions 새로 고침 간격" in files["settings.txt"]
    assert files["examination.txt"].replace("~", str(Path.home())) in done.stdout
    reported = json.loads(files["answers.txt"])
    for part in (
        "TTTC2202R",
        "CTSC8407R",
        "CTRP6548R",
        "kt00005",
        "au10001",
        "tokenP",
        "frame LOGIN",
        "frame REG",
    ):
        assert any(part in question for question in reported)
    for name in files:
        assert name in files[tr(README)] or name == tr(README) or name.startswith("logs/")


def test_no_file_of_it_reveals_what_is_held(desk: Desk, tmp_path: Path):
    target = tmp_path / "diagnosis.zip"
    views = desk.run().views

    doctor(desk, "--save", str(target))

    reported = "\n".join(unzipped(target).values())
    held: set[str] = set()
    for view in views.values():
        for row in view["rows"]:
            held |= {str(row.get("name")), str(row.get("code"))}
            held |= {value for value in row.values() if isinstance(value, str) and len(value) > 5}
        held |= {value for value in view["summary"].values() if isinstance(value, str) and len(value) > 5}
    held -= {"None", "general-20"}
    assert len(held) > 100
    assert [value for value in held if re.search(rf"(?<![0-9.]){re.escape(value)}(?![0-9])", reported)] == []
    secrets = {*desk.secrets.values(), *desk.simulator.tokens(), *filter(None, desk.accounts.values())}
    assert [secret for secret in secrets if secret in reported] == []


def test_settings_that_are_wrong_do_not_keep_the_diagnosis_from_being_saved(desk: Desk, tmp_path: Path):
    (desk.folder / "settings.toml").write_text("[[connections]]\ncolour = 1\n", encoding="utf-8")
    target = tmp_path / "diagnosis.zip"

    done = doctor(desk, "--save", str(target))

    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert "settings.toml:1" in line
    assert "설정을 읽을 수 없습니다: settings.toml:1" in unzipped(target)["settings.txt"]


def test_a_file_that_cannot_be_written_is_reported(desk: Desk, tmp_path: Path):
    done = doctor(desk, "--connection", IRP, "--save", str(tmp_path / "none" / "diagnosis.zip"))

    assert done.returncode == 1
    assert done.stderr == "moa: diagnosis.zip: 폴더가 없습니다.\n"


def test_a_file_is_written_whole_and_every_text_is_concealed(tmp_path: Path):
    target = tmp_path / "diagnosis.zip"
    target.write_bytes(b"old")

    save(target, {"a.txt": "64738291-29", "b.txt": "나"})

    assert unzipped(target) | {tr(README): ""} == {tr(README): "", "a.txt": "••••", "b.txt": "나"}
    assert [path.name for path in tmp_path.iterdir()] == ["diagnosis.zip"]


# --- from the window ----------------------------------------------------------------------------------------


def test_the_menu_of_the_window_saves_it_with_the_state_of_each_view(qapp, tmp_path: Path):
    target = tmp_path / "from the window.zip"

    def story(seen: Seen) -> Steps:
        yield lambda: seen.table is not None and seen.table.view.model().rowCount() > 0
        (status,) = seen.window.findChildren(StatusBar)
        # An ellipsis stands for what is still being read.
        yield lambda: all("…" not in each.accessibleName() for each in status.findChildren(QAbstractButton))
        for _ in range(2):
            (bar,) = seen.window.findChildren(TopBar)
            bar.open_settings()
            (menu,) = seen.visible(QMenu)
            next(each for each in menu.actions() if each.text() == "진단 저장…").trigger()
            menu.close()
            yield lambda: not seen.visible(QMenu)
        (dialog,) = seen.window.findChildren(QFileDialog)
        yield dialog.isVisible
        assert dialog.windowTitle() == "진단 저장"
        assert dialog.selectedFiles()[0].endswith(".zip")
        dialog.findChild(QLineEdit).setText(str(target))
        dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Save).click()
        yield lambda: any(target.name in each.text for each in seen.visible(Toast))  # type: ignore[attr-defined]

    run = play(story, profile=tmp_path / "profile", demo=True)

    assert (run.code, run.notes, run.tasks) == (0, [], [])
    files = unzipped(target)
    for view in ("[irp] pension", "[kis-main] bonds", "[kis-main] asset-mix", "[kiwoom-main] positions"):
        assert view in files["views.txt"]
    assert "조회 성공 1회" in files["views.txt"]
    assert "kiwoom-main" in files["settings.txt"]
    assert not any(name.startswith("logs/") for name in files)
