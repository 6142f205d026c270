"""`moa snapshot` as a process against brokers that do what brokers should not.

Whatever one of them does, its own view says so in words and the others are what they always were.
"""

import csv
import hashlib
import io
import json
from typing import Any

import pytest

from tests.main.desk import IRP, KIWOOM, MAIN, PLACES, Desk, Run
from tests.main.simulated import Simulated


@pytest.fixture(scope="module")
def healthy(simulator: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The output where nothing is wrong."""
    return Desk(simulator, tmp_path_factory.mktemp("healthy")).run()


def check(run: Run, healthy: Run, **codes: str) -> dict[str, dict[str, Any]]:
    """Check that these views failed with these codes, as a whole, and that the others are untouched."""
    expected = {name.replace("_", "-"): code for name, code in codes.items()}
    assert run.code == 1
    assert run.errors == ""
    assert json.loads(run.out)["ok"] is False
    errors: dict[str, dict[str, Any]] = {}
    for name, view in run.views.items():
        if name not in expected:
            assert view == healthy.views[name]
            continue
        error = errors[name] = view["error"]
        assert (view["status"], error["code"]) == ("error", expected[name])
        assert view["summary"] is view["difference"] is None
        assert (view["rows"], view["fetched_at"]) == ([], False)
        assert error["message"]
        assert error["action"]
        assert "\n" not in error["message"] + error["action"]
    assert errors.keys() == expected.keys()
    return errors


def test_where_nothing_is_wrong_every_total_is_the_brokers(healthy: Run):
    views = healthy.views

    assert (healthy.code, healthy.errors) == (0, "")
    assert [view["status"] for view in views.values()] == ["ok"] * 4
    assert [view["connection"] for view in views.values()] == list(PLACES.values())
    assert all(view["rows"] for view in views.values())
    assert {name: view["difference"] for name, view in views.items()} == {
        "pension": "0",
        "bonds": None,
        "asset-mix": "0",
        "positions": "0",
    }


def test_wrong_keys(desk: Desk, healthy: Run):
    run = desk.run("wrong-key@pension", "wrong-secret@positions")

    errors = check(run, healthy, pension="EGW00103", positions="8002")
    assert "앱키" in errors["pension"]["action"]


def test_keys_that_are_not_the_brokers(desk: Desk, healthy: Run):
    desk.secrets[f"moa/{IRP}/appsecret"] = "not-the-secret-of-this-key"
    desk.secrets[f"moa/{KIWOOM}/appkey"] = "not-a-key-of-this-broker"

    check(desk.run(), healthy, pension="EGW00105", positions="8001")


def test_an_account_of_somebody_else_and_a_server_that_is_not_there(desk: Desk, healthy: Run):
    desk.accounts[IRP] = "64738291-29"
    desk.urls[KIWOOM] = "http://127.0.0.1:9"

    errors = check(desk.run(), healthy, pension="OPSQ2000", positions="network")

    assert "계좌번호" in errors["pension"]["action"]


@pytest.mark.parametrize(
    ("pension", "bonds", "positions"),
    [
        ("truncated-json", "html-200", "truncated-json"),
        ("null-body", "truncated-json", "html-200"),
        ("html-200", "wrong-charset", "empty-body"),
        ("maintenance-302", "list-body", "firewall-400"),
    ],
)
def test_what_is_no_documented_answer(desk: Desk, healthy: Run, pension: str, bonds: str, positions: str):
    run = desk.run(f"{pension}@pension", f"{bonds}@bonds", f"{positions}@positions")

    check(run, healthy, pension="bad-response", bonds="bad-response", positions="bad-response")


def test_lists_without_an_end(desk: Desk, healthy: Run):
    errors = check(
        desk.run("endless-pages@bonds", "endless-pages@positions"),
        healthy,
        bonds="bad-response",
        positions="bad-response",
    )

    assert "반복" in errors["bonds"]["message"]


def test_a_list_that_is_ever_new_a_failing_server_and_a_refusal_with_http_500(desk: Desk, healthy: Run):
    run = desk.run("endless-new-keys@bonds", "http-502@asset-mix", "http-500-refusal@positions")

    errors = check(run, healthy, bonds="bad-response", asset_mix="network", positions="1999")
    assert "502" in errors["asset-mix"]["message"]


def test_a_list_that_breaks_off_and_a_refusal_that_repeats_the_account(desk: Desk, healthy: Run):
    run = desk.run("failing-page@bonds", "echo-account@pension", "http-500-refusal@asset-mix")

    errors = check(run, healthy, bonds="OPSQ2001", pension="APAC0081", asset_mix="EGW00206")
    assert "••••" in errors["pension"]["message"]


def test_what_is_no_empty_account_and_no_passing_fault(desk: Desk, healthy: Run):
    run = desk.run(
        "closed-market@positions", "missing-list@pension", "list-changing@bonds", "paper-key@asset-mix"
    )

    errors = check(
        run, healthy, positions="571489", pension="bad-response", bonds="SYDB0050", asset_mix="EGW02004"
    )
    assert "장이 열리지 않는 날입니다" in errors["positions"]["message"]
    assert "output1" in errors["pension"]["message"]
    assert "실전투자용 앱키" in errors["asset-mix"]["action"]


def test_code_20_without_a_reason_is_an_error(desk: Desk, healthy: Run):
    errors = check(
        desk.run("market-over@positions", "cut-secret@pension"), healthy, positions="20", pension="EGW00304"
    )

    assert errors["positions"]["message"] == "장종료"
    assert "앱시크릿" in errors["pension"]["action"]


def test_a_number_that_is_none(desk: Desk, healthy: Run):
    run = desk.run("bad-number@pension", "bad-number@positions", "bad-number@bonds")

    errors = check(run, healthy, pension="bad-response", positions="bad-response", bonds="bad-response")
    for name, wire_name in (("pension", "evlu_amt"), ("bonds", "cblc_qty"), ("positions", "evlt_amt")):
        assert wire_name in errors[name]["message"]
        assert "12a,4" not in errors[name]["message"]


@pytest.mark.parametrize("turn", range(3))
def test_a_number_that_is_not_there_is_unknown_and_no_error(desk: Desk, healthy: Run, turn: int):
    names = ["blank-numbers", "null-numbers", "missing-numbers"]
    names = names[turn:] + names[:turn]
    views = ("pension", "bonds", "positions")

    run = desk.run(*(f"{name}@{view}" for name, view in zip(names, views, strict=True)))

    assert (run.code, run.errors) == (0, "")
    for view in PLACES:
        got, whole = run.views[view], healthy.views[view]
        unknown = 0
        for row, before in zip(got["rows"], whole["rows"], strict=True):
            changed = {key for key in row if row[key] != before[key]}
            assert all(row[key] is None for key in changed)
            unknown += len(changed)
        assert (unknown > 0) is (view in views)
        assert (got["summary"], got["difference"]) == (whole["summary"], whole["difference"])


def test_a_total_that_the_rows_miss_is_reported(desk: Desk, healthy: Run):
    run = desk.run("wrong-total@pension", "wrong-total@positions")

    assert run.code == 0
    assert {name: run.views[name]["difference"] for name in ("pension", "positions")} == {
        "pension": "1000",
        "positions": "1000",
    }
    assert run.views["pension"]["rows"] == healthy.views["pension"]["rows"]


def test_an_account_without_anything(desk: Desk):
    run = desk.run("empty-account", "empty-account-bare@bonds")

    assert run.code == 0
    assert {name: view["rows"] for name, view in run.views.items() if name != "asset-mix"} == {
        "pension": [],
        "bonds": [],
        "positions": [],
    }


def test_a_key_that_is_not_in_the_keychain(desk: Desk, healthy: Run):
    del desk.secrets[f"moa/{IRP}/appsecret"]
    del desk.secrets[f"moa/{MAIN}/appkey"]

    errors = check(desk.run(), healthy, pension="keyring", bonds="keyring", asset_mix="keyring")

    assert "keyring set moa irp/appsecret" in errors["pension"]["action"]


def test_a_kept_token_that_the_broker_no_longer_takes_is_replaced(desk: Desk, healthy: Run):
    kept = {"issued_at": "2026-01-01T00:00:00+09:00", "expires_at": "2099-01-01T00:00:00+09:00"}
    for identity in PLACES.values():
        key = hashlib.sha256(desk.secrets[f"moa/{identity}/appkey"].encode()).hexdigest()[:16]
        token = f"kept-token-of-{identity}"
        desk.secrets[f"moa/{identity}/token"] = json.dumps({"token": token, "key": key, **kept})

    run = desk.run()

    assert (run.code, run.views) == (0, healthy.views)
    assert "kept-token" not in run.out


def test_a_failure_in_the_other_forms(desk: Desk, healthy: Run):
    text = desk.run("wrong-key@pension", "html-200@bonds", form="table")
    rows = desk.run("wrong-key@pension", "html-200@bonds", form="csv")

    assert (text.code, rows.code) == (1, 1)
    blocks = text.out.split("\n\n")
    assert [block.splitlines()[0].split("  ")[0] for block in blocks] == [
        "[irp] pension",
        "[kis-main] bonds",
        "[kis-main] asset-mix",
        "[kiwoom-main] positions",
    ]
    assert "오류 EGW00103" in blocks[0]
    assert "오류 bad-response" in blocks[1]
    assert "difference: 0" in blocks[2]
    lines = list(csv.DictReader(io.StringIO(rows.out)))
    failed = [line for line in lines if line["status"] == "error"]
    assert [(line["view"], line["error_code"]) for line in failed] == [
        ("pension", "EGW00103"),
        ("bonds", "bad-response"),
    ]
    assert not any(line["value"] or line["quantity"] for line in failed)
    read = [line["code"] for line in lines if line["view"] == "positions"]
    assert read == [row["code"] for row in healthy.views["positions"]["rows"]]
