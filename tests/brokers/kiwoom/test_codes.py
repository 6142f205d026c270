"""A refusal says what the user can do."""

import pytest

from app.brokers.codes import Kind
from app.brokers.kiwoom import codes
from app.domain.errors import BrokerRefused, Busy, NeedsUser, SessionTaken, Throttled, TokenRefused
from app.domain.language import tr


@pytest.mark.parametrize(
    ("return_code", "message", "error", "code"),
    [
        (3, "인증에 실패했습니다[8005:Token이 유효하지 않습니다]", TokenRefused, "8005"),
        ("8005", "Token이 유효하지 않습니다", TokenRefused, "8005"),
        (805004, "접속을 종료합니다 [CODE=8005, MESSAGE=Token이 유효하지 않습니다]", TokenRefused, "8005"),
        (805004, "토큰 인증에 실패했습니다", TokenRefused, "805004"),
        (3, "[8031:...]", TokenRefused, "8031"),
        (3, "[8103:...]", TokenRefused, "8103"),
        (3, "인증에 실패했습니다[8050:지정단말기 인증에 실패했습니다]", NeedsUser, "8050"),
        ("3", "", NeedsUser, "3"),
        (5, "허용된 요청 개수를 초과하였습니다[1700:유량=5, API ID=ka10080]", Throttled, "1700"),
        ("0005", "", Throttled, "5"),
        (7, "서비스를 처리하는 중에 오류가 발생했습니다[1903:...]", BrokerRefused, "1903"),
        (7, "오류", Busy, "7"),
        (20, "[RC7006] 모의투자에서는 지원하지 않습니다", NeedsUser, "RC7006"),
        (20, "RC4010 모의투자 영업일이 아닙니다", BrokerRefused, "RC4010"),
        (20, "RC9000:모의투자에서는 해당업무가 제공되지 않습니다", NeedsUser, "RC9000"),
        (20, "[2000](571489:오늘은 휴장일입니다.)", BrokerRefused, "571489"),
        (20, "[2000](RC4010:모의투자 영업일이 아닙니다)", BrokerRefused, "RC4010"),
        (7, "571489:장이 열리지않는 날입니다.", BrokerRefused, "571489"),
        (7, "오류가 발생했습니다[1902:종목 정보가 없습니다. 000660:없는 종목]", BrokerRefused, "1902"),
        (105115, "000660:등록할 수 없습니다", BrokerRefused, "105115"),
        (3, "[8003:Token을 찾을 수 없습니다]", TokenRefused, "8003"),
        (20, "장종료", BrokerRefused, "20"),
        (20, "10:15:30 이후 조회 가능", BrokerRefused, "20"),
        ("R10001", "동일한 App key", SessionTaken, "R10001"),
        (4711, "[9999:?]", BrokerRefused, "9999"),
    ],
)
def test_the_specific_code_decides(
    return_code: int | str, message: str, error: type[BrokerRefused], code: str
) -> None:
    refusal = codes.refusal(return_code, message)

    assert type(refusal) is error
    assert refusal.code == code
    assert refusal.action


def test_what_paper_trading_lacks_has_one_advice() -> None:
    actions = {codes.refusal(20, f"[{code}] 모의투자").action for code in ("RC7006", "RC9000")}

    assert len(actions) == 1
    assert "실전투자" in actions.pop()


def test_an_unknown_code_says_what_can_be_checked_before_it_sends_to_the_broker() -> None:
    for refusal in (codes.refusal(4711, "?"), codes.refusal(20, "장종료"), codes.refusal(4711, "?", 500)):
        assert 0 <= refusal.action.index("확인하세요") < refusal.action.index("문의하세요")


@pytest.mark.parametrize("code", codes.MEANINGS)
def test_every_code_says_in_korean_what_it_means_and_what_to_do(code: str) -> None:
    meaning = codes.MEANINGS[code]

    for text in (tr(meaning.title), tr(meaning.action)):
        assert any("가" <= letter <= "힣" for letter in text)
        assert text.endswith(".")
    assert isinstance(meaning.kind, Kind)


def test_every_code_of_the_published_list_is_known() -> None:
    published = """1501 1504 1505 1511 1517 1512 1513 1514 1515 1516 1687 1700 1701 1702 1901 1902 1903 1999
        8001 8002 8003 8006 8009 8005 8010 8011 8012 8015 8016 8020 8030 8031 8040 8050 8103 8104 8200"""

    assert set(published.split()) <= codes.MEANINGS.keys()


@pytest.mark.parametrize("code", ["8001", "8002", "8010", "8020", "8030", "8040", "8050", "8104", "8200"])
def test_what_only_the_user_can_mend_is_not_tried_again(code: str) -> None:
    assert isinstance(codes.refusal(3, f"[{code}:...]"), NeedsUser)


@pytest.mark.parametrize(
    ("return_code", "message"), [(None, None), (0, ""), (2, ""), (3, ""), (9, "[9999:?]")]
)
def test_http_429_is_too_much_whatever_the_body_says(return_code: int | None, message: str | None) -> None:
    assert isinstance(codes.refusal(return_code, message, 429), Throttled)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (0, "0"),
        ("0", "0"),
        ("0000", "0"),
        (" 20 ", "20"),
        ("", None),
        (None, None),
        ("R10001", "R10001"),
        ("0" * 9999, "0"),
    ],
)
def test_a_code_may_be_a_number_or_a_text(raw: int | str | None, code: str | None) -> None:
    assert codes.result_code(raw) == code


def test_a_message_holds_no_account_number_and_no_secret() -> None:
    refusal = codes.refusal(2, "계좌 1234567811 키 short-key 오류", 200, "short-key")

    assert "1234567811" not in refusal.message
    assert "short-key" not in refusal.message


def test_a_refusal_without_words_still_says_something() -> None:
    assert codes.refusal(2, " ").message


def test_a_code_that_is_no_code_but_a_secret_is_masked() -> None:
    refusal = codes.refusal("key-of-a-test", "", 200, "key-of-a-test")
    number = codes.refusal("1234567811", "")

    assert "key-of-a-test" not in refusal.code + refusal.message
    assert "1234567811" not in number.code + number.message


def test_a_message_is_one_line_of_a_length_that_can_be_read() -> None:
    refusal = codes.refusal(2, " 첫 줄\r\n  둘째 줄 " + "길다 " * 1000)

    assert refusal.message.startswith("첫 줄 둘째 줄 길다")
    assert "\n" not in refusal.message
    assert len(refusal.message) <= 300


def test_a_kick_says_why_in_one_line_and_without_an_account() -> None:
    assert codes.kicked("접속\n1234567811").message == "접속 ••••"
    assert codes.kicked(None).message
