"""Words in two languages."""

from collections.abc import Iterator

import pytest

from app.domain import language
from app.domain.language import Language, joined, tr, tr_lazy, use, words


@pytest.fixture(autouse=True)
def _korean_again() -> Iterator[None]:
    yield
    use(Language.KOREAN)


def test_a_text_is_in_the_language_in_use(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(language, "words", {Language.KOREAN: {"{count} rows": "{count}줄"}}.get)

    assert tr("{count} rows", count=3) == "3줄"
    use(Language.ENGLISH)
    assert tr("{count} rows", count=3) == "3 rows"


def test_a_text_without_values_keeps_its_braces():
    assert tr("{} of {}") == "{} of {}"


def test_english_needs_no_words():
    assert words(Language.ENGLISH) == {}


def test_a_lazy_text_and_what_is_filled_into_it_are_in_the_language_in_use(
    monkeypatch: pytest.MonkeyPatch,
):
    korean = {"{reason} in {file}": "{file}에서 {reason}", "no room": "자리 없음"}
    monkeypatch.setattr(language, "words", {Language.KOREAN: korean}.get)
    text = tr_lazy("{reason} in {file}", reason=tr_lazy("no room"), file="{a}")
    both = joined(text, ": ", tr_lazy("no room"))

    assert (str(text), str(both)) == ("{a}에서 자리 없음", "{a}에서 자리 없음: 자리 없음")
    use(Language.ENGLISH)
    assert (str(text), str(both)) == ("no room in {a}", "no room in {a}: no room")
