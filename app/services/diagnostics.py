"""A diagnosis: a zip of plain text files that a user can read before sending it to a developer."""

import io
import json
import platform
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from app import __version__
from app.domain.clock import Clock
from app.domain.concealing import concealed
from app.domain.errors import AppError, BrokerRefused, SettingsError
from app.domain.privacy import masked_account
from app.services.files import replace_file
from app.services.settings import Settings
from app.services.store import Line, PortfolioStore, ViewId
from app.services.tally import Tally

README = "읽어 보세요.txt"
PACKAGES = (
    "PySide6-Essentials",
    "qasync",
    "httpx",
    "websockets",
    "msgspec",
    "pyqtgraph",
    "keyring",
    "platformdirs",
    "tomlkit",
    "aiohttp",
)
_EXPLANATION = """모아 진단

문제를 고치는 데 필요한 것만 모은 파일입니다. 모두 보통 텍스트 파일이니 보내기 전에 열어 읽어 보세요.
모아는 이 파일을 아무 데도 보내지 않습니다.

들어 있는 것
- versions.txt     모아, Python, Qt, 그 밖의 부품과 운영체제의 버전
- settings.txt     연결 설정. 계좌번호는 끝 두 자리만 남겼습니다
- views.txt        탭마다 마지막으로 조회한 때, 오류 코드, 성공하고 실패한 횟수
- answers.txt      증권사가 마지막으로 보낸 응답의 모양. 결과 코드와 항목 이름만 있고 금액과 종목은 없습니다
- examination.txt  `moa doctor`로 점검한 결과 (점검해서 저장한 때에만)
- logs/            모아가 남긴 기록

들어 있지 않은 것
- 앱키, 앱시크릿, 접근토큰, 계좌번호
- 금액, 수량, 가지고 있는 종목
"""


def save(path: Path, files: Mapping[str, str]) -> None:
    """Write the zip, whole or not at all; every text is concealed once more. Raises OSError."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {README: _EXPLANATION, **files}.items():
            archive.writestr(name, concealed(text))
    replace_file(path, content.getvalue())


def versions_text() -> str:
    """The versions of the program, of what it is made of and of the system."""
    told = {
        "모아": __version__,
        "Python": f"{platform.python_version()} ({platform.machine()})",
        "운영체제": platform.platform(),
        "묶음": "설치본" if getattr(sys, "frozen", False) else "소스",
    }
    for package in PACKAGES:
        try:
            told[package] = version(package)
        except PackageNotFoundError:
            told[package] = "?"
    return _as_lines(told)


def settings_text(settings: Settings | SettingsError) -> str:
    """The settings, of each account number only its end; or what is wrong with them."""
    if isinstance(settings, SettingsError):
        return f"설정을 읽을 수 없습니다: {settings.message}\n"
    blocks: list[str] = []
    for each in settings.connections:
        told = {
            "id": each.id,
            "label": each.label,
            "broker": each.broker,
            "views": ", ".join(view.value for view in each.views),
            "account": masked_account(each.account) if each.account else None,
            "exchange": each.exchange,
            "base_url": each.base_url,
            "ws_url": each.ws_url,
            "requests_per_second": str(each.requests_per_second),
        }
        blocks.append(_as_lines({key: value for key, value in told.items() if value}))
    refresh = {f"{view.value} 조회 간격": f"{seconds}초" for view, seconds in settings.refresh.items()}
    return "\n".join([*(blocks or ["연결이 없습니다.\n"]), _as_lines(refresh)])


def views_text(
    store: PortfolioStore,
    view_ids: Sequence[ViewId],
    clock: Clock,
    tally: Tally,
    dropped: Mapping[str, int],
) -> str:
    """Each view's state: codes, ages and counts, and no figure of what is held."""
    now, blocks = clock.monotonic(), [f"{_moment(clock.now())} KST\n"]
    for view_id in view_ids:
        connection, view = view_id
        state = store.state(view_id)
        told = [f"[{connection}] {view.value}"]
        told.append(_failed("마지막 조회", state.error) if state.error else "마지막 조회: 오류 없음")
        if state.fetched_at is None:
            told.append("아직 받은 값이 없습니다")
        else:
            age = "지난번 실행" if state.fetched_mono is None else f"{now - state.fetched_mono:.0f}초 전"
            told.append(f"보이는 값을 받은 때: {_moment(state.fetched_at)} ({age})")
        if state.is_reading:
            told.append("지금 조회하고 있습니다")
        if state.retry_mono is not None:
            told.append(f"다음 시도까지 {max(0.0, state.retry_mono - now):.0f}초")
        if state.line is not Line.NONE:
            heard = "없음" if state.heard_mono is None else f"{now - state.heard_mono:.0f}초 전"
            told.append(f"실시간 연결: {state.line.value}, 마지막 소식 {heard}")
            told.append(f"읽지 못하고 버린 실시간 소식 {dropped.get(connection, 0)}건")
        if state.line_error is not None:
            told.append(_failed("실시간 연결", state.line_error))
        if (token := store.token(connection)) is not None:
            told.append(f"오늘 발급한 접근토큰 {token.issued_today}개")
        blocks.append("\n  ".join([*told, *tally.lines(view_id)]) + "\n")
    return "\n".join(blocks)


def answers_text(forms: Mapping[str, Any]) -> str:
    """The forms of the brokers' last answers."""
    if not forms:
        return "받은 응답이 없습니다.\n"
    return json.dumps(forms, ensure_ascii=False, indent=1) + "\n"


def logs_in(files: Iterable[Path]) -> dict[str, str]:
    """The log files' texts by their names in the zip; what cannot be read says so."""
    told: dict[str, str] = {}
    for path in files:
        try:
            told[f"logs/{path.name}"] = path.read_text("utf-8", errors="replace")
        except OSError as error:
            told[f"logs/{path.name}"] = f"읽을 수 없습니다 ({type(error).__name__}).\n"
    return told


def _failed(what: str, error: AppError) -> str:
    # A broker's own words may hold anything, and its code says the same.
    return f"{what}: [{error.code}]" + ("" if isinstance(error, BrokerRefused) else f" {error.message}")


def _as_lines(told: Mapping[str, str | None]) -> str:
    return "".join(f"{name}: {text}\n" for name, text in told.items())


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
