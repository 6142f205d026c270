"""Korean grammar that no table of words can hold."""

from app.domain.language import Language, in_use

_FIRST, _LAST = "가", "힣"
_ENDINGS = 28  # of a syllable; the first is none


def object_of(words: str) -> str:
    """The words as a sentence's object: Korean puts 을 or 를 after them, English nothing."""
    return words + object_particle(words) if in_use() is Language.KOREAN else words


def object_particle(word: str) -> str:
    """The particle after a word that ends in Hangul: 을 or 를."""
    return "을" if (ord(word[-1]) - ord(_FIRST)) % _ENDINGS else "를"


def has_hangul(text: str) -> bool:
    """Whether a Korean syllable is in it."""
    return any(_FIRST <= each <= _LAST for each in text)
