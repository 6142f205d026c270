"""`moa doctor` as a process: each step is reported, a failed one with its code and advice."""

import asyncio
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from app.brokers.registry import BROKERS
from app.domain.language import tr
from app.main.commands.doctor import Outcome, clock_step
from app.main.system.single import Claim
from tests.main.desk import IRP, KIWOOM, MAIN, Desk
from tests.main.simulated import ROOT, environment

BACKEND: dict[str, str] = {}  # the keychain of a test that has one of its own
WELL, WARNED, FAILED, SKIPPED = (tr(each.value).strip() for each in Outcome)


@dataclass
class Printed:
    """What the program printed."""

    code: int
    out: str
    errors: str

    def steps(self, connection: str) -> dict[str, tuple[str, str]]:
        """Of each step of a connection the outcome and the words, what to do among them."""
        block = self.out.split(f"\n[{connection}] ")[1].split("\n\n")[0]
        found = re.findall(r"^  (\S\S) +([^:\n]+): ([^\n]+(?:\n +→[^\n]+)?)$", block, re.MULTILINE)
        return {name: (outcome, words) for outcome, name, words in found}

    def outcomes(self, connection: str) -> dict[str, str]:
        return {name: outcome for name, (outcome, _) in self.steps(connection).items()}


def doctor(
    *arguments: str, profile: Path, secrets: dict[str, str] | None = None, **variables: str
) -> Printed:
    done = subprocess.run(
        [sys.executable, "-m", "app", "doctor", *arguments],
        cwd=ROOT,
        env=environment(secrets or {}) | {"MOA_PROFILE": str(profile)} | BACKEND | variables,
        capture_output=True,
        timeout=120,
        check=False,
        text=True,
        encoding="utf-8",
    )
    return Printed(done.returncode, done.stdout, done.stderr)


def examine(desk: Desk, *faults: str, arguments: tuple[str, ...] = ()) -> Printed:
    """What the program says of the desk's connections while these faults show."""
    desk.write_settings()
    before = sorted(desk.folder.rglob("*"))
    desk.simulator.show(*faults)
    result = doctor(*arguments, profile=desk.folder, secrets=desk.secrets)
    assert result.errors == ""
    assert sorted(desk.folder.rglob("*")) == before
    for secret in (*desk.secrets.values(), *desk.simulator.tokens(), *desk.accounts.values()):
        assert not secret or secret not in result.out
    return result


KIS_WELL = {"키체인": WELL, "서버 연결": WELL, "접근토큰": WELL}
IRP_WELL = KIS_WELL | {"연금": WELL}
MAIN_WELL = KIS_WELL | {"채권": WELL, "자산비중": WELL}
KIWOOM_WELL = KIS_WELL | {"실시간 잔고": WELL, "실시간 연결": WELL}


def test_where_all_is_well_every_step_says_so(desk: Desk):
    result = examine(desk)

    assert result.code == 0
    assert result.outcomes(IRP) == IRP_WELL
    assert result.outcomes(MAIN) == MAIN_WELL
    assert result.outcomes(KIWOOM) == KIWOOM_WELL
    assert "설정: " in result.out
    assert "연결 3개" in result.out
    assert "정상  컴퓨터 시각: 증권사 서버와" in result.out
    assert result.out.endswith("모두 정상입니다.\n")
    assert "••••29" in result.out


def test_what_changes_trust_or_route_is_listed_without_passwords(desk: Desk, tmp_path: Path):
    desk.write_settings()
    result = doctor(
        profile=desk.folder,
        secrets=desk.secrets,
        HTTPS_PROXY="http://me:pass-w0rd@proxy.invalid:3128",
        https_proxy="http://me:pass-w0rd@proxy.invalid:3128",
        NO_PROXY="localhost,[::1]",
        SSL_CERT_FILE=str(tmp_path / "missing.pem"),
        SSLKEYLOGFILE=str(tmp_path / "keys.txt"),
    )

    (line,) = [each for each in result.out.splitlines() if "네트워크: " in each]
    assert line.startswith("  실패  네트워크: [network] 환경 변수 SSL_CERT_FILE")
    assert f"SSL_CERT_FILE = {tmp_path / 'missing.pem'}" in line
    assert "HTTPS_PROXY = http://proxy.invalid:3128" in line
    assert "NO_PROXY = localhost,[::1]" in line
    assert "SSLKEYLOGFILE(사용하지 않음)" in line
    assert "pass-w0rd" not in result.out + result.errors
    assert result.outcomes(IRP) == IRP_WELL  # on this machine neither matters
    assert not (tmp_path / "keys.txt").exists()


def test_the_keychain_in_use_is_named(desk: Desk):
    assert "  정상  키체인: tests.main.keychain EnvironmentKeychain 사용 중입니다.\n" in examine(desk).out


def test_a_keychain_that_keeps_nothing_is_a_failure(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    result = on_backend(desk, monkeypatch, "keyring.backends.null.Keyring")

    assert result.code == 1
    assert "실패  키체인: [keyring] 사용 중인 키체인은 값을 저장하지 않습니다" in result.out


def test_a_keychain_that_encrypts_nothing_fails_unless_the_settings_allow_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    refused = on_backend(desk, monkeypatch, "tests.main.keychain.PlaintextKeyring")
    with (desk.folder / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[privacy]\nplaintext_keychain = true\n")
    allowed = doctor(profile=desk.folder, secrets=desk.secrets)

    assert refused.code == 1
    assert refused.outcomes(IRP)["키체인"] == FAILED
    assert "암호화하지 않고 저장합니다 (keyrings.alt.file PlaintextKeyring)" in refused.out
    assert (allowed.code, allowed.outcomes(IRP)) == (0, IRP_WELL)
    assert "주의  키체인: keyrings.alt.file PlaintextKeyring" in allowed.out


def on_backend(desk: Desk, monkeypatch: pytest.MonkeyPatch, backend: str) -> Printed:
    """What the program says on another keychain."""
    desk.write_settings()
    desk.simulator.show()
    monkeypatch.setitem(BACKEND, "PYTHON_KEYRING_BACKEND", backend)
    return doctor(profile=desk.folder, secrets=desk.secrets)


def test_what_fails_has_the_brokers_code_and_what_to_do_and_the_rest_goes_on(desk: Desk):
    result = examine(desk, "wrong-key@pension", "http-500-refusal@bonds", "wrong-secret@positions")

    assert result.code == 1
    assert result.outcomes(IRP) == {"키체인": WELL, "서버 연결": WELL, "접근토큰": FAILED, "조회": SKIPPED}
    assert result.outcomes(MAIN) == MAIN_WELL | {"채권": FAILED}
    assert result.outcomes(KIWOOM) == {"키체인": WELL, "서버 연결": WELL, "접근토큰": FAILED, "조회": SKIPPED}
    for connection, step, code in (
        (IRP, "접근토큰", "EGW00103"),
        (MAIN, "채권", "EGW00206"),
        (KIWOOM, "접근토큰", "8002"),
    ):
        words = result.steps(connection)[step][1]
        assert words.startswith(f"[{code}] ")
        assert "→ " in words
    assert "실패 3건" in result.out


def test_a_list_that_did_not_come_and_a_closed_market_are_no_empty_accounts(desk: Desk):
    result = examine(desk, "missing-list@pension", "missing-list@bonds", "closed-market@positions")

    assert result.code == 1
    assert result.outcomes(IRP) == IRP_WELL | {"연금": FAILED}
    assert result.outcomes(MAIN) == MAIN_WELL | {"채권": FAILED}
    assert result.outcomes(KIWOOM) == KIWOOM_WELL | {"실시간 잔고": FAILED}
    assert result.steps(IRP)["연금"][1].startswith("[bad-response] ")
    assert result.steps(KIWOOM)["실시간 잔고"][1].startswith("[571489] ")


def test_keys_that_are_missing_and_a_server_that_is_not_there(desk: Desk):
    del desk.secrets[f"moa/{IRP}/appsecret"]
    desk.urls[MAIN] = "http://127.0.0.1:9"
    desk.urls[KIWOOM] = "https://moa-test.invalid"

    result = examine(desk)

    assert result.code == 1
    assert result.outcomes(IRP) == {"키체인": FAILED, "서버 연결": WELL, "접근토큰과 조회": SKIPPED}
    assert result.outcomes(MAIN) == {"키체인": WELL, "서버 연결": FAILED, "접근토큰과 조회": SKIPPED}
    assert "keyring set moa irp/appsecret" in result.steps(IRP)["키체인"][1]
    assert "127.0.0.1:9: 증권사 서버에 연결하지 못했습니다" in result.steps(MAIN)["서버 연결"][1]
    assert "주소를 찾지 못했습니다 (DNS)" in result.steps(KIWOOM)["서버 연결"][1]


def test_a_live_line_that_fails_is_reported_beside_positions_that_can_be_read(desk: Desk):
    result = examine(desk, "close-after-accept", arguments=("--connection", KIWOOM))

    assert result.code == 1
    assert result.outcomes(KIWOOM) == KIWOOM_WELL | {"실시간 연결": FAILED}
    assert "[network]" in result.steps(KIWOOM)["실시간 연결"][1]
    assert f"[{IRP}]" not in result.out


def test_a_total_that_the_rows_miss_is_a_warning_and_no_failure(desk: Desk):
    result = examine(desk, "wrong-total@pension", arguments=("--connection", IRP))

    assert result.code == 0
    assert result.steps(IRP)["연금"][0] == WARNED
    assert "1,000" not in result.out
    assert "주의할 항목" in result.out


def test_beside_an_open_window_its_live_line_is_left_alone(desk: Desk):
    desk.folder.mkdir()
    window = Claim(desk.folder)
    assert window.take()

    result = examine(desk, arguments=("--connection", KIWOOM))
    window.release()

    assert result.code == 0
    assert result.outcomes(KIWOOM) == KIWOOM_WELL | {"실시간 연결": SKIPPED}


def test_a_wait_for_a_token_is_reported(desk: Desk):
    desk.write_settings()
    desk.simulator.show("token-too-soon")
    program = subprocess.Popen(
        [sys.executable, "-m", "app", "doctor", "--connection", IRP],
        cwd=ROOT,
        env=environment(desk.secrets) | {"MOA_PROFILE": str(desk.folder)},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    limit = threading.Timer(30, program.kill)
    limit.start()
    try:
        assert program.stdout is not None
        assert any("접근토큰을 기다리는 중입니다" in line for line in program.stdout)
    finally:
        limit.cancel()
        program.kill()
        program.communicate()


@pytest.mark.parametrize(
    ("text", "arguments", "named"),
    [
        (None, (), "settings.toml"),
        ('colour = "red"\n', (), "settings.toml:1: colour"),
        (
            '[[connections]]\nid = "k"\nbroker = "kiwoom"\nviews = ["positions"]\n',
            ("--connection", "x"),
            "'x'",
        ),
    ],
)
def test_settings_that_cannot_be_used_are_one_line(
    tmp_path: Path, text: str | None, arguments: tuple[str, ...], named: str
):
    if text is not None:
        (tmp_path / "settings.toml").write_text(text, encoding="utf-8")

    result = doctor(*arguments, profile=tmp_path)

    assert result.code == 2
    (line,) = result.errors.splitlines()
    assert named in line


def test_the_demo_is_well_and_leaves_no_trace(tmp_path: Path):
    result = doctor("--demo", profile=tmp_path)

    assert (result.code, result.errors) == (0, "")
    assert result.outcomes("kiwoom-main") == KIWOOM_WELL
    assert list(tmp_path.iterdir()) == []


def test_every_code_of_both_brokers_is_explained(tmp_path: Path):
    result = doctor("--codes", profile=tmp_path)

    assert (result.code, result.errors) == (0, "")
    blocks = result.out.strip().split("\n\n")
    assert [block.splitlines()[0] for block in blocks] == ["[한국투자증권]", "[키움증권]"]
    for block, spec in zip(blocks, BROKERS, strict=True):
        lines, codes = block.splitlines()[1:], spec.known_codes()
        assert len(lines) == 2 * len(codes) > 80
        for at, (code, meaning) in enumerate(codes.items()):
            assert lines[2 * at].split(maxsplit=1) == [code, tr(meaning.title)]
            assert lines[2 * at + 1].strip() == f"→ {tr(meaning.action)}"


@pytest.mark.parametrize(
    ("skew", "outcome", "words"),
    [
        (timedelta(seconds=-120), Outcome.WELL, "120초 차이"),
        (timedelta(seconds=121), Outcome.WARNED, "2분 1초 빠릅니다"),
        (timedelta(minutes=-10), Outcome.WARNED, "10분 늦습니다"),
        (timedelta(hours=9, seconds=5), Outcome.WARNED, "9시간 빠릅니다"),
        (None, Outcome.SKIPPED, "비교할 수 없습니다"),
    ],
)
def test_a_clock_that_is_off_by_more_than_two_minutes_is_warned_of(
    skew: timedelta | None, outcome: Outcome, words: str
):
    step = clock_step(skew)

    assert step.outcome is outcome
    assert words in step.text
    assert bool(step.action) is (outcome is Outcome.WARNED)


def test_the_clock_is_compared_with_the_brokers(desk: Desk):
    with serving(datetime.now(UTC) + timedelta(minutes=10)) as url:
        desk.urls[IRP] = url
        result = examine(desk, arguments=("--connection", IRP))

    assert result.code == 1
    warning = re.search(r"주의  컴퓨터 시각: 증권사 서버보다 (.+) 늦습니다", result.out)
    assert warning is not None
    assert warning[1] in {f"9분 {second}초" for second in range(50, 60)} | {"10분"}


@contextmanager
def serving(now: datetime) -> Iterator[str]:
    """A server that refuses everything, by its own clock."""
    refusal = json.dumps({"error_code": "EGW00103", "error_description": "?"}).encode()
    date = format_datetime(now, usegmt=True)
    head = f"HTTP/1.1 403 ?\r\nDate: {date}\r\nContent-Length: {len(refusal)}\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head.encode() + refusal)
            await writer.drain()
        except asyncio.IncompleteReadError:
            pass  # somebody only looked whether it is there
        finally:
            writer.close()

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(answer, "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        server.close()
        loop.run_until_complete(server.wait_closed())
        loop.close()
