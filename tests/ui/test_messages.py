"""Errors in the user's words: each kind has a heading of its own."""

import ast
import errno
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import keyring.errors
import pytest

import app
from app.brokers.kis import codes as kis
from app.brokers.kiwoom import codes as kiwoom
from app.brokers.network import unreachable
from app.domain import errors
from app.domain.clock import KST
from app.domain.errors import AppError, BrokerRefused
from app.domain.live import FilledOrder, Side
from app.services.files import why
from app.services.history_file import _reason
from app.services.secrets import _refusal
from app.ui.format import HIDDEN, SHOWN
from app.ui.messages import fill_text, message_for


def kinds(of: type[AppError]) -> Iterator[type[AppError]]:
    """Every kind of error below one."""
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


KINDS = sorted(
    {kind for kind in kinds(AppError) if kind.__module__.startswith("app.")}, key=lambda kind: kind.__name__
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_happened_and_what_to_do_are_shown_as_they_are(kind):
    message = message_for(kind("무슨 일", action="할 일"))

    assert (message.text, message.action) == ("무슨 일", "할 일")
    assert message.title.endswith(("다", "다."))


def test_no_two_kinds_share_a_heading():
    headed = [kind for kind in KINDS if kind is not BrokerRefused]  # which has none of its own
    titles = [message_for(kind("x")).title for kind in (AppError, *headed)]

    assert len(KINDS) >= 11
    assert len(set(titles)) == len(titles)


def test_the_words_of_a_known_code_come_before_those_of_the_broker():
    message = message_for(kis.refusal("OPSQ2000", "ERROR : INPUT INVALID_CHECK_ACNO"))

    assert message.text == "이 앱키의 계좌가 아닙니다."
    assert len(message.steps) == 3
    assert message.advice.splitlines()[0].startswith("1. 계좌번호 앞 8자리")
    assert message.small == "증권사 메시지: ERROR : INPUT INVALID_CHECK_ACNO"


def test_a_broker_that_explains_an_unknown_code_in_korean_is_quoted():
    message = message_for(kis.refusal("APZZ9999", "휴면 계좌입니다."))

    assert (message.text, message.small) == ("휴면 계좌입니다.", "")


def test_an_unknown_code_with_a_note_among_programmers_is_small_print():
    message = message_for(kis.refusal("APZZ9999", "ERROR : NO_ROUTE"))

    assert message.text == "증권사가 조회를 거절했습니다."
    assert message.small == "증권사 메시지: ERROR : NO_ROUTE"


NOTE = "ERROR : INPUT INVALID_CHECK"


@pytest.mark.parametrize(
    "refusals",
    [
        [kis.refusal(code, NOTE) for code in kis.CODES],
        [kiwoom.refusal(code, NOTE) for code in kiwoom.MEANINGS],
    ],
    ids=["kis", "kiwoom"],
)
def test_no_known_code_is_explained_by_a_note_among_programmers(refusals: list[BrokerRefused]):
    messages = [message_for(each) for each in refusals]

    assert [each for each in messages if NOTE in each.text + each.advice] == []
    assert all(NOTE in each.small for each in messages)


# What the system calls a failure

RAW = re.compile(r"[A-Za-z]+(?:Error|Exception|Warning)\b|\bE[A-Z]{3,}\b|SQLITE|\[Errno|No such file")
FAILURES = (
    ConnectionRefusedError(errno.ECONNREFUSED, "refused"),
    ConnectionResetError(errno.ECONNRESET, "reset"),
    OSError(errno.EHOSTUNREACH, "no route"),
    RuntimeError("defect"),
)


def sqlite_errors() -> Iterator[sqlite3.Error]:
    for name in ("SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_BUSY", "SQLITE_IOERR_READ", "SQLITE_TOOBIG"):
        error = sqlite3.OperationalError("raw")
        error.sqlite_errorname = name
        yield error
    yield sqlite3.ProgrammingError("raw")


def test_no_text_for_the_window_holds_what_the_system_calls_a_failure():
    said = [str(why(OSError(number, "raw"))) for number in errno.errorcode]
    said += [str(_reason(error)) for error in sqlite_errors()]
    said += [message for error in FAILURES for message in texts_of(unreachable(error))]
    for kind in (keyring.errors.KeyringError, keyring.errors.InitError, PermissionError, RuntimeError):
        said += texts_of(_refusal(kind("raw")))

    assert [text for text in said if RAW.search(text) or re.search(r"\braw\b", text)] == []


def texts_of(error: AppError) -> list[str]:
    message = message_for(error)
    return [message.title, message.text, message.advice, message.small]


# Where a name may go into a text: the diagnosis, the self-test, and the simulator's own terminal.
OF_THE_DIAGNOSIS = ("main/commands/", "services/diagnostics.py", "simulator/")
NAMES = {"__name__", "__qualname__", "errorcode", "strerror", "sqlite_errorname"}
TEXTS = {name for name, kind in vars(errors).items() if isinstance(kind, type)} | {
    "tr", "tr_count", "tr_lazy", "joined", "show_notice",
}  # fmt: skip


def names_in(node: ast.AST, tainted: set[str]) -> bool:
    return any(
        (isinstance(each, ast.Attribute) and each.attr in NAMES)
        or (isinstance(each, ast.Constant) and each.value in NAMES)
        or (isinstance(each, ast.Name) and each.id in tainted)
        for each in ast.walk(node)
    )


def leaks(tree: ast.AST) -> Iterator[int]:
    """The lines where what the system calls a failure becomes part of a text, also by a variable."""
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        tainted: set[str] = set()
        for each in ast.walk(function):
            if isinstance(each, ast.Assign) and names_in(each.value, tainted):
                tainted |= {target.id for target in each.targets if isinstance(target, ast.Name)}
        for call in ast.walk(function):
            if not isinstance(call, ast.Call):
                continue
            called = getattr(call.func, "attr", getattr(call.func, "id", ""))
            parts = [*call.args, *(each.value for each in call.keywords)]
            if called in TEXTS and any(names_in(part, tainted) for part in parts):
                yield call.lineno


def test_no_name_of_an_exception_becomes_part_of_a_text():
    root = Path(app.__file__).parent
    found = [
        f"{path.relative_to(root).as_posix()}:{line}"
        for path in sorted(root.rglob("*.py"))
        if not path.relative_to(root).as_posix().startswith(OF_THE_DIAGNOSIS)
        for line in leaks(ast.parse(path.read_text("utf-8")))
    ]

    assert found == []


BOUGHT = FilledOrder(
    "kiwoom",
    1,
    datetime(2026, 11, 20, 10, 15, 32, tzinfo=KST),
    ("105560", "00", ""),
    "105560",
    "KB금융",
    side=Side.BUY,
    change=Decimal(7),
    price=Decimal(125_400),
    held=Decimal(106),
)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "KB금융 매수 7주 · 125,400원 · 보유 106주 · 10:15:32"),
        ({"price": None}, "KB금융 매수 7주 · 보유 106주 · 10:15:32"),
        (
            {"side": Side.SELL, "change": Decimal(-7)},
            "KB금융 매도 7주 · 125,400원 · 보유 106주 · 10:15:32",
        ),
        (
            {"side": Side.SELL, "change": Decimal(-7), "held": Decimal(0)},
            "KB금융 매도 7주 · 125,400원 · 전량 매도 · 10:15:32",
        ),
        ({"side": None, "price": None}, "KB금융 수량 +7 · 보유 106주 · 10:15:32"),
        (
            {"side": None, "change": Decimal(-7), "price": None},
            "KB금융 수량 −7 · 보유 106주 · 10:15:32",
        ),
        (
            {"side": None, "price": None, "is_from_answer": True},
            "KB금융 수량 +7 (조회로 확인) · 보유 106주 · 10:15:32",
        ),
        ({"change": None, "price": None}, "KB금융 매수 · 보유 106주 · 10:15:32"),
        ({"name": None}, "105560 매수 7주 · 125,400원 · 보유 106주 · 10:15:32"),
    ],
)
def test_a_fill_says_side_quantity_price_what_is_held_and_when_as_far_as_each_is_sure(changes, said):
    assert fill_text(replace(BOUGHT, **changes), SHOWN) == said


def test_a_fill_under_the_mask_keeps_its_side_and_its_time():
    assert fill_text(BOUGHT, HIDDEN) == "KB금융 매수 ••••주 · ••••원 · 보유 ••••주 · 10:15:32"
    assert (
        fill_text(replace(BOUGHT, side=None), HIDDEN) == "KB금융 수량 •••• · ••••원 · 보유 ••••주 · 10:15:32"
    )
