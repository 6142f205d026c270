"""KisClient against a real server on this machine."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal
from typing import TypeVar

import pytest
from aiohttp import web

from app.brokers.http import Transport
from app.brokers.kis.client import MOST_PAGES, KisClient, KisSession
from app.domain.errors import (
    AppError,
    BrokerRefused,
    Busy,
    NeedsUser,
    NotReachable,
    SecretUnavailable,
    Throttled,
    TimedOut,
    TokenRefused,
    TooSoon,
    UnexpectedReply,
)
from app.domain.holdings import AssetLayout, BondReport
from app.domain.past import CashHolding
from app.domain.sources import AccessToken, Credentials

from ..serving import sending
from .broker import (
    ACCOUNT,
    ASSET_MIX,
    BONDS,
    CLOCK,
    CREDENTIALS,
    NOW,
    PENSION,
    Bench,
    Broker,
    MemoryCache,
    Said,
    at_once,
    bench,
    bond_page,
    lot,
    not_granted,
    refused,
)

T = TypeVar("T")


def reading(
    read: Callable[[KisClient], Awaitable[T]], broker: Broker | None = None, account: str = ACCOUNT
) -> T:
    async def run() -> T:
        async with bench(account, broker=broker) as b:
            return await read(b.client)

    return asyncio.run(run())


def failing(
    read: Callable[[KisClient], Awaitable[object]], broker: Broker | None = None, account: str = ACCOUNT
) -> AppError:
    with pytest.raises(AppError) as caught:
        reading(read, broker, account)
    return caught.value


def saying(path: str, *answers: Said) -> Broker:
    broker = Broker()
    broker.says(path, *answers)
    return broker


def paging(*answers: Said) -> Broker:
    return saying("inquire-balance", *answers)


# What is read


def test_the_published_pension_example_is_read_to_the_won() -> None:
    report = reading(KisClient.pension)

    assert report.value == Decimal("397030")
    assert report.profit == Decimal("-67730")
    assert report.profit_rate == Decimal("-14.57311300")
    assert report.difference == 0
    assert [row.code for row in report.rows] == ["069500", "091160"]


def test_the_published_bond_example_is_read_with_its_unknown_purchases() -> None:
    report = reading(KisClient.bonds, account="63512345-01")

    assert [row.quantity for row in report.rows] == [4, 6, 9, 23]
    assert report.unknown_purchase_amounts == 4


def test_the_published_asset_mix_example_is_read_to_the_won() -> None:
    report = reading(KisClient.asset_mix, account="63512345-01")

    assert report.layout is AssetLayout.GENERAL_19
    assert report.value == Decimal("1651869889547")
    assert report.difference == 0


CASH = {
    "prvs_rcdl_excc_amt": "1250371",
    "thdt_buy_amt": "102600",
    "thdt_sll_amt": "531000",
    "thdt_tlex_amt": "96",
}


def cash_page(*codes: str, key: str = "", **totals: str) -> dict[str, object]:
    """A body of TTTC2208R."""
    rows = [
        {
            "pdno": code,
            "hldg_qty": str(40 + n),
            "pchs_amt": "1208410",
            "thdt_buyqty": "3",
            "thdt_sll_qty": str(n),
        }
        for n, code in enumerate(codes)
    ]
    keys = {"ctx_area_fk100": "63512345^29^00^00^".ljust(100), "ctx_area_nk100": key.ljust(100)}
    return {**keys, "output1": rows, "output2": {**CASH, **totals}, "rt_cd": "0", "msg_cd": "KIOK0510"}


def test_the_cash_of_a_pension_is_read_with_the_trades_of_the_day() -> None:
    broker = paging(Said(cash_page("069500"), tr_cont="D"))

    statement = reading(KisClient.cash, broker)

    assert statement.day == NOW.date()
    amounts = statement.cash, statement.bought, statement.sold, statement.costs
    assert amounts == (1_250_371, 102_600, 531_000, 96)
    (row,) = statement.holdings
    assert row == CashHolding("069500", Decimal(40), Decimal(1_208_410), Decimal(3), Decimal(0))
    (asked,) = broker.asked["inquire-balance"]
    assert asked.path == "/uapi/domestic-stock/v1/trading/pension/inquire-balance"
    assert asked.params == {
        "CANO": "63512345",
        "ACNT_PRDT_CD": "29",
        "ACCA_DVSN_CD": "00",
        "INQR_DVSN": "00",
        "CTX_AREA_FK100": "",
        "CTX_AREA_NK100": "",
    }


def test_the_cash_of_a_pension_is_read_to_its_last_page() -> None:
    first = Said(cash_page("069500", "148070", key="148070", prvs_rcdl_excc_amt=""), tr_cont="M")
    broker = paging(first, Said(cash_page("360750"), tr_cont="D"))

    statement = reading(KisClient.cash, broker)

    assert [each.code for each in statement.holdings] == ["069500", "148070", "360750"]
    assert statement.cash == 1_250_371
    second = broker.asked["inquire-balance"][1]
    assert second.headers["tr_cont"] == "N"
    assert second.params["CTX_AREA_NK100"] == "148070".ljust(100)


def test_amounts_of_cash_that_the_broker_leaves_blank_are_unknown() -> None:
    blank = dict.fromkeys(CASH, "")
    statement = reading(KisClient.cash, paging(Said(cash_page("069500", **blank), tr_cont="D")))

    assert not statement.is_known
    assert statement.cash is statement.costs is None


def test_a_pension_without_products_still_has_cash() -> None:
    page = {**cash_page(), "msg_cd": "KIOK0560", "msg1": "조회할 내용이 없습니다"}
    statement = reading(KisClient.cash, paging(Said(page, tr_cont="D")))

    assert (statement.holdings, statement.cash) == ((), 1_250_371)


def answering(said: Said) -> Broker:
    """A broker that answers so to every query."""
    broker = Broker()
    for path in broker.answers:
        broker.says(path, said)
    return broker


@pytest.mark.parametrize(
    "said",
    [
        refused("KIOK0560", "조회할 내용이 없습니다", rt_cd="7"),
        refused("KIOK0560", rt_cd="0"),
        refused("KIOK0999", "조회할 자료가 없습니다.".ljust(80), rt_cd="0"),
        Said({"rt_cd": "0", "msg_cd": "KIOK0560", "output": [], "output1": [], "output2": []}),
    ],
)
def test_a_view_is_empty_where_the_broker_says_that_there_is_no_data(said: Said) -> None:
    broker = answering(said)

    pension = reading(KisClient.pension, broker)
    bonds = reading(KisClient.bonds, broker)
    mix = reading(KisClient.asset_mix, broker)

    assert (pension.rows, pension.value, pension.difference) == ((), None, None)
    assert bonds == BondReport(())
    assert (mix.rows, mix.layout, mix.difference) == ((), AssetLayout.UNKNOWN, None)


@pytest.mark.parametrize("status", [400, 500])
def test_no_data_with_a_failing_status_is_no_empty_view(status: int) -> None:
    broker = answering(refused("KIOK0560", "조회할 내용이 없습니다", status=status))

    for read in (KisClient.pension, KisClient.bonds, KisClient.asset_mix):
        assert failing(read, broker).code == "KIOK0560"


@pytest.mark.parametrize("rt_cd", ["0", "7"])
@pytest.mark.parametrize("code", ["OPSQ2000", "EGW02006"])
def test_a_code_that_is_known_for_a_refusal_is_no_empty_view_whatever_its_text(code: str, rt_cd: str) -> None:
    broker = answering(refused(code, "조회할 내용이 없습니다", rt_cd=rt_cd))

    for read in (KisClient.pension, KisClient.bonds, KisClient.asset_mix):
        error = failing(read, broker)
        assert isinstance(error, NeedsUser)
        assert error.code == code


def test_rows_beside_a_refusal_for_want_of_data_are_not_believed() -> None:
    rows = [{"pdno": "069500", "evlu_amt": "210690"}]
    body = {"rt_cd": "7", "msg_cd": "KIOK0560", "output": rows, "output1": rows, "output2": {}}
    broker = answering(Said(body))

    for read in (KisClient.pension, KisClient.bonds, KisClient.asset_mix):
        assert failing(read, broker).code == "bad-response"


@pytest.mark.parametrize("message", ["KIOK0510", "KIOK0560"])
@pytest.mark.parametrize(
    ("read", "path", "totals"),
    [
        (KisClient.pension, "inquire-present-balance", [{"evlu_amt_smtl_amt": "5390000"}]),
        (KisClient.pension, "inquire-present-balance", [{"pchs_amt_smtl_amt": "4120000"}]),
        (KisClient.asset_mix, "inquire-account-balance", {"tot_asst_amt": "5390000"}),
        (KisClient.asset_mix, "inquire-account-balance", {"tot_asst_amt": "0", "evlu_amt_smtl": "4120000"}),
    ],
)
def test_an_empty_list_under_the_brokers_own_total_is_a_list_that_did_not_come(
    read: Callable[[KisClient], Awaitable[object]], path: str, totals: object, message: str
) -> None:
    body = {"rt_cd": "0", "msg_cd": message, "output1": [], "output2": totals}

    error = failing(read, saying(path, Said(body)))

    assert error.code == "bad-response"
    assert "output1" in error.message


def test_an_empty_list_without_totals_or_a_word_of_it_is_a_list_that_did_not_come() -> None:
    broker = answering(Said({"rt_cd": "0", "msg_cd": "KIOK0510", "output1": [], "output2": []}))

    for read in (KisClient.pension, KisClient.asset_mix):
        assert failing(read, broker).code == "bad-response"


def test_a_list_of_bonds_that_comes_empty_and_whole_is_an_empty_account() -> None:
    broker = answering(Said({"rt_cd": "0", "msg_cd": "KIOK0510", "output": []}, tr_cont="D"))

    assert reading(KisClient.bonds, broker).rows == ()


def test_a_list_of_bonds_that_is_missing_or_goes_on_is_no_empty_account() -> None:
    for said in (
        Said({"rt_cd": "0", "msg_cd": "KIOK0510"}),
        Said({"rt_cd": "0", "msg_cd": "KIOK0510", "output": None}),
        Said(bond_page([], key="b"), tr_cont="M"),
    ):
        assert failing(KisClient.bonds, answering(said)).code == "bad-response"


def test_an_empty_list_with_totals_of_zero_is_an_empty_account() -> None:
    totals = {"pchs_amt_smtl_amt": "0", "evlu_amt_smtl_amt": "0", "trad_pfls_smtl": "1200"}
    mix = {"tot_asst_amt": "0", "evlu_amt_smtl": "0"}

    pension = Said({"rt_cd": "0", "msg_cd": "KIOK0510", "output1": [], "output2": [totals]})
    assets = Said({"rt_cd": "0", "msg_cd": "KIOK0530", "output1": [], "output2": mix})

    assert reading(KisClient.pension, saying("inquire-present-balance", pension)).rows == ()
    assert reading(KisClient.asset_mix, saying("inquire-account-balance", assets)).rows == ()


# What is asked


def test_a_question_carries_the_headers_and_parameters_that_kis_documents() -> None:
    async def run() -> Broker:
        async with bench() as b:
            await b.client.pension()
            await b.client.bonds()
            await b.client.asset_mix()
            return b.broker

    broker = asyncio.run(run())

    (pension,) = broker.asked["inquire-present-balance"]
    (bonds,) = broker.asked["inquire-balance"]
    (mix,) = broker.asked["inquire-account-balance"]
    account = {"CANO": "63512345", "ACNT_PRDT_CD": "29"}
    assert pension.path == "/uapi/domestic-stock/v1/trading/pension/inquire-present-balance"
    assert pension.params == account | {"USER_DVSN_CD": "00", "CTX_AREA_FK100": "", "CTX_AREA_NK100": ""}
    assert bonds.path == "/uapi/domestic-bond/v1/trading/inquire-balance"
    assert bonds.params == account | {
        "INQR_CNDT": "00",
        "PDNO": "",
        "BUY_DT": "",
        "CTX_AREA_FK200": "",
        "CTX_AREA_NK200": "",
    }
    assert mix.path == "/uapi/domestic-stock/v1/trading/inquire-account-balance"
    assert mix.params == account | {"INQR_DVSN_1": "", "BSPR_BF_DT_APLY_YN": ""}
    sent = {name.lower(): value for name, value in pension.headers.items()}
    assert sent["content-type"] == "application/json; charset=utf-8"
    assert sent["authorization"].startswith("Bearer tokenCANARY1")
    assert sent["appkey"] == CREDENTIALS.app_key
    assert sent["appsecret"] == CREDENTIALS.app_secret
    assert (sent["tr_id"], sent["custtype"], sent["tr_cont"]) == ("TTTC2202R", "P", "")
    assert bonds.headers["tr_id"] == "CTSC8407R"
    assert mix.headers["tr_id"] == "CTRP6548R"


def test_a_dc_members_account_is_refused_without_asking_the_broker() -> None:
    broker = Broker()

    error = failing(KisClient.pension, broker, "63512345-55")

    assert isinstance(error, NeedsUser)
    assert error.code == "settings"
    assert not broker.asked


# Pages


@pytest.mark.parametrize("pages", [1, 2, 3, 50])
def test_the_lots_of_every_page_are_read_once_and_in_order(pages: int) -> None:
    answers = [
        Said(bond_page([lot(n)], key=f"20240426!^{n}", message="KIOK0500"), tr_cont="MF"[n % 2])
        for n in range(pages - 1)
    ]
    broker = paging(*answers, Said(bond_page([lot(pages - 1)], key=" !^ !^"), tr_cont="D"))

    report = reading(KisClient.bonds, broker)

    assert [row.quantity for row in report.rows] == list(range(pages))
    assert len(broker.asked["inquire-balance"]) == pages


def test_the_next_page_is_asked_for_with_the_keys_as_they_came() -> None:
    broker = paging(
        Said(bond_page([lot(1)], key="20240426!^1"), tr_cont="M"), Said(bond_page([lot(2)]), tr_cont="E")
    )

    reading(KisClient.bonds, broker)

    second = broker.asked["inquire-balance"][1]
    assert second.headers["tr_cont"] == "N"
    assert second.params["CTX_AREA_FK200"] == "!^!^null".ljust(200)
    assert second.params["CTX_AREA_NK200"] == "20240426!^1".ljust(200)


def test_an_f_without_a_key_is_the_last_page() -> None:
    report = reading(KisClient.bonds, paging(Said(bond_page([lot(1)]), tr_cont="F")))

    assert len(report.rows) == 1


def test_a_page_without_tr_cont_is_the_last_one() -> None:
    report = reading(KisClient.bonds, paging(Said(bond_page([lot(1)], key="20240426!^1"))))

    assert len(report.rows) == 1


@pytest.mark.parametrize(
    ("tr_cont", "key", "message"),
    [
        ("M", "", "KIOK0500"),
        ("M", " !^ !^", "KIOK0460"),
        ("F", "", "KIOK0500"),
        ("", "20240426!^1", "KIOK0500"),
    ],
)
def test_a_list_that_goes_on_without_saying_where_is_refused(tr_cont: str, key: str, message: str) -> None:
    error = failing(
        KisClient.bonds, paging(Said(bond_page([lot(1)], key=key, message=message), tr_cont=tr_cont))
    )

    assert error.code == "bad-response"


def test_a_key_that_comes_back_later_is_refused() -> None:
    broker = paging(*(Said(bond_page([lot(n)], key="abc"[n % 3]), tr_cont="M") for n in range(4)))

    error = failing(KisClient.bonds, broker)

    assert error.code == "bad-response"
    assert len(broker.asked["inquire-balance"]) == 4


def test_a_page_with_a_lot_of_an_earlier_page_is_refused() -> None:
    broker = paging(
        Said(bond_page([lot(1), lot(2)], key="a"), tr_cont="M"),
        Said(bond_page([lot(3)], key="b"), tr_cont="M"),
        Said(bond_page([lot(4), lot(2)]), tr_cont="D"),
    )

    assert failing(KisClient.bonds, broker).code == "bad-response"


def test_a_list_without_an_end_is_refused() -> None:
    broker = paging(*(Said(bond_page([lot(n)], key=f"k{n}"), tr_cont="M") for n in range(MOST_PAGES + 5)))

    error = failing(KisClient.bonds, broker)

    assert error.code == "bad-response"
    assert len(broker.asked["inquire-balance"]) == MOST_PAGES


def test_a_refused_page_refuses_the_whole_list() -> None:
    broker = paging(
        Said(bond_page([lot(1)], key="a"), tr_cont="M"),
        Said(bond_page([lot(2)], key="b"), tr_cont="M"),
        refused("OPSQ2001", "ERROR : INPUT INVALID_CHECK_CTX", rt_cd="2"),
    )

    assert failing(KisClient.bonds, broker).code == "OPSQ2001"


def test_a_later_page_that_is_refused_for_want_of_data_refuses_the_whole_list() -> None:
    first = Said(bond_page([lot(1)], key="a"), tr_cont="M")

    error = failing(KisClient.bonds, paging(first, refused("KIOK0560", "조회할 내용이 없습니다", rt_cd="7")))

    assert error.code == "KIOK0560"


def test_a_later_page_with_nothing_more_on_it_ends_the_list() -> None:
    first = Said(bond_page([lot(1)], key="a"), tr_cont="M")
    last = Said(bond_page([], message="KIOK0560"), tr_cont="D")

    assert len(reading(KisClient.bonds, paging(first, last)).rows) == 1


@pytest.mark.parametrize(
    "page",
    [
        Said(bond_page([], key="b"), tr_cont="M"),
        Said(bond_page([], key="b", message="KIOK0560"), tr_cont="M"),
        Said(bond_page([]), tr_cont="D"),
    ],
)
def test_an_empty_page_of_a_longer_list_is_a_gap(page: Said) -> None:
    first = Said(bond_page([lot(1)], key="a"), tr_cont="M")

    error = failing(KisClient.bonds, paging(first, page, Said(bond_page([lot(2)]), tr_cont="D")))

    assert error.code == "bad-response"


CHANGED = refused("SYDB0050", "조회 이후 자료가 변경되었습니다. 다시 조회하시기 바랍니다.")


def test_a_list_that_changed_while_it_was_read_is_read_once_more_from_the_first_page() -> None:
    broker = paging(
        Said(bond_page([lot(1)], key="a"), tr_cont="M"),
        CHANGED,
        Said(bond_page([lot(2)], key="b"), tr_cont="M"),
        Said(bond_page([lot(3)]), tr_cont="D"),
    )

    report = reading(KisClient.bonds, broker)

    assert [row.quantity for row in report.rows] == [2, 3]
    asked = broker.asked["inquire-balance"]
    assert [each.params["CTX_AREA_NK200"].strip() for each in asked] == ["", "a", "", "b"]
    assert [each.headers["tr_cont"] for each in asked] == ["", "N", "", "N"]


def test_a_list_that_changes_again_is_an_error() -> None:
    broker = paging(
        Said(bond_page([lot(1)], key="a"), tr_cont="M"),
        CHANGED,
        Said(bond_page([lot(1)], key="a"), tr_cont="M"),
        CHANGED,
    )

    error = failing(KisClient.bonds, broker)

    assert error.code == "SYDB0050"
    assert len(broker.asked["inquire-balance"]) == 4


@pytest.mark.parametrize(
    ("read", "path"),
    [(KisClient.pension, "inquire-present-balance"), (KisClient.asset_mix, "inquire-account-balance")],
)
def test_a_query_of_one_page_is_asked_once_more_when_its_data_changed(
    read: Callable[[KisClient], Awaitable[object]], path: str
) -> None:
    broker = Broker()
    broker.says(path, CHANGED, *broker.answers[path])

    reading(read, broker)

    assert len(broker.asked[path]) == 2


def test_a_page_that_is_throttled_is_asked_for_again() -> None:
    broker = paging(
        Said(bond_page([lot(1)], key="a"), tr_cont="M"),
        refused("EGW00201", status=500),
        Said(bond_page([lot(2)]), tr_cont="D"),
    )

    assert len(reading(KisClient.bonds, broker).rows) == 2


# Refusals


def test_the_brokers_code_and_words_reach_the_user() -> None:
    said = refused("OPSQ2000", "ERROR : INPUT INVALID_CHECK_ACNO".ljust(80), rt_cd="2")

    error = failing(KisClient.pension, saying("inquire-present-balance", said))

    assert isinstance(error, NeedsUser)
    assert (error.code, error.message) == ("OPSQ2000", "ERROR : INPUT INVALID_CHECK_ACNO")
    assert "계좌번호" in error.action


def test_an_unknown_code_is_shown_as_it_is() -> None:
    error = failing(KisClient.pension, saying("inquire-present-balance", refused("ABCD1234", "뭔가")))

    assert type(error) is BrokerRefused
    assert error.code == "ABCD1234"


@pytest.mark.parametrize("status", [200, 403, 500])
@pytest.mark.parametrize("code", ["EGW02004", "EGW02006", "EGW02007", "EGW00304", "EGW00103", "EGW00207"])
def test_what_only_the_user_can_mend_is_asked_once_whatever_the_status(code: str, status: int) -> None:
    broker = saying("inquire-present-balance", refused(code, "거절", status=status))

    error = failing(KisClient.pension, broker)

    assert isinstance(error, NeedsUser)
    assert error.code == code
    assert len(broker.asked["inquire-present-balance"]) == 1


@pytest.mark.parametrize(("status", "times"), [(200, 1), (400, 1), (403, 1), (500, 2), (503, 2)])
def test_an_unknown_refusal_is_asked_once_and_with_a_server_error_twice(status: int, times: int) -> None:
    broker = saying("inquire-present-balance", refused("ABCD1234", "뭔가 다른 이유", status=status))

    error = failing(KisClient.pension, broker)

    assert (error.code, error.message) == ("ABCD1234", "뭔가 다른 이유")
    assert len(broker.asked["inquire-present-balance"]) == times


@pytest.mark.parametrize("code", ["EGW00316", "OPSQ1002", "OPSQ0003"])
def test_a_request_to_query_again_is_followed(code: str) -> None:
    again = refused(code, "조회 처리 중 오류 발생하였습니다. 재 조회 수행 부탁드립니다.")

    assert reading(KisClient.pension, saying("inquire-present-balance", again, again, Said(PENSION))).rows


@pytest.mark.parametrize("status", [200, 500])
def test_too_many_requests_are_repeated_whatever_the_status(status: int) -> None:
    broker = saying(
        "inquire-present-balance",
        *[refused("EGW00201", "초당 거래건수를 초과했습니다.", status=status)] * 2,
        *[refused("EGW00215", status=500)] * 2,
        Said(PENSION),
    )

    assert len(reading(KisClient.pension, broker).rows) == 2


def test_too_many_requests_for_too_long_are_given_up_with_the_brokers_code() -> None:
    broker = saying("inquire-present-balance", refused("EGW00201", status=500))

    error = failing(KisClient.pension, broker)

    assert isinstance(error, Throttled)
    assert error.code == "EGW00201"
    assert len(broker.asked["inquire-present-balance"]) == 5


def test_a_passing_fault_is_repeated_twice() -> None:
    broker = saying("inquire-present-balance", refused("EGW00002", status=500))

    assert isinstance(failing(KisClient.pension, broker), Busy)
    assert len(broker.asked["inquire-present-balance"]) == 3


def test_a_server_error_without_a_code_is_repeated_and_then_no_connection() -> None:
    broker = saying("inquire-present-balance", Said(b"<html>Bad Gateway</html>", 502))

    error = failing(KisClient.pension, broker)

    assert isinstance(error, NotReachable)
    assert error.code == "network"
    assert len(broker.asked["inquire-present-balance"]) == 3


def test_a_failing_status_with_a_success_inside_is_not_believed() -> None:
    error = failing(KisClient.pension, saying("inquire-present-balance", Said(PENSION, 500)))

    assert error.code == "network"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"0",
        b"{}",
        b"<html><body>maintenance</body></html>",
        "조회".encode("euc-kr"),
        b'{"rt_cd":"0","output1":[],"output":[],"msg1":"' + "조회".encode("euc-kr") + b'"}',
        b'{"rt_cd":"0","msg_cd":"KIOK0510"}',
        b'{"rt_cd":"0","output1":null,"output2":null,"output":null}',
        b'{"rt_cd":"0","output1":[null],"output":[null]}',
        b'{"rt_cd":"0","output1":"","output":""}',
        b'{"rt_cd":"1","msg1":"no code"}',
        b'{"rt_cd":{},"output1":[],"output":[]}',
        b'{"output1":[],"output2":[],"output":[]}',
        b'{"rt_cd":"0","x":' + b"[" * 100_000,
        b"\xef\xbb\xbf" + PENSION,
    ],
)
def test_a_body_that_is_not_the_documented_one_is_refused_and_not_repeated(body: bytes) -> None:
    broker = Broker()
    for path in broker.answers:
        broker.says(path, Said(body))

    for read in (KisClient.pension, KisClient.bonds, KisClient.asset_mix):
        error = failing(read, broker)
        assert isinstance(error, UnexpectedReply)
        assert error.code == "bad-response"
    assert len(broker.asked["inquire-balance"]) == 1


def test_a_text_that_is_no_number_is_named_by_its_field_and_not_quoted() -> None:
    broker = saying("inquire-present-balance", Said(PENSION.replace(b'"210690"', b'"2106x0"')))

    error = failing(KisClient.pension, broker)

    assert error.code == "bad-response"
    assert "evlu_amt" in error.message
    assert "2106x0" not in error.message


def test_a_body_cut_on_its_way_is_refused() -> None:
    async def run() -> None:
        head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1325\r\n\r\n"
        cache = MemoryCache(AccessToken("t", NOW, NOW + timedelta(days=1)))
        async with sending(head + PENSION[:500]) as base_url:
            session = KisSession(Transport(base_url), CREDENTIALS, cache, clock=CLOCK, retry_policy=at_once)
            try:
                await KisClient(session, ACCOUNT).pension()
            finally:
                await session.close()

    with pytest.raises(UnexpectedReply):
        asyncio.run(run())


def test_an_answer_that_takes_too_long_is_given_up() -> None:
    class Slow(Broker):
        async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
            if request.path.endswith("tokenP"):
                return await super().handle(request)
            await asyncio.Event().wait()
            raise AssertionError

    async def run() -> None:
        async with bench(broker=Slow(), deadline=0.2) as b:
            await b.client.pension()

    with pytest.raises(TimedOut):
        asyncio.run(run())


def test_a_server_that_is_not_there_is_no_connection() -> None:
    async def run() -> None:
        async with bench() as b:
            await b.client.pension()
        await b.client.pension()

    with pytest.raises(NotReachable):
        asyncio.run(run())


# Tokens


async def read_ten(b: Bench) -> None:
    await asyncio.gather(*(b.client.pension() for _ in range(10)))


def test_ten_parallel_questions_share_one_token() -> None:
    async def run() -> Bench:
        async with bench() as b:
            await read_ten(b)
            return b

    b = asyncio.run(run())

    assert len(b.broker.asked["tokenP"]) == 1
    assert b.cache.saves == 1
    assert b.cache.token is not None
    assert b.cache.token.expires_at.isoformat() == "2026-11-21T10:15:30+09:00"
    assert b.cache.token.issued_at == NOW


@pytest.mark.parametrize(
    ("code", "status"), [("EGW00123", 500), ("EGW00121", 500), ("EGW00122", 500), ("EGW00123", 200)]
)
def test_ten_parallel_questions_with_an_expired_token_get_one_new_one(code: str, status: int) -> None:
    async def run() -> Broker:
        async with bench() as b:
            b.broker.expired = refused(code, status=status)
            await b.client.pension()
            assert b.cache.token is not None
            b.broker.dead_tokens.add(b.cache.token.text)
            await read_ten(b)
            return b.broker

    broker = asyncio.run(run())

    assert len(broker.asked["tokenP"]) == 2
    assert len(broker.asked["inquire-present-balance"]) == 21


def test_a_token_refused_on_a_later_page_is_replaced_and_that_page_repeated() -> None:
    broker = paging(
        Said(bond_page([lot(1)], key="a"), tr_cont="M"),
        refused("EGW00123", status=500),
        Said(bond_page([lot(2)]), tr_cont="D"),
    )

    report = reading(KisClient.bonds, broker)

    assert len(report.rows) == 2
    assert [len(broker.asked[path]) for path in ("tokenP", "inquire-balance")] == [2, 3]


def test_a_second_refusal_of_the_token_is_the_brokers_last_word() -> None:
    broker = saying("inquire-present-balance", refused("EGW00121", status=500))

    error = failing(KisClient.pension, broker)

    assert isinstance(error, TokenRefused)
    assert error.code == "EGW00121"
    assert [len(broker.asked[path]) for path in ("tokenP", "inquire-present-balance")] == [2, 2]


@pytest.mark.parametrize("code", ["EGW00103", "EGW00105"])
def test_a_wrong_key_is_reported_and_not_tried_again(code: str) -> None:
    async def run() -> tuple[Broker, list[object]]:
        broker = Broker()
        broker.token_answers.extend([not_granted(code)] * 10)
        async with bench(broker=broker) as b:
            errors = await asyncio.gather(*(b.client.pension() for _ in range(10)), return_exceptions=True)
            return broker, list(errors)

    broker, errors = asyncio.run(run())

    assert [(type(e), getattr(e, "code", None)) for e in errors] == [(NeedsUser, code)] * 10
    assert len(broker.asked["tokenP"]) == 1


def test_a_token_asked_for_too_soon_is_waited_for() -> None:
    broker = Broker()
    broker.token_answers.append(not_granted("EGW00133", "접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)"))

    assert len(reading(KisClient.pension, broker).rows) == 2
    assert len(broker.asked["tokenP"]) == 2


def test_a_token_that_stays_too_soon_gives_the_brokers_code() -> None:
    broker = Broker()
    broker.token_answers.extend([not_granted("EGW00133")] * 9)

    error = failing(KisClient.pension, broker)

    assert isinstance(error, TooSoon)
    assert error.code == "EGW00133"


def test_a_token_request_that_may_have_been_counted_is_made_once_for_ten_callers() -> None:
    async def run() -> Broker:
        broker = Broker()
        broker.token_answers.extend([Said(b"", 503)] * 30)
        async with bench(broker=broker) as b:
            errors = await asyncio.gather(*(b.client.pension() for _ in range(10)), return_exceptions=True)
            assert {type(e) for e in errors} == {NotReachable}
        return broker

    assert len(asyncio.run(run()).asked["tokenP"]) == 1


def test_a_key_that_no_header_can_hold_is_a_fault_of_the_keychain() -> None:
    async def run() -> None:
        async with bench(credentials=Credentials("한글키", "secret\n")) as b:
            await b.client.pension()

    with pytest.raises(SecretUnavailable) as caught:
        asyncio.run(run())
    assert "한글키" not in repr(caught.value)


# Secrets


def test_nothing_secret_is_in_an_error_or_a_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    canaries = (CREDENTIALS.app_key, CREDENTIALS.app_secret, "tokenCANARY", "63512345")
    reported = f"{CREDENTIALS.app_key} {CREDENTIALS.app_secret} tokenCANARY1{'t' * 300} {ACCOUNT} 6351234529"
    shown: list[str] = []
    answers = [
        refused("OPSQ2000", reported),
        refused(reported, reported),
        Said({"rt_cd": "1", "msg1": reported}),
        not_granted(reported, reported, status=500),
        Said(json.dumps({"rt_cd": "0", "output1": [{"hldg_qty": reported}]}).encode()),
        Said(reported.encode()),
    ]
    for said in answers:
        error = failing(KisClient.pension, saying("inquire-present-balance", said))
        shown += [error.message, error.action, error.code, repr(error), str(error)]
    shown.append(caplog.text)

    assert "TTTC2202R: HTTP 200" in caplog.text
    assert not [canary for canary in canaries for text in shown if canary in text]


def test_the_parts_of_a_client_do_not_show_their_secrets() -> None:
    async def run() -> str:
        async with bench() as b:
            await b.client.pension()
            return " ".join(map(repr, (b.client, b.session, b.cache.token, *vars(b.session).values())))

    text = asyncio.run(run())

    assert "CANARY" not in text
    assert "63512345" not in text


def test_the_fixtures_are_what_kis_sends() -> None:
    for body, keys in ((PENSION, 100), (BONDS, 200)):
        page = json.loads(body)
        assert len(page[f"ctx_area_nk{keys}"]) == keys
        assert len(page["msg1"].encode("euc-kr")) == 80
    assert len(json.loads(ASSET_MIX)["output1"]) == 19
