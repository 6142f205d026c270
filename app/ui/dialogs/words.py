"""What a check of a connection has found, in sentences."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape

from app.domain.errors import AppError, BrokerRefused
from app.domain.holdings import (
    AssetMixReport,
    BondReport,
    PensionReport,
    PositionReport,
    Report,
    holdings_among,
)
from app.domain.korean import has_hangul, object_of
from app.domain.language import Language, in_use, tr, tr_count
from app.ui import format as text_of
from app.ui.messages import message_for


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence whose beginning stands out, the rest of it, and a line below."""

    strong: str
    text: str
    note: str = ""

    @property
    def translated(self) -> "Said":
        """The same in the language in use, of one that was made of marked words."""
        return Said(tr(self.strong), tr(self.text), tr(self.note) if self.note else "")

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
    token = tr("One access token was issued; it is used as long as it is valid") if has_new_token else ""
    return Said(
        tr("Checked"), tr("{read} could be read ({seconds:.1f} s)", read=read, seconds=seconds), token
    )


def failure(readings: Sequence[tuple[str, Report]], title: str, error: AppError) -> Said:
    """What could not be read and what to do; `readings` came before it."""
    code = f" ({error.code})" if isinstance(error, BrokerRefused) else ""
    before = ", ".join(known for known, _ in readings)
    place = (
        tr("{parts} could be read, but not {title}. ", parts=object_of(before), title=title) if before else ""
    )
    # Some of the brokers' texts are notes among programmers: `ERROR : INPUT INVALID_CHECK_ACNO`.
    is_for_people = has_hangul(error.message) or in_use() is not Language.KOREAN
    said = error.message if is_for_people else ""
    said = f"{said.rstrip('. ')}. " if said else ""
    return Said(f"{message_for(error).title}{code}", f"{place}{said}{error.action}".strip())


def _found(report: Report) -> str:
    match report:
        case PensionReport():
            return _valued(
                tr_count("{count} holding", "{count} holdings", holdings_among(report.rows)), report.value
            )
        case BondReport():
            return _found_bonds(report)
        case AssetMixReport():
            return _valued(
                tr_count("{count} asset class", "{count} asset classes", len(report.rows)), report.value
            )
        case PositionReport():
            return _valued(
                tr_count("{count} holding", "{count} holdings", holdings_among(report.rows)), report.value
            )


def _found_bonds(report: BondReport) -> str:
    """Bonds come without values; what was paid for some of them is unknown."""
    lots, unknown = len(report.rows), report.unknown_purchase_amounts
    if lots == unknown:
        return (
            tr("{issues} issues, {lots} lots", issues=report.issues, lots=lots) if lots else tr("No holdings")
        )
    less = tr("less {count} unknown, ", count=unknown) if unknown else ""
    return tr(
        "{issues} issues, {lots} lots, {less}bought for {amount} won",
        issues=report.issues,
        lots=lots,
        less=less,
        amount=text_of.amount(report.purchase_amount),
    )


def _valued(count: str, value: Decimal | None) -> str:
    return count if value is None else tr("{count}, {amount} won", count=count, amount=text_of.amount(value))
