"""The securities that the simulator trades: real Korean names first, then invented ones."""

from dataclasses import dataclass
from itertools import product
from typing import Literal

Kind = Literal["stock", "etf", "etn"]


@dataclass(frozen=True, slots=True)
class Security:
    """One listed security; base is the previous close in won."""

    code: str
    name: str
    base: int
    kind: Kind = "stock"

    @property
    def is_fund(self) -> bool:
        """Return whether no transaction tax is due and the tick size is that of ETFs."""
        return self.kind != "stock"

    @property
    def wire_code(self) -> str:
        """Return the code with kt00005's letter prefix."""
        return ("Q" if self.kind == "etn" else "A") + self.code


LISTED = (
    Security("005930", "삼성전자", 98_400),
    Security("000660", "SK하이닉스", 541_000),
    Security("035420", "NAVER", 256_500),
    Security("005380", "현대차", 268_000),
    Security("069500", "KODEX 200", 55_230, "etf"),
    Security("000270", "기아", 118_300),
    Security("105560", "KB금융", 121_900),
    Security("012450", "한화에어로스페이스", 912_000),
    Security("068270", "셀트리온", 186_400),
    Security("360750", "TIGER 미국S&P500", 24_515, "etf"),
    Security("373220", "LG에너지솔루션", 438_500),
    Security("530031", "삼성 레버리지 WTI원유 선물 ETN", 1_385, "etn"),
    Security("055550", "신한지주", 78_200),
    Security("035720", "카카오", 61_700),
    Security("034020", "두산에너빌리티", 76_900),
    Security("005490", "POSCO홀딩스", 309_500),
    Security("207940", "삼성바이오로직스", 1_218_000),
    Security("00104K", "CJ4우(전환)", 142_600),
    Security("329180", "HD현대중공업", 556_000),
    Security("133690", "TIGER 미국나스닥100", 158_940, "etf"),
    Security("015760", "한국전력", 45_650),
    Security("033780", "KT&G", 139_800),
    Security("042700", "한미반도체", 134_700),
    Security("017670", "SK텔레콤", 53_400),
    Security("066570", "LG전자", 92_600),
    Security("196170", "알테오젠", 531_000),
    Security("011200", "HMM", 19_870),
    Security("352820", "하이브", 294_500),
    Security("005935", "삼성전자우", 74_800),
    Security("259960", "크래프톤", 264_000),
    Security("012330", "현대모비스", 302_500),
    Security("028260", "삼성물산", 221_500),
    Security("051910", "LG화학", 383_000),
    Security("006400", "삼성SDI", 322_500),
    Security("086790", "하나금융지주", 91_300),
    Security("009540", "HD한국조선해양", 428_000),
    Security("030200", "KT", 51_200),
    Security("003550", "LG", 81_700),
    Security("096770", "SK이노베이션", 117_400),
    Security("010130", "고려아연", 1_005_000),
    Security("247540", "에코프로비엠", 163_200),
    Security("086520", "에코프로", 92_100),
    Security("316140", "우리금융지주", 26_350),
    Security("138040", "메리츠금융지주", 109_500),
    Security("305720", "KODEX 2차전지산업", 18_725, "etf"),
    Security("018260", "삼성에스디에스", 172_300),
    Security("003670", "포스코퓨처엠", 214_000),
    Security("032830", "삼성생명", 158_700),
)

PENSION_FUNDS = (
    Security("379800", "KODEX 미국S&P500", 22_870, "etf"),
    Security("133690", "TIGER 미국나스닥100", 158_940, "etf"),
    Security("069500", "KODEX 200", 55_230, "etf"),
    Security("091160", "KODEX 반도체", 58_905, "etf"),
    Security("458730", "TIGER 미국배당다우존스", 13_560, "etf"),
    Security("114260", "KODEX 국고채3년", 59_315, "etf"),
    Security("423160", "KODEX KOFR금리액티브(합성)", 111_480, "etf"),
    Security("411060", "ACE KRX금현물", 28_105, "etf"),
    Security("329750", "TIGER 미국달러단기채권액티브", 14_870, "etf"),
)

_FIRST = (
    "가람",
    "나래",
    "다온",
    "라온",
    "마루",
    "바름",
    "새봄",
    "아람",
    "자람",
    "초롱",
    "터전",
    "푸른",
    "한울",
    "해솔",
)
_SECOND = (
    "전자",
    "화학",
    "바이오",
    "건설",
    "소재",
    "제약",
    "산업",
    "테크",
    "에너지",
    "물산",
    "식품",
    "로보틱스",
)


def invented_securities() -> tuple[Security, ...]:
    """Return securities with invented names, enough for more than six hundred rows."""
    names = [first + second for first, second in product(_FIRST, _SECOND)]
    names += [f"{name}{suffix}" for suffix in ("홀딩스", "우", "2우B") for name in names]
    return tuple(
        Security(f"{910_010 + 70 * index:06d}", name, 1_500 + (index * 7_919) % 97_000)
        for index, name in enumerate(names)
    )


CATALOGUE = LISTED + invented_securities()
BY_CODE = {security.code: security for security in (*PENSION_FUNDS, *CATALOGUE)}


def plain_code(item: str) -> str:
    """Return the six characters of a code without its letter prefix and exchange suffix."""
    code = item.split("_", 1)[0]
    return code[1:] if len(code) == 7 and code[0] in "AJQ" else code
