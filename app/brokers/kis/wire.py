"""The bodies of KIS's responses under KIS's own names (TTTC2202R, TTTC2208R, CTSC8407R, CTRP6548R, tokenP).

All values are documented as text. Widths like 184 or 238 are digits with decimals (18,4; 23,8).
"""

from typing import Annotated, TypeVar

import msgspec

from app.brokers.codes import says_no_data
from app.brokers.kis.codes import NO_DATA
from app.brokers.parse import Text, code, day, labelled, name, number, positive, text
from app.domain.errors import UnexpectedReply
from app.domain.language import tr_lazy

MORE_FOLLOWS = "KIOK0500"

Row = TypeVar("Row", bound=msgspec.Struct)
# A list of one object may be sent as the object alone, and the reverse.
OneOrMany = list[Row] | Row | None


class Result(msgspec.Struct, frozen=True):
    """The result fields of every response to a query."""

    rt_cd: Text = None
    msg_cd: Text = None
    msg1: Text = None

    @property
    def is_refused(self) -> bool:
        """Return whether the broker refused the request."""
        return text(self.rt_cd) not in (None, "0")

    @property
    def says_no_data(self) -> bool:
        """Return whether the broker reports no data, for which rt_cd may be 0 or 7."""
        return text(self.msg_cd) == NO_DATA or says_no_data(self.msg1)


class Verdict(Result, frozen=True):
    """A result in the form of the queries and of the token requests."""

    error_code: Text = None
    error_description: Text = None


class Grant(msgspec.Struct, frozen=True, gc=False):
    """tokenP: an access token; `expires_in` is meaningless for a token that is issued again."""

    access_token: Text = None
    token_type: Text = None
    expires_in: Text = None
    access_token_token_expired: Text = None

    def __repr__(self) -> str:
        """Hide the token."""
        return "Grant(...)"


class PensionRow(msgspec.Struct, frozen=True, gc=False):
    """TTTC2202R output1: one product."""

    cblc_dvsn: Annotated[Text, labelled("잔고구분", code)] = None
    cblc_dvsn_name: Annotated[Text, labelled("잔고구분명", name)] = None
    pdno: Annotated[Text, labelled("상품번호", code)] = None
    prdt_name: Annotated[Text, labelled("상품명", name)] = None
    hldg_qty: Annotated[Text, labelled("보유수량", number)] = None
    slpsb_qty: Annotated[Text, labelled("매도가능수량", number)] = None
    pchs_avg_pric: Annotated[Text, labelled("매입평균가격", number)] = None
    evlu_pfls_amt: Annotated[Text, labelled("평가손익금액", number)] = None
    evlu_pfls_rt: Annotated[Text, labelled("평가손익율", number)] = None
    prpr: Annotated[Text, labelled("현재가", number)] = None
    evlu_amt: Annotated[Text, labelled("평가금액", number)] = None
    pchs_amt: Annotated[Text, labelled("매입금액", number)] = None
    cblc_weit: Annotated[Text, labelled("잔고비중", number)] = None


class PensionTotals(msgspec.Struct, frozen=True, gc=False):
    """TTTC2202R output2: the sums."""

    pchs_amt_smtl_amt: Annotated[Text, labelled("매입금액합계금액", number)] = None
    evlu_amt_smtl_amt: Annotated[Text, labelled("평가금액합계금액", number)] = None
    evlu_pfls_smtl_amt: Annotated[Text, labelled("평가손익합계금액", number)] = None
    trad_pfls_smtl: Annotated[Text, labelled("매매손익합계", number)] = None
    thdt_tot_pfls_amt: Annotated[Text, labelled("당일총손익금액", number)] = None
    pftrt: Annotated[Text, labelled("수익률", number)] = None


class CashRow(msgspec.Struct, frozen=True, gc=False):
    """TTTC2208R output1: one listed product with the day's trades."""

    pdno: Text = None
    hldg_qty: Text = None
    pchs_amt: Text = None
    thdt_buyqty: Text = None
    thdt_sll_qty: Text = None


class CashTotals(msgspec.Struct, frozen=True, gc=False):
    """TTTC2208R output2: cash of D+2, and the day's trades in won."""

    prvs_rcdl_excc_amt: Text = None
    thdt_buy_amt: Text = None
    thdt_sll_amt: Text = None
    thdt_tlex_amt: Text = None


class BondRow(msgspec.Struct, frozen=True, gc=False):
    """CTSC8407R output: one purchase. KIS sends 0 for a yield, price or amount that it does not know."""

    pdno: Annotated[Text, labelled("상품번호", code)] = None
    prdt_name: Annotated[Text, labelled("상품명", name)] = None
    buy_dt: Annotated[Text, labelled("매수일자", day)] = None
    buy_sqno: Annotated[Text, labelled("매수일련번호", code)] = None
    cblc_qty: Annotated[Text, labelled("잔고수량", number)] = None
    agrx_qty: Annotated[Text, labelled("종합과세수량", number)] = None
    sprx_qty: Annotated[Text, labelled("분리과세수량", number)] = None
    exdt: Annotated[Text, labelled("만기일", day)] = None
    buy_erng_rt: Annotated[Text, labelled("매수수익율", positive)] = None
    buy_unpr: Annotated[Text, labelled("매수단가", positive)] = None
    buy_amt: Annotated[Text, labelled("매수금액", positive)] = None
    ord_psbl_qty: Annotated[Text, labelled("주문가능수량", number)] = None


class AssetRow(msgspec.Struct, frozen=True, gc=False):
    """CTRP6548R output1: one class of assets, identified only by its position."""

    pchs_amt: Annotated[Text, labelled("매입금액", number)] = None
    evlu_amt: Annotated[Text, labelled("평가금액", number)] = None
    evlu_pfls_amt: Annotated[Text, labelled("평가손익금액", number)] = None
    crdt_lnd_amt: Annotated[Text, labelled("신용대출금액", number)] = None
    real_nass_amt: Annotated[Text, labelled("실제순자산금액", number)] = None
    whol_weit_rt: Annotated[Text, labelled("전체비중율", number)] = None


class AssetTotals(msgspec.Struct, frozen=True, gc=False):
    """CTRP6548R output2: the sums."""

    pchs_amt_smtl: Annotated[Text, labelled("매입금액합계", number)] = None
    nass_tot_amt: Annotated[Text, labelled("순자산총금액", number)] = None
    loan_amt_smtl: Annotated[Text, labelled("대출금액합계", number)] = None
    evlu_pfls_amt_smtl: Annotated[Text, labelled("평가손익금액합계", number)] = None
    evlu_amt_smtl: Annotated[Text, labelled("평가금액합계", number)] = None
    tot_asst_amt: Annotated[Text, labelled("총자산금액", number)] = None
    tot_lnda_tot_ulst_lnda: Annotated[Text, labelled("총대출금액총융자대출금액", number)] = None
    cma_auto_loan_amt: Annotated[Text, labelled("CMA자동대출금액", number)] = None
    tot_mgln_amt: Annotated[Text, labelled("총담보대출금액", number)] = None
    stln_evlu_amt: Annotated[Text, labelled("대주평가금액", number)] = None
    crdt_fncg_amt: Annotated[Text, labelled("신용융자금액", number)] = None
    ocl_apl_loan_amt: Annotated[Text, labelled("OCL_APL대출금액", number)] = None
    pldg_stup_amt: Annotated[Text, labelled("질권설정금액", number)] = None
    frcr_evlu_tota: Annotated[Text, labelled("외화평가총액", number)] = None
    tot_dncl_amt: Annotated[Text, labelled("총예수금액", number)] = None
    cma_evlu_amt: Annotated[Text, labelled("CMA평가금액", number)] = None
    dncl_amt: Annotated[Text, labelled("예수금액", number)] = None
    tot_sbst_amt: Annotated[Text, labelled("총대용금액", number)] = None
    thdt_rcvb_amt: Annotated[Text, labelled("당일미수금액", number)] = None
    ovrs_stck_evlu_amt1: Annotated[Text, labelled("해외주식평가금액1", number)] = None
    ovrs_bond_evlu_amt: Annotated[Text, labelled("해외채권평가금액", number)] = None
    mmf_cma_mgge_loan_amt: Annotated[Text, labelled("MMFCMA담보대출금액", number)] = None
    sbsc_dncl_amt: Annotated[Text, labelled("청약예수금액", number)] = None
    pbst_sbsc_fnds_loan_use_amt: Annotated[Text, labelled("공모주청약자금대출사용금액", number)] = None
    etpr_crdt_grnt_loan_amt: Annotated[Text, labelled("기업신용공여대출금액", number)] = None


class PensionPage(Result, frozen=True):
    """TTTC2202R; it returns continuation keys, although this query cannot be continued."""

    ctx_area_fk100: Text = None
    ctx_area_nk100: Text = None
    output1: OneOrMany[PensionRow] = None
    output1_as_documented: OneOrMany[PensionRow] = msgspec.field(name="Output1", default=None)
    output2: OneOrMany[PensionTotals] = None
    output2_as_documented: OneOrMany[PensionTotals] = msgspec.field(name="Output2", default=None)

    def __repr__(self) -> str:
        """Hide the content: a continuation key contains the account number."""
        return "PensionPage(...)"

    @property
    def rows(self) -> list[PensionRow]:
        """Return the holdings. Raises UnexpectedReply."""
        return _rows(self, _first(self.output1, self.output1_as_documented), "output1")

    @property
    def totals(self) -> PensionTotals:
        """Return the broker's sums, blank where it sent none. Raises UnexpectedReply."""
        return _single(_first(self.output2, self.output2_as_documented), "output2") or PensionTotals()


class CashPage(Result, frozen=True):
    """TTTC2208R: one page. Blanks pad the keys to 100 characters."""

    ctx_area_fk100: Text = None
    ctx_area_nk100: Text = None
    output1: OneOrMany[CashRow] = None
    output2: OneOrMany[CashTotals] = None

    def __repr__(self) -> str:
        """Hide the content: a continuation key contains the account number."""
        return "CashPage(...)"

    @property
    def rows(self) -> list[CashRow]:
        """Return the page's products. Raises UnexpectedReply."""
        return _rows(self, self.output1, "output1")

    @property
    def totals(self) -> CashTotals:
        """Return the broker's sums, blank where it sent none. Raises UnexpectedReply."""
        return _single(self.output2, "output2") or CashTotals()

    @property
    def next_key(self) -> Text:
        """Return the key of the next page."""
        return self.ctx_area_nk100


class BondPage(Result, frozen=True):
    """CTSC8407R: one page. Blanks pad the keys to 200 characters."""

    ctx_area_fk200: Text = None
    ctx_area_nk200: Text = None
    output: OneOrMany[BondRow] = None
    output_capitalised: OneOrMany[BondRow] = msgspec.field(name="Output", default=None)

    def __repr__(self) -> str:
        """Hide the content: a continuation key may contain the account number."""
        return "BondPage(...)"

    @property
    def rows(self) -> list[BondRow]:
        """Return the page's lots. Raises UnexpectedReply."""
        return _rows(self, _first(self.output, self.output_capitalised), "output")

    @property
    def next_key(self) -> Text:
        """Return the key of the next page."""
        return self.ctx_area_nk200


class AssetMixPage(Result, frozen=True):
    """CTRP6548R. The documentation writes Output1 and Output2, the broker output1 and output2."""

    output1: OneOrMany[AssetRow] = None
    output1_as_documented: OneOrMany[AssetRow] = msgspec.field(name="Output1", default=None)
    output2: OneOrMany[AssetTotals] = None
    output2_as_documented: OneOrMany[AssetTotals] = msgspec.field(name="Output2", default=None)

    @property
    def rows(self) -> list[AssetRow]:
        """Return the classes in the broker's order, their sum last. Raises UnexpectedReply."""
        return _rows(self, _first(self.output1, self.output1_as_documented), "output1")

    @property
    def totals(self) -> AssetTotals:
        """Return the broker's sums, blank where it sent none. Raises UnexpectedReply."""
        return _single(_first(self.output2, self.output2_as_documented), "output2") or AssetTotals()


def _first(sent: OneOrMany[Row], documented: OneOrMany[Row]) -> OneOrMany[Row]:
    return documented if sent is None else sent


def _rows(page: Result, sent: OneOrMany[Row], field: str) -> list[Row]:
    """Return the rows; a missing list is an error, unless the broker reports no data."""
    if sent is None and not page.says_no_data:
        raise UnexpectedReply(tr_lazy("The field '{field}' is missing.", field=field))
    rows = sent if isinstance(sent, list) else [] if sent is None or sent == type(sent)() else [sent]
    if rows and page.is_refused:
        raise UnexpectedReply(tr_lazy("The broker reported no data but sent some in '{field}'.", field=field))
    return rows


def _single(sent: OneOrMany[Row], field: str) -> Row | None:
    if not isinstance(sent, list):
        return sent
    if len(sent) > 1:
        raise UnexpectedReply(tr_lazy("The field '{field}' was received more than once.", field=field))
    return sent[0] if sent else None
