"""The servers of these tests count no requests, so the client need not keep its distance to them."""

import pytest


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.brokers.pacing._WINDOW_SECONDS", 0.01)
    monkeypatch.setattr("app.brokers.kiwoom.line.REGISTRATION_GAP_SECONDS", 0.0)
    monkeypatch.setattr("app.brokers.kiwoom.live._CLOSE_SECONDS", 0.05)
