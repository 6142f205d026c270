"""Settings taken elsewhere and brought in: nothing secret goes, and nothing half comes."""

import tomllib

import pytest
import tomlkit

from app.brokers.registry import BROKERS
from app.domain.errors import SettingsError
from app.main.settings_dialog_controller import summary
from app.services.settings import parse_settings
from app.services.settings_transfer import export_settings, exported, import_settings, planned, read_import

OWN = """# 내 설정
[[connections]]
id = "irp"  # 연금
label = "한투 IRP 12345678-29"
broker = "kis"
account = "12345678-29"
views = ["pension"]

[[connections]]
id = "kiwoom"
broker = "kiwoom"
views = ["positions"]

[look]
theme = "dark"  # 밤에만

[privacy]
mask = true

[refresh]
pension = 90

[[alerts]]
connection = "kiwoom"
code = "005930"
measure = "price"
above = "70000"
"""


def test_an_export_has_everything_but_account_numbers_and_comments():
    text = exported(OWN, with_accounts=False)

    document = tomllib.loads(text)
    assert "12345678" not in text
    assert "#" not in text
    assert document["look"] == {"theme": "dark"}
    assert document["refresh"] == {"pension": 90}
    assert [each["id"] for each in document["connections"]] == ["irp", "kiwoom"]
    assert len(document["alerts"]) == 1


def test_an_export_with_account_numbers_is_the_same_settings():
    text = exported(OWN, with_accounts=True)

    assert parse_settings(text, "x", BROKERS) == parse_settings(OWN, "x", BROKERS)


def test_what_comes_home_finds_its_account_number_again_and_comments_stay():
    plan = planned(OWN, exported(OWN, with_accounts=False).replace("dark", "light"), "x.toml", BROKERS)

    settings = parse_settings(plan.text, "x", BROKERS)
    assert [each.account for each in settings.connections] == ["12345678-29", None]
    assert settings.look.theme == "light"
    assert "# 내 설정" in plan.text
    assert "# 연금" in plan.text
    assert (plan.added, plan.left_out) == ((), ())


def test_elsewhere_a_connection_without_an_account_number_is_left_out_and_reported():
    plan = planned("", exported(OWN, with_accounts=False), "x.toml", BROKERS)

    settings = parse_settings(plan.text, "x", BROKERS)
    assert [each.id for each in settings.connections] == ["kiwoom"]
    assert len(plan.left_out) == 1
    assert plan.added == ("kiwoom",)
    assert len(settings.alerts) == 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[look]\ntheme = 'pink'\n", "x.toml:2: theme"),
        ("[look\n", "x.toml:1"),
        ("secret = 1\n", "secret"),
        ("[fees]\nbuy_fee = '9'\n", "x.toml:2: buy_fee"),
        ('[[connections]]\nid = "a"\nbroker = "kis"\naccount = "1"\nviews = ["bonds"]\n', "account"),
        ('[[connections]]\nid = "a"\nbroker = "kiwoom"\nviews = ["positions"]\nappkey = "K"\n', "appkey"),
        ("connections = 3\n", "connections"),
    ],
)
def test_a_mistake_is_named_and_nothing_is_changed(tmp_path, text, named):
    path = tmp_path / "settings.toml"
    path.write_text(OWN, "utf-8")

    with pytest.raises(SettingsError) as refused:
        import_settings(path, text, "x.toml", BROKERS)

    assert named in refused.value.message
    assert path.read_text("utf-8") == OWN
    assert [each.name for each in tmp_path.iterdir()] == ["settings.toml"]


def test_a_known_connection_is_not_sent_to_another_server():
    other = exported(OWN, with_accounts=True).replace(
        'id = "kiwoom"', 'id = "kiwoom"\nbase_url = "https://example.com"'
    )

    with pytest.raises(SettingsError, match="kiwoom"):
        planned(OWN, other, "x.toml", BROKERS)
    assert planned("", other, "x.toml", BROKERS).servers == ("https://example.com",)


def test_an_import_replaces_the_file_and_keeps_the_earlier_one(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text(OWN, "utf-8")

    import_settings(
        path,
        "[privacy]\nmask = false\n[[alerts]]\nconnection='a'\ncode='005930'\nmeasure='weight'\nbelow='1'\n",
        "x",
        BROKERS,
    )

    settings = parse_settings(path.read_text("utf-8"), "x", BROKERS)
    assert not settings.privacy.mask
    assert [each.connection for each in settings.alerts] == ["a"]
    assert len(settings.connections) == 2
    assert (tmp_path / "settings.toml.bak").read_text("utf-8") == OWN


@pytest.mark.parametrize("own", ["", "plaintext_keychain = true\n"])
@pytest.mark.parametrize("theirs", ["", "plaintext_keychain = true\n"])
def test_an_import_does_not_decide_whether_keys_may_be_stored_unencrypted(own: str, theirs: str):
    plan = planned(f"[privacy]\n{own}", f"[privacy]\nmask = true\n{theirs}", "x", BROKERS)

    privacy = parse_settings(plan.text, "x", BROKERS).privacy
    assert (privacy.mask, privacy.plaintext_keychain) == (True, bool(own))


def test_files_are_written_and_read_and_one_that_is_no_settings_is_refused(tmp_path):
    path, away = tmp_path / "settings.toml", tmp_path / "away.toml"
    path.write_text(OWN, "utf-8")
    export_settings(path, away, with_accounts=False)
    assert read_import(away) == exported(OWN, with_accounts=False)

    away.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="UTF-8"):
        read_import(away)
    away.write_bytes(b"#" * 1_000_001)
    with pytest.raises(SettingsError):
        read_import(away)


FOREIGN = """[[connections]]
id = "{id}"
label = "{id} account"
broker = "kiwoom"
views = ["positions"]
"""


@pytest.mark.parametrize(
    ("addresses", "servers", "is_split"),
    [
        ("", (), False),
        ('base_url = "https://a.example"', ("https://a.example",), True),
        ('ws_url = "wss://b.example/ws"', ("wss://b.example/ws",), True),
        (
            'base_url = "https://a.example"\nws_url = "wss://b.example"',
            ("https://a.example", "wss://b.example"),
            True,
        ),
        (
            'base_url = "https://a.example:1"\nws_url = "wss://a.example:2"',
            ("https://a.example:1", "wss://a.example:2"),
            False,
        ),
    ],
)
def test_every_unusual_server_is_named_and_that_live_data_come_from_another(addresses, servers, is_split):
    plan = planned(OWN, f"{FOREIGN.format(id='new')}{addresses}\n", "x.toml", BROKERS)

    assert plan.servers == servers
    assert plan.split == (("new account",) if is_split else ())
    said = str(summary(plan))
    assert all(each in said for each in servers)
    assert ("다른 연결: new account" in said) is is_split


def test_an_unusual_server_is_reported_before_any_number_of_names_of_any_length():
    named = FOREIGN.replace("{id} account", "긴 이름 " * 60 + "{id}")
    many = "".join(named.format(id=f"c{at}") for at in range(60))

    plan = planned(OWN, f'{many}{named.format(id="last")}ws_url = "wss://b.example/ws"\n', "x.toml", BROKERS)
    said = str(summary(plan))

    assert said.startswith("기본값과 다른 서버: wss://b.example/ws.")
    assert "외 56개" in said
    assert len(said) < 600


class _Counted:
    """How many letters the parsers of TOML were given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.letters = 0
        monkeypatch.setattr(tomllib, "loads", self._counting(tomllib.loads))
        monkeypatch.setattr(tomlkit, "parse", self._counting(tomlkit.parse))

    def _counting(self, parse):
        def counted(text):
            self.letters += len(text)
            return parse(text)

        return counted


def connections(count: int, label: str) -> str:
    return "".join(
        f'[[connections]]\nid = "c{at:04}"\nlabel = "{label} {at:04}"\nbroker = "kis"\n'
        f'account = "1000{at:04}-01"\nviews = ["bonds"]\n\n'
        for at in range(count)
    )


@pytest.mark.parametrize("current", ["", "old"])
def test_twice_as_many_connections_are_twice_the_work(monkeypatch: pytest.MonkeyPatch, current: str):
    counted = _Counted(monkeypatch)
    work: list[int] = []
    for count in (100, 200):
        counted.letters = 0
        before = connections(count, current) if current else ""
        plan = planned(before, connections(count, "new") + "[look]\ntheme = 'dark'\n", "x.toml", BROKERS)
        assert len(plan.changed if current else plan.added) == count
        work.append(counted.letters)

    assert work[1] < 2.2 * work[0]


@pytest.mark.parametrize("steps", range(1, 5))
def test_a_cancelled_import_changes_nothing(tmp_path, steps):
    path = tmp_path / "settings.toml"
    path.write_text(OWN, "utf-8")
    left = [steps]

    def go_on() -> None:
        left[0] -= 1
        if left[0] == 0:
            raise SettingsError("cancelled")

    with pytest.raises(SettingsError, match="cancelled"):
        import_settings(path, connections(3, "new"), "x.toml", BROKERS, go_on)

    assert path.read_text("utf-8") == OWN
    assert [each.name for each in tmp_path.iterdir()] == ["settings.toml"]
