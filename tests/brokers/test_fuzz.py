"""Whatever a broker answers: a whole report or an AppError, never anything else and never a part."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.brokers.kiwoom.frames import FrameReader
from app.domain.errors import AppError
from app.domain.holdings import AssetMixReport, Report
from app.domain.live import Fill, MarketSignal, Tick
from tests.brokers.given_answers import READERS, read

from .kis import broker as kis

FRAMES = {name: (kis.WIRE / f"kiwoom-{name}.json").read_bytes() for name in ("04", "0B")}


VIEWS = st.sampled_from(sorted(READERS))


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.brokers.kiwoom.client.wait_after", lambda error, attempt: None)


def rows_in(report: Report) -> int:
    has_sum = isinstance(report, AssetMixReport) and report.total is not None
    return len(report.rows) + has_sum


def rows_sent(view: str, document: Any) -> int:
    """How many rows an answer holds, as lenient as the readers are."""
    name = READERS[view][1]
    sent = document.get(name)
    if sent is None:
        sent = document.get(name.capitalize())
    if isinstance(sent, dict):
        known = json.loads(READERS[view][0])[name][0]  # an object of nothing but other fields is no row
        return 1 if any(value is not None for key, value in sent.items() if key in known) else 0
    return len(sent or ())


@pytest.mark.parametrize("view", READERS)
def test_an_answer_cut_at_any_byte_is_refused(view: str):
    body = READERS[view][0].rstrip()
    whole = read(view, body)

    assert not isinstance(whole, AppError)
    for size in range(len(body)):
        cut = read(view, body[:size])
        assert isinstance(cut, AppError), size
        assert cut.code == "bad-response"


def places(document: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value of a document."""
    if path:
        yield path
    items: Any = ()
    if isinstance(document, dict):
        items = document.items()
    elif isinstance(document, list):
        items = enumerate(document)
    for key, value in items:
        yield from places(value, (*path, key))


GONE = object()
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["", " ", "0", "-0", "1E3", "N/A", "9" * 50, "20240230", "A"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300)
@given(view=VIEWS, data=st.data())
def test_an_answer_with_any_part_replaced_is_whole_or_refused(view: str, data: st.DataObject):
    document = json.loads(READERS[view][0])
    for _ in range(data.draw(st.integers(1, 3))):
        ways = list(places(document))
        *before, last = data.draw(st.sampled_from(ways))
        parent = document
        for key in before:
            parent = parent[key]
        new = data.draw(st.just(GONE) | JSON)
        if new is GONE:
            del parent[last]
        else:
            parent[last] = new
        if not document:
            break

    got = read(view, json.dumps(document).encode())

    if not isinstance(got, AppError):
        assert rows_in(got) == rows_sent(view, document)


KEYS_OF_ANSWERS = st.sampled_from(
    [
        *("rt_cd", "msg_cd", "msg1", "output", "output1", "Output1", "output2", "error_code"),
        *(
            "error_description",
            "ctx_area_nk200",
            "return_code",
            "return_msg",
            "stk_cntr_remn",
            "evlt_amt_tot",
        ),
    ]
)
VALUES = JSON | st.sampled_from(["0", "KIOK0560", "KIOK0500", 0, 20]) | st.lists(st.just({}), max_size=2)


@given(
    view=VIEWS, document=st.dictionaries(KEYS_OF_ANSWERS, VALUES) | JSON, status=st.sampled_from([200, 500])
)
def test_any_json_is_whole_or_refused(view: str, document: Any, status: int):
    got = read(view, json.dumps(document).encode(), status)

    if not isinstance(got, AppError):
        assert status == 200 or document.get("msg_cd") == "KIOK0560"
        assert rows_in(got) == rows_sent(view, document)


@given(view=VIEWS, data=st.data())
def test_an_answer_with_any_bytes_changed_is_a_report_or_refused(view: str, data: st.DataObject):
    body = bytearray(READERS[view][0])
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    got = read(view, bytes(body))

    if not isinstance(got, AppError):
        assert rows_in(got) == rows_sent(view, json.loads(body.decode()))


@given(view=VIEWS, body=st.binary(), status=st.sampled_from([200, 302, 400, 403, 404, 429, 500, 503]))
def test_any_bytes_are_refused(view: str, body: bytes, status: int):
    assert isinstance(read(view, body, status), AppError)


# The live line.


def heard(data: bytes) -> None:
    reader = FrameReader()
    frame = reader.frame(data)
    events = [] if frame is None else reader.events(frame)
    assert all(isinstance(event, Tick | Fill | MarketSignal) for event in events)
    assert reader.dropped > 0 or frame is not None


@given(data=st.binary() | st.text().map(str.encode) | JSON.map(json.dumps).map(str.encode))
def test_any_frame_is_read_or_counted(data: bytes):
    heard(data)


@settings(max_examples=300)
@given(name=st.sampled_from(sorted(FRAMES)), data=st.data())
def test_a_frame_with_any_part_replaced_is_read_or_counted(name: str, data: st.DataObject):
    document = json.loads(FRAMES[name])
    *before, last = data.draw(st.sampled_from(list(places(document))))
    parent = document
    for key in before:
        parent = parent[key]
    parent[last] = data.draw(JSON)

    heard(json.dumps(document).encode())
