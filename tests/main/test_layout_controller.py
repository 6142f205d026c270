"""The whole program over two runs: window and tabs open as they were left; failures are reported."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QSplitter

from app.domain.clock import SYSTEM_CLOCK
from app.main.program import Program
from app.services.layout import FILE_NAME, Layout, Place, TabLayout, read_layout, written
from app.simulator.options import Options
from app.simulator.process import SimulatorProcess
from app.ui.controls.strips import Notice
from app.ui.theme import Mode, Theme
from app.ui.window.toasts import Toast
from tests.fakes import WorkingKeychain
from tests.main.commands.written_settings import settings_of
from tests.main.driven import Seen, Steps, play

HIDDEN = {"종합과세", "분리과세"}


@pytest.fixture
def profile(tmp_path: Path) -> Iterator[Path]:
    """A profile with a user's accounts, at a broker that runs; the keys are in the keychain."""
    before, made = keyring.get_keyring(), WorkingKeychain()
    keyring.set_keyring(made)
    broker = SimulatorProcess(Options(token_pause=0))
    broker.start()
    (tmp_path / "settings.toml").write_text(settings_of(broker, made), "utf-8")
    yield tmp_path
    broker.stop()
    keyring.set_keyring(before)


def is_filled(seen: Seen, count: int) -> bool:
    """Whether the table in front has so many rows, groups left out."""
    return seen.table is not None and len(seen.table.model.arrangement.rows()) == count


def titles(seen: Seen) -> list[str]:
    """The titles of the table in front, from left to right."""
    assert seen.table is not None
    header = seen.table.view.horizontalHeader()
    logical = [header.logicalIndex(place) for place in range(header.count())]
    shown = [at for at in logical if not header.isSectionHidden(at)]
    return [header.model().headerData(at, Qt.Orientation.Horizontal) for at in shown]


def field(seen: Seen, name: str) -> int:
    assert seen.table is not None
    return [column.field for column in seen.table.model.columns].index(name)


def splitter(seen: Seen) -> QSplitter:
    (found,) = seen.visible(QSplitter)
    assert isinstance(found, QSplitter)
    return found


def test_a_second_run_opens_as_the_first_was_left(qapp, profile: Path):
    left: dict[str, object] = {}

    def arrange(seen: Seen) -> Steps:
        seen.choose("bonds")
        yield lambda: is_filled(seen, 25)
        assert seen.table is not None
        seen.window.setGeometry(20, 40, 1300, 760)
        yield lambda: seen.window.width() == 1300
        for name in ("comprehensive_tax_quantity", "separate_tax_quantity"):
            seen.table.columns.show_column(field(seen, name), False)
        header = seen.table.view.horizontalHeader()
        header.moveSection(header.visualIndex(field(seen, "purchase_amount")), 1)
        header.resizeSection(field(seen, "quantity"), 133)
        seen.click_title("만기일")
        splitter(seen).moveSplitter(700, 1)
        left.update(titles=titles(seen), rows=list(seen.column("만기일")), sizes=splitter(seen).sizes())
        yield (profile / FILE_NAME).exists  # a moment later, and not only at the end
        seen.window.resize(1280, 760)
        yield lambda: seen.window.width() == 1280
        assert splitter(seen).sizes()[1] == left["sizes"][1]  # type: ignore[index]

    assert play(arrange, profile=profile, demo=False).notes == []

    def look(seen: Seen) -> Steps:
        assert seen.presenter.view_ids()[0] != ("kis-bonds", "bonds")
        assert seen.window.geometry() == QRect(20, 40, 1280, 760)
        yield lambda: is_filled(seen, 25)
        assert titles(seen) == left["titles"]
        assert titles(seen)[:2] == ["종목 / 매수일", "매수금액"]
        assert HIDDEN.isdisjoint(titles(seen))
        assert list(seen.column("만기일")) == left["rows"]
        assert seen.table is not None
        assert seen.table.view.columnWidth(field(seen, "quantity")) == 133
        yield lambda: splitter(seen).sizes()[1] == left["sizes"][1]  # type: ignore[index]

    before = (profile / FILE_NAME).read_bytes()
    run = play(look, profile=profile, demo=False)

    assert (run.code, run.notes, run.tasks) == (0, [], [])
    assert read_layout(profile, SYSTEM_CLOCK.now())[0].tab == ("kis-bonds", "bonds")
    assert (profile / FILE_NAME).read_bytes() == before  # nobody arranged anything


def test_a_damaged_file_is_reported_and_the_backup_is_used(qapp, profile: Path):
    tab = TabLayout(shown=("name", "value"))
    layout = Layout(window=Place(30, 50, 1100, 720), tabs={"pension": tab})
    (profile / FILE_NAME).write_bytes(b"\0" * 300)
    (profile / f"{FILE_NAME}.bak").write_bytes(written(layout))

    def look(seen: Seen) -> Steps:
        assert seen.window.geometry() == QRect(30, 50, 1100, 720)
        (notice,) = seen.visible(Notice)
        assert "손상" in notice.text  # type: ignore[attr-defined]
        seen.choose("pension")
        yield lambda: is_filled(seen, 9)
        assert titles(seen) == ["종목", "평가금액"]

    play(look, profile=profile, demo=False)

    assert [each.name for each in profile.glob("*.corrupt-*")] != []
    assert json.loads((profile / FILE_NAME).read_text("utf-8"))["window"] == [30, 50, 1100, 720]


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no such permissions there")
@pytest.mark.allowed_log("layout could not be saved")
def test_what_cannot_be_saved_is_reported_and_does_not_hold_the_program(qapp, profile: Path):
    def arrange(seen: Seen) -> Steps:
        (profile / FILE_NAME).mkdir()  # nothing can be put in its place
        seen.choose("bonds")
        yield lambda: any("화면 배치" in each.text for each in seen.visible(Toast))  # type: ignore[attr-defined]

    run = play(arrange, profile=profile, demo=False)

    assert run.code == 0
    assert [each for each in run.notes if "layout" not in each] == []


@pytest.mark.parametrize("demo", [True, False])
def test_pictures_and_the_demo_take_nothing_from_the_profile(qapp, tmp_path: Path, demo):
    (tmp_path / FILE_NAME).write_bytes(written(Layout(window=Place(30, 50, 1100, 720))))

    program = Program(tmp_path, Theme(Mode.LIGHT), demo=demo, keeps_history=demo)
    program.window.layout_state.keep_front("other", "bonds")

    assert program.window.layout_state.layout.window is None
    assert program.window.width() == 1280
    program.window.close()
    program.window.deleteLater()
    assert sorted(each.name for each in tmp_path.iterdir()) == [FILE_NAME]
