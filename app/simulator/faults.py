"""The faults that a simulator can show, by name, each for all views or for one (NAME@VIEW)."""

from collections.abc import Iterable

VIEWS = ("pension", "bonds", "asset-mix", "positions")

DESCRIPTIONS: dict[str, str] = {
    # tokens
    "wrong-key": "token refused: EGW00103 at KIS, 8001 at Kiwoom",
    "wrong-secret": "token refused: EGW00105 at KIS, 8002 at Kiwoom",
    "token-too-soon": "every token request comes too soon: EGW00133 at KIS, 429 and 1700 at Kiwoom",
    "expired-token": "the first token used ends at once (EGW00123 with HTTP 500, 8005); the next one works",
    "expired-token-200": "as expired-token, but KIS says it with HTTP 200",
    "unknown-token": "as expired-token, but the broker does not know it: EGW00122 at KIS, 8003 at Kiwoom",
    "tokens-never-valid": "every request is refused for its token (EGW00121, 8005), renewed or not",
    "reissue-kills-token": "Kiwoom issues a new token each time and ends the one before",
    # refusals
    "wrong-account": "KIS: the account is not the key's (OPSQ2000)",
    "echo-account": "KIS: a refusal (APAC0081) whose text repeats the account number",
    "unlisted-address": "the caller's address is not registered: EGW00207 at KIS, 8050 at Kiwoom",
    "rate-limit": "every request is over the limit: EGW00201 with HTTP 500, 429 with return_code 5",
    "rate-limit-200": "as rate-limit, but said with HTTP 200",
    "ledger-limit": "KIS: the ledger is busy (EGW00215 with HTTP 500)",
    "http-500-refusal": "HTTP 500 with a refusal in JSON: EGW00206 at KIS, 1999 at Kiwoom",
    "paper-key": "the app key is one for paper trading: EGW02004 with HTTP 500 at KIS, 8030 at Kiwoom",
    "paper-address": "paper trading has no such query: EGW02006 with HTTP 500, return_code 20 with RC9000",
    "cut-secret": "KIS: the app secret is not valid (EGW00304 with HTTP 500)",
    "query-again": "KIS: the first two requests of each key are to be repeated (EGW00316 with HTTP 200)",
    "unknown-refusal": "HTTP 500 with a refusal whose code is in no list",
    "closed-market": "Kiwoom: return_code 20 with another refusal in its text (571489)",
    "market-over": "Kiwoom: return_code 20 with a text that holds no code",
    # transport
    "http-500": "HTTP 500 with a plain text",
    "http-502": "HTTP 502 with a page of a proxy",
    "http-503": "HTTP 503 without a body",
    "flaky": "the first two requests of each view get HTTP 500, the next ones work",
    "maintenance-302": "everything, tokens and live line too, is redirected to an HTML page",
    "firewall-400": "HTTP 400 with the HTML page of a firewall",
    "html-200": "HTTP 200 with an HTML page",
    "truncated-json": "HTTP 200 with a body cut in the middle",
    "null-body": "HTTP 200 with the body null",
    "list-body": "HTTP 200 with the body []",
    "empty-body": "HTTP 200 without a body",
    "wrong-charset": "HTTP 200 with the body in EUC-KR",
    "slow": "the answer takes 30 seconds",
    "trickle": "the answer comes byte by byte, one a second",
    "cut-line": "the connection ends in the middle of the answer",
    # content
    "blank-numbers": "some numbers are empty texts",
    "null-numbers": "some numbers are null",
    "missing-numbers": "some numbers are left out",
    "bad-number": "one number is a text that is no number",
    "wrong-total": "the broker's total is 1,000 won above the sum of the rows",
    "empty-account": "an account without holdings, its totals zero",
    "empty-account-bare": "an account without holdings and without totals (Kiwoom: return_code 20)",
    "missing-list": "the list is empty under the broker's own totals (bonds: on the last page)",
    "unknown-layout": "asset mix with 21 rows",
    "legacy-layout": "asset mix without the IMA row: 19 rows, or 16 for product 21",
    "fund-layout": "asset mix with 17 rows, whatever the product",
    "capital-keys": "KIS: Output1 and Output2 with a capital letter",
    "object-output2": "pension: output2 is an object, not a list of one",
    # paging
    "endless-pages": "bonds, positions: every page is followed by one with the same key",
    "endless-new-keys": "bonds, positions: pages with new rows and new keys without end",
    "failing-page": "bonds, positions: the second page is refused",
    "list-changed": "bonds: the second page is refused once, as the data changed (SYDB0050)",
    "list-changing": "bonds: as list-changed, each time",
    "tr-cont-f": "bonds: tr_cont is F for more and D for the last page",
    # live line
    "silent-socket": "the socket stays open after its first ten ticks, but says and reads nothing more",
    "silent-login": "LOGIN is not answered",
    "silent-registration": "REG is not answered",
    "close-after-accept": "the socket closes before LOGIN",
    "short-sessions": "the socket closes half a second after LOGIN",
    "login-8005": "LOGIN is refused for its token (805004), which ends; the next one is issued anew",
    "kick": "half a second after LOGIN another session takes the app key over (R10001)",
    "ping-only": "no ticks and no fills, only PING",
    "duplicate-ticks": "every tick comes twice",
    "junk-frames": "frames that are no JSON, no object or no REAL lie between the ticks",
    "scrambled-order": "ticks of the last seconds come late, in a wrong order",
    "unknown-codes": "ticks for codes that nobody registered",
    "system-frames": "SYSTEM frames around the answers to LOGIN and REG",
}


class Faults:
    """The active faults."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._active: set[tuple[str, str | None]] = set()
        self._used: set[tuple[str, str]] = set()
        self.set(*names)

    def set(self, *names: str) -> None:
        """Activate faults, also once-only ones again. Raises ValueError for an unknown name."""
        for text in names:
            name, _, view = text.partition("@")
            if name not in DESCRIPTIONS:
                raise ValueError(f"unknown fault: {name}")
            if view not in ("", *VIEWS):
                raise ValueError(f"unknown view: {view}")
            self._active.add((name, view or None))
            self._used = {used for used in self._used if used[0] != name}

    def clear(self, *names: str) -> None:
        """Remove these faults, or every one."""
        for text in names:
            name, _, view = text.partition("@")
            self._active.discard((name, view or None))
        if not names:
            self._active.clear()

    def has(self, name: str, *views: str) -> bool:
        """Return whether a fault is active for one of these views."""
        return (name, None) in self._active or any((name, view) in self._active for view in views)

    def first(self, names: Iterable[str], *views: str) -> str | None:
        """Return the first of these faults that is active for one of these views, None if none is."""
        return next((name for name in names if self.has(name, *views)), None)

    def once(self, name: str, key: str, *views: str) -> bool:
        """Return whether a fault is active and unused for this key; mark it as used."""
        if not self.has(name, *views) or (name, key) in self._used:
            return False
        self._used.add((name, key))
        return True


def fault_names() -> tuple[tuple[str, str], ...]:
    """Return every fault's name with its description."""
    return tuple(DESCRIPTIONS.items())
