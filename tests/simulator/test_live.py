"""Kiwoom's live line."""

import json

import pytest

from app.simulator.securities import CATALOGUE

from .clients import Brokers, against

TRADE_FIELDS = (
    "20 10 11 12 27 28 15 13 14 16 17 18 25 26 29 30 31 32 228 311 290 691 567 568 851 1890 1891 1892 "
    "1030 1031 1032 1071 1072 1313 1315 1316 1314 1497 1498 620 732 852 9081"
)
BALANCE_FIELDS = (
    "9201 9001 917 916 302 10 930 931 932 933 945 946 950 951 27 28 307 "
    "8019 957 958 918 990 991 992 993 959 924"
)


def test_a_login_is_answered_first():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            assert line.login == {"trnm": "LOGIN", "return_code": 0, "return_msg": "", "sor_yn": "Y"}

    against(story)


@pytest.mark.parametrize(("token", "code"), [("nonsense", 805004), ("", 805002)])
def test_a_bad_token_is_refused_and_the_line_closed(token: str, code: int):
    async def story(brokers: Brokers) -> None:
        async with brokers.line(log_in=False) as line:
            assert (await line.ask({"trnm": "LOGIN", "token": token}))["return_code"] == code
            assert await line.close_code() == (1000, "Bye")

    against(story)


def test_a_frame_before_login_is_refused_and_the_line_stays_open():
    async def story(brokers: Brokers) -> None:
        async with brokers.line(log_in=False) as line:
            assert (await line.register(["005930"]))["return_code"] == 100013
            token = (await brokers.kiwoom_token())["token"]
            assert (await line.ask({"trnm": "LOGIN", "token": token}))["return_code"] == 0

    against(story)


@pytest.mark.parametrize(
    ("frame", "code"), [({}, 100002), ({"trnm": "HELLO"}, 105108), ({"trnm": "REG"}, 100002)]
)
def test_a_malformed_frame_gets_its_code(frame: dict[str, str], code: int):
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            assert (await line.ask(frame))["return_code"] == code

    against(story)


def test_without_a_login_the_line_is_closed():
    async def story(brokers: Brokers) -> None:
        async with brokers.line(log_in=False) as line:
            assert (await line.hear())["code"] == "R10004"
            assert await line.close_code() == (1000, "Bye")

    against(story, login_seconds=0.05)


def test_a_registration_is_acknowledged_without_data_before_the_first_tick():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            assert await line.register(["005930"]) == {"trnm": "REG", "return_code": 0, "return_msg": ""}
            assert (await line.hear())["trnm"] == "REAL"

    against(story, ticks_per_second=500.0)


def test_a_tick_has_every_field_with_the_direction_as_the_sign_of_the_price():
    async def story(brokers: Brokers) -> None:
        market = brokers.simulator.market
        async with brokers.line() as line:
            await line.register(["005930"])
            market.tick("005930", 98_300)
            frame = await line.hear()
            (entry,) = frame["data"]
            values = entry["values"]
            assert list(frame) == ["data", "trnm"]
            assert (entry["type"], entry["name"], entry["item"]) == ("0B", "주식체결", "005930")
            assert set(values) == set(TRADE_FIELDS.split())
            assert (values["10"], values["11"], values["12"], values["25"]) == (
                "-98300",
                "-100",
                "-0.10",
                "5",
            )
            market.tick("005930", 98_400)
            values = (await line.hear())["data"][0]["values"]
            assert (values["10"], values["11"], values["12"], values["25"]) == ("98400", "0", "0.00", "3")

    against(story)


def test_some_securities_leave_optional_fields_empty():
    async def story(brokers: Brokers) -> None:
        codes = [security.code for security in CATALOGUE[:30]]
        async with brokers.line() as line:
            await line.register(codes)
            empty = 0
            for code in codes:
                brokers.simulator.market.tick(code, brokers.simulator.market.price(code))
                empty += (await line.hear())["data"][0]["values"]["620"] == ""
            assert 0 < empty < len(codes)

    against(story)


def test_the_item_is_spelt_as_it_was_registered():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            await line.register(["005930_AL"])
            brokers.simulator.market.tick("005930", 98_300)
            assert (await line.hear())["data"][0]["item"] == "005930_AL"

    against(story)


def test_ticks_come_for_registered_codes_only_and_end_with_remove():
    async def story(brokers: Brokers) -> None:
        market = brokers.simulator.market
        async with brokers.line() as line:
            await line.register(["005930", "000660"])
            market.tick("035420", 250_000)
            market.tick("000660", 540_000)
            assert (await line.hear())["data"][0]["item"] == "000660"
            assert (await line.register(["000660"], trnm="REMOVE"))["return_code"] == 0
            market.tick("000660", 541_000)
            assert await line.is_quiet()

    against(story)


def test_a_registration_that_keeps_nothing_drops_the_earlier_ones():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            await line.register(["005930"])
            data = [{"item": ["000660"], "type": ["0B"]}]
            await line.ask({"trnm": "REG", "grp_no": "1", "refresh": "0", "data": data})
            assert brokers.simulator.live.watched() == ["000660"]

    against(story)


@pytest.mark.parametrize("items", [[""], []])
def test_a_fill_comes_with_all_27_fields(items: list[str]):
    async def story(brokers: Brokers) -> None:
        market = brokers.simulator.market
        async with brokers.line() as line:
            await line.register(items, "04")
            quantity, cost = market.positions[0].quantity, market.positions[0].cost
            market.tick("005930", 100_000)
            market.fill("005930", 2)
            (entry,) = (await line.hear())["data"]
            values = entry["values"]
            assert (entry["type"], entry["name"], entry["item"]) == ("04", "현물잔고", "005930")
            assert list(values) == BALANCE_FIELDS.split()
            assert (values["930"], values["932"]) == (str(quantity + 2), str(cost + 200_000))
            assert (values["946"], values["10"], values["307"]) == ("2", "+100000", "98400")

    against(story)


def test_selling_out_says_a_quantity_of_zero():
    async def story(brokers: Brokers) -> None:
        market = brokers.simulator.market
        async with brokers.line() as line:
            await line.register([""], "04")
            market.fill("000660", -market.positions[1].quantity)
            values = (await line.hear())["data"][0]["values"]
            assert (values["930"], values["932"], values["946"]) == ("0", "0", "1")

    against(story)


def test_the_session_state_comes_with_its_registration_and_when_it_changes():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            await line.register([""], "0s")
            assert (await line.hear())["data"][0]["values"]["215"] == "3"
            brokers.simulator.live.announce("4")
            assert (await line.hear())["data"][0]["values"]["215"] == "4"

    against(story)


def test_two_hundred_registrations_fit_and_no_more():
    async def story(brokers: Brokers) -> None:
        codes = [security.code for security in CATALOGUE[:201]]
        async with brokers.line() as line:
            assert (await line.register(codes))["return_code"] == 105115
            assert (await line.register(codes[:200]))["return_code"] == 0
            assert (await line.register([""], "04"))["return_code"] == 105115
            assert len(brokers.simulator.live.watched()) == 200

    against(story)


def test_registrations_come_too_fast_at_the_sixth_of_a_second():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            codes = [(await line.register([code]))["return_code"] for code in "abcdef"]
            assert codes == [0, 0, 0, 0, 0, 105110]

    against(story)


def test_frames_hold_one_to_three_entries():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            await line.register(["005930", "000660", "035420"])
            sizes = {len((await line.hear())["data"]) for _ in range(60)}
            assert sizes == {1, 2, 3}

    against(story, ticks_per_second=2_000.0)


def test_five_unanswered_pings_end_the_session():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            heard = [await line.hear() for _ in range(6)]
            assert [frame["trnm"] for frame in heard] == ["PING"] * 5 + ["SYSTEM"]
            assert heard[-1]["code"] == "R10002"
            assert await line.close_code() == (1000, "Bye")

    against(story, ping_seconds=0.02)


def test_answered_pings_keep_the_session():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            for _ in range(12):
                frame = await line.hear()
                assert frame == {"trnm": "PING"}
                await line.socket.send(json.dumps(frame, indent=1))  # written differently, the same frame

    against(story, ping_seconds=0.02)


def test_echoing_a_system_frame_ends_the_session():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            await line.say({"trnm": "SYSTEM", "code": "R10001"})
            assert await line.close_code() == (1000, "Bye")

    against(story)


def test_a_second_session_of_an_app_key_ends_the_first():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as older, brokers.line() as newer:
            assert (await older.hear())["code"] == "R10001"
            assert await older.close_code() == (1000, "Bye")
            assert (await newer.register(["005930"]))["return_code"] == 0

    against(story)


def test_a_dropped_line_ends_without_a_close_frame():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            brokers.simulator.live.drop_all()
            assert (await line.close_code())[0] in (None, 1006)

    against(story)


def test_a_silent_line_neither_speaks_nor_answers_and_a_new_one_does():
    async def story(brokers: Brokers) -> None:
        async with brokers.line() as line:
            await line.register(["005930"])
            brokers.simulator.live.go_silent()
            brokers.simulator.market.tick("005930", 98_300)
            await line.socket.ping()
            assert await line.is_quiet()
            async with brokers.line() as other:
                assert other.login["return_code"] == 0
            line.socket.transport.abort()

    against(story)
