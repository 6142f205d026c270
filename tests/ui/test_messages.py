"""Errors in the user's words: each kind has a heading of its own."""

from collections.abc import Iterator

import pytest

from app.domain.errors import AppError, BrokerRefused
from app.ui.messages import message_for


def kinds(of: type[AppError]) -> Iterator[type[AppError]]:
    """Every kind of error below one."""
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


KINDS = sorted(
    {kind for kind in kinds(AppError) if kind.__module__.startswith("app.")}, key=lambda kind: kind.__name__
)


@pytest.mark.parametrize("kind", KINDS)
def test_what_happened_and_what_to_do_are_told_as_they_are(kind):
    message = message_for(kind("무슨 일", action="할 일"))

    assert (message.text, message.action) == ("무슨 일", "할 일")
    assert message.title.endswith(("다", "다."))


def test_no_two_kinds_share_a_heading():
    headed = [kind for kind in KINDS if kind is not BrokerRefused]  # which has none of its own
    titles = [message_for(kind("x")).title for kind in (AppError, *headed)]

    assert len(KINDS) >= 11
    assert len(set(titles)) == len(titles)
