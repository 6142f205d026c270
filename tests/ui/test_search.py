"""What a search finds: parts of names and codes, initials, and syllables that are still being typed."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.ui.search import Query

INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"

syllables = st.integers(0xAC00, 0xD7A3).map(chr)
names = st.text(st.one_of(syllables, st.sampled_from("ABCxyz019&-()/")), min_size=1, max_size=12)


def initial(letter: str) -> str:
    """What a syllable starts with, another letter as it is."""
    # Taken apart by Unicode, not by the arithmetic of the program.
    parts = unicodedata.normalize("NFD", letter)
    return INITIALS[ord(parts[0]) - 0x1100] if 0x1100 <= ord(parts[0]) <= 0x1112 else letter


def finds(typed: str, *texts: str | None) -> bool:
    """Whether a search for this finds something with these texts."""
    return Query(typed).finds(texts)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ㅅㅅㅈㅈ", "삼성전자"),
        ("삼ㅅ", "삼성전자"),
        ("ㅅ성전", "삼성전자"),
        ("전자", "삼성전자"),
        ("sk하", "SK하이닉스"),
        ("SKㅎㅇ", "SK하이닉스"),
        ("kodex 200", "KODEX200"),
        ("kodex200", "KODEX 200"),
        ("ＳＫ", "SK텔레콤"),
        ("sk", "ＳＫ텔레콤"),
        ("ㄱㅅ", "삼성공사"),
        ("ㄳ", "공사"),  # as a Korean keyboard sends ㄱ and ㅅ
        ("ㅄ", "보성"),
        ("ㅃ", "빠른배송"),
        ("els/d", "ELS/DLS"),
        ("(", "국고03250-5403(24-2)"),
        (unicodedata.normalize("NFD", "삼성"), "삼성전자"),
        ("삼성", unicodedata.normalize("NFD", "삼성전자")),
        (" 삼 성 ", "삼성전자"),
    ],
)
def test_parts_and_initials_are_found(typed, name):
    assert finds(typed, name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("사", "삼성전자"),  # on the way to 삼
        ("삼서", "삼성전자"),
        ("간", "가나다"),  # the ㄴ belongs to the next syllable
        ("닭", "달고나"),
        ("달", "닭고기"),
    ],
)
def test_a_syllable_is_found_while_it_is_typed(typed, name):
    assert finds(typed, name)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ㅅㅈ", "삼성"),
        ("ㅈㅅ", "삼성전자"),
        ("삼전", "삼성전자"),
        ("삼섲", "삼성전자"),
        ("서전", "삼성전자"),  # only the last syllable may be unfinished
        ("ㅅ", "samsung"),
        ("ㅆ", "삼성"),
        ("a.c", "abc"),  # a dot is a dot
        ("[", "삼성"),
        ("간", "가다"),
        ("각", "가나"),
    ],
)
def test_what_is_not_there_is_not_found(typed, name):
    assert not finds(typed, name)


@pytest.mark.parametrize("typed", ["", " ", "\t\n"])
def test_nothing_typed_finds_everything(typed):
    assert finds(typed) and finds(typed, None) and Query(typed).is_blank


def test_any_of_the_texts_will_do_but_not_their_sum():
    assert finds("0593", "삼성전자", "005930")
    assert not finds("자005", "삼성전자", "005930")
    assert not finds("ㅅ", None, "")


@given(names, st.data())
def test_every_part_of_a_name_finds_it(name, data):
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))

    assert finds(name[start:end], name)
    assert finds(name[start:end].swapcase(), name)
    assert finds(" ".join(name[start:end]), name)


@given(names, st.data())
@example("갃가", None)
def test_initials_stand_for_their_syllables_anywhere(name, data):
    mixed = [each if data is None or data.draw(st.booleans()) else initial(each) for each in name]

    assert finds("".join(mixed), name)
    assert finds("".join(initial(each) for each in name), name)


@given(names, names)
def test_only_what_reads_alike_is_found(typed, name):
    """A search of finished letters finds a name only where each letter, or its syllable's start, is there."""
    if finds(typed + "\u2016", name + "\u2016"):  # so that the last letter is a finished one
        whole = name.casefold()
        tail = whole[len(whole) - len(typed.casefold()) :]
        assert len(tail) == len(typed.casefold())
        for sought, there in zip(typed.casefold(), tail, strict=True):
            assert sought in (there, initial(there))


@given(st.text(max_size=20), st.text(max_size=20))
def test_nothing_that_can_be_typed_is_an_error(typed, name):
    assert isinstance(finds(typed, name), bool)


@pytest.mark.parametrize(
    ("typed", "texts", "rank"),
    [
        ("th", ["Switch theme", "theme"], 0),
        ("th", ["Refresh this tab", "refresh"], 1),
        ("ㄹㅇ", ["라이트"], 2),
        ("th", ["Something"], 3),
        ("th", ["Quit", None], None),
        ("mini w", ["Mini window (always on top)"], 0),
        ("", ["Quit"], 0),
    ],
)
def test_the_beginning_fits_better_than_a_word_initials_or_any_part(typed, texts, rank):
    assert Query(typed).rank(texts) == rank
