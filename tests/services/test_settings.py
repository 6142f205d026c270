"""settings.toml: what is read, and what every mistake is called."""

import random
import re
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.brokers.registry import BROKERS
from app.domain.connections import View
from app.domain.errors import SettingsError
from app.domain.fees import MOCK, REAL_2026, Rates
from app.domain.language import Language
from app.services.settings import (
    DEFAULT_REFRESH,
    Fees,
    Look,
    Mode,
    Privacy,
    Scheme,
    Settings,
    parse_settings,
    read_settings,
)

ACCOUNT = "64738291-01"
GOOD = f"""\
# the accounts of the family
[[connections]]
id = "irp"
label = "한투 IRP"     # shown as the group's title
broker = "kis"
account = "64738291-29"
views = ["pension"]

[[connections]]
id = "kis-main"
broker = "kis"
account = "{ACCOUNT}"
views = [
  "bonds",
  "asset-mix",
]
requests_per_second = 5

[[connections]]
id = "kiwoom-main"
label = "키움 위탁"
broker = "kiwoom"
views = ["positions"]
exchange = "NXT"
base_url = "https://api.kiwoom.com/"
ws_url = "wss://api.kiwoom.com:10000"

[refresh]
bonds = 600

[fees]
sell_fee = "0.014"
"""
KIS = '[[connections]]\nid = "one"\nbroker = "kis"\naccount = "64738291-01"\nviews = ["bonds"]\n'
KIWOOM = '[[connections]]\nid = "two"\nbroker = "kiwoom"\nviews = ["positions"]\n'


def parsed(text: str) -> Settings:
    return parse_settings(text, "settings.toml", BROKERS)


def refusal(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parsed(text)
    return caught.value.message


def place(text: str) -> str:
    """Where the error is: file, line and key."""
    file, line, key, _ = refusal(text).split(":", 3)
    return f"{file}:{line}:{key.strip()}"


def test_a_good_file_gives_its_connections_in_order():
    settings = parsed(GOOD)

    assert [connection.id for connection in settings.connections] == ["irp", "kis-main", "kiwoom-main"]


def test_what_a_connection_says_is_what_is_read():
    irp, main, kiwoom = parsed(GOOD).connections

    assert (irp.label, irp.account, irp.views) == ("한투 IRP", "64738291-29", (View.PENSION,))
    assert (main.views, main.requests_per_second) == ((View.BONDS, View.ASSET_MIX), 5)
    assert (kiwoom.exchange, kiwoom.base_url, kiwoom.ws_url) == (
        "NXT",
        "https://api.kiwoom.com",
        "wss://api.kiwoom.com:10000",
    )


@pytest.mark.parametrize(
    ("written", "label"),
    [
        (r"\u001b[2J 가족\r\n계좌\u202e", "[2J 가족 계좌"),
        (r"\u0000 \u2028", "one"),
        ("가" * 100, "가" * 100),
        ("가" * 100_000, "가" * 99 + "…"),
    ],
)
def test_a_label_is_one_bounded_line_that_commands_no_terminal(written: str, label: str):
    (connection,) = parsed(f'{KIS}label = "{written}"\n').connections

    assert connection.label == label


def test_what_is_left_out_has_the_documented_default():
    kis, kiwoom = parsed(KIS + KIWOOM).connections

    assert kis.base_url == "https://openapi.koreainvestment.com:9443"
    assert (kis.label, kis.ws_url, kis.exchange) == ("one", None, None)
    assert (kiwoom.base_url, kiwoom.ws_url) == ("https://api.kiwoom.com", "wss://api.kiwoom.com:10000")
    assert (kiwoom.exchange, kiwoom.account) == ("KRX", None)


def test_refresh_changes_only_the_views_it_names():
    assert parsed(GOOD).refresh == {**DEFAULT_REFRESH, View.BONDS: 600}


def test_fees_begin_with_a_preset_and_change_what_they_name():
    usual = parsed(KIWOOM + "[fees]\n").fees.rates
    mock = parsed(KIWOOM + '[fees]\npreset = "mock"\n').fees.rates
    own = parsed(KIWOOM + '[fees]\nbuy_fee = "0.0036396"\nsell_fee = "0"\nsales_tax = "0.15"\n').fees.rates

    assert (usual, mock) == (REAL_2026, MOCK)
    assert own == Rates(Decimal("0.000036396"), Decimal(0), Decimal("0.0015"))
    assert parsed(KIWOOM).fees == Fees()


def test_an_empty_file_has_no_connections():
    assert parsed("").connections == ()


def test_the_account_number_is_not_in_the_repr():
    settings = parsed(GOOD)

    assert "64738291" not in repr(settings)
    assert "64738291" not in str(settings.connections[0])


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("colour = 1\n" + KIS, "settings.toml:1:colour"),
        (KIS + "\n[window]\nsize = 1\n", "settings.toml:7:window"),
        (KIS + 'colour = "red"\n', "settings.toml:6:colour"),
        (KIS + KIWOOM + 'account = "64738291-01"\n', "settings.toml:10:account"),
        (KIS + 'ws_url = "wss://api.kiwoom.com"\n', "settings.toml:6:ws_url"),
        (KIS + 'exchange = "KRX"\n', "settings.toml:6:exchange"),
        (KIS + "[refresh]\nbonds = 60\nbond = 60\n", "settings.toml:8:bond"),
        (KIS + "[refresh]\nbonds = 4\n", "settings.toml:7:bonds"),
        (KIS + "[refresh]\nbonds = 86401\n", "settings.toml:7:bonds"),
        (KIS + "[refresh]\nbonds = true\n", "settings.toml:7:bonds"),
        (KIS + "[refresh]\nbonds = 60.0\n", "settings.toml:7:bonds"),
        ("refresh = 60\n" + KIS, "settings.toml:1:refresh"),
        ("fees = 3\n" + KIS, "settings.toml:1:fees"),
        (KIS + "[[fees]]\n", "settings.toml:6:fees"),
        (KIS + '[fees]\npreset = "real-2027"\n', "settings.toml:7:preset"),
        (KIS + "[fees]\npreset = 2026\n", "settings.toml:7:preset"),
        (KIS + '[fees]\nbuy_fee = "0.015"\nfee = "0.015"\n', "settings.toml:8:fee"),
        (KIS + "[fees]\nbuy_fee = 0.015\n", "settings.toml:7:buy_fee"),
        (KIS + '[fees]\nbuy_fee = "0.015%"\n', "settings.toml:7:buy_fee"),
        (KIS + '[fees]\nbuy_fee = "0,015"\n', "settings.toml:7:buy_fee"),
        (KIS + '[fees]\nsell_fee = "-0.015"\n', "settings.toml:7:sell_fee"),
        (KIS + '[fees]\nsell_fee = "5.01"\n', "settings.toml:7:sell_fee"),
        (KIS + '[fees]\nsell_fee = "1e-2"\n', "settings.toml:7:sell_fee"),
        (KIS + '[fees]\nsales_tax = "０.２"\n', "settings.toml:7:sales_tax"),
        (KIS + '[fees]\nsales_tax = ""\n', "settings.toml:7:sales_tax"),
        (KIS + '[fees]\nsales_tax = "nan"\n', "settings.toml:7:sales_tax"),
        ("connections = 3\n", "settings.toml:1:connections"),
        ('\n[connections]\nid = "one"\n', "settings.toml:2:connections"),
        ("connections = [1, 2]\n", "settings.toml:1:connections"),
        (KIS.replace('id = "one"', 'id = "one two"'), "settings.toml:2:id"),
        (KIS.replace('id = "one"', 'id = "é"'), "settings.toml:2:id"),
        (KIS.replace('id = "one"', "id = 1"), "settings.toml:2:id"),
        (KIS.replace('id = "one"', 'id = ""'), "settings.toml:2:id"),
        (KIS.replace('id = "one"\n', ""), "settings.toml:1:id"),
        (KIS + KIWOOM.replace('id = "two"', 'id = "one"'), "settings.toml:7:id"),
        (KIS + KIWOOM.replace('id = "two"\n', ""), "settings.toml:6:id"),
        (KIS.replace('"kis"', '"mirae"'), "settings.toml:3:broker"),
        (KIS.replace('"kis"', '["kis"]'), "settings.toml:3:broker"),
        (KIS.replace('broker = "kis"\n', ""), "settings.toml:1:broker"),
        (KIS.replace('account = "64738291-01"\n', ""), "settings.toml:1:account"),
        (KIS.replace("64738291-01", "6473829101"), "settings.toml:4:account"),
        (KIS.replace("64738291-01", "6473829-01"), "settings.toml:4:account"),
        (KIS.replace("64738291-01", "６４７３８２９１-01"), "settings.toml:4:account"),
        (KIS.replace('"64738291-01"', "64738291"), "settings.toml:4:account"),
        (KIS.replace("64738291-01", "64738291-55"), "settings.toml:4:account"),
        (KIS.replace("64738291-01", "64738291-29"), "settings.toml:4:account"),
        (KIS.replace('["bonds"]', '"bonds"'), "settings.toml:5:views"),
        (KIS.replace('["bonds"]', "[]"), "settings.toml:5:views"),
        (KIS.replace('["bonds"]', '["positions"]'), "settings.toml:5:views"),
        (KIS.replace('["bonds"]', '["bonds", "bonds"]'), "settings.toml:5:views"),
        (KIS.replace('["bonds"]', '[["bonds"]]'), "settings.toml:5:views"),
        (KIS.replace('views = ["bonds"]\n', ""), "settings.toml:1:views"),
        (KIWOOM + 'exchange = "NYSE"\n', "settings.toml:5:exchange"),
        (KIS + "requests_per_second = 0\n", "settings.toml:6:requests_per_second"),
        (KIS + "requests_per_second = 21\n", "settings.toml:6:requests_per_second"),
        (KIS + "requests_per_second = true\n", "settings.toml:6:requests_per_second"),
        (KIS + "label = 3\n", "settings.toml:6:label"),
        (KIS + 'verify = false\nlabel = "x"\n', "settings.toml:6:verify"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_key(text: str, where: str):
    assert place(text) == where


@pytest.mark.parametrize(
    "url",
    [
        "http://openapi.koreainvestment.com:9443",
        "http://10.0.0.1:8080",
        "http://127.0.0.1.example.com",
        "http://localhost@example.com",
        "http://localhost:80@example.com",
        "http://127.0.0.1\\\\.example.com",
        "ftp://example.com",
        "file:///etc/passwd",
        "openapi.koreainvestment.com",
        "//openapi.koreainvestment.com",
        "https://",
        "https://:9443",
        "https://user:secret@example.com",
        "https://example.com?next=1",
        "https://example.com#top",
        "https://example.com:port",
        "https://example.com:99999",
        "https://[::1",
        "https://exa\\tmple.com",
        "https://exam ple.com",
        "https://exam\\u0000ple.com",
        "https://example..com",
        "wss://example.com",
        "",
    ],
)
def test_an_address_that_is_not_safe_is_refused_in_its_line(url: str):
    assert place(KIS + f'base_url = "{url}"\n') == "settings.toml:6:base_url"


@pytest.mark.parametrize("url", ["ws://api.kiwoom.com:10000", "https://api.kiwoom.com", "ws://192.168.0.1"])
def test_a_live_line_that_is_not_safe_is_refused_in_its_line(url: str):
    assert place(KIS + KIWOOM + f'ws_url = "{url}"\n') == "settings.toml:10:ws_url"


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "LOCALHOST:1", "[::1]:8080", "127.9.9.9"])
def test_this_machine_may_be_addressed_without_tls(host: str):
    text = KIWOOM + f'base_url = "http://{host}"\nws_url = "ws://{host}/"\n'

    connection = parsed(text).connections[0]

    assert (connection.base_url, connection.ws_url) == (f"http://{host}", f"ws://{host}")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("connections = [\n", 1),
        ("a = 1\nb = = 2\n", 2),
        (KIS + "[[connections]\n", 6),
        (KIS + 'id = "again"\n', 6),
        (KIS + 'label = "open\n', 6),
        (KIS + 'label = """open\n', 6),
        (KIS + "label = 2026-13-45\n", 6),
        ('x"at line 9" = = 1\n', 1),
    ],
)
def test_a_syntax_error_names_file_and_line(text: str, line: int):
    assert refusal(text) == f"settings.toml:{line}: TOML 문법에 맞지 않습니다."


def test_headers_in_comments_do_not_count():
    text = "# [[connections]]\n#colour = 1\n" + KIS + "# [refresh]\n  # colour = 2\ncolour = 3\n"

    assert place(text) == "settings.toml:10:colour"


def test_headers_in_a_string_of_several_lines_do_not_count():
    label = 'label = """\n[[connections]]\ncolour = 1\n[refresh]\n"""\n'

    assert place(KIS + label + "colour = 2\n") == "settings.toml:11:colour"


def test_lists_of_several_lines_are_not_taken_for_headers():
    text = KIS.replace('["bonds"]', '[\n  "bonds",\n  ["x"],\n]') + 'label = "l"\n'

    assert place(text) == "settings.toml:5:views"
    assert place(text.replace('["x"],\n', "") + "colour = 1\n") == "settings.toml:9:colour"


def test_a_key_in_a_string_before_it_does_not_count():
    text = KIS + "label = '''\ncolour = 1\n'''\ncolour = 2\n"

    assert place(text) == "settings.toml:9:colour"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (KIS + '"colour" = 1\n', "settings.toml:6:colour"),
        (KIS + 'colour.of.text = "red"\n', "settings.toml:6:colour"),
        (KIS + "[connections.colour]\nred = 1\n", "settings.toml:6:colour"),
        ("refresh.bonds = 1\n" + KIS, "settings.toml:1:bonds"),
        ("\n\nrefresh.bond = 9\n" + KIS, "settings.toml:3:bond"),
        (KIS + '["refresh"]\nbond = 9\n', "settings.toml:7:bond"),
        ("\nrefresh = { bond = 9 }\n" + KIS, "settings.toml:2:bond"),
        (KIS + '[[ "connections" ]]\nid = "one"\n', "settings.toml:6:broker"),
        ('\nconnections = [{id = "one", broker = "kis"}]\n', "settings.toml:2:views"),
        (KIS.replace("account", '"acc\\u006funt"').replace("-01", ""), "settings.toml:4:account"),
    ],
)
def test_every_way_to_write_a_key_is_found(text: str, where: str):
    assert place(text) == where


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_lines_are_counted_as_an_editor_does(ending: str):
    text = "# a\u2028b\x85c\n" + KIS + 'label = "\u2029\x85"\ncolour = 1\n'

    assert place(text.replace("\n", ending)) == "settings.toml:8:colour"


@pytest.mark.parametrize(
    "text",
    [
        KIS.replace("64738291-01", "64738291-012"),
        KIS.replace("64738291-01", "64738291-55"),
        KIS.replace("64738291-01", "64738291-29"),
        KIS + '"64738291-01" = 1\n',
        KIS.replace('id = "one"', 'id = "64738291_01"'),
        KIS.replace('broker = "kis"', 'broker = "64738291-01"'),
        KIS.replace('["bonds"]', '["64738291-01"]'),
        KIS.replace('"64738291-01"', '"64738291-01'),
        "64738291-01\n",
        '"64738291-01" = 1\n',
        f"[refresh]\n{ACCOUNT} = 1\n",
    ],
)
def test_no_refusal_holds_an_account_number(text: str):
    assert "64738291" not in refusal(text)


def test_a_refusal_says_what_is_wrong_with_a_defined_contribution_account():
    assert "상품코드 55" in refusal(KIS.replace("64738291-01", "64738291-55"))


def test_every_refusal_is_one_line():
    assert "\n" not in refusal(KIS + '"col\\nour" = 1\n')


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * 5000, "a = " + "1" * 5000, "a = " + "{b=" * 3000, "a." * 3000 + "a = 1", "\x00"],
    ids=["deep lists", "huge number", "deep tables", "long dotted key", "nul"],
)
def test_a_text_that_breaks_the_parser_is_a_settings_error(text: str):
    assert refusal(text).startswith("settings.toml:1:")


def test_a_file_cut_anywhere_is_read_or_refused():
    raw = GOOD.encode()
    outcomes = set[str]()
    for end in range(len(raw)):
        try:
            parsed(raw[:end].decode("utf-8", "replace"))
            outcomes.add("read")
        except SettingsError as error:
            assert re.match(r"settings\.toml:\d+: ", error.message)
            assert "64738291" not in error.message
            outcomes.add("refused")

    assert outcomes == {"read", "refused"}


def test_a_file_with_any_byte_changed_is_read_or_refused(tmp_path: Path):
    path = tmp_path / "settings.toml"
    dice = random.Random(20261120)
    for _ in range(600):
        raw = bytearray(GOOD.encode())
        for _ in range(dice.randint(1, 4)):
            raw[dice.randrange(len(raw))] = dice.randrange(256)
        path.write_bytes(raw)
        try:
            read_settings(path, BROKERS)
        except SettingsError as error:
            assert error.message.startswith("settings.toml:")


PIECES = st.sampled_from(
    [
        *("[[connections]]\n", "[refresh]\n", "[connections]\n", 'id = "a"\n', 'broker = "kis"\n', "=", '"'),
        *(
            'broker = "kiwoom"\n',
            'views = ["bonds"]\n',
            "views = [[",
            "bonds = 60\n",
            "[fees]\n",
            'buy_fee = "1"\n',
            "refresh.bonds = 1\n",
        ),
        *('account = "64738291-01"\n', "account = 1\n", "id = {}\n", "label = 1979-05-27\n", "#", "\n", "\\"),
        "'''",
    ]
)


@given(st.one_of(st.lists(PIECES).map("".join), st.text()))
def test_no_text_raises_anything_but_a_settings_error(text: str):
    try:
        parsed(text)
    except SettingsError as error:
        line = int(error.message.split(":")[1])
        assert 1 <= line <= text.count("\n") + 1
        assert "64738291" not in error.message


def test_reading_leaves_the_file_as_it_is(tmp_path: Path):
    path = tmp_path / "settings.toml"
    path.write_bytes(GOOD.replace("\n", "\r\n").encode("utf-8-sig"))
    before = path.read_bytes(), path.stat().st_mtime_ns

    settings = read_settings(path, BROKERS)

    assert len(settings.connections) == 3
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert list(tmp_path.iterdir()) == [path]


def test_no_file_is_distinguished_from_a_bad_one(tmp_path: Path):
    with pytest.raises(FileNotFoundError):
        read_settings(tmp_path / "settings.toml", BROKERS)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path):
    path = tmp_path / "settings.toml"
    path.write_bytes(KIS.encode() + 'label = "한투"\n'.encode("euc-kr"))

    with pytest.raises(SettingsError, match="UTF-8"):
        read_settings(path, BROKERS)


def test_a_folder_in_the_place_of_the_file_is_refused(tmp_path: Path):
    (tmp_path / "settings.toml").mkdir()

    with pytest.raises(SettingsError, match="읽을 수 없습니다"):
        read_settings(tmp_path / "settings.toml", BROKERS)


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has neither links for everybody nor these errors"
)
def test_why_a_file_cannot_be_read_is_said_in_words(tmp_path: Path):
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")

    with pytest.raises(SettingsError, match=r"읽을 수 없습니다\. 폴더가 없습니다"):
        read_settings(tmp_path / "file" / "settings.toml", BROKERS)
    with pytest.raises(SettingsError, match=r"읽을 수 없습니다\. 시스템이 거부했습니다"):
        read_settings(tmp_path / "loop", BROKERS)


def test_look_and_privacy_are_read():
    settings = parsed(
        '[look]\ntheme = "dark"\ncolors = "orange-blue"\nlanguage = "en"\n'
        "[privacy]\nmask = true\nmask_after_minutes = 15\nplaintext_keychain = true\n"
    )

    assert settings.look == Look(Mode.DARK, Scheme.ORANGE_BLUE, Language.ENGLISH)
    assert settings.privacy == Privacy(mask=True, mask_after_minutes=15, plaintext_keychain=True)
    assert parsed("") == Settings()


@pytest.mark.parametrize(
    ("text", "reported"),
    [
        (
            '[look]\ntheme = "pink"\n',
            "settings.toml:2: theme: 다음 중 하나여야 합니다: light, dark, system",
        ),
        ('[look]\nfont = "big"\n', "settings.toml:2: font: 알 수 없는 항목입니다."),
        ("look = 1\n", "settings.toml:1: look: [look] 테이블이어야 합니다."),
        ('[privacy]\nmask = "yes"\n', "settings.toml:2: mask: true 또는 false여야 합니다."),
        (
            "[privacy]\nmask_after_minutes = 1000\n",
            "settings.toml:2: mask_after_minutes: 0에서 240 사이의 정수여야 합니다.",
        ),
    ],
)
def test_a_mistake_in_look_or_privacy_is_named(text: str, reported: str):
    with pytest.raises(SettingsError) as raised:
        parsed(text)
    assert raised.value.message == reported
