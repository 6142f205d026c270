"""`moa snapshot` as a process: the demo in its three forms, and settings that cannot be used."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.domain.connections import View
from app.services.snapshot import ROW_KEYS
from tests.main.simulated import ROOT, environment
from tests.processes import text_of

VIEWS = ["pension", "bonds", "asset-mix", "positions"]


def snapshot(*arguments: str, profile: Path) -> subprocess.CompletedProcess[bytes]:
    """The program's end on these arguments, with an empty keychain."""
    return subprocess.run(
        [sys.executable, "-m", "app", "snapshot", *arguments],
        capture_output=True,
        cwd=ROOT,
        env=environment({}) | {"MOA_PROFILE": str(profile)},
        timeout=120,
        check=False,
    )


def demo(profile: Path, *arguments: str) -> str:
    """What the demo prints."""
    done = snapshot("--demo", *arguments, profile=profile)
    assert (done.returncode, done.stderr) == (0, b"")
    assert list(profile.iterdir()) == []
    return text_of(done.stdout)


def test_the_demo_adds_up_to_the_won(tmp_path: Path):
    document = json.loads(demo(tmp_path))

    assert document["ok"] is True
    assert [view["view"] for view in document["views"]] == VIEWS
    assert [view["difference"] for view in document["views"]] == ["0", None, "0", "0"]
    for view in document["views"]:
        assert view["rows"]
        assert all(tuple(row) == ROW_KEYS[View(view["view"])] for row in view["rows"])
    bonds = document["views"][1]
    known = [int(row["purchase_amount"]) for row in bonds["rows"] if row["purchase_amount"] is not None]
    assert bonds["summary"]["purchase_amount"] == str(sum(known))
    assert bonds["summary"]["unknown_purchase_amounts"] == len(bonds["rows"]) - len(known) > 0


def test_the_demo_as_csv_holds_every_row_under_its_column(tmp_path: Path):
    lines = list(
        csv.DictReader(
            io.StringIO(demo(tmp_path, "--format", "csv", "--connection", "irp", "--connection", "kis-main"))
        )
    )

    assert list(dict.fromkeys(line["view"] for line in lines)) == VIEWS[:3]
    assert all(None not in line and None not in line.values() for line in lines)
    assert all(line["fetched_at"].endswith("+09:00") for line in lines)
    assert all(line["name"] for line in lines if line["view"] in ("pension", "bonds"))
    assert [line["position"] for line in lines if line["view"] == "asset-mix"][:2] == ["1", "2"]


def test_the_demo_as_a_table_says_what_it_adds_up_to(tmp_path: Path):
    blocks = demo(tmp_path, "--format", "table", "--connection", "kis-main", "--connection", "irp").split(
        "\n\n"
    )

    assert [block.split("  ")[0] for block in blocks] == [
        "[irp] pension",
        "[kis-main] bonds",
        "[kis-main] asset-mix",
    ]
    for block, view in zip(blocks, (View.PENSION, View.BONDS, View.ASSET_MIX), strict=True):
        title, header, *rows, footer = block.strip().splitlines()
        assert "20" in title
        assert header.split() == list(ROW_KEYS[view])
        assert len(rows) > 5
        assert footer.endswith("unknown_purchase_amounts: 5" if view is View.BONDS else "difference: 0")


def refused(profile: Path, *arguments: str) -> str:
    """The one line on stderr of a program that could not start."""
    done = snapshot(*arguments, profile=profile)
    assert (done.returncode, done.stdout) == (2, b"")
    (line,) = text_of(done.stderr).splitlines()
    return line


def write(profile: Path, text: str) -> None:
    (profile / "settings.toml").write_text(text, encoding="utf-8")


def test_without_settings_the_program_says_how_to_connect(tmp_path: Path):
    line = refused(tmp_path)

    assert "settings.toml" in line
    assert "[[connections]]" in line
    assert "keyring set moa" in line


GOOD = '[[connections]]\nid = "irp"\nbroker = "kis"\naccount = "64738291-29"\nviews = ["pension"]\n'


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (GOOD + 'colour = "red"\n', "settings.toml:6: colour"),
        (GOOD.replace("64738291-29", "6473829129"), "settings.toml:4: account"),
        (GOOD + GOOD, "settings.toml:7: id"),
        (GOOD + 'base_url = "http://example.com"\n', "settings.toml:6: base_url"),
        (GOOD + "= 64738291-29\n", "settings.toml:6"),
    ],
)
def test_a_settings_error_is_one_line_that_names_file_line_and_key(tmp_path: Path, text: str, named: str):
    write(tmp_path, text)

    line = refused(tmp_path)

    assert named in line
    assert "64738291" not in line
    assert (tmp_path / "settings.toml").read_text("utf-8") == text


def test_an_unknown_connection_is_named(tmp_path: Path):
    write(tmp_path, GOOD)

    assert "'other'" in refused(tmp_path, "--connection", "other")
    assert "12345678" not in refused(tmp_path, "--connection", "12345678-29")


def test_an_empty_keychain_is_an_error_of_the_view_and_not_of_the_settings(tmp_path: Path):
    write(tmp_path, GOOD)

    done = snapshot(profile=tmp_path)

    (view,) = json.loads(done.stdout)["views"]
    assert (done.returncode, done.stderr, view["error"]["code"]) == (1, b"", "keyring")
