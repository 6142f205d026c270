"""Words in two languages."""

from collections.abc import Iterator

import pytest

from app.domain import language
from app.domain.language import Language, tr, use, words


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
