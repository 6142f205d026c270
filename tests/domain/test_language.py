"""Words in two languages."""

import re
from collections.abc import Iterator

import pytest

from app.domain import language
from app.domain.language import Language, joined, tr, tr_lazy, use, with_particle, words


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


@pytest.mark.parametrize(
    "said",
    [
        *(
            "연금을",
            "잔고를",
            "서울을",
            "채권이",
            "잔고가",
            "연금은",
            "예수금과",
            "주식과",
            "펀드와",
            "서울로",
        ),
        *("채권으로", "잔고로", "연금·채권을", "예수금, 주식을", "3종목이", "5원을", "1억은"),  # Hangul
        *("0을", "1을", "2를", "3이", "4가", "5는", "6은", "7로", "8이", "9가", "3으로", "1로"),  # digits
        *("10을", "100이", "1,000은", "10,000으로", "100,000,000으로", "1,000,000,000,000를", "20으로"),
        *("0.5를", "0.10으로", "005930은", "12:05를", "127.0.0.1:8080을", "5%를", "-3.1%로"),
        *("IRP가", "ISA를", "ETF는", "ETN은", "ELS와", "SOL로", "MMDA와", "KB를", "PER로", "KT&G는"),  # names
        *("TIGER를", "KODEX는", "NAVER가", "Apple을", "Apple로", "book을", "net으로", "desk를", "Chrome으로"),
        *("server를", "Moa가", "gnome-keyring을", "KWallet을", "Windows를", "KIS Developers가"),
        *("history.db가", "file.zip로", "보고서.pdf를", "연금.csv을", "a.tar.gz가", "연금.XLSX을"),  # files
        *(
            "삼성전자(우)가",
            "채권 (3건)을",
            "프록시 (http://10.0.0.1:8080)를",
            "'연금'을",
            "「잔고」는",
        ),  # ends
        *('"서울"로', "'views'가", "환경 변수 'PATH'가", "(연금)을", "연금…을", "그 외 2개)가"),
        *("漢字를", "()를", "로", "가", " 를"),  # what nobody can read takes the form after a vowel
    ],
)
def test_a_word_takes_the_particle_of_its_last_sound(said: str):
    word, written = re.findall(r"(?s)(.*?)(으로|로|[을를이가은는과와])$", said)[0]
    marked = {"를": "을", "가": "이", "는": "은", "와": "과", "로": "으로"}.get(written, written)

    assert with_particle(word, marked) == said


def test_particles_are_chosen_when_a_text_is_filled(monkeypatch: pytest.MonkeyPatch):
    korean = {"{a} and {b} to {c}": "'{a}'[과] {b}[을] {c}[으로] 보냈습니다"}
    monkeypatch.setattr(language, "words", {Language.KOREAN: korean}.get)

    assert tr("{a} and {b} to {c}", a="채권", b="잔고", c="서울") == "'채권'과 잔고를 서울로 보냈습니다"
    assert tr("{a} and {b} to {c}", a="IRP", b=1_000, c="[을]") == "'IRP'와 1000을 [을]로 보냈습니다"
    use(Language.ENGLISH)
    assert tr("{a} and {b} to {c}", a="IRP", b="b", c="[을]") == "IRP and b to [을]"


def test_no_particle_is_fixed_after_what_is_filled_in():
    fixed = re.compile(r"\}['\"`’”)\]]*(([을를이가은는과와]|으로|로)(?![가-힣])|이라(?![가-힣])|이라는|라는)")
    both = re.compile(r"이\(가\)|을\(를\)|은\(는\)|와\(과\)|과\(와\)|\(으\)로")

    wrong = [said for said in words(Language.KOREAN).values() if fixed.search(said) or both.search(said)]

    assert wrong == []


def test_a_value_may_have_the_name_of_any_parameter():
    use(Language.ENGLISH)

    assert tr("No results for '{text}'", text="KB") == "No results for 'KB'"
    assert str(tr_lazy("{text} {values}", text="a", values="b")) == "a b"
