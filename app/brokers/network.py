"""The way to a server: which certificates are trusted, which proxy leads there, and why one did not."""

import asyncio
import logging
import os
import re
import socket
import ssl
import sys
import threading
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

from app.domain.errors import NotReachable, TimedOut
from app.domain.language import AnyText, LazyText, joined, tr_lazy

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0

CERTIFICATE_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_IGNORED_VARIABLES = ("SSLKEYLOGFILE",)
# In this order, as other programs do: the scheme's own proxy, then the one for all.
_PROXY_VARIABLES = ("HTTPS_PROXY", "ALL_PROXY")
_NO_PROXY = "NO_PROXY"
_PROXY_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}

_SERVER = tr_lazy("the broker's server")


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


# Proxies.


class Setting(NamedTuple):
    """What changes trust or route: a variable, or the system's own setting where `name` is empty."""

    name: str
    value: str
    is_ignored: bool = False


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy as somebody has named it; `variable` is where, empty for the system's settings."""

    address: str = field(repr=False)
    variable: str

    @property
    def place(self) -> str:
        """Host and port, without the name and the password that may stand before them."""
        with suppress(ValueError):
            parts = urlsplit(self.address)
            host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
            return ":".join(str(part) for part in (host, parts.port) if part)
        return ""

    @property
    def in_brackets(self) -> str:
        """The place in brackets; empty where it cannot be read."""
        return f"({self.place})" if self.place else ""

    @property
    def action(self) -> LazyText:
        """Where the user finds this proxy."""
        if self.variable:
            return tr_lazy(
                "Check the proxy settings. This proxy is set by the environment variable {name}.",
                name=self.variable,
            )
        return tr_lazy("Check the proxy in the system's network settings.")

    def url(self, *, with_credentials: bool) -> str:
        """A URL that both libraries read alike; names are looked up by the proxy. Raises NotReachable."""
        try:
            parts = urlsplit(self.address)
            host, port = parts.hostname, parts.port or _PROXY_PORTS[parts.scheme]
        except (ValueError, KeyError):
            host = port = parts = None
        if not host or parts is None or parts.path not in ("", "/") or parts.query or parts.fragment:
            raise NotReachable(
                tr_lazy("The proxy{place} cannot be used.", place=self.in_brackets), action=self.action
            )
        scheme = "socks5h" if parts.scheme == "socks5" else parts.scheme
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        credentials = self.credentials
        if credentials is None or not with_credentials:
            return f"{scheme}://{place}"
        return f"{scheme}://{quote(credentials[0], safe='')}:{quote(credentials[1], safe='')}@{place}"

    @property
    def credentials(self) -> tuple[str, str] | None:
        """The user name and password that stand in the address."""
        parts = urlsplit(self.address)
        if parts.username is None:
            return None
        return unquote(parts.username), unquote(parts.password or "")


def proxy_for(url: str) -> Proxy | None:
    """The proxy through which the environment or the system leads to a server; none to this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if is_loopback(url) or _is_exempt(host, parts.port or 443, _variable(_NO_PROXY)):
        return None
    for name in _PROXY_VARIABLES:
        if text := _variable(name):
            return Proxy(_with_scheme(text), name)
    text = _system_proxy()
    return Proxy(text, "") if text and not _system_exempts(host) else None


async def found_proxy(url: str) -> Proxy | None:
    """What `proxy_for` gives; in a thread where that may look up names, as it does on Windows."""
    if sys.platform in ("win32", "darwin"):
        return await asyncio.to_thread(proxy_for, url)
    return proxy_for(url)


def _variable(name: str) -> str:
    """An environment variable; where it is there in lower case too, that one counts, as elsewhere."""
    return os.environ.get(name.lower(), os.environ.get(name, "")).strip()


def _with_scheme(text: str) -> str:
    scheme, separator, rest = text.rpartition("://")
    if not separator:
        return f"http://{text}"
    return f"{'socks5' if scheme.lower() == 'socks' else scheme.lower()}://{rest}"


def _is_exempt(host: str, port: int, rules: str) -> bool:
    """Whether a list of names, addresses and networks holds a host; what is none of these says nothing."""
    return any(_matches(host.lower(), port, rule.lower()) for rule in re.split(r"[,\s]+", rules) if rule)


def _matches(host: str, port: int, rule: str) -> bool:
    if rule == "*":
        return True
    rule = rule.rpartition("://")[2]
    bare = re.fullmatch(r"\[(?P<v6>[^\]]*)\](?::(?P<p6>\d+))?|(?P<name>[^:]*)(?::(?P<port>\d+))?", rule)
    if bare is not None:
        if (given := bare["p6"] or bare["port"]) and given != str(port):
            return False
        rule = bare["v6"] or bare["name"] or ""
    with suppress(ValueError):
        return ip_address(host) in ip_network(rule, strict=False)
    name = rule.removeprefix("*").lstrip(".")
    return bool(name) and (host == name or host.endswith(f".{name}"))


def _system_proxy() -> str:
    """The proxy of the system's own settings, where it has some that Python can read."""
    # Not `getproxies`: that leaves the settings out as soon as the environment has any such variable.
    readers = {"win32": "getproxies_registry", "darwin": "getproxies_macosx_sysconf"}
    read = getattr(urllib.request, readers.get(sys.platform, ""), None)
    found: Mapping[str, str] = read() if read is not None else {}
    if text := found.get("https"):
        return _with_scheme(text)
    if text := found.get("socks"):
        return f"socks5://{text.rpartition('://')[2]}"
    return ""


def _system_exempts(host: str) -> bool:
    readers = {"win32": "proxy_bypass_registry", "darwin": "proxy_bypass_macosx_sysconf"}
    read = getattr(urllib.request, readers.get(sys.platform, ""), None)
    return read is not None and bool(read(host))


# Certificates.

# Where the systems keep theirs, for an OpenSSL that was built to look elsewhere.
_SYSTEM_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, RHEL
    "/etc/ssl/ca-bundle.pem",  # SUSE
    "/etc/ssl/cert.pem",  # Alpine, Arch
)
_HASHED_NAME = re.compile(r"[0-9a-f]{8}\.[0-9]+")

_shared_certificates: ssl.SSLContext | None = None
_reading = threading.Lock()


async def certificates_for(url: str) -> ssl.SSLContext:
    """The trusted certificates, read once in a thread: it takes some 50 ms. Without encryption, none are.

    Raises NotReachable.
    """
    if urlsplit(url).scheme not in ("https", "wss"):
        return _none_trusted()
    return _shared_certificates or await asyncio.to_thread(_read_certificates)


@lru_cache(maxsize=1)
def _none_trusted() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _read_certificates() -> ssl.SSLContext:
    global _shared_certificates  # noqa: PLW0603 - one for the process, and it never changes
    with _reading:
        if _shared_certificates is None:
            _shared_certificates = certificates()
        return _shared_certificates


def certificates(system_files: Sequence[str] = _SYSTEM_FILES) -> ssl.SSLContext:
    """A context that trusts what the system trusts and certifi's list; variables name others instead.

    It does not come from `create_default_context`: that one writes the keys of every session into the file
    that SSLKEYLOGFILE names. Raises NotReachable.
    """
    import certifi

    named = [name for name in CERTIFICATE_VARIABLES if os.environ.get(name)]
    if named:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        for name in named:
            _load_named(context, name)
        return context
    if sys.platform in ("win32", "darwin"):
        import truststore

        context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        _load_system(context, system_files)
    context.load_verify_locations(certifi.where())
    return context


def _load_system(context: ssl.SSLContext, files: Sequence[str]) -> None:
    # A store that cannot be read is not ours to complain of: certifi's list is there as well.
    with suppress(OSError, ssl.SSLError):
        context.load_default_certs()
    file = next((each for each in files if Path(each).is_file()), None)
    if file is not None and ssl.get_default_verify_paths().cafile != file:
        with suppress(OSError, ssl.SSLError):
            context.load_verify_locations(file)


def _load_named(context: ssl.SSLContext, name: str) -> None:
    try:
        if name == "SSL_CERT_FILE":
            file = Path(os.environ[name])
            if not file.is_file():  # reading a pipe would never end
                raise FileNotFoundError
            context.load_verify_locations(file)
        else:
            folders = [Path(each) for each in os.environ[name].split(os.pathsep) if each]
            if not any(_HASHED_NAME.fullmatch(file.name) for folder in folders for file in folder.iterdir()):
                raise FileNotFoundError
            for folder in folders:
                context.load_verify_locations(capath=folder)
    except (OSError, ssl.SSLError, ValueError):
        raise NotReachable(
            tr_lazy("The certificates set by the environment variable {name} cannot be read.", name=name),
            action=tr_lazy("Correct or remove the variable {name}, then restart Moa.", name=name),
        ) from None


def settings() -> list[Setting]:
    """What changes trust or route here, without names and passwords of proxies."""
    found = [Setting(name, os.environ[name]) for name in CERTIFICATE_VARIABLES if os.environ.get(name)]
    for name in (*_PROXY_VARIABLES, _NO_PROXY):
        if text := _variable(name):
            texts = [text] if name in _PROXY_VARIABLES else text.split(",")
            found.append(Setting(name, ",".join(map(_without_credentials, texts))))
    if text := _system_proxy():
        found.append(Setting("", _without_credentials(text)))
    found += [
        Setting(name, os.environ[name], is_ignored=True)
        for name in _IGNORED_VARIABLES
        if os.environ.get(name)
    ]
    return [each._replace(value=_printable(each.value)) for each in found]


def _without_credentials(text: str) -> str:
    scheme = re.match(r"[a-z0-9+.-]+://", text, re.IGNORECASE)
    before, at, place = text.rpartition("@")
    return f"{scheme[0] if scheme and before else ''}{place}" if at else text


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text[:200])


# Why there was no connection.

# Why a certificate was refused: the codes of OpenSSL, of Windows and of macOS.
_OUT_OF_DATE = frozenset({9, 10, 0x800B0101, -67818, -67819})
_OTHER_NAME = frozenset({62, 64, 0x800B010F, -67602})


def unreachable(
    exc: BaseException, server: LazyText = _SERVER, *, proxy: Proxy | None = None
) -> NotReachable:
    """What kept a connection from being made, told from the error and what caused it."""
    place = proxy.in_brackets if proxy else ""
    causes = _causes(exc)
    # The name helps a developer; the rest of the text may hold the URL, and that the account number.
    logger.info("not connected: %s", " < ".join(type(each).__name__ for each in causes))
    way = tr_lazy("Through the proxy{place}: ", place=place) if proxy else ""
    for cause in causes:
        if isinstance(cause, ssl.SSLError):
            reason, action = _refused_certificate(cause)
            problem = tr_lazy(
                "A secure connection (TLS) to {server} could not be established.", server=server
            )
            where = joined(action, proxy.action, between=" ") if proxy else action
            return NotReachable(
                joined(way, problem, reason),
                action=tr_lazy(
                    "{action} For your safety, Moa does not connect when a certificate cannot be trusted.",
                    action=where,
                ),
            )
        if isinstance(cause, socket.gaierror):
            unknown = tr_lazy("the proxy{place}", place=place) if proxy else server
            return _not_reached(
                tr_lazy("The address of {server} was not found (DNS).", server=unknown), proxy
            )
    return _not_reached(joined(way, tr_lazy("Could not connect to {server}.", server=server)), proxy)


def _causes(exc: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    cause: BaseException | None = exc
    while cause is not None and cause not in found:
        found.append(cause)
        cause = cause.__cause__ or cause.__context__
    return found


def _refused_certificate(error: ssl.SSLError) -> tuple[AnyText, LazyText]:
    """What is wrong with a certificate and what to do; no more than the latter where it is not known."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return "", tr_lazy("Check this computer's clock and security software.")
    if error.verify_code in _OUT_OF_DATE:
        return (
            tr_lazy(" Its certificate has expired or is not valid yet."),
            tr_lazy("Check this computer's date and time."),
        )
    if error.verify_code in _OTHER_NAME:
        return (
            tr_lazy(" Its certificate belongs to another address."),
            tr_lazy("Check the server address. On public Wi-Fi, log in first."),
        )
    action = tr_lazy(
        "If a company network or security software inspects encrypted connections, "
        "install its root certificate in the system."
    )
    named = [name for name in CERTIFICATE_VARIABLES if os.environ.get(name)]
    if named:
        others = tr_lazy(
            " Only certificates set by {names} are trusted.",
            names=", ".join(named),
        )
        action = joined(action, others)
    return tr_lazy(" This computer does not trust the issuer of its certificate."), action


def refused_by(proxy: Proxy, status: object) -> NotReachable:
    """A proxy answered with a refusal instead of leading on."""
    return _not_reached(
        tr_lazy(
            "The proxy{place} refused the connection (HTTP {status}).",
            place=proxy.in_brackets,
            status=status,
        ),
        proxy,
    )


def _not_reached(message: LazyText, proxy: Proxy | None) -> NotReachable:
    return NotReachable(message, action=proxy.action if proxy else None)


async def reach(url: str) -> str | None:
    """Connect to a server, send nothing and hang up: the version of TLS, None where the URL asks for none.

    Raises NotReachable or TimedOut.
    """
    parts = urlsplit(url)
    is_secure = parts.scheme in ("https", "wss")
    port = parts.port or (443 if is_secure else 80)
    trusted = await certificates_for(url) if is_secure else None
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(parts.hostname, port, ssl=trusted)
    except TimeoutError as exc:
        raise TimedOut(tr_lazy("The server did not accept the request in time.")) from exc
    except (OSError, UnicodeError) as exc:
        raise unreachable(exc) from None
    try:
        secured = writer.get_extra_info("ssl_object")
        return None if secured is None else secured.version()
    finally:
        writer.transport.abort()
