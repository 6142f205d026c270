"""kt00005 on the wire."""

import re

import pytest

from app.simulator.options import KIWOOM

from .clients import Brokers, against

AMOUNT = re.compile(r"-?\d+")


def total(rows: list[dict[str, str]], name: str) -> int:
    return sum(int(row[name]) for row in rows)


def test_thirty_positions_come_in_two_pages_with_the_same_totals():
    async def story(brokers: Brokers) -> None:
        pages = await brokers.position_pages()
        rows = [row for page in pages for row in page["stk_cntr_remn"]]
        assert [len(page["stk_cntr_remn"]) for page in pages] == [20, 10]
        for page in pages:
            assert total(rows, "evlt_amt") == int(page["evlt_amt_tot"])
            assert total(rows, "pur_amt") == int(page["stk_buy_tot_amt"])
            assert total(rows, "evltv_prft") == int(page["tot_pl_tot"])

    against(story)


def test_pages_agree_although_prices_move_between_them():
    async def story(brokers: Brokers) -> None:
        token = (await brokers.kiwoom_token())["token"]
        first = await brokers.positions(token)
        brokers.simulator.market.tick("005930", 70_000)
        second = await brokers.positions(token, first.headers["next-key"])
        rows = first.json()["stk_cntr_remn"] + second.json()["stk_cntr_remn"]
        assert total(rows, "evlt_amt") == int(second.json()["evlt_amt_tot"])
        assert second.headers["cont-yn"] == "N"

    against(story)


def test_amounts_are_twelve_characters_wide_and_rates_have_four_decimals():
    async def story(brokers: Brokers) -> None:
        body = (await brokers.position_pages())[0]
        rows = body.pop("stk_cntr_remn")
        for row in rows:
            for name in ("setl_remn", "cur_qty", "cur_prc", "buy_uv", "pur_amt", "evlt_amt", "evltv_prft"):
                assert AMOUNT.fullmatch(row[name])
                assert len(row[name]) == 12
            assert re.fullmatch(r"-?\d+\.\d{4}", row["pl_rt"])
        scalars = {
            name: text for name, text in body.items() if isinstance(text, str) and name != "return_msg"
        }
        rates = {"tot_pl_rt", "crd_grnt_rt"}
        assert len(scalars) == 30
        assert {len(text) for name, text in scalars.items() if name not in rates} == {12}

    against(story)


def test_codes_carry_their_letter_and_a_credit_row_its_dates():
    async def story(brokers: Brokers) -> None:
        rows = [row for page in await brokers.position_pages() for row in page["stk_cntr_remn"]]
        credit = [row for row in rows if row["crd_tp"] != "00"]
        assert {row["stk_cd"][0] for row in rows} == {"A", "Q"}
        assert len({row["stk_cd"] for row in rows}) == 29
        assert [(row["crd_tp"], len(row["loan_dt"]), len(row["expr_dt"])) for row in credit] == [("03", 8, 8)]
        assert {(row["loan_dt"], row["expr_dt"]) for row in rows if row["crd_tp"] == "00"} == {("", "")}

    against(story)


def test_a_tick_and_a_fill_show_in_the_next_reading():
    async def story(brokers: Brokers) -> None:
        before = (await brokers.position_pages())[0]["stk_cntr_remn"][0]
        brokers.simulator.market.tick("005930", 70_000)
        brokers.simulator.market.fill("005930", 3)
        after = (await brokers.position_pages())[0]["stk_cntr_remn"][0]
        assert int(after["cur_prc"]) == 70_000
        assert int(after["cur_qty"]) == int(before["cur_qty"]) + 3
        assert int(after["pur_amt"]) == int(before["pur_amt"]) + 210_000
        assert after["setl_remn"] == before["setl_remn"]

    against(story)


def test_five_hundred_positions_can_be_read():
    async def story(brokers: Brokers) -> None:
        pages = await brokers.position_pages()
        assert sum(len(page["stk_cntr_remn"]) for page in pages) == 500

    against(story, positions=500, kiwoom_requests_per_second=100)


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        ({}, {}, "[1511:"),
        ({"dmst_stex_tp": "SOR"}, {}, "[1517:"),
        (None, {"api-id": ""}, "[1501:"),
        (None, {"api-id": "kt99999"}, "[1505:"),
        (None, {"authorization": ""}, "[1513:"),
        (None, {"authorization": "Basic abc"}, "[1514:"),
        (None, {"authorization": "Bearer abc"}, "[8005:"),
        (None, {"cont-yn": "Y", "next-key": "abc"}, "[1517:"),
    ],
)
def test_a_wrong_request_gets_http_200_with_the_code_in_the_text(body, headers, code):
    async def story(brokers: Brokers) -> None:
        token = (await brokers.kiwoom_token())["token"]
        answer = await brokers.positions(token, body=body, **headers)
        assert answer.status_code == 200
        assert answer.json()["return_code"] != 0
        assert code in answer.json()["return_msg"]

    against(story)


def test_the_sixth_request_of_a_second_gets_429_with_1700():
    async def story(brokers: Brokers) -> None:
        token = (await brokers.kiwoom_token())["token"]
        answers = [await brokers.positions(token) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        assert answers[-1].json()["return_code"] == 5
        assert "[1700:" in answers[-1].json()["return_msg"]

    against(story)


def test_the_account_number_is_learnt_from_the_broker():
    async def story(brokers: Brokers) -> None:
        token = (await brokers.kiwoom_token())["token"]
        answer = await brokers.positions(token, body={}, **{"api-id": "ka00001"})
        assert answer.json()["acctNo"] == KIWOOM.account

    against(story)


def test_kt00018_has_the_same_positions_with_costs_and_the_closes_that_trades_are_compared_with():
    async def story(brokers: Brokers) -> None:
        rows = [row for page in await brokers.position_pages() for row in page["stk_cntr_remn"]]
        token = (await brokers.kiwoom_token())["token"]
        asked = {"qry_tp": "2", "dmst_stex_tp": "KRX"}
        first = await brokers.positions(token, body=asked, **{"api-id": "kt00018"})
        key = first.headers["next-key"]
        second = await brokers.positions(token, key, body=asked, **{"api-id": "kt00018"})
        pages = [first.json(), second.json()]
        balances = [row for page in pages for row in page["acnt_evlt_remn_indv_tot"]]

        assert (first.headers["cont-yn"], second.headers["cont-yn"]) == ("Y", "N")
        assert [each["stk_cd"] for each in balances] == [each["stk_cd"] for each in rows]
        for row, balance in zip(rows, balances, strict=True):
            quote = brokers.simulator.market.quotes[row["stk_cd"][1:]]
            assert int(balance["pred_close_pric"]) == quote.base
            costs = sum(int(balance[name]) for name in ("pur_cmsn", "sell_cmsn", "tax"))
            assert int(balance["evlt_amt"]) - costs == int(row["evlt_amt"])
            assert int(balance["evltv_prft"]) == int(row["evltv_prft"])
            assert (len(balance["evlt_amt"]), len(balance["pred_close_pric"])) == (15, 12)
        assert total(balances, "evlt_amt") == int(pages[0]["tot_evlt_amt"])
        assert total(balances, "evltv_prft") == int(pages[0]["tot_evlt_pl"])

    against(story)


def test_kt00018_sums_up_the_positions_in_a_stock():
    async def story(brokers: Brokers) -> None:
        token = (await brokers.kiwoom_token())["token"]
        asked = {"qry_tp": "1", "dmst_stex_tp": "KRX"}
        codes: list[str] = []
        key = ""
        while key or not codes:
            page = await brokers.positions(token, key, body=asked, **{"api-id": "kt00018"})
            codes += [row["stk_cd"] for row in page.json()["acnt_evlt_remn_indv_tot"]]
            key = page.headers["next-key"]
        assert len(codes) == len(set(codes)) == 29

    against(story)


@pytest.mark.parametrize(("query", "code"), [({}, "[1511:"), ({"qry_tp": "3"}, "[1517:")])
def test_kt00018_needs_its_kind(query: dict[str, str], code: str):
    async def story(brokers: Brokers) -> None:
        token = (await brokers.kiwoom_token())["token"]
        answer = await brokers.positions(
            token, body={"dmst_stex_tp": "KRX", **query}, **{"api-id": "kt00018"}
        )
        assert code in answer.json()["return_msg"]

    against(story)
