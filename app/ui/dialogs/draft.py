"""The entries of the connection dialog and their validation rules."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.domain.brokers import BrokerSpec
from app.domain.connections import Connection, View
from app.domain.language import N_, tr
from app.services.settings import url_problem
from app.ui.controls.fields import GOOD, MISSING, UNSEEN, Rule, Verdict

_EXAMPLE = N_("e.g. 12345678-29")
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−－"), "-")


@dataclass(frozen=True, slots=True)
class Draft:
    """A connection as typed; an empty key means the stored one."""

    connection: Connection
    app_key: str = field(default="", repr=False)
    app_secret: str = field(default="", repr=False)


def account_number(typed: str) -> str:
    """Return a typed or pasted account number in the brokers' format: `12345678-29`."""
    plain = unicodedata.normalize("NFKC", typed).translate(_DASHES)
    plain = "".join(plain.split()).strip("".join(UNSEEN))
    digits = plain.replace("-", "")
    return f"{digits[:8]}-{digits[8:]}" if len(digits) == 10 and _is_number(digits) else plain


def account_verdict(account: str, spec: BrokerSpec) -> Verdict:
    """Return the verdict on an account number while it is typed."""
    if not account:
        return MISSING
    problem = _form_problem(account)
    if problem is None and not offered_views(account, spec):
        problem = next(filter(None, (spec.account_problem(account, (view,)) for view in spec.views)), None)
    if problem is not None:
        return Verdict(False, str(problem))
    kind = spec.account_kind(account)
    return GOOD if kind is None else Verdict(True, str(kind.note), is_doubtful=not kind.is_known)


def offered_views(account: str, spec: BrokerSpec) -> tuple[View, ...]:
    """Return the views that an account can have; all of the broker's until the number is complete."""
    if not spec.needs_account or _form_problem(account) is not None:
        return spec.views
    kind = spec.account_kind(account)
    views = spec.views if kind is None else kind.views
    return tuple(view for view in views if spec.account_problem(account, (view,)) is None)


def usual_views(account: str, spec: BrokerSpec) -> tuple[View, ...]:
    """Return the views preselected for an account; none until the number is complete."""
    if not spec.needs_account or _form_problem(account) is not None:
        return ()
    kind = spec.account_kind(account)
    return () if kind is None else kind.usual


def secret_verdict(secret: str) -> Verdict:
    """Return the verdict on an app key or its secret."""
    if not secret:
        return MISSING
    if not secret.isascii() or not secret.isprintable():
        return Verdict(False, tr("Only letters, digits and symbols are allowed. Copy it again."))
    return GOOD


def url_rule(safe: str, plain: str) -> Rule:
    """Return the rule for a server address in settings.toml; an empty one means the broker's own."""

    def verdict(url: str) -> Verdict:
        problem = url_problem(url, safe, plain) if url else None
        return GOOD if problem is None else Verdict(False, str(problem))

    return verdict


def free_label(spec: BrokerSpec, taken: Sequence[str]) -> str:
    """Return the default name of a connection: the broker's, with a number where it is taken."""
    title = tr(spec.title)
    names = (title, *(f"{title} {number}" for number in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _form_problem(account: str) -> str | None:
    """Return what is wrong with the format of an account number, None if nothing is."""
    number, dash, product = account.partition("-")
    if not dash:
        number, product = account[:8], account[8:]
    if not all(_is_number(part) for part in (number, product) if part):
        return tr("Only digits and '-' ({example})", example=tr(_EXAMPLE))
    if len(number) != 8:
        return tr(
            "The first part needs 8 digits ({count} entered, {example})",
            count=len(number),
            example=tr(_EXAMPLE),
        )
    if len(product) != 2:
        return tr(
            "The last part needs 2 digits ({count} entered, {example})",
            count=len(product),
            example=tr(_EXAMPLE),
        )
    return None


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
