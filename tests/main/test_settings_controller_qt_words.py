"""Qt's own words follow the language in use."""

import gc
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QLibraryInfo, Qt, QTranslator
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QPushButton, QToolButton, QTreeView
from pytestqt.qtbot import QtBot

from app.domain.language import Language, has_hangul, use
from app.main.settings_controller import QtWords


@pytest.fixture
def words(qapp: QCoreApplication) -> Iterator[QtWords]:
    for each in gc.get_objects():  # of a window that another test left to the collector
        if isinstance(each, QTranslator):
            qapp.removeTranslator(each)
    made = QtWords()
    yield made
    made.end()
    use(Language.KOREAN)


def menu_of(entry: QLineEdit) -> str:
    """The words in an entry's own menu."""
    menu = entry.createStandardContextMenu()
    reported = " ".join(action.text() for action in menu.actions())
    menu.deleteLater()
    return reported


def test_qt_speaks_the_language_in_use_and_its_own_afterwards(words: QtWords, qtbot: QtBot):
    entry = QLineEdit()
    qtbot.addWidget(entry)
    assert "붙여넣기" in menu_of(entry)

    use(Language.ENGLISH)
    words.follow()
    assert "Paste" in menu_of(entry)

    use(Language.KOREAN)
    words.follow()
    assert "붙여넣기" in menu_of(entry)

    words.end()
    assert "Paste" in menu_of(entry)


def test_the_file_dialog_is_wholly_korean(words: QtWords, qtbot: QtBot, tmp_path):
    (tmp_path / "folder").mkdir()
    dialog = QFileDialog(None, "보고서 저장", str(tmp_path), "모두 (*)")
    qtbot.addWidget(dialog)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setViewMode(QFileDialog.ViewMode.Detail)
    dialog.show()
    rows = dialog.findChild(QTreeView)
    qtbot.waitUntil(lambda: rows.model().rowCount(rows.rootIndex()) == 1)

    texts = [*dialog.findChildren(QLabel), *dialog.findChildren(QPushButton)]
    said = [each.text() for each in texts if each.text()]
    said += [each.toolTip() for each in dialog.findChildren(QToolButton) if each.toolTip()]
    said += [rows.model().headerData(at, Qt.Orientation.Horizontal) for at in range(4)]
    said.append(rows.model().index(0, 2, rows.rootIndex()).data())
    assert [each for each in said if not has_hangul(each)] == []


def test_the_frozen_program_takes_qts_korean_words_along():
    from pathlib import Path

    spec = (Path(__file__).parents[2] / "packaging" / "moa.spec").read_text("utf-8")
    folder = Path(QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))

    assert '"qtbase_ko.qm"' in spec
    assert (folder / "qtbase_ko.qm").exists()
