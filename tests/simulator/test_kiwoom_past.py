"""kt00002, kt00015, kt00016, kt00017, ka01690 and ka20006 on the wire."""

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from .clients import Brokers, against

TODAY = date(2026, 11, 30)  # a Monday
AMOUNT = re.compile(r"(-\d{11}|\d{12})")


async def asked(brokers: Brokers, api_id: str, path: str = "acnt", **body: str) -> dict[str, Any]:
    """One answer, with the token of a login of its own."""
    return (await answered(brokers, api_id, path, body)).json()


async def answered(brokers: Brokers, api_id: str, path: str, body: dict[str, str], **headers: str):
    sent = {"api-id": api_id, "authorization": f"Bearer {(await brokers.kiwoom_token())['token']}"}
    return await brokers.http.post(f"{brokers.kiwoom}/api/dostk/{path}", json=body, headers=sent | headers)


def told(story, **options: Any) -> None:
    against(story, today=TODAY, kiwoom_requests_per_second=1_000, **options)


def text(day: date) -> str:
    return f"{day:%Y%m%d}"


def day_of(row: dict[str, str]) -> date:
    return date.fromisoformat(row["dt"])


async def values(brokers: Brokers, first: str, last: str) -> list[dict[str, str]]:
    answer = await asked(brokers, "kt00002", start_dt=first, end_dt=last)
    return answer["daly_prsm_dpst_aset_amt_prst"]


async def net_now(brokers: Brokers) -> int:
    return int((await asked(brokers, "kt00003"))["prsm_dpst_aset_amt"])


def test_kt00002_has_every_calendar_day_oldest_first_and_none_of_today():
    async def story(brokers: Brokers) -> None:
        rows = await values(brokers, "20261101", "20261130")
        assert [day_of(row) for row in rows] == [date(2026, 11, number) for number in range(1, 30)]
        by_day = {day_of(row).day: row["prsm_dpst_aset_amt"] for row in rows}
        assert by_day[27] == by_day[28] == by_day[29]  # Friday's on the weekend
        assert by_day[26] != by_day[27]

    told(story)


def test_kt00002_begins_with_the_account_and_has_nothing_before():
    async def story(brokers: Brokers) -> None:
        assert await values(brokers, "20200101", "20201231") == []
        assert await values(brokers, "20270101", "20271231") == []
        rows = await values(brokers, "20230101", "20231231")
        assert day_of(rows[0]) == brokers.simulator.past.days[0]
        assert len(rows) == (date(2023, 12, 31) - day_of(rows[0])).days + 1

    told(story)


def test_the_amounts_of_the_past_are_twelve_characters_wide():
    async def story(brokers: Brokers) -> None:
        row = (await values(brokers, "20261101", "20261130"))[0]
        span = await asked(brokers, "kt00016", fr_dt="20250303", to_dt="20250304")
        ledger = await asked(brokers, "kt00017")
        assert set(row) == {
            "dt",
            "entr",
            "grnt_use_amt",
            "crd_loan",
            "ls_grnt",
            "repl_amt",
            "prsm_dpst_aset_amt",
            "prsm_dpst_aset_amt_bncr_skip",
        }
        apart = {"dt", "mang_empno", "mngr_nm", "dept_nm", "prft_rt", "tern_rt", "return_code", "return_msg"}
        for body in (row, span, ledger):
            for name in body.keys() - apart:
                assert AMOUNT.fullmatch(body[name]), (name, body[name])
        assert re.fullmatch(r"-?\d+\.\d{2}", span["prft_rt"])
        assert len(span.keys() - {"return_code", "return_msg"}) == 39
        assert len(ledger.keys() - {"return_code", "return_msg"}) == 25

    told(story)


def test_the_net_assets_of_a_day_are_its_balance_and_its_securities_less_the_loan():
    async def story(brokers: Brokers) -> None:
        for day in ("20231201", "20250704", "20261013", "20261129"):
            (row,) = await values(brokers, day, day)
            balance = await asked(brokers, "ka01690", qry_dt=day)
            total = int(row["prsm_dpst_aset_amt"])
            rows = balance["day_bal_rt"]
            assert int(balance["day_stk_asst"]) == total
            assert int(balance["dbst_bal"]) == int(row["entr"]) - int(row["crd_loan"])
            assert sum(int(each["evlt_amt"]) for each in rows) == int(balance["tot_evlt_amt"])
            assert sum(int(each["evltv_prft"]) for each in rows) == int(balance["tot_evltv_prft"])
            assert int(balance["tot_evlt_amt"]) + int(balance["dbst_bal"]) == total
            span = await asked(brokers, "kt00016", fr_dt=day, to_dt=day)
            assert int(span["tot_amt_to"]) == total

    told(story)


@pytest.mark.parametrize("cuts", [(), (1,), (400, 401), (90, 180, 365, 730, 1_000)])
def test_the_parts_of_a_span_add_up_to_the_whole(cuts: tuple[int, ...]):
    first = date(2023, 11, 1)

    async def story(brokers: Brokers) -> None:
        stops = [first, *(first + timedelta(days=cut) for cut in cuts), TODAY + timedelta(days=1)]
        whole = await asked(brokers, "kt00016", fr_dt=text(first), to_dt=text(TODAY))
        parts = [
            await asked(brokers, "kt00016", fr_dt=text(start), to_dt=text(end - timedelta(days=1)))
            for start, end in pairwise(stops)
        ]
        for name in ("termin_tot_trns", "termin_tot_pymn", "termin_tot_inq", "termin_tot_outq", "evltv_prft"):
            assert sum(int(part[name]) for part in parts) == int(whole[name])
        for before, after in pairwise(parts):
            assert before["tot_amt_to"] == after["tot_amt_fr"]
        assert int(whole["tot_amt_fr"]) == 0
        assert int(whole["tot_amt_to"]) == await net_now(brokers)
        assert int(whole["termin_tot_pymn"]) > 0

    told(story)


def test_the_return_of_a_span_is_its_profit_by_the_average_capital():
    async def story(brokers: Brokers) -> None:
        span = await asked(brokers, "kt00016", fr_dt="20250101", to_dt="20251231")
        before, after, paid, taken, profit, capital = (
            int(span[name])
            for name in (
                "tot_amt_fr",
                "tot_amt_to",
                "termin_tot_trns",
                "termin_tot_pymn",
                "evltv_prft",
                "invt_bsamt",
            )
        )
        assert profit == after - before - paid + taken
        assert before < capital < before + paid
        assert span["prft_rt"] == f"{profit / capital * 100:.2f}"

    told(story)


def test_one_call_for_one_day_has_its_deposits():
    async def story(brokers: Brokers) -> None:
        paid = [each for each in brokers.simulator.past.kiwoom if each.cash_in][10]
        span = await asked(brokers, "kt00016", fr_dt=text(paid.day), to_dt=text(paid.day))
        assert int(span["termin_tot_trns"]) == paid.cash_in
        assert int(span["evltv_prft"]) == int(span["tot_amt_to"]) - int(span["tot_amt_fr"]) - paid.cash_in

    told(story)


def test_the_last_value_and_todays_movements_make_todays_account():
    async def story(brokers: Brokers) -> None:
        market = brokers.simulator.market
        market.tick("005930", 101_000)
        market.fill("005930", 7)
        market.fill("000660", -1)
        market.fill("035420", -market._cash_position(market.quotes["035420"].security).quantity)
        (friday,) = await values(brokers, "20261129", "20261129")
        ledger = await asked(brokers, "kt00017")
        cash = int(friday["entr"]) + sum(
            sign * int(ledger[name])
            for name, sign in (
                ("ina_amt", 1),
                ("outa", -1),
                ("sell_amt", 1),
                ("buy_amt", -1),
                ("cmsn", -1),
                ("tax", -1),
                ("crd_int_amt", -1),
                ("dvida_amt", 1),
            )
        )
        account = (await brokers.position_pages())[0]
        assert cash == int(ledger["d2_entra"]) == int(account["entr_d2"])
        securities = int(ledger["gnrl_stk_evlt_amt_d2"]) + int(ledger["crd_loan_evlta_d2"])
        assert securities == int(account["evlt_amt_tot"])
        span = await asked(brokers, "kt00016", fr_dt="20261130", to_dt="20261130")
        assert span["tot_amt_fr"] == friday["prsm_dpst_aset_amt"]
        assert (
            int(span["tot_amt_to"]) == await net_now(brokers) == cash + securities - int(friday["crd_loan"])
        )
        assert all(int(ledger[name]) for name in ("sell_amt", "buy_amt", "cmsn", "tax", "dvida_amt"))

    told(story)


def test_the_transactions_are_the_costs_and_the_dividends_of_the_days_in_pages():
    async def story(brokers: Brokers) -> None:
        past = brokers.simulator.past
        parts = {"tp": "0", "gds_tp": "0", "dmst_stex_tp": "%"}
        rows: list[dict[str, str]] = []
        key, pages = "", 0
        while pages == 0 or key:
            headers = {"cont-yn": "Y", "next-key": key} if key else {}
            body = {"strt_dt": text(past.days[0]), "end_dt": text(TODAY), **parts}
            answer = await answered(brokers, "kt00015", "acnt", body, **headers)
            rows += answer.json()["trst_ovrl_trde_prps_array"]
            key, pages = answer.headers.get("next-key", ""), pages + 1
        assert pages > 1
        settled = past.kiwoom[:-2]
        assert sum(int(row["cmsn"]) for row in rows) == sum(each.fees for each in settled)
        assert sum(int(row["trde_agri_tax"]) for row in rows) == sum(each.taxes for each in settled)
        paid = [row for row in rows if row["io_tp_nm"] == "입금"]
        assert sum(int(row["exct_amt"]) for row in paid) == sum(each.dividends for each in past.kiwoom)
        assert all(0 < int(row["incm_resi_tax"]) < int(row["trde_amt"]) for row in paid)
        assert [row["trde_dt"] for row in rows] == sorted(row["trde_dt"] for row in rows)

    told(story)


def test_ka01690_of_today_is_the_account_as_it_is():
    async def story(brokers: Brokers) -> None:
        brokers.simulator.market.tick("005930", 101_000)
        balance = await asked(brokers, "ka01690", qry_dt=text(TODAY))
        rows = [row for page in await brokers.position_pages() for row in page["stk_cntr_remn"]]
        assert [each["stk_cd"] for each in balance["day_bal_rt"]] == [row["stk_cd"][1:] for row in rows]
        for each, row in zip(balance["day_bal_rt"], rows, strict=True):
            assert int(each["evlt_amt"]) == int(row["evlt_amt"])
            assert int(each["rmnd_qty"]) == int(row["cur_qty"])
        assert int(balance["day_stk_asst"]) == await net_now(brokers)

    told(story)


@pytest.mark.parametrize("day", ["20200103", "20261201"])
def test_ka01690_of_a_day_without_an_account_is_empty(day: str):
    async def story(brokers: Brokers) -> None:
        balance = await asked(brokers, "ka01690", qry_dt=day)
        assert (balance["return_code"], balance["dt"], balance["day_bal_rt"]) == (0, day, [])
        assert balance["day_stk_asst"] == "0"

    told(story)


def test_ka20006_has_the_index_in_hundredths_newest_first_in_pages_of_six_hundred():
    async def story(brokers: Brokers) -> None:
        body = {"inds_cd": "001", "base_dt": "20261129"}
        first = await answered(brokers, "ka20006", "chart", body)
        key = first.headers["next-key"]
        second = await answered(brokers, "ka20006", "chart", body, **{"cont-yn": "Y", "next-key": key})
        rows = first.json()["inds_dt_pole_qry"] + second.json()["inds_dt_pole_qry"]
        expected = [each for each in brokers.simulator.past.index if each[0] < TODAY]
        assert (first.headers["cont-yn"], second.headers["cont-yn"]) == ("Y", "N")
        assert len(first.json()["inds_dt_pole_qry"]) == 600
        assert [(day_of(row), int(row["cur_prc"])) for row in rows] == expected[::-1]
        assert 200_000 < int(rows[0]["cur_prc"]) < 500_000
        for row in rows:
            inner = sorted((int(row["open_pric"]), int(row["cur_prc"])))
            assert int(row["low_pric"]) <= inner[0] <= inner[1] <= int(row["high_pric"])

    told(story)


@pytest.mark.parametrize(
    ("api_id", "path", "body", "code"),
    [
        ("kt00002", "acnt", {}, "[1511:"),
        ("kt00002", "acnt", {"start_dt": "20260101"}, "[1511:"),
        ("kt00002", "acnt", {"start_dt": "2026-01-01", "end_dt": "20260201"}, "[1517:"),
        ("kt00002", "acnt", {"start_dt": "20260201", "end_dt": "20260101"}, "[1517:"),
        ("kt00016", "acnt", {"fr_dt": "20260230", "to_dt": "20260301"}, "[1517:"),
        ("kt00016", "acnt", {"to_dt": "20260301"}, "[1511:"),
        ("ka01690", "acnt", {}, "[1511:"),
        ("ka01690", "acnt", {"qry_dt": "yesterday"}, "[1517:"),
        ("ka20006", "chart", {"inds_cd": "999", "base_dt": "20260301"}, "[1517:"),
        ("ka20006", "chart", {"inds_cd": "001"}, "[1511:"),
        ("ka20006", "acnt", {"inds_cd": "001", "base_dt": "20260301"}, "[1505:"),
        ("kt00002", "chart", {"start_dt": "20260101", "end_dt": "20260201"}, "[1505:"),
    ],
)
def test_a_wrong_question_about_the_past_gets_http_200_with_the_code_in_the_text(api_id, path, body, code):
    async def story(brokers: Brokers) -> None:
        answer = await answered(brokers, api_id, path, body)
        assert answer.status_code == 200
        assert answer.json()["return_code"] == 2
        assert code in answer.json()["return_msg"]

    told(story)


def test_paper_trading_has_no_past():
    async def story(brokers: Brokers) -> None:
        answer = await asked(brokers, "kt00002", start_dt="20260101", end_dt="20260201")
        assert answer["return_code"] == 20
        assert "RC9000" in answer["return_msg"]

    told(story, faults=("paper-address",))


def test_an_empty_account_has_no_past():
    async def story(brokers: Brokers) -> None:
        assert await values(brokers, "20260101", "20260201") == []
        assert int((await asked(brokers, "kt00016", fr_dt="20260101", to_dt="20260201"))["tot_amt_to"]) == 0
        assert int((await asked(brokers, "kt00017"))["d2_entra"]) == 0
        assert (await asked(brokers, "ka01690", qry_dt="20260102"))["day_bal_rt"] == []

    told(story, faults=("empty-account",))
