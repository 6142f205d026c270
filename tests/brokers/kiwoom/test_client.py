"""Positions are read whole or not at all."""

import asyncio
import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from app.brokers.kiwoom import codes, wire
from app.brokers.kiwoom.client import KiwoomClient, KiwoomSession, wait_after
from app.domain.errors import (
    AppError,
    BrokerRefused,
    Busy,
    NeedsUser,
    NotReachable,
    SessionTaken,
    Throttled,
    TimedOut,
    TokenRefused,
    UnexpectedReply,
    UnknownFault,
)
from app.domain.holdings import PositionReport
from tests.brokers.kiwoom.servers import KEYS, Answer, Memory, Rest, page, refused

EXAMPLE = (Path(__file__).parents[2] / "wire" / "kiwoom-kt00005.json").read_bytes()


def read(rest: Rest, **options: Any) -> PositionReport:
    """The positions as read from this server."""

    async def run() -> PositionReport:
        async with rest.client(**options) as client:
            return await client.positions()

    return asyncio.run(run())


def more(next_key: str | None = "K2", name: str = "cont-yn", value: str = "Y") -> dict[str, str]:
    """Headers that announce another page."""
    return {name: value} if next_key is None else {name: value, "next-key": next_key}


class Pages:
    """A session that gives these pages without a network; the last one for ever."""

    ws_url = "ws://127.0.0.1:1"
    keeper = None

    def __init__(self, pages: Sequence[tuple[dict[str, Any], str | None]]) -> None:
        self._pages = pages
        self.asked: list[str] = []

    async def positions_page(self, exchange: str, next_key: str) -> tuple[wire.PositionsReply, str | None]:
        assert exchange == "KRX"
        self.asked.append(next_key)
        body, following = self._pages[min(len(self.asked), len(self._pages)) - 1]
        return msgspec.convert(body, wire.PositionsReply), following


def paged(pages: Pages) -> PositionReport:
    """The positions as read from these pages."""
    return asyncio.run(KiwoomClient(cast(KiwoomSession, pages)).positions())


def test_the_published_example_comes_through_the_wire() -> None:
    rest = Rest([Answer(EXAMPLE)])

    report = read(rest)

    headers, body = rest.requests[0]
    assert report.value == 6_236_342
    assert report.difference == 6_236_342 - 209_542
    assert json.loads(body) == {"dmst_stex_tp": "KRX"}
    assert headers["api-id"] == "kt00005"
    assert headers["authorization"] == "Bearer token-1"
    assert (headers["cont-yn"], headers["next-key"]) == ("N", "")
    assert "python" not in headers["user-agent"].lower()


def test_pages_are_followed_whatever_the_case_of_the_headers() -> None:
    rest = Rest(
        [
            Answer(page("000001"), headers={"Cont-Yn": "y", "NEXT-KEY": " K2 "}),
            Answer(page("000002", evlt_amt_tot="9"), headers={"cont-yn": "N"}),
        ]
    )

    report = read(rest)

    assert [row.code for row in report.rows] == ["000001", "000002"]
    assert report.value == 3000  # page 1 is the source of the account's own figures
    assert [(headers["cont-yn"], headers["next-key"]) for headers, _ in rest.requests] == [
        ("N", ""),
        ("Y", "K2"),
    ]


@pytest.mark.parametrize("headers", [more(None), more(""), more("  "), more("x" * 201), more("키")])
def test_another_page_without_a_usable_key_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(UnexpectedReply):
        read(Rest([Answer(page("000001"), headers=headers)]))


def test_a_key_that_comes_again_is_refused() -> None:
    pages = Pages([(page("000001"), "K2"), (page("000002"), "K3"), (page("000003"), "K2")])

    with pytest.raises(UnexpectedReply):
        paged(pages)

    assert pages.asked == ["", "K2", "K3"]


def test_a_list_of_100_pages_is_read_and_one_of_101_is_refused() -> None:
    hundred = [(page(f"{n:06}"), f"K{n}") for n in range(99)] + [(page("000099"), None)]
    longer = [(page(f"{n:06}"), f"K{n}") for n in range(200)]

    assert len(paged(Pages(hundred)).rows) == 100
    pages = Pages(longer)
    with pytest.raises(UnexpectedReply):
        paged(pages)
    assert len(pages.asked) == 100


def test_a_position_that_comes_twice_is_refused() -> None:
    with pytest.raises(UnexpectedReply):
        paged(Pages([(page("000001"), "K2"), (page("000001"), None)]))


def test_a_page_that_is_refused_refuses_the_list_with_its_code() -> None:
    rest = Rest([Answer(page("000001"), headers=more()), Answer(refused("1902"))])

    with pytest.raises(BrokerRefused) as caught:
        read(rest)

    assert caught.value.code == "1902"


@pytest.mark.parametrize(
    "message",
    [
        "조회할 내역이 없습니다",
        " 조회할 내용이 없습니다. ",
        "조회내역이 없습니다",
        "해당 자료가 없습니다.",
        "보유종목이 존재하지 않습니다",
        "[2000](571758:조회내역이 없습니다)",
        "[2000](571758:조회 내역이 존재하지 않습니다.)",
        "571758:조회내역이 없습니다",
        "서비스를 처리하는 중에 오류가 발생했습니다[2000](571758:조회내역이 없습니다)",
    ],
)
def test_an_account_is_empty_where_the_broker_says_that_there_is_no_data(message: str) -> None:
    report = paged(Pages([({"return_code": 20, "return_msg": message, "stk_cntr_remn": []}, None)]))

    assert report.rows == ()
    assert (report.value, report.difference) == (None, None)


@pytest.mark.parametrize(
    ("message", "error", "code"),
    [
        ("[2000](571489:오늘은 휴장일입니다.)", BrokerRefused, "571489"),
        ("571489:장이 열리지않는 날입니다.", BrokerRefused, "571489"),
        ("[2000](571758:장이 열리지 않는 날입니다.)", BrokerRefused, "571758"),
        ("[2000](579999:처음 보는 거절입니다.)", BrokerRefused, "579999"),
        ("장종료", BrokerRefused, "20"),
        ("지금은 조회할 수 없습니다", BrokerRefused, "20"),
        ("조회 권한이 없습니다", BrokerRefused, "20"),
        ("해당 종목이 없습니다", BrokerRefused, "20"),
        ("장종료: 조회내역이 없습니다", BrokerRefused, "20"),
        ("", BrokerRefused, "20"),
        ("[RC7006] 지원하지 않습니다", NeedsUser, "RC7006"),
        ("RC9000:모의투자에서는 해당업무가 제공되지 않습니다.", NeedsUser, "RC9000"),
        ("[RC9000] 조회내역이 없습니다", NeedsUser, "RC9000"),
        ("인증에 실패했습니다[8050:지정단말기 인증에 실패했습니다]", NeedsUser, "8050"),
        ("서비스 오류 [CODE=1999, MESSAGE=예기치 못한 에러]", Busy, "1999"),
    ],
)
def test_a_refusal_with_code_20_is_an_error_with_its_inner_code_and_the_brokers_words(
    message: str, error: type[BrokerRefused], code: str
) -> None:
    body = {"return_code": 20, "return_msg": message, "stk_cntr_remn": []}

    with pytest.raises(BrokerRefused) as caught:
        read(Rest([Answer(body)]))

    assert type(caught.value) is error
    assert caught.value.code == code
    assert message in caught.value.message
    assert caught.value.action


def test_a_refusal_in_the_words_of_a_success_is_no_empty_account() -> None:
    words = "인증에 실패했습니다[8050:지정단말기 인증에 실패했습니다]"
    body = {"return_code": 0, "return_msg": words, "evlt_amt_tot": "0", "stk_cntr_remn": []}

    with pytest.raises(NeedsUser) as caught:
        read(Rest([Answer(body)]))

    assert caught.value.code == "8050"
    assert len(read(Rest([Answer(page("000001", return_msg=words))])).rows) == 1


def test_positions_beside_code_20_are_not_believed() -> None:
    with pytest.raises(BrokerRefused) as caught:
        read(Rest([Answer(page("000001", return_code="20", return_msg="조회내역이 없습니다"))]))

    assert caught.value.code == "20"


def test_no_data_after_a_first_page_is_a_gap() -> None:
    last = {"return_code": 20, "return_msg": "조회내역이 없습니다", "stk_cntr_remn": []}

    with pytest.raises(BrokerRefused):
        paged(Pages([(page("000001"), "K2"), (last, None)]))


@pytest.mark.parametrize("totals", [{"evlt_amt_tot": "0"}, {"stk_buy_tot_amt": "0", "evlt_amt_tot": "-0"}])
@pytest.mark.parametrize("rows", [{}, {"stk_cntr_remn": None}, {"stk_cntr_remn": []}])
def test_an_account_is_empty_where_its_totals_are_zero(
    totals: dict[str, str], rows: dict[str, list[object] | None]
) -> None:
    assert paged(Pages([({"return_code": 0, **totals, **rows}, None)])).rows == ()


@pytest.mark.parametrize(
    "totals",
    [
        {},
        {"evlt_amt_tot": " "},
        {"evlt_amt_tot": "000005390000"},
        {"evlt_amt_tot": "0", "stk_buy_tot_amt": "000004120000"},
        {"return_code": 20, "return_msg": "조회내역이 없습니다", "evlt_amt_tot": "000005390000"},
    ],
)
@pytest.mark.parametrize("rows", [{}, {"stk_cntr_remn": None}, {"stk_cntr_remn": []}])
def test_a_list_that_did_not_come_is_no_empty_account(
    totals: dict[str, object], rows: dict[str, list[object] | None]
) -> None:
    with pytest.raises(UnexpectedReply, match="stk_cntr_remn"):
        paged(Pages([({"return_code": 0, **totals, **rows}, None)]))


def test_an_empty_page_within_a_list_is_a_gap() -> None:
    pages = Pages([(page("000001"), "K2"), (page(), "K3"), (page("000002", "000003"), None)])

    with pytest.raises(UnexpectedReply, match="stk_cntr_remn"):
        paged(pages)


@pytest.mark.parametrize(
    ("totals", "is_whole"),
    [
        ({"evlt_amt_tot": "2000"}, True),
        ({"evlt_amt_tot": "2007", "stk_buy_tot_amt": "1800"}, True),  # prices moved between the pages
        ({"evlt_amt_tot": "2007", "stk_buy_tot_amt": "1900"}, False),
        ({"evlt_amt_tot": "3000"}, False),
    ],
)
def test_an_empty_last_page_ends_a_list_whose_rows_make_up_the_brokers_total(
    totals: dict[str, str], is_whole: bool
) -> None:
    first = page("000001", "000002", **totals)
    for row in first["stk_cntr_remn"]:
        row["pur_amt"] = "900"
    pages = Pages([(first, "K2"), (page(**totals), None)])

    if is_whole:
        assert len(paged(pages).rows) == 2
    else:
        with pytest.raises(UnexpectedReply, match="stk_cntr_remn"):
            paged(pages)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b""),
        Answer(b"null"),
        Answer(b"[]"),
        Answer(b"{}"),
        Answer(b"<html></html>"),
        Answer(b"<html>Request Blocked</html>", 400),
        Answer(b"", 302, {"location": "https://example.invalid/"}),
        Answer('{"return_msg":"오류"}'.encode("euc-kr")),
        Answer(page("000001"), 404),
        Answer({"return_code": True, "stk_cntr_remn": []}),
        Answer({"return_code": 0, "stk_cntr_remn": {}}),
        Answer({"return_code": 0, "stk_cntr_remn": [None]}),
        Answer({"return_code": 0, "stk_cntr_remn": [{"stk_cd": ["A005930"]}]}),
        Answer(page("000001", evlt_amt_tot="NaN")),
        Answer({"return_code": 0, "stk_cntr_remn": [{"stk_cd": " "}]}),
        Answer(b"[" * 100_000),
        Answer(b'{"x":' * 100_000),
    ],
)
def test_an_answer_of_another_shape_is_refused_whole(answer: Answer) -> None:
    with pytest.raises(UnexpectedReply):
        read(Rest([answer]))


def test_a_field_of_another_kind_is_named() -> None:
    rows = page("000001")["stk_cntr_remn"]
    rows[0]["cur_prc"] = [True]

    with pytest.raises(UnexpectedReply, match="cur_prc"):
        read(Rest([Answer(page("000001", stk_cntr_remn=rows))]))


def test_the_published_example_cut_at_any_byte_is_refused() -> None:
    body = EXAMPLE.rstrip()
    decoder = msgspec.json.Decoder(wire.PositionsReply)

    for size in range(len(body)):
        with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
            decoder.decode(body[:size])


def test_a_token_that_expired_is_replaced_once_for_all_callers() -> None:
    rest = Rest([Answer(refused("8005")), Answer(EXAMPLE)])

    async def run() -> list[PositionReport]:
        async with rest.client() as client:
            return await asyncio.gather(client.positions(), client.positions())

    reports = asyncio.run(run())

    assert len(reports) == 2
    assert len(rest.issues) == 2
    assert [headers["authorization"] for headers, _ in rest.requests] == [
        "Bearer token-1",
        "Bearer token-2",
        "Bearer token-2",
    ]
    assert rest.most_at_once == 1


def test_a_second_token_that_is_refused_ends_the_call() -> None:
    rest = Rest([Answer(refused("8005"))])

    with pytest.raises(TokenRefused):
        read(rest)

    assert len(rest.issues) == 2
    assert len(rest.requests) == 2


def test_a_token_is_kept_for_the_next_program() -> None:
    cache = Memory()
    rest = Rest([Answer(EXAMPLE)])

    read(rest, cache=cache)
    read(rest, cache=cache)

    assert len(rest.issues) == 1
    assert cache.token is not None


def test_requests_of_one_kind_go_out_one_a_second() -> None:
    async def run() -> list[int | None]:
        async with Rest([Answer(EXAMPLE)]).client() as client:
            await client.positions()
            return [limiter._starts.maxlen for limiter in client._session._limiters.values()]

    assert asyncio.run(run()) == [1]


@pytest.mark.parametrize(
    ("answer", "times"),
    [
        (Answer({"return_code": 4711, "return_msg": "처음 보는 거절"}), 1),
        (Answer({"return_code": 4711, "return_msg": "처음 보는 거절"}, 400), 1),
        (Answer({"return_code": 4711, "return_msg": "처음 보는 거절"}, 500), 2),
        (Answer({"return_code": 7, "return_msg": "오류[1999:예기치 못한 에러]"}), 3),
        (Answer({"return_code": 3, "return_msg": "인증[8050:지정단말기]"}, 500), 1),
    ],
)
def test_an_unknown_refusal_is_asked_once_and_with_a_server_error_twice(answer: Answer, times: int) -> None:
    rest = Rest([answer])

    with pytest.raises(BrokerRefused):
        read(rest)

    assert len(rest.requests) == times


def test_http_429_without_a_code_of_the_brokers_is_reported_by_a_word_of_the_contract() -> None:
    rest = Rest([Answer(b"", 429), Answer(b"{}", 429), Answer(refused("1902"))])

    with pytest.raises(BrokerRefused) as caught:
        read(rest)

    assert caught.value.code == "1902"
    assert codes.refusal(None, "", 429).code == "network"


def test_too_many_requests_are_tried_again() -> None:
    limit = {"return_code": 5, "return_msg": "허용된 요청 개수를 초과하였습니다[1700:유량=5]"}
    rest = Rest([Answer(limit, 429), Answer(EXAMPLE)])

    assert len(read(rest).rows) == 1
    assert len(rest.requests) == 2


def test_a_server_error_is_tried_again() -> None:
    rest = Rest([Answer(b"oops", 500), Answer(EXAMPLE)])

    assert len(read(rest).rows) == 1


@pytest.mark.parametrize(
    ("error", "waits"),
    [
        (Throttled("-"), [1.1, 2.2, 4.4, 8.8, None]),
        (NotReachable("-"), [0.5, 1.0, None]),
        (Busy("-"), [0.5, 1.0, None]),
        (UnknownFault("-"), [0.5, None]),
        (BrokerRefused("-"), [None]),
        (TimedOut("-"), [None]),
        (UnexpectedReply("-"), [None]),
        (NeedsUser("-"), [None]),
        (TokenRefused("-"), [None]),
        (SessionTaken("-"), [None]),
    ],
)
def test_only_what_passes_by_itself_is_tried_again(error: AppError, waits: list[float | None]) -> None:
    assert [wait_after(error, attempt) for attempt in range(1, len(waits) + 1)] == pytest.approx(waits)


def test_no_error_reveals_a_key_a_token_or_an_account() -> None:
    said = f"{KEYS.app_key} {KEYS.app_secret} token-1 1234567811"
    rest = Rest([Answer({"return_code": 2, "return_msg": said})])

    with pytest.raises(BrokerRefused) as caught:
        read(rest)

    for secret in said.split():
        assert secret not in str(caught.value)


def balances(*closes: tuple[str, str | None]) -> dict[str, Any]:
    """A page of kt00018."""
    rows = [{"stk_cd": code, "pred_close_pric": close} for code, close in closes]
    return {"acnt_evlt_remn_indv_tot": rows, "return_code": 0, "return_msg": "조회가 완료되었습니다."}


def read_closes(rest: Rest) -> dict[str, Decimal]:
    """The previous closes as read from this server."""

    async def run() -> dict[str, Decimal]:
        async with rest.client() as client:
            return await client.closes()

    return asyncio.run(run())


def test_the_previous_closes_of_every_page_are_read_without_unknown_ones() -> None:
    first = Answer(balances(("A005930", "000000098400"), ("Q530031", "000000001385")), headers=more())
    second = Answer(balances(("A000660", "000000000000"), ("A035420", ""), ("A005380", "-00000268000")))
    rest = Rest([first, second])

    assert read_closes(rest) == {
        "005930": Decimal(98400),
        "530031": Decimal(1385),
        "005380": Decimal(268000),
    }
    headers, body = rest.requests[1]
    assert (headers["api-id"], headers["next-key"]) == ("kt00018", "K2")
    assert json.loads(body) == {"qry_tp": "2", "dmst_stex_tp": "KRX"}


def test_a_key_of_closes_that_comes_again_ends_the_list() -> None:
    rest = Rest([Answer(balances(("A005930", "000000098400")), headers=more())])

    assert read_closes(rest) == {"005930": Decimal(98400)}
    assert len(rest.requests) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (
            Answer({"return_code": 20, "return_msg": "RC9000:제공되지 않습니다."}),
            NeedsUser,
        ),
        (Answer(refused("1999")), Busy),
        (Answer(b"<html>", status=502), AppError),
        (Answer(balances(("A005930", "98,4OO"))), UnexpectedReply),
    ],
)
def test_a_refused_list_of_closes_is_an_error(answer: Answer, kind: type[AppError]) -> None:
    with pytest.raises(kind):
        read_closes(Rest([answer]))
