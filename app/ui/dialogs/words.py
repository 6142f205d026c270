"""What a check of a connection has found, in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from app.domain.errors import AppError, BrokerRefused
from app.domain.holdings import AssetMixReport, BondReport, PensionReport, PositionReport, Report
from app.ui import format as text_of
from app.ui.messages import message_for


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence whose beginning stands out, the rest of it, and a line below."""

    strong: str
    text: str
    note: str = ""

    @property
    def plain(self) -> str:
        """All of it, to be read aloud."""
        return f"{self.strong} · {self.text} {self.note}".rstrip()

    def rich(self, color: str) -> str:
        """All of it, the beginning in bold and in a colour (`#rrggbb`)."""
        strong = f'<span style="font-weight:600; color:{color}">{escape(self.strong)}</span>'
        said = f"{strong} · {escape(self.text)}"
        return f"{said}<br>{escape(self.note)}" if self.note else said


def success(readings: Sequence[tuple[str, Report]], seconds: float, *, has_new_token: bool) -> Said:
    """What was read: `연금 9종목, 64,156,690원을 읽었습니다`. A reading is a tab's title and its report."""
    read = " · ".join(f"{title} {_found(report)}" for title, report in readings)
    token = "접근토큰을 한 번 발급받았고, 유효한 동안 다시 씁니다" if has_new_token else ""
    return Said("확인했습니다", f"{read}을 읽었습니다 ({seconds:.1f}초)", token)


def failure(readings: Sequence[tuple[str, Report]], title: str, error: AppError) -> Said:
    """What could not be read and what to do; `readings` came before it."""
    code = f" ({error.code})" if isinstance(error, BrokerRefused) else ""
    before = ", ".join(known for known, _ in readings)
    place = f"{before}{object_particle(before)} 읽었지만 {title}에서 막혔습니다. " if before else ""
    # Some of the brokers' texts are notes among programmers: `ERROR : INPUT INVALID_CHECK_ACNO`.
    said = error.message if any("가" <= each <= "힣" for each in error.message) else ""
    said = f"{said.rstrip('. ')}. " if said else ""
    return Said(f"{message_for(error).title}{code}", f"{place}{said}{error.action}".strip())


def _found(report: Report) -> str:
    match report:
        case PensionReport():
            return _valued(f"{len(report.rows)}종목", report.value)
        case BondReport():
            return _found_bonds(report)
        case AssetMixReport():
            return _valued(f"{len(report.rows)}항목", report.value)
        case PositionReport():
            return _valued(f"{len(report.rows)}종목", report.value)


def _found_bonds(report: BondReport) -> str:
    """Bonds come without values; what was paid for some of them is unknown."""
    lots, unknown = len(report.rows), report.unknown_purchase_amounts
    if lots == unknown:
        return f"{report.issues}종목 {lots}건" if lots else "0종목"
    less = f"모르는 {unknown}건을 뺀 " if unknown else ""
    return f"{report.issues}종목 {lots}건, {less}매입금액 {text_of.amount(report.purchase_amount)}원"


def _valued(count: str, value: Decimal | None) -> str:
    return count if value is None else f"{count}, {text_of.amount(value)}원"


def object_particle(word: str) -> str:
    """The particle after a word that ends in Hangul: 을 or 를."""
    return "을" if (ord(word[-1]) - ord("가")) % 28 else "를"
