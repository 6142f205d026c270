"""The program's words in the user's language: sources are English, `resources/words/ko/*.json` is Korean."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from app.resources import resource

_FIRST, _LAST = "가", "힣"
_ENDINGS = 28  # of a syllable; the first is none


class Language(StrEnum):
    """The languages that the program speaks."""

    KOREAN = "ko"
    ENGLISH = "en"


_in_use = Language.KOREAN


def use(language: Language) -> None:
    """Speak this language from now on."""
    global _in_use  # noqa: PLW0603 - one program speaks one language
    _in_use = language


def in_use() -> Language:
    """The language that is spoken."""
    return _in_use


def tr(text: str, **values: object) -> str:
    """A text of the program in the language in use; `{names}` in it are replaced by the values."""
    if _in_use is not Language.ENGLISH:
        text = words(_in_use).get(text, text)
    return text.format(**values) if values else text


def tr_count(one: str, many: str, count: int, **values: object) -> str:
    """Like `tr`, of one thing or of many: `{count}`. Korean has no plural, and words for `many` alone."""
    is_one = _in_use is Language.ENGLISH and count == 1
    return tr(one if is_one else many, count=count, **values)


@dataclass(frozen=True, slots=True, repr=False)
class LazyText:
    """A text and its values: `str` puts both into the language in use, each time anew."""

    text: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        return tr(self.text, **self.values)

    def __repr__(self) -> str:
        return repr(str(self))


AnyText = str | LazyText  # a broker's own words, or the program's


def tr_lazy(text: str, **values: object) -> LazyText:
    """Like `tr`, of what is kept until it is shown: an error or a notice outlasts a change of language."""
    return LazyText(text, values)


def joined(*parts: AnyText | Exception, between: str = "") -> LazyText:
    """Texts one after the other, each put into the language in use when the whole is shown."""
    names = [f"part{at}" for at in range(len(parts))]
    return LazyText(between.join(f"{{{name}}}" for name in names), dict(zip(names, parts, strict=True)))


def N_(text: str) -> str:
    """Marks a text that is made before anything is shown: `tr` is called on it where it is shown."""
    return text


@lru_cache(maxsize=2)
def words(language: Language) -> Mapping[str, str]:
    """The program's texts in a language, by their English; empty for English itself."""
    if language is Language.ENGLISH:
        return {}
    found: dict[str, str] = {}
    for file in sorted(resource("words", language).glob("*.json")):
        found.update(json.loads(file.read_text("utf-8")))
    return found


def object_of(words: str) -> str:
    """The words as a sentence's object: Korean puts 을 or 를 after them, English nothing."""
    return words + object_particle(words) if in_use() is Language.KOREAN else words


def object_particle(word: str) -> str:
    """The particle after a word that ends in Hangul: 을 or 를."""
    return "을" if (ord(word[-1]) - ord(_FIRST)) % _ENDINGS else "를"


def has_hangul(text: str) -> bool:
    """Whether a Korean syllable is in it."""
    return any(_FIRST <= each <= _LAST for each in text)
