"""From KIS's bytes to a page or an error, without a network."""

from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.brokers.http import Reply
from app.brokers.kis import mapping, wire
from app.brokers.kis.client import answered, granted
from app.domain.errors import AppError, NeedsUser, UnexpectedReply
from app.domain.holdings import Report

from .broker import ASSET_MIX, BONDS, PENSION

READERS = {
    "pension": (PENSION, lambda body: mapping.pension_report(_page(body, wire.PensionPage))),
    "bonds": (BONDS, lambda body: mapping.bond_report(_page(body, wire.BondPage).rows)),
    "asset-mix": (ASSET_MIX, lambda body: mapping.asset_mix_report(_page(body, wire.AssetMixPage), "01")),
}


def _page(body: bytes, kind: type) -> object:
    return answered(Reply(200, {}, body), msgspec.json.Decoder(kind), ())


def read(view: str, body: bytes) -> Report:
    return READERS[view][1](body)


@pytest.mark.parametrize("view", READERS)
def test_an_answer_cut_at_any_byte_is_refused_or_whole(view: str) -> None:
    body = READERS[view][0]
    whole = read(view, body)
    refusals = 0

    for length in range(len(body)):
        try:
            assert read(view, body[:length]) == whole
        except UnexpectedReply:
            refusals += 1

    assert refusals == len(body) - 1  # all but the line break at the end


@given(data=st.data(), view=st.sampled_from(sorted(READERS)))
def test_an_answer_with_any_byte_changed_is_read_or_is_an_error_of_ours(
    data: st.DataObject, view: str
) -> None:
    body = bytearray(READERS[view][0])
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(AppError):
        read(view, bytes(body))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
keys = st.sampled_from(
    ["rt_cd", "msg_cd", "msg1", "output", "output1", "Output1", "output2", "error_code", "ctx_area_nk200"]
)


@given(body=st.dictionaries(keys, json_values | st.just("0") | st.lists(json_values)) | json_values)
def test_any_json_is_read_or_is_an_error_of_ours(body: object) -> None:
    for view in READERS:
        with suppress(AppError):
            read(view, msgspec.json.encode(body))


def test_a_refusal_of_the_token_shape_is_understood_by_a_query() -> None:
    reply = Reply(403, {}, b'{"error_code": "EGW00105", "error_description": "no"}')

    with pytest.raises(NeedsUser) as caught:
        answered(reply, msgspec.json.Decoder(wire.BondPage), ())
    assert caught.value.code == "EGW00105"


def test_a_refusal_of_the_query_shape_is_understood_by_a_token_request() -> None:
    reply = Reply(200, {}, b'{"rt_cd": "1", "msg_cd": "EGW00103", "msg1": "no"}')

    with pytest.raises(NeedsUser) as caught:
        granted(reply, ())
    assert caught.value.code == "EGW00103"


def test_a_numeric_rt_cd_is_read_like_a_text() -> None:
    reply = Reply(200, {}, b'{"rt_cd": 0, "output": []}')

    assert answered(reply, msgspec.json.Decoder(wire.BondPage), ()).rows == []


def test_pages_and_tokens_do_not_show_their_content() -> None:
    pension = msgspec.json.decode(PENSION, type=wire.PensionPage)
    bonds = wire.BondPage(ctx_area_fk200="63512345")

    assert "63512345" not in repr((pension, bonds))
    assert "CANARY" not in repr(wire.Grant(access_token="CANARY"))


@pytest.mark.parametrize("rt_cd", ["0", "1", "7"])
def test_a_code_that_is_known_for_a_refusal_is_one_whatever_rt_cd_says(rt_cd: str) -> None:
    body = {"rt_cd": rt_cd, "msg_cd": "APBK1744", "msg1": "처리할 수 없습니다", "output": []}

    with pytest.raises(NeedsUser) as caught:
        answered(Reply(200, {}, msgspec.json.encode(body)), msgspec.json.Decoder(wire.BondPage), ())

    assert caught.value.code == "APBK1744"
