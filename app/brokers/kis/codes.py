"""What KIS's refusals mean and what the user can do about each."""

from dataclasses import dataclass

from app.domain.errors import AppError, BrokerRefused, Busy, NeedsUser, Throttled, TokenRefused, TooSoon
from app.domain.privacy import masked

_LATER = "잠시 뒤 다시 시도하세요. 계속되면 한국투자증권 점검 시간인지 확인하세요."
_SLOWER = "잠시 쉬었다가 다시 시도합니다. 계속되면 같은 앱키를 쓰는 다른 프로그램을 닫으세요."
_NEW_ACCESS = "접근토큰을 새로 받습니다. 계속되면 KIS Developers에서 앱키가 살아 있는지 확인하세요."
_WAIT_A_MINUTE = "접근토큰은 1분에 한 번만 받을 수 있습니다. 1분쯤 뒤에 다시 시도하세요."
_KEYS = "설정에서 앱키와 앱시크릿을 다시 입력하세요. KIS Developers에서 재발급했다면 새 값을 넣으세요."
_SERVICE = "KIS Developers에서 이 계좌의 서비스 신청 상태와 유효 기간을 확인하세요."
_REAL_HOST = "실전투자용 앱키와 실전 주소(base_url)를 쓰는지 확인하세요. 모의투자는 지원되지 않습니다."
_ADDRESS = "KIS Developers에 등록한 허용 IP에 이 컴퓨터의 IP가 들어 있는지 확인하세요."
_ACCOUNT = "계좌번호가 이 앱키를 신청한 계좌와 같은지 설정에서 확인하세요."
_PRODUCT = "계좌번호 끝의 상품코드 두 자리와 이 연결의 보기(views)를 확인하세요."
_OTHER_VIEW = "이 종류의 계좌에서는 조회할 수 없습니다. 설정에서 이 보기를 빼거나 다른 계좌를 쓰세요."
_REPORT = "프로그램 오류일 수 있습니다. 최신 버전인지 확인하고, 계속되면 코드를 적어 개발자에게 알려 주세요."
_UNKNOWN = "증권사가 알린 내용을 확인하세요. 계속되면 코드를 적어 한국투자증권에 문의하세요."


@dataclass(frozen=True, slots=True)
class Meaning:
    """A code's kind, its title for when the broker says nothing more, and what the user can do."""

    kind: type[BrokerRefused]
    title: str
    action: str


CODES: dict[str, Meaning] = {
    "EGW00001": Meaning(Busy, "일시적인 오류입니다.", _LATER),
    "EGW00002": Meaning(Busy, "서버 오류입니다.", _LATER),
    "EGW00003": Meaning(NeedsUser, "접근이 거부되었습니다.", _SERVICE),
    "EGW00004": Meaning(NeedsUser, "권한이 없는 고객입니다.", _SERVICE),
    "EGW00101": Meaning(NeedsUser, "잘못된 요청입니다.", _REPORT),
    "EGW00102": Meaning(NeedsUser, "앱키가 없습니다.", _KEYS),
    "EGW00103": Meaning(NeedsUser, "유효하지 않은 앱키입니다.", _KEYS),
    "EGW00104": Meaning(NeedsUser, "앱시크릿이 없습니다.", _KEYS),
    "EGW00105": Meaning(NeedsUser, "유효하지 않은 앱시크릿입니다.", _KEYS),
    "EGW00112": Meaning(NeedsUser, "토큰 요청에 빠진 항목이 있습니다.", _REPORT),
    "EGW00115": Meaning(NeedsUser, "토큰 요청에 grant_type이 없습니다.", _REPORT),
    "EGW00121": Meaning(TokenRefused, "유효하지 않은 접근토큰입니다.", _NEW_ACCESS),
    "EGW00123": Meaning(TokenRefused, "기간이 만료된 접근토큰입니다.", _NEW_ACCESS),
    "EGW00131": Meaning(NeedsUser, "hashkey가 올바르지 않습니다.", _REPORT),
    "EGW00132": Meaning(NeedsUser, "Content-Type이 올바르지 않습니다.", _REPORT),
    "EGW00133": Meaning(TooSoon, "접근토큰 발급은 1분에 한 번입니다.", _WAIT_A_MINUTE),
    "EGW00201": Meaning(Throttled, "초당 거래건수를 초과하였습니다.", _SLOWER),
    "EGW00202": Meaning(Busy, "게이트웨이 라우팅 오류입니다.", _LATER),
    "EGW00203": Meaning(Busy, "OPS 라우팅 오류입니다.", _LATER),
    "EGW00204": Meaning(Busy, "게이트웨이 내부 오류입니다.", _LATER),
    "EGW00205": Meaning(NeedsUser, "자격 증명 종류(Bearer)가 올바르지 않습니다.", _REAL_HOST),
    "EGW00206": Meaning(NeedsUser, "API 사용 권한이 없습니다.", _SERVICE),
    "EGW00207": Meaning(NeedsUser, "허용되지 않은 IP입니다.", _ADDRESS),
    "EGW00208": Meaning(NeedsUser, "고객 타입이 올바르지 않습니다.", _REPORT),
    "EGW00209": Meaning(NeedsUser, "일련번호가 올바르지 않습니다.", _REPORT),
    "EGW00210": Meaning(NeedsUser, "법인 고객은 모의투자를 쓸 수 없습니다.", _REPORT),
    "EGW00213": Meaning(NeedsUser, "모의투자에서 쓸 수 없는 거래입니다.", _REAL_HOST),
    "EGW00215": Meaning(Throttled, "원장에서 허용하는 초당 거래건수를 초과하였습니다.", _SLOWER),
    "EGW00300": Meaning(Busy, "게이트웨이 라우팅 오류입니다.", _LATER),
    "EGW02007": Meaning(NeedsUser, "모의투자용 앱키가 아닙니다.", _REAL_HOST),
    "OPSQ0002": Meaning(NeedsUser, "없는 서비스 코드입니다.", _REPORT),
    "OPSQ0010": Meaning(Busy, "증권사 내부의 일시적인 오류입니다.", _LATER),
    "OPSQ0011": Meaning(Busy, "증권사 내부의 일시적인 오류입니다.", _LATER),
    "OPSQ2000": Meaning(NeedsUser, "이 앱키의 계좌가 아닙니다.", _ACCOUNT),
    "OPSQ2001": Meaning(NeedsUser, "증권사가 받지 않는 조회 항목이 있습니다.", _PRODUCT),
    "OPSQ2002": Meaning(NeedsUser, "조회 항목의 길이가 올바르지 않습니다.", _REPORT),
    "OPSQ2003": Meaning(Busy, "증권사 내부의 일시적인 오류입니다.", _LATER),
    "OPSQ3001": Meaning(Busy, "증권사 내부의 일시적인 오류입니다.", _LATER),
    "OPSQ9999": Meaning(NeedsUser, "서비스 코드(tr_id)가 없습니다.", _REPORT),
    "APBK1271": Meaning(NeedsUser, "상품코드가 올바르지 않습니다.", _PRODUCT),
    "APBK1744": Meaning(NeedsUser, "퇴직연금계좌에서는 쓸 수 없는 조회입니다.", _OTHER_VIEW),
    "APAC0081": Meaning(NeedsUser, "계좌번호를 잘못 입력했습니다.", _ACCOUNT),
    "APAC0489": Meaning(NeedsUser, "이 계좌 종류에서는 쓸 수 없는 조회입니다.", _OTHER_VIEW),
}

_LONGEST_MESSAGE = 200


def refusal(code: str, message: str | None, status: int, secrets: tuple[str, ...] = ()) -> AppError:
    """The error for KIS's refusal; `message` is what it said, padding, secrets and account numbers gone."""
    meaning = CODES.get(code) or Meaning(
        Busy if status >= 500 else BrokerRefused, "증권사가 조회를 거절했습니다.", _UNKNOWN
    )
    said = masked(" ".join((message or "").split()), *secrets)[:_LONGEST_MESSAGE]
    return meaning.kind(said or meaning.title, code=masked(code, *secrets), action=meaning.action)
