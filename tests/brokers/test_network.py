"""Certificates and proxies: what is trusted, which way is taken, and what is said where it leads nowhere."""

import asyncio
import ssl
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from app.brokers import network
from app.brokers.http import Transport
from app.brokers.network import Setting, certificates, is_loopback, proxy_for, reach, settings
from app.domain.errors import AppError, NotReachable
from tests.brokers.kiwoom.lines import hearing, live
from tests.brokers.kiwoom.servers import Broker, real, saying, trade
from tests.brokers.serving import serving
from tests.faults.tls import Authority, Heard, authority, proxy, shown, socks

SERVER = "https://moa-test.invalid:9443"
VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
PASSWORD = "s3cret-w0rd@of/mine"


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing in the environment changes trust or route, and certificates set bys were read before."""
    for name in (*VARIABLES, *map(str.lower, VARIABLES), "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(network, "_shared_certificates", None)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    pytest.importorskip("cryptography")
    return authority(tmp_path_factory.mktemp("certificates"))


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:8080", True),
        ("http://localhost", True),
        ("http://[::1]:1", True),
        ("http://127.8.9.1", True),
        ("https://api.kiwoom.com", False),
        ("http://127.0.0.1.example.com", False),
        ("http://localhost.example.com", False),
        ("http://10.0.0.1", False),
        ("nonsense", False),
    ],
)
def test_loopback_is_this_machine_alone(url: str, is_here: bool):
    assert is_loopback(url) is is_here


# Which way is taken.


@pytest.mark.parametrize(
    ("variables", "address", "variable"),
    [
        ({"HTTPS_PROXY": "http://one:1"}, "http://one:1", "HTTPS_PROXY"),
        ({"https_proxy": "http://one:1"}, "http://one:1", "HTTPS_PROXY"),
        ({"ALL_PROXY": "socks5://two:2"}, "socks5://two:2", "ALL_PROXY"),
        ({"ALL_PROXY": "socks://two:2"}, "socks5://two:2", "ALL_PROXY"),
        ({"ALL_PROXY": "socks5://two:2", "HTTPS_PROXY": "one:1"}, "http://one:1", "HTTPS_PROXY"),
        pytest.param(
            {"https_proxy": "", "HTTPS_PROXY": "http://one:1", "all_proxy": "http://two:2"},
            "http://two:2",
            "ALL_PROXY",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="variables have no case on Windows"),
        ),
    ],
)
def test_a_proxy_is_known_with_the_variable_that_names_it(
    monkeypatch: pytest.MonkeyPatch, variables: Mapping[str, str], address: str, variable: str
):
    for name, text in variables.items():
        monkeypatch.setenv(name, text)

    for url in (SERVER, SERVER.replace("https", "wss")):
        found = proxy_for(url)
        assert found is not None
        assert (found.address, found.variable) == (address, variable)


def test_a_proxy_for_unencrypted_connections_is_none_for_the_brokers(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTP_PROXY", "http://one:1")

    assert proxy_for(SERVER) is None


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "ws://localhost:2", "https://[::1]:3"])
def test_no_proxy_leads_to_this_machine(monkeypatch: pytest.MonkeyPatch, url: str):
    monkeypatch.setenv("ALL_PROXY", "http://one:1")

    assert proxy_for(url) is None


@pytest.mark.parametrize(
    ("rules", "url", "is_direct"),
    [
        ("localhost,[::1]", SERVER, False),
        ("fd00::/8", SERVER, False),
        ("::1", SERVER, False),
        ("[fd00::/8]:x,:::,/,[,]", SERVER, False),
        ("*", SERVER, True),
        ("localhost moa-test.invalid", SERVER, True),
        (".invalid", SERVER, True),
        ("*.invalid", SERVER, True),
        ("MOA-Test.invalid:9443", SERVER, True),
        ("moa-test.invalid:443", SERVER, False),
        ("test.invalid", SERVER, False),
        ("https://moa-test.invalid", SERVER, True),
        ("fd00::/8", "https://[fd00::17]:9443", True),
        ("[fd00::17]", "https://[fd00::17]:9443", True),
        ("[fd00::17]:9443", "https://[fd00::17]:9443", True),
        ("[fd00::17]:1", "https://[fd00::17]:9443", False),
        ("fd00::18", "https://[fd00::17]:9443", False),
        ("10.0.0.0/8", "https://10.1.2.3:9443", True),
        ("10.0.0.0/8", "https://11.1.2.3:9443", False),
        ("10.0.0.0/8", SERVER, False),
    ],
)
def test_a_list_of_exceptions_holds_names_addresses_and_networks(
    monkeypatch: pytest.MonkeyPatch, rules: str, url: str, is_direct: bool
):
    monkeypatch.setenv("HTTPS_PROXY", "http://one:1")
    monkeypatch.setenv("NO_PROXY", rules)

    assert (proxy_for(url) is None) is is_direct


@pytest.mark.parametrize("rules", ["localhost,[::1]", "fd00::/8", "::1", "[", "[::1", "a:b:c"])
def test_exceptions_without_a_proxy_change_nothing(monkeypatch: pytest.MonkeyPatch, rules: str):
    monkeypatch.setenv("NO_PROXY", rules)

    error = failing(SERVER)

    assert error.message == "증권사 서버의 주소를 찾지 못했습니다 (DNS)."


@pytest.mark.parametrize(
    "address",
    [
        "ftp://somewhere",
        "socks4://somewhere",
        "http://127.0.0.1:many",
        "http://",
        "http://[::1",
        "http://a/b",
    ],
)
def test_a_proxy_that_makes_no_sense_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch, address: str
):
    monkeypatch.setenv("ALL_PROXY", address.replace("://", f"://user:{'pass-w0rd'}@"))

    for url in (SERVER, SERVER.replace("https", "wss")):
        error = failing(url)
        assert error.code == "network"
        assert "사용할 수 없습니다" in error.message
        assert "ALL_PROXY" in error.action
        assert "pass-w0rd" not in f"{error!r} {error.message} {error.action}"


# Ways that lead there: REST and the live line alike.


def failing(url: str) -> AppError:
    """Return the error for an unreachable server."""

    async def run() -> None:
        async with asyncio.timeout(20):
            if url.startswith("ws"):
                async with live(url).connect():
                    pass
                return
            transport = Transport(url, deadline=10)
            try:
                await transport.get("/path", headers={}, params={})
            finally:
                await transport.close()

    with pytest.raises(AppError) as caught:
        asyncio.run(run())
    return caught.value


async def answer(request: web.BaseRequest) -> web.StreamResponse:
    return web.Response(body=b'{"path": "%b"}' % request.path.encode())


def read_through(signer: Authority, monkeypatch: pytest.MonkeyPatch, way: Any, scheme: str) -> Heard:
    """Read an answer and a trade of a server of another name; what came through the proxy."""
    monkeypatch.setenv("SSL_CERT_FILE", str(signer.root))
    certificate = signer.certificate(host="moa-test.invalid")

    async def run() -> Heard:
        broker = Broker(saying(real(trade(price="+71"))))
        async with asyncio.timeout(20), broker.running(), serving(answer) as base_url:
            with ExitStack() as stack:
                rest = stack.enter_context(shown(certificate, int(base_url.rpartition(":")[2])))
                line = stack.enter_context(shown(certificate, int(broker.url.rpartition(":")[2])))
                heard: Heard = stack.enter_context(way(rest.port))
                monkeypatch.setenv("ALL_PROXY", scheme.format(port=heard.port))
                transport = Transport(SERVER)
                assert (await transport.get("/some", headers={}, params={})).body == b'{"path": "/some"}'
                await transport.close()
                to_line: Heard = stack.enter_context(way(line.port))
                monkeypatch.setenv("ALL_PROXY", scheme.format(port=to_line.port))
                async with live(SERVER.replace("https", "wss")).connect() as found:
                    (event,) = await hearing(1)(found)
                heard.asked += to_line.asked
                heard.said += to_line.said
        assert getattr(event, "price", None) == 71
        assert broker.tokens == ["token-1"]
        return heard

    return asyncio.run(run())


def test_both_ways_to_a_broker_lead_through_an_http_proxy(signer: Authority, monkeypatch: pytest.MonkeyPatch):
    heard = read_through(signer, monkeypatch, lambda port: proxy(None, port), "http://127.0.0.1:{port}")

    assert [each.splitlines()[0] for each in heard.asked] == [b"CONNECT moa-test.invalid:9443 HTTP/1.1"] * 2
    assert b"token-1" not in heard.said
    assert b"/some" not in heard.said


@pytest.mark.parametrize("scheme", ["socks5", "socks5h"])
def test_both_ways_to_a_broker_lead_through_a_socks_proxy_that_looks_up_the_name(
    signer: Authority, monkeypatch: pytest.MonkeyPatch, scheme: str
):
    heard = read_through(signer, monkeypatch, socks, scheme + "://127.0.0.1:{port}")

    assert heard.asked == [b"moa-test.invalid"] * 2
    assert b"token-1" not in heard.said


def test_a_socks_proxy_hears_the_name_and_password_that_it_wants(
    signer: Authority, monkeypatch: pytest.MonkeyPatch
):
    @contextmanager
    def way(port: int) -> Iterator[Heard]:
        with socks(port, credentials=(b"me", PASSWORD.encode())) as heard:
            yield heard

    quoted = "me:s3cret-w0rd%40of%2Fmine"
    heard = read_through(signer, monkeypatch, way, f"socks5://{quoted}@127.0.0.1:{{port}}")

    assert heard.asked == [b"moa-test.invalid"] * 2


@pytest.mark.parametrize("url", [SERVER, SERVER.replace("https", "wss")], ids=["rest", "live"])
@pytest.mark.parametrize(
    ("variable", "address"),
    [
        ("HTTPS_PROXY", "http://me:pass-w0rd@127.0.0.1:9"),
        ("ALL_PROXY", "socks5://me:pass-w0rd@127.0.0.1:9"),
        ("ALL_PROXY", "socks5h://me:pass-w0rd@127.0.0.1:9"),
    ],
)
def test_a_proxy_that_is_not_there_is_named_and_not_gone_round(
    monkeypatch: pytest.MonkeyPatch, url: str, variable: str, address: str
):
    monkeypatch.setenv(variable, address)

    error = failing(url)

    assert isinstance(error, NotReachable)
    assert error.message.startswith("프록시(127.0.0.1:9) 경유: ")
    assert error.message.endswith("서버에 연결하지 못했습니다.")
    assert variable in error.action
    assert "pass-w0rd" not in f"{error!r} {error.message} {error.action}"


@pytest.mark.parametrize("url", [SERVER, SERVER.replace("https", "wss")], ids=["rest", "live"])
@pytest.mark.parametrize("scheme", ["http", "socks5"])
@pytest.mark.parametrize(
    "raw",
    [b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n", b"SSH-2.0-x\r\n\r\n", b""],
)
@pytest.mark.allowed_log("Exception in callback")  # the WebSocket library's own, where a proxy hangs up
def test_a_proxy_that_refuses_or_is_none_is_named(
    monkeypatch: pytest.MonkeyPatch, url: str, scheme: str, raw: bytes
):
    with _shouting(raw) as port:
        monkeypatch.setenv("ALL_PROXY", f"{scheme}://127.0.0.1:{port}")
        error = failing(url)

    assert isinstance(error, NotReachable)
    assert f"프록시(127.0.0.1:{port})" in error.message
    assert "ALL_PROXY" in error.action
    if scheme == "http" and b"407" in raw:
        assert error.message == f"프록시(127.0.0.1:{port})가 연결을 거절했습니다 (HTTP 407)."


@contextmanager
def _shouting(raw: bytes) -> Iterator[int]:
    """A server in a thread that says the same to whoever comes."""
    from tests.faults.tls import _serving

    def handle(caller: Any, heard: Heard) -> None:
        caller.recv(65536)
        caller.sendall(raw)

    with _serving(handle) as heard:
        yield heard.port


def test_proxies_that_never_answer_leave_room_for_the_next_question(monkeypatch: pytest.MonkeyPatch):
    """More of them than there may be connections at once."""
    from tests.faults.tls import _serving

    def stay_silent(caller: Any, heard: Heard) -> None:
        while caller.recv(65536):
            pass

    async def run(port: int) -> bytes:
        monkeypatch.setenv("ALL_PROXY", f"socks5://127.0.0.1:{port}")
        transport = Transport(SERVER, deadline=0.2)
        for _ in range(3):
            await asyncio.gather(
                *(transport.get("/", headers={}, params={}) for _ in range(8)), return_exceptions=True
            )
        async with serving(answer) as base_url:
            transport._base_url = base_url
            transport._deadline = 5
            return (await transport.get("/next", headers={}, params={})).body

    with _serving(stay_silent) as heard:
        assert asyncio.run(run(heard.port)) == b'{"path": "/next"}'


@pytest.mark.parametrize(
    "url", ["https://a..invalid", f"https://{'a' * 70}.invalid", "https://\u200b.invalid"]
)
def test_a_name_that_can_be_none_is_no_connection(url: str):
    assert failing(url).code == "network"
    assert failing(url.replace("https", "wss")).code == "network"
    with pytest.raises(NotReachable):
        asyncio.run(reach(url))


# Certificates.


def trusts(context: ssl.SSLContext, signer: Authority) -> bool:
    """Whether a server is trusted whose certificate the authority signed."""

    async def run(port: int) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
        except ssl.SSLCertVerificationError:
            return False
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
        return True

    with shown(signer.certificate(), 9) as front:
        return asyncio.run(run(front.port))


own_store = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system's own verifier is asked")


@own_store
def test_the_systems_certificates_are_trusted_as_well_as_those_of_the_program(signer: Authority):
    import certifi

    alone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    alone.load_verify_locations(certifi.where())
    known = set(alone.get_ca_certs(binary_form=True))

    both = certificates([str(signer.root)])

    assert trusts(both, signer)
    assert not trusts(certificates([]), signer)
    assert known <= set(both.get_ca_certs(binary_form=True))
    assert both.check_hostname
    assert both.verify_mode is ssl.CERT_REQUIRED


@own_store
@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_where_the_system_has_a_verifier_it_is_asked_beside_the_programs_own_certificates(
    monkeypatch: pytest.MonkeyPatch, signer: Authority, system: str
):
    import certifi
    import truststore

    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(sys, "platform", system)
        elsewhere.setattr(certifi, "where", lambda: str(signer.root))
        context = certificates([])

    assert isinstance(context, truststore.SSLContext)
    assert trusts(context, signer)
    assert context.check_hostname
    assert context.verify_mode is ssl.CERT_REQUIRED


@own_store
def test_a_system_store_that_cannot_be_read_leaves_the_programs_own(tmp_path: Path):
    broken = tmp_path / "store.pem"
    broken.write_text("certificates set by")

    assert len(certificates([str(broken)]).get_ca_certs()) > 50


def test_certificates_that_a_variable_names_are_trusted(
    monkeypatch: pytest.MonkeyPatch, signer: Authority, tmp_path: Path
):
    monkeypatch.setenv("SSL_CERT_FILE", str(signer.root))
    assert trusts(certificates(), signer)
    monkeypatch.delenv("SSL_CERT_FILE")
    (tmp_path / "0badcafe.0").write_bytes(signer.root.read_bytes())
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert certificates().verify_mode is ssl.CERT_REQUIRED


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
@pytest.mark.parametrize("kind", ["missing", "text", "folder", "empty"])
def test_a_variable_that_names_no_certificates_is_named_for_both_ways(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, kind: str
):
    place = tmp_path / "place"
    match kind:
        case "text":
            place.write_text("certificates set by")
        case "empty":
            place.write_text("")
        case "folder":
            place.mkdir()
        case _:
            pass
    monkeypatch.setenv(name, str(place))

    for url in (SERVER, SERVER.replace("https", "wss")):
        error = failing(url)
        assert error.code == "network"
        assert error.message == f"환경 변수 {name}에 지정된 인증서를 읽을 수 없습니다."
        assert name in error.action


def test_what_lies_on_this_machine_needs_no_certificates(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere")

    async def run() -> bytes:
        async with serving(answer) as base_url:
            return (await Transport(base_url).get("/here", headers={}, params={})).body

    assert asyncio.run(run()) == b'{"path": "/here"}'


def test_the_keys_of_no_session_are_written_down(
    monkeypatch: pytest.MonkeyPatch, signer: Authority, tmp_path: Path
):
    keys = tmp_path / "keys.txt"
    monkeypatch.setenv("SSLKEYLOGFILE", str(keys))
    monkeypatch.setenv("SSL_CERT_FILE", str(signer.root))

    with shown(signer.certificate(), 9) as front:
        url = f"https://127.0.0.1:{front.port}"
        assert asyncio.run(reach(url)) == "TLSv1.3"
        failing(url)
        failing(url.replace("https", "wss"))

    assert not keys.exists()


@pytest.mark.parametrize("scheme", ["https", "wss"])
@pytest.mark.parametrize(
    ("wrong", "reason", "action"),
    [
        ({"expires": timedelta(days=-1)}, "아직 유효하지 않습니다", "컴퓨터의 날짜와 시각"),
        ({"host": "openapi.koreainvestment.com"}, "인증서의 주소가 서버 주소와 다릅니다", "서버 주소"),
        ({"signs_itself": True}, "신뢰하지 않는 기관", "루트 인증서를 운영체제에"),
    ],
    ids=["date", "name", "issuer"],
)
def test_a_certificate_is_refused_with_what_is_wrong_with_it(
    monkeypatch: pytest.MonkeyPatch,
    signer: Authority,
    scheme: str,
    wrong: dict[str, Any],
    reason: str,
    action: str,
):
    monkeypatch.setenv("SSL_CERT_FILE", str(signer.root))
    with shown(signer.certificate(**wrong), 9) as front:
        error = failing(f"{scheme}://127.0.0.1:{front.port}")

    assert "보안 연결(TLS)" in error.message
    assert reason in error.message
    assert action in error.action
    assert ("SSL_CERT_FILE" in error.action) is ("signs_itself" in wrong)
    assert front.said == b""


# What is reported about the environment.


def test_what_changes_trust_or_route_is_listed_without_passwords(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/company.pem")
    monkeypatch.setenv("https_proxy", "http://me:pass-w0rd@proxy.company:3128")
    monkeypatch.setenv("ALL_PROXY", "me:pass-w0rd@other:1080")
    monkeypatch.setenv("NO_PROXY", "localhost,\x1b[31m[::1]")
    monkeypatch.setenv("SSLKEYLOGFILE", "/tmp/keys")

    found = settings()

    assert found == [
        Setting("SSL_CERT_FILE", "/etc/company.pem"),
        Setting("HTTPS_PROXY", "http://proxy.company:3128"),
        Setting("ALL_PROXY", "other:1080"),
        Setting("NO_PROXY", "localhost,?[31m[::1]"),
        Setting("SSLKEYLOGFILE", "/tmp/keys", is_ignored=True),
    ]
