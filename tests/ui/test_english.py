"""The window in English: no Korean is left but what the brokers send, and everything comes back in Korean."""

import errno
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTableView, QToolButton, QWidget

from app.brokers import network
from app.brokers.kis.codes import refusal
from app.brokers.kiwoom.codes import kicked
from app.brokers.parse import number
from app.brokers.registry import BROKERS
from app.domain.connections import View
from app.domain.errors import AppError, NotReachable, SettingsError, program_fault
from app.domain.language import Language, has_hangul, use
from app.main.feed import clock_warning
from app.services.files import why
from app.services.settings import parse_settings
from app.ui.dialogs.connection import ConnectionDialog
from app.ui.dialogs.settings.dialog import TransferBar
from app.ui.tabs import OVERVIEW_TAB, TabId, view_titles
from tests.ui.answers import ALL, ASSET_MIX, PENSION, POSITIONS, Answers
from tests.ui.opened import Opened
from tests.ui.painted import words
from tests.ui.said import said

NAMES_OF_CLASSES = "category"  # the brokers' too, but investors' words in both languages


@pytest.fixture(autouse=True)
def _korean_again() -> Iterator[None]:
    yield
    use(Language.KOREAN)


@pytest.fixture
def english(qtbot, theme, clock, answers) -> Opened:
    """The window in English, full."""
    use(Language.ENGLISH)
    made = Opened(qtbot, theme, clock, answers)
    made.open(width=1024, height=700)
    made.load(*ALL)
    return made


def sent(value: object, name: str = "") -> Iterator[str]:
    """Every text in a report."""
    if isinstance(value, str):
        if name != NAMES_OF_CLASSES:
            yield value
    elif is_dataclass(value):
        for field in fields(value):
            yield from sent(getattr(value, field.name), field.name)
    elif isinstance(value, (tuple, list)):
        for each in value:
            yield from sent(each, name)


def brokers_words(answers: Answers) -> list[str]:
    """What the brokers and the user's own settings call things, the longest first."""
    found = {each.label for each in answers.connections}
    for report in answers.reports.values():
        found.update(sent(report))
    return sorted((each for each in found if has_hangul(each)), key=len, reverse=True)


def all_said(window: QWidget) -> Iterator[str]:
    """Every text that the window's widgets hold, their menus' and their tables' headings."""
    yield from said(window)
    for button in window.findChildren(QToolButton):
        if button.menu() is not None:
            yield from (action.text() for action in button.menu().actions())
    for table in window.findChildren(QTableView):
        model = table.model()
        for at in range(model.columnCount()):
            for role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
                yield str(model.headerData(at, Qt.Orientation.Horizontal, role) or "")


def as_read(text: str) -> str:
    """A text without the invisible characters that keep a tip from being markup."""
    return text.replace("\u2060", "")


def korean_left(texts: Iterator[str], known: list[str]) -> set[str]:
    """The texts that hold Korean beside the known words."""
    left: set[str] = set()
    for text in map(as_read, texts):
        rest = text
        for word in known if has_hangul(text) else ():
            rest = rest.replace(word, "")
        if has_hangul(rest):
            left.add(text)
    return left


@pytest.mark.parametrize("view_id", [*ALL, OVERVIEW_TAB], ids=lambda each: str(each[1]))
def test_no_korean_is_left_but_what_the_broker_sends(english: Opened, answers: Answers, view_id: TabId):
    english.choose(view_id)
    english.window.build_charts()
    english.settle()

    assert korean_left(all_said(english.window), brokers_words(answers)) == set()
    headings = [
        english.model.headerData(at, Qt.Orientation.Horizontal) for at in range(english.model.columnCount())
    ]
    assert not any(map(has_hangul, headings))
    # Cut names end in an ellipsis: what is painted need only be a part of what the broker sends.
    known = "\n".join(brokers_words(answers))
    painted = re.findall("[가-힣]+", " ".join(words(english.window)))
    assert painted
    assert [each for each in painted if each not in known] == []


def test_classes_of_assets_have_english_names(english: Opened):
    english.choose(ASSET_MIX)

    names = [english.model.data(english.model.index(row, 0)) for row in range(english.model.rowCount())]
    assert {"Stocks", "Funds/MMW", "Bonds", "Gold"} <= set(names)
    assert not any(map(has_hangul, names))


def test_a_window_without_answers_and_with_failures_speaks_english(qtbot, theme, clock, answers):
    use(Language.ENGLISH)
    made = Opened(qtbot, theme, clock, answers)
    made.open(width=1024, height=700)
    labels = [each.label for each in answers.connections]
    assert korean_left(all_said(made.window), labels) == set()

    made.fail(PENSION, NotReachable("no answer"), retry_in=5)
    made.load(POSITIONS)
    made.fail(POSITIONS, NotReachable("no answer"), retry_in=5)
    for view_id in (PENSION, POSITIONS):
        made.choose(view_id)
        assert korean_left(all_said(made.window), brokers_words(answers)) == set()


def test_the_welcome_and_a_settings_error_speak_english(qtbot, theme, clock, answers):
    use(Language.ENGLISH)
    made = Opened(qtbot, theme, clock, answers)

    made.presenter.show_welcome()
    assert korean_left(all_said(made.window), []) == set()
    made.presenter.show_settings_error(SettingsError("settings.toml:3: it is wrong"))
    assert korean_left(all_said(made.window), []) == set()


def test_the_connection_dialog_speaks_english(qtbot, theme):
    use(Language.ENGLISH)
    dialog = ConnectionDialog(theme, BROKERS, view_titles(), tag="a")
    qtbot.addWidget(dialog)

    assert korean_left(all_said(dialog), []) == set()
    dialog.show_checking()
    assert korean_left(all_said(dialog), []) == set()
    dialog.show_failure([], View.PENSION, NotReachable("no answer"))
    assert korean_left(all_said(dialog), []) == set()
    dialog.ask_removal()
    assert korean_left(all_said(dialog), []) == set()


def test_all_of_it_changes_while_it_is_open_and_comes_back(qtbot, theme, clock, answers):
    made = Opened(qtbot, theme, clock, answers)
    made.open()
    made.load(*ALL)
    made.presenter.show_again()  # with the page in front alone
    made.window.build_charts()
    made.settle()
    before = set(all_said(made.window))

    use(Language.ENGLISH)
    made.presenter.show_again()
    made.window.build_charts()
    made.settle()
    assert korean_left(all_said(made.window), brokers_words(answers)) == set()

    use(Language.KOREAN)
    made.presenter.show_again()
    made.window.build_charts()
    made.settle()
    assert set(all_said(made.window)) == before


def raised(work: Callable[[], object]) -> AppError:
    """The error that some work ends with."""
    with pytest.raises(AppError) as caught:
        work()
    return caught.value


def certificate(code: int) -> ssl.SSLError:
    """A server's certificate was refused, for OpenSSL's reason."""
    error = ssl.SSLCertVerificationError()
    error.verify_code = code
    return error


PROXY = network.Proxy("http://user:word@proxy.example:8080", "HTTPS_PROXY")

ERRORS: dict[str, Callable[[], AppError]] = {
    "no way": lambda: network.unreachable(OSError()),
    "no way through a proxy": lambda: network.unreachable(OSError(), proxy=PROXY),
    "no encryption": lambda: network.unreachable(ssl.SSLError()),
    "an old certificate": lambda: network.unreachable(certificate(10)),
    "an issuer": lambda: network.unreachable(certificate(18), proxy=PROXY),
    "a proxy": lambda: network.refused_by(PROXY, 407),
    "a field": lambda: raised(lambda: number("a", "pchs_amt")),
    "a code with the broker's words": lambda: refusal("EGW00133", "증권사의 말"),
    "a code without words": lambda: refusal("EGW00133", None),
    "a code that is not known": lambda: refusal("XYZ", None),
    "another program": lambda: kicked(None),
    "a defect": program_fault,
}


@pytest.mark.parametrize("error_of", ERRORS.values(), ids=ERRORS)
def test_an_error_and_a_notice_change_wholly_with_the_language_and_back(
    qtbot, theme, clock, answers, error_of: Callable[[], AppError]
):
    made = Opened(qtbot, theme, clock, answers)
    made.open()
    made.load(POSITIONS)
    error = error_of()
    for view_id in (PENSION, POSITIONS):  # a card where nothing was read yet, a strip above what was
        made.fail(view_id, error, retry_in=5)
    made.window.show_notice(clock_warning(timedelta(hours=2)))
    for view_id in (PENSION, POSITIONS):
        made.choose(view_id)
        made.presenter.show_again()  # with the page in front alone
        made.settle()
        before = set(all_said(made.window))
        assert any(map(has_hangul, before))

        use(Language.ENGLISH)
        made.presenter.show_again()
        made.settle()
        known = [*brokers_words(answers), "증권사의 말"]
        assert korean_left(all_said(made.window), known) == set()

        use(Language.KOREAN)
        made.presenter.show_again()
        made.settle()
        assert set(all_said(made.window)) == before


@pytest.mark.parametrize("text", ["[[connections]\n", "[look]\nlanguage = 3\n", "[unknown]\n"])
def test_a_settings_error_changes_wholly_with_the_language(qtbot, theme, clock, answers, text: str):
    made = Opened(qtbot, theme, clock, answers)
    made.presenter.show_settings_error(raised(lambda: parse_settings(text, "settings.toml", BROKERS)))  # pyright: ignore[reportArgumentType]

    use(Language.ENGLISH)
    made.presenter.show_again()
    made.settle()
    assert korean_left(all_said(made.window), []) == set()


def test_how_an_import_went_changes_with_the_language(qtbot, theme):
    bar = TransferBar(theme)
    qtbot.addWidget(bar)
    bar.say(why(OSError(errno.ENOSPC, "-")), is_bad=True)
    assert has_hangul(bar.said)

    use(Language.ENGLISH)
    bar.retranslate()
    assert korean_left(all_said(bar), []) == set()
