"""What every driver does: reads one JSON request, keeps to loopback and prints one JSON answer."""

import json
import sys
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

Request = dict[str, Any]


def serve(**actions: Callable[[Request], Any]) -> None:
    """Do what the request names; what the client raises is an answer too."""
    sys.addaudithook(_stay_on_loopback)
    request = json.load(sys.stdin)
    try:
        answer = actions[request["what"]](request)
    except Exception as exc:  # noqa: BLE001 - each client has errors of its own
        code = getattr(exc, "msg_cd", None) or getattr(exc, "return_code", "")
        answer = {"error": {"kind": type(exc).__name__, "text": f"{code} {exc}"}}
    print("\n" + json.dumps(answer, default=str))


def credential(request: Request, view: str) -> dict[str, str]:
    """The account that has a view."""
    return next(offered for offered in request["connections"] if view in offered["views"])


def wire(client_object: Any, names: dict[str, str]) -> dict[str, Any]:
    """The attributes of a client's object under the wire's names."""
    return {wire_name: getattr(client_object, name) for wire_name, name in names.items()}


def registration(trnm: str, kind: str, items: list[str]) -> dict[str, Any]:
    """A REG or REMOVE frame, for clients that leave the frame to their caller."""
    return {"trnm": trnm, "grp_no": "1", "refresh": "1", "data": [{"item": items, "type": [kind]}]}


def _stay_on_loopback(event: str, arguments: tuple[Any, ...]) -> None:
    """Let no client reach the broker itself, should it not know its base URL by the name used here."""
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if isinstance(host, bytes):
        host = host.decode()
    if host in (None, "", "localhost"):
        return
    try:
        is_here = ip_address(host).is_loopback or ip_address(host).is_unspecified
    except ValueError:
        is_here = False
    if not is_here:
        raise PermissionError(f"not on this machine: {host}")
