"""The connection to a server: trusted certificates, proxies, and reasons of failures."""

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
# In this order, as in other programs: the scheme's own proxy, then the general one.
_PROXY_VARIABLES = ("HTTPS_PROXY", "ALL_PROXY")
_NO_PROXY = "NO_PROXY"
_PROXY_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}

_SERVER = tr_lazy("the broker's server")


def is_loopback(url: str) -> bool:
    """Return whether the URL's host is this computer."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


# Proxies


class Setting(NamedTuple):
    """A setting of trust or route: a variable, or the system's own setting where `name` is empty."""

    name: str
    value: str
    is_ignored: bool = False


@dataclass(frozen=True, slots=True)
class Proxy:
    """A configured proxy; `variable` is the environment variable, empty for the system's settings."""

    address: str = field(repr=False)
    variable: str

    @property
    def place(self) -> str:
        """Return host and port, without user name and password."""
        with suppress(ValueError):
            parts = urlsplit(self.address)
            host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
            return ":".join(str(part) for part in (host, parts.port) if part)
        return ""

    @property
    def in_brackets(self) -> str:
        """Return the host and port in brackets; empty where it is unreadable."""
        return f"({self.place})" if self.place else ""

    @property
    def action(self) -> LazyText:
        """Return where the user can change this proxy."""
        if self.variable:
            return tr_lazy(
                "Check the proxy settings. This proxy is set by the environment variable {name}.",
                name=self.variable,
            )
        return tr_lazy("Check the proxy in the system's network settings.")

    def url(self, *, with_credentials: bool) -> str:
        """Return a URL that both libraries read alike; the proxy resolves names. Raises NotReachable."""
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
        """Return the user name and password in the address."""
        parts = urlsplit(self.address)
        if parts.username is None:
            return None
        return unquote(parts.username), unquote(parts.password or "")


def proxy_for(url: str) -> Proxy | None:
    """Return the proxy to a server from the environment or the system; None to this computer."""
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
    """Return the result of `proxy_for`, in a thread where that may resolve names, as on Windows."""
    if sys.platform in ("win32", "darwin"):
        return await asyncio.to_thread(proxy_for, url)
    return proxy_for(url)


def _variable(name: str) -> str:
    """Return an environment variable; a lower-case one takes precedence, as in other programs."""
    return os.environ.get(name.lower(), os.environ.get(name, "")).strip()


def _with_scheme(text: str) -> str:
    scheme, separator, rest = text.rpartition("://")
    if not separator:
        return f"http://{text}"
    return f"{'socks5' if scheme.lower() == 'socks' else scheme.lower()}://{rest}"


def _is_exempt(host: str, port: int, rules: str) -> bool:
    """Return whether a list of names, addresses and networks contains a host; invalid entries are ignored."""
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
    """Return the proxy of the system's own settings, where Python can read them."""
    # Not `getproxies`, which ignores the settings as soon as any such environment variable is set.
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


# Certificates

# The systems' certificate files, for an OpenSSL with other default paths.
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
    """Return the trusted certificates, read once in a thread in some 50 ms; an empty context without TLS.

    Raises NotReachable.
    """
    if urlsplit(url).scheme not in ("https", "wss"):
        return _none_trusted()
    return _shared_certificates or await asyncio.to_thread(_read_certificates)


@lru_cache(maxsize=1)
def _none_trusted() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _read_certificates() -> ssl.SSLContext:
    global _shared_certificates  # noqa: PLW0603 - one for the process, set once
    with _reading:
        if _shared_certificates is None:
            _shared_certificates = certificates()
        return _shared_certificates


def certificates(system_files: Sequence[str] = _SYSTEM_FILES) -> ssl.SSLContext:
    """Return a context that trusts the system's and certifi's certificates, or those that variables name.

    It does not use `create_default_context`, which logs the keys of every session to the file named by
    SSLKEYLOGFILE. Raises NotReachable.
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
    # An unreadable system store is ignored, because certifi's list is there as well.
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
    """Return what changes trust or route here, without names and passwords of proxies."""
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


# Reasons of failed connections

# Reasons of rejected certificates: the codes of OpenSSL, of Windows and of macOS.
_OUT_OF_DATE = frozenset({9, 10, 0x800B0101, -67818, -67819})
_OTHER_NAME = frozenset({62, 64, 0x800B010F, -67602})


def unreachable(
    exc: BaseException, server: LazyText = _SERVER, *, proxy: Proxy | None = None
) -> NotReachable:
    """Return the error for a failed connection, derived from the exception and its causes."""
    place = proxy.in_brackets if proxy else ""
    causes = _causes(exc)
    # The type helps a developer; the text may contain the URL, and that the account number.
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
    """Return what is wrong with a certificate and what to do; only advice where the reason is unknown."""
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
    """Return the error for a proxy that refused the connection."""
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
    """Connect to a server without sending data; return the version of TLS, None for a URL without TLS.

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
