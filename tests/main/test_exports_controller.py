"""The report from the window: requested, written atomically, and confirmed in words."""

import asyncio
import errno
import io
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pypdf import PdfReader
from PySide6.QtCore import QEvent, QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QToolButton
from pytestqt.qtbot import QtBot

from app.domain.language import Language, use
from app.domain.net_worth import current_values, net_worth
from app.main.exports_controller import ExportsController
from app.main.feed_controller import FeedController
from app.main.workspace import Workspace
from app.services.layout import TabLayout
from app.services.settings import Settings
from app.ui.format import SHOWN
from app.ui.tabs.overview import gathered
from app.ui.theme import Mode, Theme
from app.ui.window.toasts import Toast
from app.ui.window.top_bar import TopBar
from tests.fakes import FakeClock, position, positions_report, tick
from tests.services.sheets import SHEET
from tests.ui.answers import ALL, POSITIONS, Answers
from tests.ui.opened import Opened

LONGEST_STEP = 0.25  # seconds; a step takes a few milliseconds, but other programs may be at work too


@pytest.fixture(scope="module")
def theme(qapp: QApplication) -> Theme:
    """The light theme, in force for the application."""
    made = Theme(Mode.LIGHT)
    made.install(qapp)
    return made


class Desk:
    """A window with all answers and its report."""

    def __init__(self, opened: Opened, theme: Theme, answers: Answers) -> None:
        self.opened = opened
        self.window = opened.window
        self.store = opened.store
        self.workspace = Workspace(Path("nowhere"), opened.clock.clock, demo=True)
        self.workspace.store = opened.store
        self.workspace.settings = Settings(answers.connections)
        feed = FeedController(self.workspace, opened.window, opened.presenter)
        self.exports = ExportsController(self.workspace, opened.window, opened.presenter, feed)

    @property
    def notices(self) -> list[str]:
        """The texts of the window's messages."""
        return [each.text for each in self.window.findChildren(Toast)]

    @property
    def dialogs(self) -> list[QFileDialog]:
        """The dialogs that are open."""
        return [each for each in self.window.findChildren(QFileDialog) if each.isVisible()]

    def save(self, path: Path) -> None:
        """Save the report there."""
        asyncio.run(self.exports.save_report(path))


@pytest.fixture
def desk(qtbot: QtBot, theme: Theme, answers: Answers) -> Iterator[Desk]:
    """The window, full, showing amounts once more at the end."""
    opened = Opened(qtbot, theme, FakeClock(), answers)
    opened.open()
    opened.load(*ALL)
    yield Desk(opened, theme, answers)


def report_text(path: Path) -> str:
    """All texts of a report."""
    pages = PdfReader(io.BytesIO(path.read_bytes())).pages
    return "\n".join(page.extract_text() for page in pages)


def test_the_menu_asks_for_it(desk: Desk):
    bar = desk.window.findChild(TopBar)
    assert bar is not None
    bar.open_settings()
    (menu,) = [each for each in bar.findChildren(QMenu) if each.isVisible()]

    next(each for each in menu.actions() if each.text() == "보고서 저장…").trigger()
    menu.close()

    assert len(desk.dialogs) == 1


def test_it_asks_once_and_saves_what_all_tabs_show(desk: Desk, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(QFileDialog, "exec", None)  # it would lose other tasks
    path = tmp_path / "보고서.pdf"

    desk.exports.ask_report()
    desk.exports.ask_report()
    (dialog,) = desk.dialogs
    assert dialog.defaultSuffix() == "pdf"

    async def choose() -> None:
        dialog.fileSelected.emit(str(path))
        dialog.reject()
        await desk.workspace.finish()

    asyncio.run(choose())

    text = report_text(path)
    for title in ("연금", "채권", "자산비중", "실시간 잔고"):
        assert title in text.splitlines()
    for source in ("TTTC2202R", "CTSC8407R", "CTRP6548R", "kt00005"):
        assert source in text
    assert "한국투자증권" in text
    assert "키움증권" in text
    assert desk.notices == ["보고서를 보고서.pdf에 저장했습니다."]
    assert list(tmp_path.iterdir()) == [path]
    desk.exports.ask_report()
    assert len(desk.dialogs) == 1


@pytest.mark.parametrize(
    ("spoken", "report", "diagnosis"),
    [(Language.KOREAN, "모아 보고서", "모아 진단"), (Language.ENGLISH, "Moa report", "Moa diagnosis")],
)
def test_a_file_is_offered_a_name_in_the_language_in_use(
    desk: Desk, spoken: Language, report: str, diagnosis: str
):
    use(spoken)
    desk.exports.ask_report()
    desk.exports.ask_diagnosis()

    names = [Path(each.selectedFiles()[0]).name for each in desk.dialogs]
    assert sorted(names) == sorted([f"{report}-20261120-1015.pdf", f"{diagnosis}-20261120-1015.zip"])


def test_what_was_saved_can_be_opened_or_the_folder_that_it_is_in(desk: Desk, tmp_path: Path):
    asked: list[str] = []

    class System(QObject):
        @Slot(QUrl)
        def take(self, url: QUrl) -> None:
            asked.append(url.toLocalFile())

    system = System()
    QDesktopServices.setUrlHandler("file", system, "take")
    for words, opened in (("열기", tmp_path / "a.pdf"), ("폴더 열기", tmp_path)):
        desk.save(tmp_path / "a.pdf")
        (toast,) = [each for each in desk.window.findChildren(Toast) if each.text.startswith("보고서를")]
        next(each for each in toast.findChildren(QToolButton) if each.text() == words).click()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert asked.pop() == str(opened)
    QDesktopServices.unsetUrlHandler("file")
    assert desk.notices == []


def test_a_saved_picture_and_a_saved_table_are_reported_too(desk: Desk, tmp_path: Path):
    state = desk.window.layout_state
    state.exported.emit(tmp_path / "비중.png")

    async def save() -> None:
        state.export_asked.emit(SHEET, str(tmp_path / "표.csv"))
        await desk.workspace.finish()

    asyncio.run(save())

    assert desk.notices == ["이미지를 비중.png에 저장했습니다.", "표를 표.csv에 저장했습니다."]
    assert (tmp_path / "표.csv").exists()


def test_the_figures_are_those_that_trades_have_moved(desk: Desk, tmp_path: Path):
    (first, *_) = desk.store.positions(POSITIONS[0])
    desk.store.heard(POSITIONS[0], [tick(first.code, price=1_234_567)])

    desk.save(tmp_path / "a.pdf")

    assert "1,234,567" in report_text(tmp_path / "a.pdf")
    assert first.key in desk.store.moved_positions(POSITIONS[0])  # still there for the window to take


@pytest.mark.expected_log("an export could not be saved")
def test_a_full_disk_is_reported_and_leaves_the_file_of_before(desk: Desk, tmp_path: Path, monkeypatch):
    path = tmp_path / "a.pdf"
    path.write_bytes(b"before")

    def full(_handle: int, _content: object) -> int:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "write", full)
    desk.save(path)
    monkeypatch.undo()

    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
    (notice,) = desk.notices
    assert notice.startswith("보고서를 저장하지 못했습니다:")
    assert "여유 공간" in notice


@pytest.mark.expected_log("an export could not be saved")
def test_a_folder_that_refuses_is_reported_and_nothing_is_left(desk: Desk, tmp_path: Path, monkeypatch):
    def refused(*_args: object, **_named: object) -> tuple[int, str]:
        raise PermissionError(errno.EACCES, "refused")

    monkeypatch.setattr("tempfile.mkstemp", refused)
    desk.save(tmp_path / "a.pdf")

    assert list(tmp_path.iterdir()) == []
    assert desk.notices == ["보고서를 저장하지 못했습니다: 파일이나 폴더에 쓸 권한이 없습니다."]


@pytest.mark.expected_log("an export could not be saved")
def test_a_folder_that_is_gone_is_reported(desk: Desk, tmp_path: Path):
    desk.save(tmp_path / "gone" / "a.pdf")

    assert desk.notices == ["보고서를 저장하지 못했습니다: 폴더가 없습니다."]


def test_without_a_connection_there_is_nothing_to_ask(desk: Desk):
    desk.opened.presenter.show_welcome()

    desk.exports.ask_report()

    assert desk.dialogs == []
    assert desk.notices == ["보고서에 담을 내용이 없습니다. 먼저 연결을 추가하세요."]


def test_amounts_that_are_masked_on_the_way_are_in_no_page(desk: Desk, tmp_path: Path):
    path = tmp_path / "a.pdf"
    amounts = [SHOWN.amount(each.value) for each in desk.store.positions(POSITIONS[0])]

    async def save() -> None:
        saving = asyncio.create_task(desk.exports.save_report(path))
        for _ in range(12):
            await asyncio.sleep(0)
        assert not saving.done()
        desk.workspace.hide_amounts(True)
        await saving

    asyncio.run(save())

    text = report_text(path)
    assert "금액 가리기를 켠 상태에서 만든 보고서" in text
    assert [amount for amount in amounts if amount in text] == []


def test_the_history_is_that_of_the_window_with_the_values_of_now(desk: Desk, tmp_path: Path):
    opened, path = desk.opened, tmp_path / "a.pdf"
    whole = gathered(desk.store, desk.workspace.connections, takes_moved=False)
    today = opened.clock.clock.now().date()
    past = [
        replace(each, day=today - timedelta(days=ago), value=each.value - 1_234_000 * ago)
        for ago in range(60, -1, -1)
        for each in current_values(whole, today)
        if each.value is not None
    ]
    outdated = [replace(each, value=Decimal(1)) if each.day == today else each for each in past]
    opened.presenter.overview.show_worth(net_worth(desk.workspace.connections, outdated))
    chosen = TabLayout(choices={"history": "month", "view": "change"})
    desk.window.layout_state.keep_tab("overview", chosen)

    desk.save(path)

    found = report_text(path).splitlines()
    first = f"{today - timedelta(days=31)} – {today} (31일)"
    assert first in [" ".join(each.split()) for each in found]
    assert f"{SHOWN.amount(whole.value)}원" in found


def test_the_window_never_waits_long_for_a_large_account(desk: Desk, tmp_path: Path):
    desk.save(tmp_path / "a.pdf")  # loads the charts, which the window has done by then
    rows = [position(f"{at:06}", name=f"종목{at:04}") for at in range(500)]
    desk.store.loaded(POSITIONS, positions_report(*rows), desk.opened.clock.monotonic_time)
    turns: list[float] = []

    async def save() -> None:
        saving = asyncio.create_task(desk.exports.save_report(tmp_path / "b.pdf"))
        while not saving.done():
            before = time.perf_counter()
            await asyncio.sleep(0)
            turns.append(time.perf_counter() - before)

    asyncio.run(save())

    assert len(turns) > 100
    assert max(turns) < LONGEST_STEP
    assert "종목0499" in report_text(tmp_path / "b.pdf")
