"""Every fault does what its name says, to its own view and to no other."""

import json
from collections.abc import Awaitable, Callable

import httpx
import pytest

from app.simulator.faults import DESCRIPTIONS, Faults, fault_names
from app.simulator.options import BROKERAGE, FUND, PENSION

from .clients import KIS_VIEWS, Brokers, against

VIEWS = (*KIS_VIEWS, "positions")


async def read(brokers: Brokers, view: str) -> httpx.Response:
    """The first page of a view."""
    if view == "positions":
        return await brokers.positions((await brokers.kiwoom_token())["token"])
    return await brokers.kis(view)


def kis_code(answer: httpx.Response) -> str:
    return answer.json()["msg_cd"]


def kiwoom_text(answer: httpx.Response) -> str:
    return answer.json()["return_msg"]


REPLACED: dict[str, Callable[[httpx.Response], bool]] = {
    "http-500": lambda answer: answer.status_code == 500 and not answer.text.startswith("{"),
    "http-502": lambda answer: answer.status_code == 502,
    "http-503": lambda answer: answer.status_code == 503,
    "maintenance-302": lambda answer: answer.status_code == 302,
    "firewall-400": lambda answer: answer.status_code == 400 and "Request Blocked" in answer.text,
    "html-200": lambda answer: answer.status_code == 200 and answer.text.startswith("<!DOCTYPE"),
    "null-body": lambda answer: answer.json() is None,
    "list-body": lambda answer: answer.json() == [],
    "empty-body": lambda answer: answer.status_code == 200 and answer.content == b"",
    "truncated-json": lambda answer: answer.text.startswith("{") and not answer.text.endswith("}"),
    "wrong-charset": lambda answer: "조회" in answer.content.decode("euc-kr"),
}


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", REPLACED)
def test_a_body_is_replaced_in_its_own_view_only(name: str, view: str):
    async def story(brokers: Brokers) -> None:
        other = "pension" if view != "pension" else "bonds"
        for ready in (view, other):
            await read(brokers, ready)  # the tokens first: maintenance refuses them too
        brokers.simulator.faults.set(f"{name}@{view}")
        if name == "maintenance-302" and view == "positions":
            answer = await brokers.positions("any")
        else:
            answer = await read(brokers, view)
        assert REPLACED[name](answer)
        assert (await read(brokers, other)).json()["rt_cd"] == "0"
        brokers.simulator.faults.clear()
        assert (await read(brokers, view)).status_code == 200

    against(story)


KIS_REFUSALS = {
    "wrong-account": (200, "OPSQ2000"),
    "echo-account": (200, "APAC0081"),
    "unlisted-address": (500, "EGW00207"),
    "rate-limit": (500, "EGW00201"),
    "rate-limit-200": (200, "EGW00201"),
    "ledger-limit": (500, "EGW00215"),
    "http-500-refusal": (500, "EGW00206"),
    "paper-key": (500, "EGW02004"),
    "paper-address": (500, "EGW02006"),
    "cut-secret": (500, "EGW00304"),
    "unknown-refusal": (500, "ABCD1234"),
    "tokens-never-valid": (500, "EGW00121"),
}
KIWOOM_REFUSALS = {
    "unlisted-address": (200, "[8050:"),
    "rate-limit": (429, "[1700:"),
    "rate-limit-200": (200, "[1700:"),
    "http-500-refusal": (500, "[1999:"),
    "paper-key": (200, "[8030:"),
    "paper-address": (200, "RC9000:"),
    "unknown-refusal": (500, "처음 보는 거절"),
    "closed-market": (200, "[2000](571489:"),
    "market-over": (200, "장종료"),
    "tokens-never-valid": (200, "[8005:"),
}


@pytest.mark.parametrize("name", KIS_REFUSALS)
def test_kis_refuses_with_its_code(name: str):
    async def story(brokers: Brokers) -> None:
        answer = await brokers.kis("bonds")
        assert (answer.status_code, kis_code(answer)) == KIS_REFUSALS[name]

    against(story, faults=(name,))


@pytest.mark.parametrize("name", KIWOOM_REFUSALS)
def test_kiwoom_refuses_with_its_code_in_the_text(name: str):
    async def story(brokers: Brokers) -> None:
        answer = await read(brokers, "positions")
        status, code = KIWOOM_REFUSALS[name]
        assert answer.status_code == status
        assert code in kiwoom_text(answer)

    against(story, faults=(name,))


def test_a_refusal_may_repeat_the_account_number():
    async def story(brokers: Brokers) -> None:
        assert "50123456-01" in (await brokers.kis("bonds")).json()["msg1"]

    against(story, faults=("echo-account@bonds",))


TOKEN_REFUSALS = {
    "wrong-key": ("EGW00103", "[8001:"),
    "wrong-secret": ("EGW00105", "[8002:"),
    "token-too-soon": ("EGW00133", "[1700:"),
}


@pytest.mark.parametrize("name", TOKEN_REFUSALS)
def test_a_token_is_refused_for_the_keys_of_one_view_or_for_all(name: str):
    async def story(brokers: Brokers) -> None:
        faults, (kis, kiwoom) = brokers.simulator.faults, TOKEN_REFUSALS[name]
        faults.set(f"{name}@pension")
        assert (await brokers.kis_issue(PENSION)).json()["error_code"] == kis
        assert (await brokers.kis_issue(BROKERAGE)).status_code == 200
        faults.set(name)
        assert (await brokers.kis_issue(BROKERAGE)).json()["error_code"] == kis
        assert kiwoom in (await brokers.kiwoom_token())["return_msg"]

    against(story)


@pytest.mark.parametrize(("name", "status"), [("expired-token", 500), ("expired-token-200", 200)])
def test_a_token_expires_once_and_the_next_one_works(name: str, status: int):
    async def story(brokers: Brokers) -> None:
        first, again = await brokers.kis("pension"), await brokers.kis("pension")
        assert (first.status_code, kis_code(first)) == (status, "EGW00123")
        assert (again.status_code, kis_code(again)) == (status, "EGW00123")
        brokers._tokens.clear()
        assert kis_code(await brokers.kis("pension")) == "KIOK0510"
        token = (await brokers.kiwoom_token())["token"]
        assert "[8005:" in kiwoom_text(await brokers.positions(token))
        assert (await read(brokers, "positions")).json()["return_code"] == 0

    against(story, faults=(name,))


def test_a_token_may_be_unknown_once_and_the_next_one_works():
    async def story(brokers: Brokers) -> None:
        assert kis_code(await brokers.kis("pension")) == "EGW00122"
        brokers._tokens.clear()
        assert kis_code(await brokers.kis("pension")) == "KIOK0510"
        assert "[8003:" in kiwoom_text(await read(brokers, "positions"))
        assert (await read(brokers, "positions")).json()["return_code"] == 0

    against(story, faults=("unknown-token",))


def test_a_query_is_to_be_repeated_twice():
    async def story(brokers: Brokers) -> None:
        codes = [kis_code(await brokers.kis("pension")) for _ in range(4)]
        assert codes == ["EGW00316", "EGW00316", "KIOK0510", "KIOK0510"]

    against(story, faults=("query-again",))


def test_a_reissue_may_end_the_token_before():
    async def story(brokers: Brokers) -> None:
        first = (await brokers.kiwoom_token())["token"]
        second = (await brokers.kiwoom_token())["token"]
        assert "[8005:" in kiwoom_text(await brokers.positions(first))
        assert (await brokers.positions(second)).json()["return_code"] == 0

    against(story, faults=("reissue-kills-token",))


def test_a_flaky_view_works_at_the_third_try():
    async def story(brokers: Brokers) -> None:
        codes = [(await brokers.kis("bonds")).status_code for _ in range(4)]
        assert codes == [500, 500, 200, 200]

    against(story, faults=("flaky",))


def test_a_slow_answer_takes_its_time():
    async def story(brokers: Brokers) -> None:
        await brokers.kis_headers(PENSION, "")
        with pytest.raises(httpx.ReadTimeout):
            brokers.http.timeout = httpx.Timeout(0.1)
            await brokers.kis("pension")

    against(story, faults=("slow",))


def test_a_trickling_answer_comes_byte_by_byte():
    async def story(brokers: Brokers) -> None:
        headers = await brokers.kis_headers(PENSION, "TTTC2202R")
        path = "/uapi/domestic-stock/v1/trading/pension/inquire-present-balance"
        async with brokers.http.stream("GET", brokers.base + path, headers=headers) as answer:
            sizes = [len(part) async for part in answer.aiter_raw()]
        assert len(sizes) > 20
        assert max(sizes) < 20

    against(story, faults=("trickle",), trickle_seconds=0.0005)


def test_a_cut_line_ends_within_the_answer():
    async def story(brokers: Brokers) -> None:
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await brokers.kis("pension")

    against(story, faults=("cut-line",))


@pytest.mark.parametrize("view", VIEWS)
def test_numbers_may_be_blank_null_missing_or_nonsense(view: str):
    list_name = {"bonds": "output", "positions": "stk_cntr_remn"}.get(view, "output1")

    async def story(brokers: Brokers) -> None:
        sound = (await read(brokers, view)).json()[list_name][0]
        for name in ("blank-numbers", "null-numbers", "missing-numbers", "bad-number"):
            brokers.simulator.faults.set(f"{name}@{view}")
            rows = (await read(brokers, view)).json()[list_name]
            brokers.simulator.faults.clear()
            changed = {key for key in sound if rows[0].get(key, "gone") != sound[key]}
            shown = {rows[0].get(key, "gone") for key in changed}
            expected = {"blank-numbers": "", "null-numbers": None, "missing-numbers": "gone"}
            assert shown == {expected.get(name, "12a,4")}
            assert any(row.keys() == sound.keys() and "12a,4" not in row.values() for row in rows)

    against(story)


def test_a_wrong_total_is_a_thousand_won_too_high():
    async def story(brokers: Brokers) -> None:
        pension = (await brokers.kis("pension")).json()
        assets = (await brokers.kis("asset-mix")).json()
        positions = await brokers.position_pages()
        gaps = (
            int(pension["output2"][0]["evlu_amt_smtl_amt"])
            - sum(int(row["evlu_amt"]) for row in pension["output1"]),
            int(assets["output2"]["tot_asst_amt"])
            - sum(int(row["evlu_amt"]) for row in assets["output1"][:-1]),
            int(positions[0]["evlt_amt_tot"])
            - sum(int(row["evlt_amt"]) for page in positions for row in page["stk_cntr_remn"]),
        )
        assert gaps == (1_000, 1_000, 1_000)

    against(story, faults=("wrong-total",))


def test_an_empty_account_has_zero_totals():
    async def story(brokers: Brokers) -> None:
        pension = (await brokers.kis("pension")).json()
        assert (pension["output1"], pension["output2"][0]["evlu_amt_smtl_amt"]) == ([], "0")
        assert [page["output"] for page in await brokers.bond_pages()] == [[]]
        assets = (await brokers.kis("asset-mix")).json()["output1"]
        assert {row["evlu_amt"] for row in assets} == {"0"}
        assert len(assets) == 20
        (positions,) = await brokers.position_pages()
        assert (positions["stk_cntr_remn"], positions["evlt_amt_tot"]) == ([], "0" * 12)

    against(story, faults=("empty-account",))


def test_a_list_may_be_missing_under_its_totals():
    async def story(brokers: Brokers) -> None:
        pension = (await brokers.kis("pension")).json()
        assert pension["output1"] == []
        assert int(pension["output2"][0]["evlu_amt_smtl_amt"]) > 0
        *_, last = await brokers.bond_pages()
        assert (last["output"], last["msg_cd"]) == ([], "KIOK0460")
        assets = (await brokers.kis("asset-mix")).json()
        assert (assets["output1"], int(assets["output2"]["tot_asst_amt"]) > 0) == ([], True)
        (positions,) = await brokers.position_pages()
        assert (positions["stk_cntr_remn"], positions["return_code"]) == ([], 0)
        assert int(positions["evlt_amt_tot"]) > 0

    against(story, faults=("missing-list",))


def test_a_bare_empty_account_has_no_totals():
    async def story(brokers: Brokers) -> None:
        pension = (await brokers.kis("pension")).json()
        assert (pension["output1"], pension["output2"], pension["msg_cd"]) == ([], [], "KIOK0560")
        assert (await brokers.kis("asset-mix")).json()["output1"] == []
        (positions,) = await brokers.position_pages()
        assert positions["return_code"] == 20
        assert "evlt_amt_tot" not in positions

    against(story, faults=("empty-account-bare",))


@pytest.mark.parametrize(
    ("name", "general", "fund"),
    [("unknown-layout", 21, 18), ("legacy-layout", 19, 16), ("fund-layout", 17, 17)],
)
def test_other_layouts_have_other_numbers_of_rows_with_the_total_last(name: str, general: int, fund: int):
    async def story(brokers: Brokers) -> None:
        for credential, count in ((BROKERAGE, general), (FUND, fund)):
            *rows, total = (await brokers.kis("asset-mix", credential=credential)).json()["output1"]
            assert len(rows) + 1 == count
            assert sum(int(row["evlu_amt"]) for row in rows) == int(total["evlu_amt"])

    against(story, faults=(name,))


def test_the_bodies_may_have_capital_keys_and_output2_may_be_an_object():
    async def story(brokers: Brokers) -> None:
        body = (await brokers.kis("pension")).json()
        assert isinstance(body["output2"], dict)
        assert {"Output1", "Output2"} < set((await brokers.kis("asset-mix")).json())

    against(story, faults=("object-output2", "capital-keys@asset-mix"))


def test_endless_pages_repeat_their_key_and_endless_new_keys_do_not():
    async def story(brokers: Brokers) -> None:
        faults = brokers.simulator.faults
        for name, count in (("endless-pages", 1), ("endless-new-keys", 5)):
            faults.set(name)
            bonds = await brokers.bond_pages(5)
            assert len({page["ctx_area_nk200"] for page in bonds}) == count
            assert len({json.dumps(page["output"]) for page in bonds}) == count
            positions = await brokers.position_pages(5)
            assert len(positions) == 5
            assert len({json.dumps(page["stk_cntr_remn"]) for page in positions}) == count
            faults.clear()

    against(story, kiwoom_requests_per_second=50)


def test_the_second_page_may_be_refused():
    async def story(brokers: Brokers) -> None:
        bonds, positions = await brokers.bond_pages(), await brokers.position_pages()
        assert [page["rt_cd"] for page in bonds] == ["0", "2"]
        assert [page["return_code"] for page in positions] == [0, 7]

    against(story, faults=("failing-page",))


def test_a_list_may_change_between_two_pages_once_or_each_time():
    async def story(brokers: Brokers) -> None:
        ends: list[str] = []
        for name in ("list-changed", "list-changing"):
            brokers.simulator.faults.set(name)
            ends += [(await brokers.bond_pages())[-1]["msg_cd"] for _ in range(2)]
            brokers.simulator.faults.clear()
        assert ends == ["SYDB0050", "KIOK0460", "SYDB0050", "SYDB0050"]

    against(story)


def test_tr_cont_may_be_f_and_d():
    async def story(brokers: Brokers) -> None:
        assert (await brokers.kis("bonds")).headers["tr_cont"] == "F"
        assert len(await brokers.bond_pages()) == 3

    against(story, faults=("tr-cont-f",))


async def ticking(brokers: Brokers, seen: Callable[[list[str]], Awaitable[None] | None]) -> None:
    """Register two codes, trade them five times each and show the raw frames up to the last trade."""
    async with brokers.line() as line:
        await line.register(["005930", "000660"])
        for step in range(5):
            brokers.simulator.market.tick("005930", 98_000 + 100 * step)
            brokers.simulator.market.tick("000660", 540_000 + 1_000 * step)
        raw: list[str] = []
        while '"+544000"' not in (raw or [""])[-1]:
            raw.append(str(await line.socket.recv()))
        seen(raw)


def prices(raw: list[str], code: str = "005930") -> list[int]:
    entries = [entry for frame in raw for entry in json.loads(frame)["data"]]
    return [abs(int(entry["values"]["10"])) for entry in entries if entry["item"] == code]


def test_without_a_fault_every_tick_comes_once_in_order():
    async def story(brokers: Brokers) -> None:
        await ticking(brokers, lambda raw: None if prices(raw) == SOUND else pytest.fail(str(prices(raw))))

    against(story, batch_max=1)


SOUND = [98_000, 98_100, 98_200, 98_300, 98_400]


def test_duplicate_ticks_come_twice():
    async def story(brokers: Brokers) -> None:
        def twice(raw: list[str]) -> None:
            assert prices(raw) == [price for price in SOUND for _ in range(2)]

        await ticking(brokers, twice)

    against(story, faults=("duplicate-ticks",), batch_max=1)


def test_scrambled_ticks_come_late_among_the_others():
    async def story(brokers: Brokers) -> None:
        def out_of_order(raw: list[str]) -> None:
            assert set(prices(raw)) == set(SOUND)
            assert prices(raw) != sorted(prices(raw))

        await ticking(brokers, out_of_order)

    against(story, faults=("scrambled-order",), batch_max=1)


def test_junk_lies_between_the_ticks():
    async def story(brokers: Brokers) -> None:
        def half_junk(raw: list[str]) -> None:
            assert len(raw) == 20
            assert any('"trnm":"REAL"' not in frame for frame in raw)

        await ticking(brokers, half_junk)

    against(story, faults=("junk-frames",), batch_max=1)


def test_codes_that_nobody_registered_come_too():
    async def story(brokers: Brokers) -> None:
        def strangers(raw: list[str]) -> None:
            items = {entry["item"] for frame in raw for entry in json.loads(frame)["data"]}
            assert items > {"005930", "000660"}

        await ticking(brokers, strangers)

    against(story, faults=("unknown-codes",), batch_max=1)


def test_a_silent_socket_stays_open_after_ten_ticks():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            await line.register(["005930"])
            for _ in range(10):
                brokers.simulator.market.tick("005930", 98_000)
                await line.hear()
            brokers.simulator.market.tick("005930", 98_000)
            assert await line.is_quiet()
            line.socket.transport.abort()

    against(story, faults=("silent-socket",))


@pytest.mark.parametrize("name", ["silent-login", "silent-registration", "ping-only"])
def test_what_a_silent_fault_names_is_not_answered(name: str):
    async def story(brokers: Brokers) -> None:
        async with brokers.line(log_in=name != "silent-login") as line:
            if name == "silent-login":
                await line.say({"trnm": "LOGIN", "token": (await brokers.kiwoom_token())["token"]})
            else:
                await line.say(
                    {"trnm": "REG", "grp_no": "1", "data": [{"item": ["005930"], "type": ["0B", "04"]}]}
                )
                if name == "ping-only":
                    assert (await line.hear())["trnm"] == "REG"
                brokers.simulator.market.tick("005930", 98_000)
                brokers.simulator.market.fill("005930", 1)
            assert await line.is_quiet(0.1)

    against(story, faults=(name,))


def test_a_line_may_close_right_after_it_is_accepted():
    async def story(brokers: Brokers) -> None:
        async with brokers.line(log_in=False) as line:
            assert await line.close_code() == (1000, "Bye")
        assert brokers.simulator.live.connections == 1

    against(story, faults=("close-after-accept",))


def test_a_login_may_be_refused_although_the_token_is_good_and_ends_it():
    async def story(brokers: Brokers) -> None:
        token = (await brokers.kiwoom_token())["token"]
        async with brokers.line() as line:
            assert line.login["return_code"] == 805004
            assert await line.close_code() == (1000, "Bye")
        assert (await brokers.kiwoom_token())["token"] != token

    against(story, faults=("login-8005@positions",))


def test_a_kick_says_r10001_and_a_short_session_says_nothing():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            assert (await line.hear())["code"] == "R10001"
            assert await line.close_code() == (1000, "Bye")
        brokers.simulator.faults.clear()
        brokers.simulator.faults.set("short-sessions")
        async with brokers.line() as line:
            assert await line.close_code() == (1000, "Bye")

    against(story, faults=("kick",))


def test_system_frames_may_surround_the_login():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            assert line.login["trnm"] == "SYSTEM"
            assert [(await line.hear())["trnm"] for _ in range(2)] == ["LOGIN", "SYSTEM"]

    against(story, faults=("system-frames",))


def test_the_live_line_is_redirected_in_maintenance_and_so_are_tokens():
    async def story(brokers: Brokers) -> None:
        for address in (f"{brokers.base}/oauth2/tokenP", f"{brokers.kiwoom}/oauth2/token"):
            assert (await brokers.http.post(address, json={})).status_code == 302
        live = brokers.live.replace("ws://", "http://")
        assert (await brokers.http.get(live)).status_code == 302

    against(story, faults=("maintenance-302",))


@pytest.mark.parametrize("text", ["no-such-fault", "slow@no-such-view"])
def test_an_unknown_fault_or_view_is_an_error(text: str):
    with pytest.raises(ValueError, match="no-such"):
        Faults([text])


def test_every_fault_has_one_line_about_it():
    assert dict(fault_names()) == DESCRIPTIONS
    assert all(line and "\n" not in line for _, line in fault_names())
