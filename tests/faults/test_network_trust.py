"""R15: certificates that nobody vouches for, names that nobody has, and proxies that are not there.

Whatever it is, no key leaves the program, and every view says what is wrong and what to do.
"""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.faults.tls import HOST, Authority, Heard, authority, proxy, shown
from tests.main.desk import IRP, KIWOOM, MAIN, PLACES, Desk
from tests.main.simulated import ROOT, Simulated, environment, simulated
from tests.processes import text_of

pytestmark = pytest.mark.row("R15")

NOWHERE = "https://moa-test.invalid:9443"
PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")
NO_PROXIES = ("NO_PROXY", "no_proxy")
SECRET_NAMES = (b"appkey", b"appsecret", b"secretkey", b"authorization", b"CANO", b"LOGIN")


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulated]:
    with simulated() as process:
        yield process


@pytest.fixture
def desk(simulator: Simulated, tmp_path: Path) -> Desk:
    return Desk(simulator, tmp_path / "profile")


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    pytest.importorskip("cryptography")
    return authority(tmp_path_factory.mktemp("certificates"))


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


def run(desk: Desk, command: str, *arguments: str, **variables: str) -> str:
    """What a command says; no word of a key or of an account number is among it."""
    plain = {name: text for name, text in environment(desk.secrets).items() if name not in PROXIES}
    done = subprocess.run(
        [sys.executable, "-m", "app", command, "--profile", str(desk.folder), *arguments],
        cwd=ROOT,
        env=plain | variables,
        capture_output=True,
        timeout=120,
        check=False,
    )
    said = text_of(done.stdout)
    assert done.stderr == b""
    for secret in (*desk.secrets.values(), *(account[:8] for account in desk.accounts.values() if account)):
        assert secret not in said
    return said


def errors(desk: Desk, **variables: str) -> dict[str, dict[str, str] | None]:
    """Of each view what is wrong with it."""
    desk.write_settings()
    views = json.loads(run(desk, "snapshot", "--format", "json", **variables))["views"]
    assert [view["view"] for view in views] == list(PLACES)
    assert all(bool(view["error"]) != bool(view["rows"]) for view in views)
    return {view["view"]: view["error"] for view in views}


def live(desk: Desk, line: str, **variables: str) -> str:
    """What the diagnosis says of the live line at this address."""
    desk.simulator.addresses = {**desk.simulator.addresses, "kiwoom_ws": line}
    desk.write_settings()
    said = run(desk, "doctor", "--connection", KIWOOM, **variables)
    return said[said.index("실시간 연결:") :].split("\n\n")[0]


# Certificates.

BAD = {
    "signed by itself": {"signs_itself": True},
    "of another name": {"host": "openapi.koreainvestment.com"},
    "expired": {"expires": timedelta(days=-1)},
}
ADVICE = {
    "signed by itself": "루트 인증서",
    "of another name": "서버 주소",
    "expired": "컴퓨터의 날짜와 시각",
}


def trusting(signer: Authority) -> Mapping[str, str]:
    """With these the program trusts the authority, and so no more is wrong than the certificate."""
    return {"SSL_CERT_FILE": str(signer.root)}


def heard_nothing(heard: Heard) -> bool:
    return heard.callers > 0 and heard.said == b""


@pytest.mark.parametrize("bad", BAD)
def test_a_certificate_that_is_wrong_is_refused_in_words_and_hears_no_key(
    desk: Desk, signer: Authority, bad: str
):
    certificate = signer.certificate(**BAD[bad])  # type: ignore[arg-type]
    with (
        shown(certificate, port_of(desk.urls[IRP])) as kis,
        shown(certificate, port_of(desk.urls[KIWOOM])) as kiwoom,
    ):
        desk.urls = {
            IRP: f"https://127.0.0.1:{kis.port}",
            MAIN: f"https://127.0.0.1:{kis.port}",
            KIWOOM: f"https://127.0.0.1:{kiwoom.port}",
        }
        reported = errors(desk, **trusting(signer))

        assert heard_nothing(kis)
        assert heard_nothing(kiwoom)
    for error in reported.values():
        assert error is not None
        assert error["code"] == "network"
        assert "보안 연결(TLS)" in error["message"]
        assert ADVICE[bad] in error["action"]
        assert "신뢰할 수 없는 인증서를 사용하는 서버에는 연결하지 않습니다" in error["action"]


@pytest.mark.parametrize("bad", BAD)
def test_a_live_line_with_a_wrong_certificate_is_refused_in_words_and_hears_no_token(
    desk: Desk, signer: Authority, bad: str
):
    certificate = signer.certificate(**BAD[bad])  # type: ignore[arg-type]
    with shown(certificate, port_of(desk.urls[KIWOOM])) as line:
        said = live(desk, f"wss://127.0.0.1:{line.port}", **trusting(signer))

        assert heard_nothing(line)
    assert "[network] 실시간 서버와 보안 연결(TLS)을 맺지 못했습니다" in said
    assert ADVICE[bad] in said.partition("→")[2]


def test_a_certificate_that_somebody_vouches_for_is_taken(desk: Desk, signer: Authority):
    certificate = signer.certificate()
    with shown(certificate, port_of(desk.urls[KIWOOM])) as front:
        desk.urls[KIWOOM] = f"https://127.0.0.1:{front.port}"

        assert list(errors(desk, **trusting(signer)).values()) == [None] * 4
        assert b"secretkey" in front.said
        said = live(desk, f"wss://127.0.0.1:{front.port}", **trusting(signer))
        assert b"/api/dostk/websocket" in front.said
    assert "로그인했" in said


# Names.


def test_a_name_that_nobody_has_is_reported_as_such(desk: Desk):
    desk.urls = dict.fromkeys(desk.urls, NOWHERE)

    for error in errors(desk).values():
        assert error is not None
        assert error["code"] == "network"
        assert error["message"] == "증권사 서버의 주소를 찾지 못했습니다 (DNS)."
        assert "인터넷 연결을 확인하세요" in error["action"]


def test_a_live_line_of_a_name_that_nobody_has_is_reported_as_such(desk: Desk):
    said = live(desk, "wss://moa-test.invalid:10000")

    assert "[network] 실시간 서버의 주소를 찾지 못했습니다 (DNS)." in said
    assert "→ 인터넷 연결을 확인하세요" in said


# Proxies.


def through(address: str) -> dict[str, str]:
    """What leads every program through a proxy."""
    return dict.fromkeys(PROXIES, address) | dict.fromkeys(NO_PROXIES, "")


DEAD = "127.0.0.1:9"


def test_no_proxy_has_a_part_in_a_talk_on_this_machine(desk: Desk):
    assert list(errors(desk, **through(f"http://{DEAD}")).values()) == [None] * 4


@pytest.mark.parametrize(
    ("address", "reported"),
    [
        (f"http://{DEAD}", f"프록시({DEAD}) 경유: 증권사 서버에 연결하지 못했습니다"),
        (f"http://user:s3cret-word@{DEAD}", f"프록시({DEAD}) 경유: 증권사 서버에 연결하지 못했습니다"),
        ("http://moa-test.invalid:3128", "프록시(moa-test.invalid:3128)의 주소를 찾지 못했습니다 (DNS)"),
        (f"socks5://{DEAD}", f"프록시({DEAD}) 경유: 증권사 서버에 연결하지 못했습니다"),
        ("ftp://somewhere", "프록시(somewhere)를 사용할 수 없습니다"),
        ("http://127.0.0.1:many", "프록시를 사용할 수 없습니다"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_named_and_not_gone_round(desk: Desk, address: str, reported: str):
    desk.urls = dict.fromkeys(desk.urls, NOWHERE)

    for error in errors(desk, **through(address)).values():
        assert error is not None
        assert (error["code"], error["message"][: len(reported)]) == ("network", reported)
        assert "프록시 설정" in error["action"]
        assert "HTTPS_PROXY" in error["action"]
        assert "s3cret" not in error["message"] + error["action"]


def test_a_proxy_that_opens_what_is_sealed_is_refused_and_hears_no_key(desk: Desk, signer: Authority):
    certificate = signer.certificate(host="moa-test.invalid", signs_itself=True)
    with proxy(certificate, port_of(desk.urls[IRP])) as between:
        desk.urls = dict.fromkeys(desk.urls, NOWHERE)
        reported = errors(desk, **through(f"http://127.0.0.1:{between.port}"))

        # It only received the destination.
        assert between.asked
        assert between.said == b""
        for asked in between.asked:
            assert asked.startswith(b"CONNECT moa-test.invalid:9443 HTTP/1.1\r\n")
            assert [name for name in SECRET_NAMES if name.lower() in asked.lower()] == []
    for error in reported.values():
        assert error is not None
        assert error["code"] == "network"
        assert "프록시(127.0.0.1:" in error["message"]
        assert "보안 연결(TLS)" in error["message"]
        assert "프록시 설정" in error["action"]


def test_a_proxy_that_hands_on_what_is_sealed_works(desk: Desk, signer: Authority):
    certificate = signer.certificate(host="moa-test.invalid")
    with (
        shown(certificate, port_of(desk.urls[KIWOOM])) as behind,
        proxy(None, behind.port) as between,
    ):
        desk.urls[KIWOOM] = NOWHERE
        reported = errors(desk, **through(f"http://127.0.0.1:{between.port}"), **trusting(signer))

        assert list(reported.values()) == [None] * 4
        assert b"secretkey" in behind.said
        assert [name for name in SECRET_NAMES if name in between.said] == []


def test_a_proxy_leads_to_the_live_line_as_to_the_answers(desk: Desk, signer: Authority):
    certificate = signer.certificate(host="moa-test.invalid")
    with (
        shown(certificate, port_of(desk.urls[KIWOOM])) as behind,
        proxy(None, behind.port) as between,
    ):
        said = live(
            desk,
            "wss://moa-test.invalid:9443",
            **through(f"http://{HOST}:{between.port}"),
            **trusting(signer),
        )

        assert b"LOGIN" not in between.said
    assert "로그인했" in said


@pytest.mark.parametrize("rules", ["localhost,[::1]", "fd00::/8", "::1"])
def test_addresses_that_need_no_proxy_hinder_nothing(desk: Desk, rules: str):
    assert list(errors(desk, **dict.fromkeys(NO_PROXIES, rules)).values()) == [None] * 4


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
def test_a_variable_that_names_no_certificates_is_named(desk: Desk, name: str):
    desk.urls = dict.fromkeys(desk.urls, NOWHERE)

    for error in errors(desk, **{name: str(desk.folder / "nothing")}).values():
        assert error is not None
        assert error["code"] == "network"
        assert error["message"] == f"환경 변수 {name}에 지정된 인증서를 읽을 수 없습니다."


# No way round.


def test_certificates_are_checked_everywhere():
    found: list[str] = []
    for path in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if unsafe := unchecked(node):
                found.append(f"{path.relative_to(ROOT)}: {unsafe}")
    assert found == []


def unchecked(node: ast.AST) -> str | None:
    """How a piece of code goes round the check of certificates, if it does."""
    match node:
        case ast.keyword(arg="verify" | "check_hostname" | "ssl" as name, value=ast.Constant(value=False)):
            return f"{name}=False"
        case ast.Attribute(attr="check_hostname" | "verify_mode" as name, ctx=ast.Store()):
            return f"sets {name}"
        case (
            ast.Attribute(attr="CERT_NONE" | "_create_unverified_context" as name)
            | ast.Name(id="CERT_NONE" | "_create_unverified_context" as name)
        ):
            return name
        case ast.Call(func=ast.Attribute(attr="SSLContext") | ast.Name(id="SSLContext"), args=arguments):
            # Only this protocol checks certificates and names by default.
            is_checking = [ast.unparse(each) for each in arguments] == ["ssl.PROTOCOL_TLS_CLIENT"]
            return None if is_checking else "SSLContext"
    return None


@pytest.mark.parametrize(
    "code",
    [
        "httpx.AsyncClient(verify=False)",
        "context.check_hostname = False",
        "context.verify_mode = ssl.CERT_NONE",
        "context = ssl._create_unverified_context()",
        "context = ssl.SSLContext()",
        "context = ssl.SSLContext(ssl.PROTOCOL_TLS)",
    ],
)
def test_a_way_round_would_be_found(code: str):
    assert any(unchecked(node) for node in ast.walk(ast.parse(code)))
