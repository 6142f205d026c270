"""Foreign text is cleaned, and is otherwise unchanged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.plain_text import one_line, shortened


@pytest.mark.parametrize(
    "text",
    ["삼성전자우", "KODEX 200TR", "NH투자증권1WR", "국고01500-5003(20-2)", "S&P500 <H>", "é", "𠮷野家", "한"],
)
def test_ordinary_names_stay_as_they_are(text: str):
    assert one_line(text) == text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\r\nINFO forged", "a INFO forged"),
        ("a\x1b[31m\x07b", "a [31m b"),
        ("a\x00b\x85c\u2028d\u2029e", "a b c d e"),
        ("\u202eTXE\u202c \u2066x\u2069", "TXE x"),
        ("삼\u200b성\u00ad전\ufeff자", "삼성전자"),
        ("a\ud800b\uffffc\U0001fffed", "abcd"),
        ("  삼성\u3000 \u00a0전자\t", "삼성 전자"),
        ("\x00\u202e", ""),
    ],
)
def test_what_commands_a_terminal_or_turns_a_text_around_goes(text: str, cleaned: str):
    assert one_line(text) == cleaned


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str):
    cleaned = one_line(text)

    assert one_line(cleaned) == cleaned
    assert cleaned.isprintable() or not any(char < " " for char in cleaned)


def test_a_text_that_is_too_long_says_that_it_goes_on():
    assert shortened("가나다라", 3) == "가나…"
    assert shortened("가나다", 3) == "가나다"
