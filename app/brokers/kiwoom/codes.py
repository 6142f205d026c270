"""What Kiwoom's refusals mean and what the user can do about them."""

import re
from typing import NamedTuple

from app.brokers.parse import Text, text
from app.domain.errors import BrokerRefused, Busy, NeedsUser, SessionTaken, Throttled, TokenRefused
from app.domain.privacy import masked

SUCCESS = "0"
NO_DATA = "20"
KICKED = "R10001"
TOO_MANY_REGISTRATIONS = frozenset({"105115", "105118"})

_EMBEDDED = re.compile(r"\[(\d{4}):|CODE\s*=\s*(\d{4})(?!\d)|(?<![A-Z\d])(RC\d{4})(?!\d)", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_TOO_MANY_REQUESTS = 429
_LONGEST_MESSAGE = 200


class Meaning(NamedTuple):
    """What a code asks of the program (the error's class), what it means, and what the user can do."""

    error: type[BrokerRefused]
    title: str
    action: str


_PROGRAM = "프로그램이 보낸 요청을 증권사가 받지 않았습니다. 새 버전이 있는지 확인하세요."
_LATER = "잠시 뒤 다시 시도하세요. 계속되면 키움증권 점검 시간인지 확인하세요."
_SLOWER = "요청이 많아 잠시 쉬었다가 다시 시도합니다. 같은 앱키를 쓰는 다른 프로그램이 있는지 확인하세요."
_RENEWED = "접근토큰을 새로 받습니다. 계속되면 앱키와 등록한 IP를 확인하세요."
_KEYS = "설정에서 앱키와 시크릿키를 다시 입력하세요."
_ADDRESS = "키움 REST API 누리집에서 이 PC의 공인 IP를 등록하세요."
_SAME_ADDRESS = "접근토큰을 받은 뒤 IP가 바뀌었습니다. 같은 망에서 다시 시도하고 등록한 IP를 확인하세요."
_WORLDS = "실전용 앱키와 모의투자용 앱키를 구분해 서버 주소에 맞는 앱키를 쓰세요."
_NOT_ON_MOCK = "모의투자에서는 되지 않는 조회입니다. 실전투자 앱키와 주소를 쓰세요."
_CORPORATE = "법인 고객은 쓸 수 없습니다. 키움증권에 문의하세요."
_STOCK = "종목코드를 증권사가 모릅니다. 상장폐지되었는지 확인하세요."
_SERVICE_DAY = "모의투자 영업일에 다시 시도하세요."
_TAKEN = "같은 앱키로 다른 프로그램이 접속했습니다. 그 프로그램을 끝낸 뒤 다시 연결하세요."
_OTHER = "증권사가 알린 내용을 확인하고, 계속되면 키움증권에 문의하세요."

MEANINGS: dict[str, Meaning] = {
    # return_code by itself, where the text holds no more specific code
    "2": Meaning(BrokerRefused, "입력값이 올바르지 않습니다.", _PROGRAM),
    "3": Meaning(NeedsUser, "인증에 실패했습니다.", _KEYS),
    "5": Meaning(Throttled, "허용된 요청 수를 넘었습니다.", _SLOWER),
    "7": Meaning(Busy, "증권사가 처리하던 중 오류가 났습니다.", _LATER),
    "20": Meaning(BrokerRefused, "조회할 내용이 없거나 지원하지 않는 조회입니다.", _OTHER),
    # the published list
    "1501": Meaning(BrokerRefused, "API ID가 비어 있습니다.", _PROGRAM),
    "1504": Meaning(BrokerRefused, "이 주소에서 쓸 수 없는 API ID입니다.", _PROGRAM),
    "1505": Meaning(BrokerRefused, "없는 API ID입니다.", _PROGRAM),
    "1511": Meaning(BrokerRefused, "꼭 필요한 입력값이 빠졌습니다.", _PROGRAM),
    "1512": Meaning(BrokerRefused, "요청 머리말(header)을 읽을 수 없습니다.", _PROGRAM),
    "1513": Meaning(BrokerRefused, "요청에 인증 정보(authorization)가 없습니다.", _PROGRAM),
    "1514": Meaning(BrokerRefused, "인증 정보의 형식이 올바르지 않습니다.", _PROGRAM),
    "1515": Meaning(BrokerRefused, "인증 정보의 종류(grant type)가 올바르지 않습니다.", _PROGRAM),
    "1516": Meaning(BrokerRefused, "인증 정보에 접근토큰이 없습니다.", _PROGRAM),
    "1517": Meaning(BrokerRefused, "입력값의 형식이 올바르지 않습니다.", _PROGRAM),
    "1687": Meaning(Throttled, "같은 요청을 되풀이해 제한되었습니다.", _SLOWER),
    "1700": Meaning(Throttled, "이 조회의 허용된 요청 수를 넘었습니다.", _SLOWER),
    "1701": Meaning(Throttled, "전체 허용된 요청 수를 넘었습니다.", _SLOWER),
    "1702": Meaning(Throttled, "이 조회 묶음의 허용된 요청 수를 넘었습니다.", _SLOWER),
    "1901": Meaning(BrokerRefused, "없는 시장 코드입니다.", _STOCK),
    "1902": Meaning(BrokerRefused, "없는 종목 코드입니다.", _STOCK),
    "1903": Meaning(BrokerRefused, "이 거래소에 없는 종목입니다.", _STOCK),
    "1999": Meaning(Busy, "예상하지 못한 오류입니다.", _LATER),
    "8001": Meaning(NeedsUser, "앱키와 시크릿키 확인에 실패했습니다.", _KEYS),
    "8002": Meaning(NeedsUser, "앱키와 시크릿키 확인에 실패했습니다.", _KEYS),
    "8003": Meaning(Busy, "접근토큰을 찾지 못했습니다.", _LATER),
    "8005": Meaning(TokenRefused, "유효하지 않은 접근토큰입니다.", _RENEWED),
    "8006": Meaning(Busy, "접근토큰을 만들지 못했습니다.", _LATER),
    "8009": Meaning(Busy, "접근토큰을 발급하지 못했습니다.", _LATER),
    "8010": Meaning(NeedsUser, "접근토큰을 받은 IP와 지금 IP가 다릅니다.", _SAME_ADDRESS),
    "8011": Meaning(BrokerRefused, "토큰 요청에 grant_type이 없습니다.", _PROGRAM),
    "8012": Meaning(BrokerRefused, "토큰 요청의 grant_type이 올바르지 않습니다.", _PROGRAM),
    "8015": Meaning(BrokerRefused, "접근토큰을 폐기하지 못했습니다.", _PROGRAM),
    "8016": Meaning(BrokerRefused, "폐기할 접근토큰이 없습니다.", _PROGRAM),
    "8020": Meaning(NeedsUser, "앱키나 시크릿키가 비어 있습니다.", _KEYS),
    "8030": Meaning(NeedsUser, "앱키의 투자 구분(실전/모의)이 다릅니다.", _WORLDS),
    "8031": Meaning(TokenRefused, "접근토큰의 투자 구분(실전/모의)이 다릅니다.", _WORLDS),
    "8040": Meaning(NeedsUser, "단말기 인증에 실패했습니다.", _ADDRESS),
    "8050": Meaning(NeedsUser, "등록되지 않은 IP입니다(지정단말기 인증 실패).", _ADDRESS),
    "8103": Meaning(TokenRefused, "접근토큰이나 단말기 인증에 실패했습니다.", _RENEWED),
    "8104": Meaning(NeedsUser, "모의투자에서 지원하지 않는 조회입니다.", _NOT_ON_MOCK),
    "8200": Meaning(NeedsUser, "법인 고객은 쓸 수 없습니다.", _CORPORATE),
    # not in the list, but seen
    "1634": Meaning(BrokerRefused, "한 번에 물은 종목이 너무 많습니다.", _PROGRAM),
    "RC4010": Meaning(BrokerRefused, "모의투자 영업일이 아닙니다.", _SERVICE_DAY),
    "RC7006": Meaning(NeedsUser, "모의투자에서 지원하지 않는 조회입니다.", _NOT_ON_MOCK),
    # the live line
    "100002": Meaning(BrokerRefused, "실시간 요청에 꼭 필요한 항목이 빠졌습니다.", _PROGRAM),
    "100013": Meaning(BrokerRefused, "로그인하기 전에 다른 실시간 요청을 보냈습니다.", _PROGRAM),
    "105108": Meaning(BrokerRefused, "없는 실시간 요청입니다.", _PROGRAM),
    "105110": Meaning(Throttled, "실시간 등록을 너무 빨리 요청했습니다.", _SLOWER),
    "105115": Meaning(BrokerRefused, "실시간 등록 수가 한도를 넘었습니다.", _PROGRAM),
    "105118": Meaning(BrokerRefused, "실시간 등록 수가 한도를 넘었습니다.", _PROGRAM),
    "805002": Meaning(TokenRefused, "인증할 접근토큰이 없습니다.", _RENEWED),
    "805004": Meaning(TokenRefused, "접근토큰 인증에 실패했습니다.", _RENEWED),
    "R10001": Meaning(SessionTaken, "같은 앱키로 다른 곳에서 접속했습니다.", _TAKEN),
}
_UNKNOWN = Meaning(BrokerRefused, "증권사가 요청을 거절했습니다.", _OTHER)


def result_code(raw: Text) -> str | None:
    """The code as sent, numbers without their padding; None for a blank."""
    code = text(raw)
    return code.lstrip("0") or SUCCESS if code is not None and _DIGITS.fullmatch(code) else code


def embedded_code(message: Text) -> str | None:
    """The specific code inside a message: `[8005:...`, `CODE=8005` or, from mock servers, `RC4010`."""
    found = _EMBEDDED.search(text(message) or "")
    return None if found is None else found[1] or found[2] or found[3]


def refusal(return_code: Text, return_msg: Text, status: int = 200, *secrets: str) -> BrokerRefused:
    """The error for an answer that was refused. Its message holds none of the secrets."""
    top = result_code(return_code)
    specific = embedded_code(return_msg)
    code = specific or top
    if specific in MEANINGS:
        known = MEANINGS[specific]
    elif status == _TOO_MANY_REQUESTS:
        known = MEANINGS["1700"]
    else:
        known = MEANINGS.get(top or "", _UNKNOWN)
    if code in (None, SUCCESS):
        code = str(status)
    code = masked(code or "", *secrets)
    said = _said(return_msg, *secrets) or f"증권사가 요청을 거절했습니다 (코드 {code})."
    return known.error(said, code=code, action=known.action)


def kicked(message: Text) -> SessionTaken:
    """The error for SYSTEM R10001: the newest session of an app key wins."""
    said = _said(message) or "동일한 앱키로 다른 곳에서 접속했습니다."
    return SessionTaken(said, code=KICKED, action=_TAKEN)


def _said(message: Text, *secrets: str) -> str:
    """What the broker said in one line, without secrets and account numbers."""
    return masked(" ".join((text(message) or "").split()), *secrets)[:_LONGEST_MESSAGE]
