"""Certificates of our own making, and servers and proxies on this machine that show them."""

import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """Signs certificates; whoever reads the file `root` trusts them."""

    folder: Path
    root: Path
    key: Any
    name: Any

    def certificate(
        self, *, host: str = HOST, expires: timedelta = _DAY, signs_itself: bool = False
    ) -> ssl.SSLContext:
        """What a server of that name needs; by itself nobody trusts it."""
        from cryptography.hazmat.primitives.asymmetric import ec

        key = ec.generate_private_key(ec.SECP256R1())
        name = _name("moa test server")
        signer, signed_by = (key, name) if signs_itself else (self.key, self.name)
        chain = _pem(_signed(name, key, signed_by, signer, host=host, expires=expires), key)
        file = self.folder / "server.pem"
        file.write_bytes(chain)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def authority(folder: Path) -> Authority:
    """A new one, with its certificate in the folder."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding

    key, name = ec.generate_private_key(ec.SECP256R1()), _name("moa test authority")
    root = folder / "root.pem"
    root.write_bytes(_signed(name, key, name, key).public_bytes(Encoding.PEM))
    return Authority(folder, root, key, name)


def _name(text: str) -> Any:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _signed(
    name: Any, key: Any, by: Any, signer: Any, *, host: str | None = None, expires: timedelta = _DAY
) -> Any:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 10 * _DAY)
        .not_valid_after(now + expires)
        .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
    )
    if host is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([_named(host)]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def _named(host: str) -> Any:
    from cryptography import x509

    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: Any, key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private + certificate.public_bytes(Encoding.PEM)


@dataclass
class Heard:
    """What a server took: how often somebody came, and what was said in the clear or after the handshake."""

    port: int = 0
    callers: int = 0
    asked: list[bytes] = field(default_factory=list)
    said: bytearray = field(default_factory=bytearray)


@contextmanager
def shown(certificate: ssl.SSLContext, port: int) -> Iterator[Heard]:
    """A server that takes TLS off and hands on to another port of this machine."""

    def handle(caller: socket.socket, heard: Heard) -> None:
        with certificate.wrap_socket(caller, server_side=True) as inner:
            _joined(inner, port, heard)

    with _serving(handle) as heard:
        yield heard


@contextmanager
def proxy(certificate: ssl.SSLContext | None, port: int) -> Iterator[Heard]:
    """A proxy that leads wherever it likes: with a certificate it opens what should be sealed."""

    def handle(caller: socket.socket, heard: Heard) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            part = caller.recv(1)
            if not part:
                return
            head += part
        heard.asked.append(head)
        caller.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        if certificate is None:
            _joined(caller, port, heard)
            return
        with certificate.wrap_socket(caller, server_side=True) as inner:
            _joined(inner, port, heard)

    with _serving(handle) as heard:
        yield heard


@contextmanager
def socks(port: int, *, credentials: tuple[bytes, bytes] | None = None) -> Iterator[Heard]:
    """A SOCKS5 proxy that leads to one port of this machine, whatever name it is asked for."""

    def handle(caller: socket.socket, heard: Heard) -> None:
        version, count = _exactly(caller, 2)
        methods = _exactly(caller, count)
        method = 0 if credentials is None else 2
        assert (version, method in methods) == (5, True)
        caller.sendall(bytes((5, method)))
        if credentials is not None:
            _exactly(caller, 1)
            given = tuple(_exactly(caller, _exactly(caller, 1)[0]) for _ in range(2))
            caller.sendall(bytes((1, given != credentials)))
            assert given == credentials
        _, _, _, kind = _exactly(caller, 4)
        assert kind == 3  # a name, so that it is the proxy that looks it up
        heard.asked.append(_exactly(caller, _exactly(caller, 1)[0]))
        _exactly(caller, 2)
        caller.sendall(bytes((5, 0, 0, 1, 0, 0, 0, 0, 0, 0)))
        _joined(caller, port, heard)

    with _serving(handle) as heard:
        yield heard


def _exactly(caller: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = caller.recv(count - len(found))
        if not part:
            raise ConnectionError
        found += part
    return found


@contextmanager
def _serving(handle: Any) -> Iterator[Heard]:
    heard = Heard()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            heard.callers += 1
            with suppress(OSError):  # the other side hung up
                handle(self.request, heard)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server((HOST, 0), Handler) as server:
        heard.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield heard
        finally:
            server.shutdown()
            thread.join()


def _joined(caller: socket.socket, port: int, heard: Heard) -> None:
    """Hand on both ways until one side ends."""
    with socket.create_connection((HOST, port), timeout=30) as behind:
        back = threading.Thread(target=_copied, args=(behind, caller, bytearray()), daemon=True)
        back.start()
        _copied(caller, behind, heard.said)
        back.join(5)


def _copied(source: socket.socket, target: socket.socket, heard: bytearray) -> None:
    with suppress(OSError):
        while part := source.recv(65536):
            heard += part
            target.sendall(part)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
