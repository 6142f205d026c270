"""Alerts in settings.toml: mistakes are named with their line."""

import pytest

from app.brokers.registry import BROKERS
from app.domain.errors import SettingsError
from app.services.settings import parse_settings


@pytest.mark.parametrize(
    ("entries", "reported"),
    [
        ('measure = "price"\nabove = "1"', "1: code: 이 알림에는 종목코드가 필요합니다."),
        ('measure = "moon"\nabove = "1"', "3: measure: 다음 중 하나여야 합니다"),
        ('measure = "return"', "1: above: above와 below 중 하나만 사용하세요."),
        ('measure = "return"\nabove = "1"\nbelow = "1"', "4: above: above와 below 중 하나만"),
        ('measure = "return"\nabove = "1e9"', "4: above: 숫자를 따옴표로 묶어 입력하세요."),
        ('measure = "return"\nabove = 1', "4: above: 비어 있지 않은 문자열이어야 합니다."),
        ('measure = "return"\nabove = "1"\nsound = "x"', "5: sound: 알 수 없는 항목입니다."),
    ],
)
def test_a_mistake_is_named_with_its_line(entries: str, reported: str):
    with pytest.raises(SettingsError) as raised:
        parse_settings(f'[[alerts]]\nconnection = "k"\n{entries}\n', "settings.toml", BROKERS)
    assert reported in raised.value.message
