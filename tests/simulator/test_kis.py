"""KIS's three readings on the wire."""

from decimal import Decimal

import pytest

from app.simulator.options import FUND, PENSION, invented

from .clients import READINGS, Brokers, against


def amounts(rows: list[dict[str, str]], name: str) -> Decimal:
    return sum((Decimal(row[name]) for row in rows), Decimal(0))


@pytest.mark.parametrize("view", READINGS)
def test_headers_are_lower_case_and_the_message_fills_eighty_bytes(view: str):
    async def story(brokers: Brokers) -> None:
        answer = await brokers.kis(view)
        names = {name for name, _ in answer.headers.raw}
        assert {b"tr_id", b"tr_cont", b"gt_uid"} <= names
        assert len(answer.json()["msg1"].encode("euc-kr")) == 80
        assert answer.json()["rt_cd"] == "0"

    against(story)


@pytest.mark.parametrize("view", READINGS)
def test_no_number_has_an_exponent_or_a_plus(view: str):
    async def story(brokers: Brokers) -> None:
        body = (await brokers.kis(view)).text
        assert "E-" not in body
        assert '"+' not in body

    against(story)


def test_the_pension_totals_are_the_sums_of_nine_holdings():
    async def story(brokers: Brokers) -> None:
        body = (await brokers.kis("pension")).json()
        rows, (totals,) = body["output1"], body["output2"]
        assert len(rows) == 9
        assert len(body["ctx_area_fk100"]) == len(body["ctx_area_nk100"]) == 100
        assert amounts(rows, "evlu_amt") == Decimal(totals["evlu_amt_smtl_amt"])
        assert amounts(rows, "pchs_amt") == Decimal(totals["pchs_amt_smtl_amt"])
        assert amounts(rows, "evlu_pfls_amt") == Decimal(totals["evlu_pfls_smtl_amt"])
        for row in rows:
            assert Decimal(row["evlu_amt"]) == Decimal(row["prpr"]) * Decimal(row["hldg_qty"])

    against(story)


def test_the_cash_of_the_pension_comes_with_the_same_holdings_and_no_trades():
    async def story(brokers: Brokers) -> None:
        held = (await brokers.kis("pension")).json()["output1"]
        body = (await brokers.kis("pension-cash")).json()
        rows, totals = body["output1"], body["output2"]
        for name in ("pdno", "hldg_qty", "pchs_amt", "evlu_amt"):
            assert [row[name] for row in rows] == [row[name] for row in held]
        assert {row["thdt_buyqty"] for row in rows} == {row["thdt_sll_qty"] for row in rows} == {"0"}
        assert int(totals["prvs_rcdl_excc_amt"]) > 0
        assert amounts(rows, "evlu_amt") == Decimal(totals["scts_evlu_amt"])
        assert int(totals["tot_evlu_amt"]) == int(totals["scts_evlu_amt"]) + int(totals["prvs_rcdl_excc_amt"])

    against(story)


def test_the_bonds_come_in_three_pages_and_the_last_key_is_hollow():
    async def story(brokers: Brokers) -> None:
        pages = await brokers.bond_pages()
        lots = [(row["pdno"], row["buy_dt"], row["buy_sqno"]) for page in pages for row in page["output"]]
        assert [len(page["output"]) for page in pages] == [10, 10, 5]
        assert len(set(lots)) == 25
        assert [page["msg_cd"] for page in pages] == ["KIOK0500", "KIOK0500", "KIOK0460"]
        assert pages[-1]["ctx_area_nk200"] == " !^ !^".ljust(200)

    against(story)


def test_a_stripped_continuation_key_is_as_good_as_a_padded_one():
    async def story(brokers: Brokers) -> None:
        key = (await brokers.kis("bonds")).json()["ctx_area_nk200"]
        padded = await brokers.kis("bonds", tr_cont="N", CTX_AREA_NK200=key)
        stripped = await brokers.kis("bonds", tr_cont="N", CTX_AREA_NK200=key.strip())
        assert padded.json() == stripped.json()

    against(story)


def test_query_names_may_come_in_lower_case():
    async def story(brokers: Brokers) -> None:
        usual, tr_id, path, parameters = READINGS["bonds"]
        number, product = usual.account.split("-")
        asked = {"CANO": number, "ACNT_PRDT_CD": product, **parameters}
        asked["CTX_AREA_NK200"] = (await brokers.kis("bonds")).json()["ctx_area_nk200"]
        sent = await brokers.kis_headers(usual, tr_id) | {"tr_cont": "N"}
        upper = await brokers.http.get(brokers.base + path, headers=sent, params=asked)
        asked = {name.lower(): text for name, text in asked.items()}
        lower = await brokers.http.get(brokers.base + path, headers=sent, params=asked)
        assert lower.json()["msg_cd"] == "KIOK0500"
        assert lower.json() == upper.json()

    against(story)


def test_some_bond_lots_hide_their_purchase_and_one_is_split_unevenly():
    async def story(brokers: Brokers) -> None:
        lots = [row for page in await brokers.bond_pages() for row in page["output"]]
        hidden = [lot for lot in lots if lot["buy_amt"] == "0"]
        uneven = [lot for lot in lots if int(lot["cblc_qty"]) != int(lot["agrx_qty"]) + int(lot["sprx_qty"])]
        assert len(hidden) == 5
        assert {(lot["buy_unpr"], lot["buy_erng_rt"]) for lot in hidden} == {("0", "0.00000000")}
        assert len(uneven) == 1

    against(story)


@pytest.mark.parametrize(("credential", "count"), [(None, 20), (FUND, 17)])
def test_the_asset_mix_ends_with_a_total_that_is_the_sum_of_its_rows(credential, count):
    async def story(brokers: Brokers) -> None:
        body = (await brokers.kis("asset-mix", credential=credential)).json()
        *rows, total = body["output1"]
        totals = body["output2"]
        assert len(rows) + 1 == count
        for name in ("pchs_amt", "evlu_amt", "evlu_pfls_amt", "crdt_lnd_amt", "real_nass_amt"):
            assert amounts(rows, name) == Decimal(total[name])
        assert total["evlu_amt"] == totals["tot_asst_amt"]
        assert len(totals) == 25
        money = Decimal(totals["frcr_evlu_tota"]) + Decimal(totals["tot_dncl_amt"])
        assert Decimal(totals["evlu_amt_smtl"]) + money == Decimal(totals["tot_asst_amt"])
        assert sum(row["evlu_amt"] == "0" for row in rows) >= 3

    against(story)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"without": "CTX_AREA_FK200"}, "OPSQ2001"),
        ({"INQR_CNDT": "77"}, "OPSQ2001"),
        ({"CANO": "99999999"}, "OPSQ2000"),
        ({"ACNT_PRDT_CD": "21"}, "OPSQ2000"),
        ({"ACNT_PRDT_CD": "77"}, "APBK1271"),
        ({"credential": PENSION}, "APBK1744"),
        ({"credential": FUND}, "APAC0489"),
        ({"tr_cont": "N", "CTX_AREA_NK200": "KR0!^1!^1"}, "OPSQ2001"),
        ({"headers": {"tr_id": "CTSC0000R"}}, "OPSQ0002"),
        ({"headers": {"tr_id": ""}}, "OPSQ9999"),
        ({"headers": {"authorization": "Bearer nonsense"}}, "EGW00121"),
        ({"headers": {"authorization": "nonsense"}}, "EGW00205"),
        ({"headers": {"appkey": "nonsense"}}, "EGW00103"),
        ({"headers": {"appsecret": "nonsense"}}, "EGW00105"),
    ],
)
def test_a_wrong_bond_request_gets_the_code_of_what_is_wrong(changes, code):
    async def story(brokers: Brokers) -> None:
        body = (await brokers.kis("bonds", **changes)).json()
        assert body["rt_cd"] != "0"
        assert body["msg_cd"] == code
        assert "output" not in body

    against(story)


def test_a_missing_parameter_is_named_at_the_end_of_the_text():
    async def story(brokers: Brokers) -> None:
        body = (await brokers.kis("pension", without="CTX_AREA_NK100")).json()
        assert body["msg1"].strip().endswith("INPUT_FIELD_NAME CTX_AREA_NK100")

    against(story)


def test_too_many_requests_in_a_second_get_http_500_and_do_not_hinder_another_key():
    async def story(brokers: Brokers) -> None:
        answers = [await brokers.kis("pension") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 500]
        assert answers[-1].json()["msg_cd"] == "EGW00201"
        assert (await brokers.kis("asset-mix")).status_code == 200

    against(story, requests_per_second=3)


def test_an_ended_token_is_said_to_have_expired():
    async def story(brokers: Brokers) -> None:
        await brokers.kis("pension")
        brokers.simulator.kis_tokens.end_all()
        answer = await brokers.kis("pension")
        assert (answer.status_code, answer.json()["msg_cd"]) == (500, "EGW00123")

    against(story)


def test_a_key_and_account_of_ones_own_can_be_added():
    own = invented("kis", "60000001-29", ("pension",), "OWN")

    async def story(brokers: Brokers) -> None:
        body = (await brokers.kis("pension", credential=own)).json()
        assert body["ctx_area_fk100"].startswith("60000001^29^00^")

    against(story, extra=(own,))


def test_the_same_seed_gives_the_same_holdings_and_another_seed_others():
    bodies: list[str] = []

    async def story(brokers: Brokers) -> None:
        bodies.append((await brokers.kis("pension")).text)

    for seed in (7, 7, 8):
        against(story, seed=seed)
    assert bodies[0] == bodies[1] != bodies[2]
