"""What Kiwoom keeps of an account's days before (kt00002, kt00015 to kt00017, ka01690), and of the KOSPI."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar

import msgspec

from app.brokers import parse
from app.brokers.kiwoom import mapping, wire
from app.domain.clock import KST, Clock
from app.domain.connections import digits
from app.domain.errors import UnexpectedReply
from app.domain.language import tr_lazy
from app.domain.past import Bookings, DayLedger, PastBalance, PastValue, SpanTotals
from app.domain.secrets_in_use import remember

_CHART_PATH = "/api/dostk/chart"
_ACCOUNT = "ka00001"
_VALUES = "kt00002"
_TOTALS = "kt00016"
_TODAY = "kt00017"
_BALANCE = "ka01690"
_TRANSACTIONS = "kt00015"
_INDEX = "ka20006"
_KOSPI = "001"
_MOST_PAGES = 50

_ACCOUNT_READER = msgspec.json.Decoder(wire.AccountReply)
_VALUES_READER = msgspec.json.Decoder(wire.PastValuesReply)
_TOTALS_READER = msgspec.json.Decoder(wire.SpanReply)
_TODAY_READER = msgspec.json.Decoder(wire.TodayReply)
_BALANCE_READER = msgspec.json.Decoder(wire.DayBalanceReply)
_TRANSACTIONS_READER = msgspec.json.Decoder(wire.TransactionsReply)
_INDEX_READER = msgspec.json.Decoder(wire.IndexReply)

R = TypeVar("R", bound=wire.Result)


class Session(Protocol):
    """Asks the broker, in its own time."""

    async def page(
        self,
        api_id: str,
        body: Mapping[str, str],
        reader: msgspec.json.Decoder[R],
        next_key: str = "",
        *,
        path: str = ...,
    ) -> tuple[R, str | None]:
        """Return a page and the key of the next one, None on the last. Raises AppError."""
        ...


class KiwoomPast:
    """Reads the days before of the session's account."""

    def __init__(self, session: Session, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    async def account(self) -> str | None:
        """Return the number of the account; None where it is unknown."""
        reply, _ = await self._session.page(_ACCOUNT, {}, _ACCOUNT_READER)
        number = digits(parse.code(reply.acctNo, "acctNo"))
        remember(number, owner=self)
        return number or None

    async def values(self, first: date, last: date) -> Sequence[PastValue]:
        """Return the values of a span by calendar day, oldest first; a day off has the one before it."""
        body = {"start_dt": _text(first), "end_dt": _text(last)}
        found: dict[date, PastValue] = {}
        for page in await self._pages(_VALUES, body, _VALUES_READER):
            for row in map(mapping.past_value, page.daly_prsm_dpst_aset_amt_prst or ()):
                if found.setdefault(row.day, row) != row:
                    raise UnexpectedReply(tr_lazy("A day was received with two different values."))
        return [found[day] for day in sorted(found) if first <= day <= last]

    async def totals(self, first: date, last: date) -> SpanTotals:
        """Return what the broker adds up over a span."""
        body = {"fr_dt": _text(first), "to_dt": _text(last)}
        reply, _ = await self._session.page(_TOTALS, body, _TOTALS_READER)
        return mapping.span_totals(reply, first, last)

    async def today(self) -> DayLedger:
        """Return today's movements."""
        day = self._clock.now().astimezone(KST).date()
        reply, _ = await self._session.page(_TODAY, {}, _TODAY_READER)
        return mapping.day_ledger(reply, day)

    async def balance(self, day: date) -> PastBalance:
        """Return the holdings at the end of a day."""
        pages = await self._pages(_BALANCE, {"qry_dt": _text(day)}, _BALANCE_READER)
        rows = [row for page in pages for row in page.day_bal_rt or ()]
        return mapping.past_balance(pages[0], rows, day)

    async def bookings(self, first: date, last: date) -> Bookings:
        """Return the income and the costs that were settled in a span, oldest first."""
        body = {
            "strt_dt": _text(first),
            "end_dt": _text(last),
            "tp": "0",
            "stk_cd": "",
            "crnc_cd": "",
            "gds_tp": "0",
            "frgn_stex_code": "",
            "dmst_stex_tp": "%",
            "qry_sort_tp": "2",
        }
        pages = await self._pages(_TRANSACTIONS, body, _TRANSACTIONS_READER)
        rows = [row for page in pages for row in page.trst_ovrl_trde_prps_array or ()]
        return mapping.bookings(rows, first, last)

    async def index(self, last: date) -> Mapping[date, Decimal]:
        """Return the closes of the KOSPI in points on the newest trading days until a day."""
        body = {"inds_cd": _KOSPI, "base_dt": _text(last)}
        reply, _ = await self._session.page(_INDEX, body, _INDEX_READER, path=_CHART_PATH)
        found = (mapping.index_close(row) for row in reply.inds_dt_pole_qry or ())
        return {day: close for day, close in filter(None, found) if day <= last}

    async def _pages(self, api_id: str, body: Mapping[str, str], reader: msgspec.json.Decoder[R]) -> list[R]:
        pages: list[R] = []
        next_key: str | None = ""
        used: set[str] = set()
        while next_key is not None:
            if next_key in used:
                raise UnexpectedReply(tr_lazy("The continuation key repeats an earlier one."))
            if len(pages) == _MOST_PAGES:
                raise UnexpectedReply(tr_lazy("The list has more than {pages} pages.", pages=_MOST_PAGES))
            used.add(next_key)
            page, next_key = await self._session.page(api_id, body, reader, next_key)
            pages.append(page)
        return pages


def _text(day: date) -> str:
    return f"{day:%Y%m%d}"
