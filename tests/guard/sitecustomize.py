"""Lets no Python of the tests speak to another machine: each one imports this module when it starts.

What it refuses it also notes in the file that MOA_GUARD names, so that a program cannot take the refusal for
an outage and go on. Names under `.invalid` may be looked up: nobody can own one.
"""

import os
import sys
from functools import wraps
from ipaddress import ip_address

VARIABLE = "MOA_GUARD"
_LOOKUPS = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyname_ex"})
_ADDRESSED = frozenset({"socket.connect", "socket.bind", "socket.sendto", "socket.sendmsg"})


# The event loop of Windows connects and sends without the socket's own methods, and without any audit event.
_PROACTOR = "asyncio.windows_events"
_PAST_THE_SOCKET = {"connect": "socket.connect", "sendto": "socket.sendto"}


class Refused(OSError):
    """Another machine was to be spoken to."""


def guard(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse what leaves this machine; an audit hook."""
    if event in _LOOKUPS:
        host = arguments[0]
    elif event in _ADDRESSED and isinstance(address := arguments[1], tuple) and address:
        host = address[0]
    elif event == "socket.__new__" and hasattr(sys.modules.get(_PROACTOR), "IocpProactor"):
        guard_proactor(sys.modules[_PROACTOR].IocpProactor)  # its first socket is still to be connected
        return
    else:
        return
    if isinstance(host, bytes):
        host = host.decode(errors="replace")
    if not isinstance(host, str) or _is_here(host):
        return
    if file := os.environ.get(VARIABLE):
        with open(file, "a", encoding="utf-8") as noted:  # noqa: PTH123 - a path would bring in too much
            noted.write(f"{event} {host} by {' '.join(sys.orig_argv)[:300]}\n")
    raise Refused(f"{event}: {host} is another machine")


def guard_proactor(kind: type) -> None:
    """Have its calls looked at like those of a socket; a second time changes nothing."""
    for name, event in _PAST_THE_SOCKET.items():
        method = getattr(kind, name)
        if not hasattr(method, "__wrapped__"):
            setattr(kind, name, _guarded(method, event))


def _guarded(method, event: str):  # a type for it would bring in too much
    @wraps(method)
    def guarded(self: object, sock: object, *arguments: object, **named: object) -> object:
        guard(event, (sock, named.get("addr", arguments[-1] if arguments else None)))
        return method(self, sock, *arguments, **named)

    return guarded


def _is_here(host: str) -> bool:
    if host in ("", "localhost") or host.endswith(".invalid"):
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


if os.environ.get(VARIABLE):
    sys.addaudithook(guard)
