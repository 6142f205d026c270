"""What the program says of itself: version, licences, the folder of the profile."""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton, QWidget

from app import __version__
from app.domain import language
from app.domain.language import Language
from app.resources import _root, resource
from app.ui.window.sheets import BUILT_ON, AboutSheet, licence_texts, licences, packages, parts
from tests.ui.painted import words

PYPROJECT = Path(__file__).parents[3] / "pyproject.toml"


@pytest.fixture
def window(qtbot) -> QWidget:
    """What it lies over."""
    made = QWidget()
    qtbot.addWidget(made)
    return made


@pytest.fixture
def about(qtbot, theme, window) -> AboutSheet:
    """The sheet on the screen."""
    made = AboutSheet(theme, "/home/kim/<b>moa</b>", window)
    made.show()
    qtbot.waitExposed(made)
    return made


def button(sheet: AboutSheet, text: str) -> QPushButton:
    return next(each for each in sheet.findChildren(QPushButton) if each.text() == text)


def test_it_names_every_package_that_the_program_asks_for():
    asked = tomllib.loads(PYPROJECT.read_text("utf-8"))["project"]["dependencies"]
    assert {re.match(r"[\w.-]+", each)[0] for each in asked} == set(BUILT_ON)


def test_each_package_has_its_version_and_licence_and_those_that_it_needs_are_there_too():
    found = {each.name.lower(): each for each in packages()}

    assert {"pyside6-essentials", "shiboken6", "httpx", "httpcore", "numpy"} <= found.keys()
    assert "LGPL" in found["pyside6-essentials"].licence
    assert all(each.version and each.licence for each in found.values())
    assert "pytest" not in found


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The resources of a built program, with a list of what it carries."""
    folder = tmp_path / "resources"
    (folder / "licences").mkdir(parents=True)
    for each in resource().iterdir():
        if each.name != "licences":
            (folder / each.name).symlink_to(each)
    carried = [
        {"name": "httpx", "version": "9.8.7", "licence": "BSD", "texts": ["httpx-1a.txt", "httpx-2b.txt"]},
        {"name": "python", "version": "3.11.2", "licence": "PSF-2.0", "texts": ["python-3c.txt"]},
    ]
    (folder / "licences" / "index.json").write_text(json.dumps(carried), "utf-8")
    for name, text in (("httpx-1a", "Three clauses"), ("httpx-2b", "A notice"), ("python-3c", "A notice")):
        (folder / "licences" / f"{name}.txt").write_text(f"{text} of 모아\n", "utf-8")
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    _root.cache_clear()
    yield folder
    _root.cache_clear()


def test_a_built_program_lists_what_it_carries_and_where_the_licences_are(built: Path):
    said = licences().splitlines()

    assert "httpx 9.8.7 BSD" in said
    assert "python 3.11.2 PSF-2.0" in said
    assert str(built / "licences") in said
    assert not any(line.startswith("qasync") for line in said)


def test_it_says_the_version_and_where_the_profile_is(about):
    said = [each.text() for each in about.findChildren(QLabel)]

    assert f"모아 {__version__}" in said
    assert "프로필 폴더: /home/kim/<b>moa</b>" in said


def test_a_built_program_shows_each_licence_text_once_with_all_that_it_covers(built: Path):
    sections = re.split(r"^=+$", licence_texts(), flags=re.MULTILINE)

    assert [each.strip() for each in sections[1:]] == [
        "httpx 9.8.7",
        "Three clauses of 모아",
        "httpx 9.8.7, python 3.11.2",
        "A notice of 모아",
    ]


def test_the_source_shows_the_licence_texts_of_what_is_installed_of_qt_and_of_the_font(about):
    shown = about.findChild(QPlainTextEdit).toPlainText()

    lacking = [each.name for each in parts() if not each.texts or not all(map(Path.is_file, each.texts))]
    assert lacking == []
    assert licence_texts() in shown
    for part in (
        "GNU LESSER GENERAL PUBLIC LICENSE",
        "GNU GENERAL PUBLIC LICENSE",
        "You may replace them with versions of your own",
        "SIL OPEN FONT LICENSE",
        "Encode OSS Ltd",  # httpx
    ):
        assert part in shown


def test_all_of_it_can_be_copied(about):
    QApplication.clipboard().clear()

    button(about, "모두 복사").click()

    copied = QApplication.clipboard().text()
    for part in (__version__, "/home/kim/<b>moa</b>", "LGPL", "PySide6", "SIL Open Font License", "httpx"):
        assert part in copied


def test_its_button_asks_for_the_folder_where_there_is_one(qtbot, theme, about):
    with qtbot.waitSignal(about.folder_asked):
        button(about, "폴더 열기").click()

    without = AboutSheet(theme, "/nowhere", about, has_folder=False)
    assert not button(without, "폴더 열기").isEnabled()
    without.close()


def test_enter_presses_the_button_with_the_focus(qtbot, about):
    close = button(about, "닫기")
    close.setFocus()

    qtbot.keyClick(close, Qt.Key.Key_Return)

    assert not about.isVisible()


def test_it_follows_the_language(about):
    language.use(Language.ENGLISH)
    about.retranslate()

    assert about.windowTitle() == "About Moa"
    assert not any(map(language.has_hangul, words(about)))
