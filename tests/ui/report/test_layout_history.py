"""The asset history in the report: the curve of a range with its figures, and the returns of each month."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from pypdf import PdfReader

from app.domain import language
from app.domain.connections import Connection, View
from app.domain.language import Language
from app.domain.net_worth import Move, NetWorth, net_worth
from app.domain.value_series import DayValue, FlowSource
from app.services.store import PortfolioStore
from app.ui.charts.history import Range
from app.ui.format import HIDDEN, SHOWN, Formatter
from app.ui.report.layout import SCALE
from app.ui.report.section import Gathered
from app.ui.tabs import OVERVIEW
from app.ui.tabs.overview import gathered
from app.ui.theme import Mode, Theme
from tests.ui.answers import ALL
from tests.ui.report.pdf import digits, made, read

LAST = date(2026, 11, 20)
A = Connection("a", "한투 IRP", "kis", (View.PENSION,), "https://example.com", account="12345678-29")
PAID = Decimal(777_123)
DOTS_PER_INCH, POINTS_PER_INCH = 1200, 72


@pytest.fixture
def whole(clock, answers) -> Gathered:
    """The overview of all answers, without a history."""
    store = PortfolioStore(clock.clock)
    for each in ALL:
        store.loaded(each, answers.reports[each], clock.monotonic_time)
    return Gathered(OVERVIEW, gathered(store, answers.connections, takes_moved=False))


@pytest.fixture
def _english() -> Iterator[None]:
    language.use(Language.ENGLISH)
    yield
    language.use(Language.KOREAN)


def worth(days: int) -> NetWorth:
    """A history of so many days, with one deposit."""
    rows = [
        DayValue("a", LAST - timedelta(days=ago), Decimal(81_234_567 - 10_011 * ago))
        for ago in range(days - 1, -1, -1)
    ]
    if days > 1:
        rows[-2] = replace(rows[-2], cash_flow=PAID, flow_source=FlowSource.TYPED)
    return net_worth([A], rows)


def report(
    theme: Theme, whole: Gathered, history: NetWorth | None, range_=Range.YEAR, formatter: Formatter = SHOWN
) -> bytes:
    return made(theme, [whole._replace(worth=history, range_=range_)], formatter=formatter)


def text_of(pdf: bytes) -> str:
    return "\n".join(read(pdf))


def test_the_figures_of_the_usual_range_and_all_months_are_in_it(theme, whole):
    found = text_of(report(theme, whole, worth(800))).splitlines()

    assert "2025-11-20 – 2026-11-20 (365일)" in found
    assert f"{SHOWN.signed_amount(365 * Decimal(10_011) - PAID)}원" in found
    assert f"{SHOWN.signed_amount(PAID)}원" in found
    assert f"{SHOWN.amount(Decimal(81_234_567))}원" in found
    curve, months = found.index("자산 추이"), found.index("월별 수익률")
    assert curve < found.index("순입금") < months
    assert {"2024", "2025", "2026", "1월", "12월", "연"} <= set(found[months:])
    assert {"8,000만", "2026-05"} <= set(found[curve:months]), "the axes are text"


def test_it_shows_the_range_that_is_asked_for(theme, whole):
    found = text_of(report(theme, whole, worth(800), Range.MONTH)).splitlines()

    assert "2026-10-20 – 2026-11-20 (31일)" in found
    assert "2024" in found, "the months are those of all years"


@pytest.mark.parametrize(
    ("history", "words"),
    [
        (None, "보고서를 만들 때까지 자산 추이를 불러오지 못했습니다."),
        (NetWorth(), "자산 추이는 처음 조회한 날부터 기록됩니다."),
        (worth(1), "2026-11-20부터 기록하고 있습니다. 둘째 날부터 추이가 선으로 표시됩니다."),
    ],
)
def test_one_sentence_says_why_there_is_no_curve(theme, whole, history, words: str):
    found = text_of(report(theme, whole, history)).splitlines()

    at = found.index("자산 추이")
    assert found[at + 1] == words
    assert "월별 수익률" not in found
    assert "순입금" not in found


def test_amounts_of_the_history_are_hidden_where_they_are_masked(theme, whole):
    history = worth(800)

    found = text_of(report(theme, whole, history, formatter=HIDDEN))

    assert "2025-11-20 – 2026-11-20 (365일)" in found
    assert "+3.72%" in found.splitlines(), "the return is no amount"
    amounts = {f"{part:.0f}" for day in history.days for part in (day.value, day.paid_in)}
    assert amounts & set(digits(found)) == set()
    assert "7,700만" not in found


@pytest.mark.usefixtures("_english")
def test_the_history_speaks_english(theme, whole):
    found = text_of(report(theme, whole, worth(800))).splitlines()

    assert {"Asset history", "Net deposits", "Returns by month", "Jan"} <= set(found)
    assert "2025-11-20 – 2026-11-20 (365 days)" in found


def test_no_account_number_is_at_the_marks_of_the_curve(theme, whole):
    day = LAST - timedelta(days=100)
    history = replace(worth(800), moves=(Move(day, "a", "연금 12345678-29", Decimal(1), True),))

    found = text_of(report(theme, whole, history))

    assert "연금 ••••" in found
    assert "12345678" not in found


def test_the_curve_is_drawn_in_lines_as_wide_as_on_the_screen(theme, whole):
    page = PdfReader(io.BytesIO(report(theme, whole, worth(800)))).pages[0]

    assert len(page.images) == 0
    contents = page.get_contents()
    assert contents is not None
    widths = {float(each) for each in re.findall(rb"(\S+) w\b", contents.get_data())}
    pixel = SCALE * DOTS_PER_INCH / POINTS_PER_INCH
    assert {round(pixel, 3), round(2 * pixel, 3)} <= {round(each, 3) for each in widths}


def test_a_curve_is_light_whatever_the_window_is(qapp, whole):
    light, dark = (text_and_lines(report(Theme(mode), whole, worth(800))) for mode in (Mode.LIGHT, Mode.DARK))

    assert light == dark


def text_and_lines(pdf: bytes) -> list[bytes]:
    """What is drawn on each page."""
    return [page.get_contents().get_data() for page in PdfReader(io.BytesIO(pdf)).pages]  # type: ignore[union-attr]


def test_years_that_do_not_fit_under_the_curve_are_on_the_next_page(theme, whole):
    pages = read(report(theme, whole, worth(9_000), Range.ALL))

    (months,) = [page for page in pages if "월별 수익률" in page]
    assert {str(year) for year in range(2003, 2027)} <= set(months.splitlines())
    assert "종합 · 전체 계좌 (계속)" in months
