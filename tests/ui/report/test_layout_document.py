"""The report read back as text: every figure to the won, every row once, and what is not known in words."""

import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from pypdf import PdfReader

from app.domain import language
from app.domain.connections import View
from app.domain.errors import NotReachable
from app.domain.holdings import Report
from app.domain.language import Language
from app.services.store import Line, PortfolioStore, ViewId, ViewState
from app.ui.format import HIDDEN, SHOWN
from app.ui.report.section import Gathered, section_of
from app.ui.tabs import OVERVIEW
from app.ui.tabs.overview import gathered
from app.ui.theme import Mode, Theme
from tests.fakes import START, position, positions_report
from tests.ui.answers import ALL, ASSET_MIX, BONDS, PENSION, POSITIONS
from tests.ui.report.pdf import QUERY, asked, asked_of, digits, heights, lines, made, read

AMOUNTS = {
    View.PENSION: ("purchase_amount", "value", "profit"),
    View.BONDS: ("purchase_amount",),
    View.ASSET_MIX: ("purchase_amount", "value", "profit", "credit_loan", "net_assets"),
    View.POSITIONS: ("purchase_amount", "value", "profit"),
}
SIGNED = ("profit",)
FOOT = 66.0  # points from the lower edge that the last line of a table keeps free


@pytest.fixture
def store(clock, answers) -> PortfolioStore:
    """Knows all answers."""
    made = PortfolioStore(clock.clock)
    for each in ALL:
        made.loaded(each, answers.reports[each], clock.monotonic_time)
    return made


@pytest.fixture
def _english() -> Iterator[None]:
    language.use(Language.ENGLISH)
    yield
    language.use(Language.KOREAN)


def shown(field: str, value: Decimal | None) -> str:
    """A figure as the table shows it."""
    return SHOWN.signed_amount(value) if field in SIGNED else SHOWN.amount(value)


def figures(view: View, rows: tuple) -> list[str]:
    """The texts of the amounts of these rows together."""
    sums = []
    for field in AMOUNTS[view]:
        known = [value for row in rows if (value := getattr(row, field)) is not None]
        sums.append(shown(field, sum(known, Decimal(0)) if known else None))
    return sums


@pytest.mark.parametrize("view_id", ALL)
def test_sums_and_the_first_and_last_row_are_there_to_the_won(theme, store, answers, view_id: ViewId):
    rows = answers.reports[view_id].rows

    reported = lines(made(theme, asked_of(store, answers.connections, view_id)))

    total = reported.index("합계")
    assert [each for each in figures(view_id[1], rows) if each not in reported[total:]] == []
    assert any(Decimal(each.replace(",", "").replace("−", "-")) for each in figures(view_id[1], rows))
    for row in (rows[0], rows[-1]):
        name = getattr(row, "name", None) or getattr(row, "category", None)
        assert name in reported[:total]
        assert [each for each in figures(view_id[1], (row,)) if each not in reported[:total]] == []


def test_every_tab_says_whose_it_is_where_from_and_of_when(theme, store, answers):
    pages = read(made(theme, asked_of(store, answers.connections, *ALL)))

    assert pages[0].startswith("모아 잔고 보고서\n2026-11-20 10:15 KST 작성\n연금\n")
    for title, view_id in zip(("연금", "채권", "자산비중", "실시간 잔고"), ALL, strict=True):
        label = next(each.label for each in answers.connections if each.id == view_id[0])
        assert any(f"{title}\n{label}" in page for page in pages)
    for number, page in enumerate(pages, start=1):
        assert f"한국투자증권 · {QUERY} · 2026-11-20 10:15:29 KST 조회" in page
        assert f"{number} / {len(pages)}페이지" in page


def test_headline_figures_reconciliation_notes_and_charts_are_in_it(theme, store, answers):
    wanted = asked_of(store, answers.connections, *ALL)
    reported = "\n".join(read(made(theme, wanted)))

    for each in wanted:
        section = section_of(each, START, theme, SHOWN)
        for kpi in section.figures:
            assert kpi.label in reported
            assert kpi.figure in reported
        assert section.sums in reported
        for note in section.notes:
            assert note in reported
        assert section.note in reported
    lines = set(reported.splitlines())
    for chart in ("종목별 평가손익", "비중", "자산 비중", "만기 분포", "만기 일정"):
        assert chart in lines, "a chart has the title that its card has in the window"


def test_the_overview_says_what_all_connections_come_to(theme, store, answers):
    whole = gathered(store, answers.connections, takes_moved=False)

    pages = read(made(theme, [Gathered(OVERVIEW, whole), *asked_of(store, answers.connections, PENSION)]))

    assert "모아 잔고 보고서" in pages[0]
    assert "모아 잔고 보고서" not in pages[1]
    reported = pages[0].splitlines()
    assert whole.value == sum(line.value or 0 for line in whole.rows)
    assert SHOWN.amount(whole.value) in reported[reported.index("합계") :]
    for line in whole.rows:
        assert SHOWN.amount(line.value) in reported
        assert line.label in reported
    assert "다음 페이지들의 값으로 모아가 계산" in reported


def test_no_account_number_is_in_it(theme, store, answers):
    tabs = asked_of(store, answers.connections, *ALL)
    named = [each._replace(origin=each.origin._replace(label="연금 12345678-29")) for each in tabs]

    pdf = made(theme, named)

    reported = "\n".join(read(pdf))
    assert "연금 ••••" in reported
    assert [
        each for each in (*answers.accounts, "12345678") if each in reported or each.encode() in pdf
    ] == []


def test_no_account_number_is_among_the_names_of_all_accounts(theme, store, answers):
    named = [replace(each, label="연금 12345678-29") for each in answers.connections]
    whole = gathered(store, named, takes_moved=False)

    reported = "\n".join(read(made(theme, [Gathered(OVERVIEW, whole)])))

    assert "연금 ••••" in reported
    assert "12345678" not in reported


def many(count: int) -> Report:
    """An account with so many stocks, no two of the same value."""
    rows = [
        position(f"{at:06}", name=f"종목{at:04}", value=Decimal(3_000_017 + at), profit=Decimal(at - 7))
        for at in range(count)
    ]
    return positions_report(*rows)


def test_each_of_many_rows_is_there_once_under_a_repeated_header(theme):
    report = many(500)
    state = ViewState(report=report, fetched_at=START, fetched_mono=0.0)

    pages = read(made(theme, [asked(POSITIONS, "키움", state, report.rows)]))

    cells = Counter("\n".join(pages).splitlines())
    codes = [row.code for row in report.rows]
    assert [code for code in codes if cells[code] != 1] == []
    assert [row for row in report.rows if cells[SHOWN.amount(row.value)] != 1] == []
    with_rows = [page for page in pages if any(f"\n{code}\n" in page for code in codes)]
    assert len(with_rows) > 10
    assert all("\n평가금액\n" in page for page in with_rows)
    assert all("실시간 잔고 · 키움 (계속)" in page for page in with_rows[1:])
    assert sum("합계" in page.splitlines() for page in pages) == 1
    assert SHOWN.amount(report.value) in cells


@pytest.mark.parametrize("count", range(28, 46))
def test_a_total_stands_under_its_last_row_and_over_the_foot(theme, count: int):
    report = many(count)
    state = ViewState(report=report, fetched_at=START, fetched_mono=0.0)

    pdf = made(theme, [asked(POSITIONS, "키움", state, report.rows)])

    found = [heights(page) for page in PdfReader(io.BytesIO(pdf)).pages]
    (page,) = [each for each in found if "합계" in each]
    assert page[f"{count - 1:06}"] > page["합계"] > FOOT


def test_an_empty_account_says_so_without_a_table_of_nothing(theme, clock, answers):
    empty = PortfolioStore(clock.clock)
    for each in ALL:
        empty.loaded(each, answers.empty[each], clock.monotonic_time)

    pages = read(made(theme, asked_of(empty, answers.connections, *ALL)))

    for view_id, page in zip(ALL, pages, strict=True):
        if not answers.empty[view_id].rows:
            assert "보유 종목이 없습니다." in page
            assert "합계" not in page.splitlines()


def test_a_refused_view_shows_the_error_in_place_of_a_table(theme, clock, answers):
    refused = PortfolioStore(clock.clock)
    error = answers.refusals["echo-account", View.PENSION]
    refused.failed(PENSION, error, None)

    reported = " ".join(" ".join(read(made(theme, asked_of(refused, answers.connections, PENSION)))).split())

    assert error.code in reported
    assert error.action in reported
    assert not [each for each in answers.accounts if each in reported]
    assert "평가금액" not in reported


def test_a_view_that_was_never_read_says_so(theme, answers, clock):
    unread = PortfolioStore(clock.clock)

    (page,) = read(made(theme, asked_of(unread, answers.connections, BONDS)))

    assert "아직 조회하지 못했습니다" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"error": NotReachable("증권사 서버에 연결할 수 없습니다.")}, "마지막 조회에 실패했습니다."),
        ({"line": Line.BROKEN}, "실시간 연결이 끊겼습니다."),
        ({"is_from_last_time": True}, "모아를 시작한 뒤 아직 조회하지 못했습니다."),
    ],
)
def test_old_values_say_of_when_they_are_and_why(theme, answers, changes: dict, words: str):
    report = answers.reports[POSITIONS]
    fetched = START.replace(day=18, hour=15)
    state = ViewState(report=report, fetched_at=fetched)

    fresh = read(made(theme, [asked(POSITIONS, "키움", state, report.rows)]))
    old = read(made(theme, [asked(POSITIONS, "키움", state._replace(**changes), report.rows)]))

    assert words not in fresh[0]
    assert f"{words} 2026-11-18 15:15:29 KST의 값" in old[0]
    if "error" in changes:
        assert "증권사 서버에 연결할 수 없습니다." in old[0]


def test_no_digit_of_an_amount_is_left_where_amounts_are_masked(theme, store, answers):
    whole = Gathered(OVERVIEW, gathered(store, answers.connections, takes_moved=False))
    pdf = made(theme, [whole, *asked_of(store, answers.connections, *ALL)], formatter=HIDDEN)

    reported = "\n".join(read(pdf))
    assert "금액 가리기를 켠 상태에서 만든 보고서" in reported
    found = set(digits(reported.replace("수량 1 = 액면 1,000원", "")))
    for view_id in ALL:
        report = answers.reports[view_id]
        amounts = {
            str(abs(value).to_integral_value())
            for row in (*report.rows, report)
            for field in (*AMOUNTS[view_id[1]], "quantity", "deposit")
            if (value := getattr(row, field, None)) is not None and abs(value) >= 1000
        }
        assert amounts & found == set()
        assert amounts
    assert not re.search(r"\d(만|억)", reported)


@pytest.mark.usefixtures("_english")
def test_it_speaks_english(theme, store, answers):
    pages = read(made(theme, asked_of(store, answers.connections, *ALL)))

    assert pages[0].startswith("Moa portfolio report\nCreated 2026-11-20 10:15 KST\n")
    assert "Total" in pages[0].splitlines()
    assert all(f"Page {at} of {len(pages)}" in page for at, page in enumerate(pages, start=1))


def test_it_is_light_whatever_the_window_is(qapp, store, answers):
    tabs = asked_of(store, answers.connections, ASSET_MIX)

    light, dark = (_drawn(made(Theme(mode), tabs)) for mode in (Mode.LIGHT, Mode.DARK))

    assert light == dark


def _drawn(pdf: bytes) -> list[bytes]:
    pages = PdfReader(io.BytesIO(pdf)).pages
    return [page.get_contents().get_data() for page in pages]  # type: ignore[union-attr]


def test_pages_are_a4_and_the_bundled_font_is_embedded(theme, store, answers):
    reader = PdfReader(io.BytesIO(made(theme, asked_of(store, answers.connections, *ALL))))

    sizes = {
        tuple(sorted((round(page.mediabox.width), round(page.mediabox.height)))) for page in reader.pages
    }
    assert sizes == {(595, 842)}
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    names = {str(font["/BaseFont"]).rpartition("+")[2] for font in fonts}
    assert names
    assert all(name.startswith("/Pretendard") or "Pretendard" in name for name in names)
    for font in fonts:
        (inner,) = font["/DescendantFonts"]
        assert "/FontFile2" in inner.get_object()["/FontDescriptor"].get_object()
    assert reader.metadata is not None
    assert reader.metadata.title == "모아 잔고 보고서"


def test_a_name_that_the_font_cannot_write_is_still_there(theme, answers):
    report = positions_report(replace(position(), name="株式 ETF"))
    state = ViewState(report=report, fetched_at=START, fetched_mono=0.0)

    reported = "\n".join(read(made(theme, [asked(POSITIONS, "키움", state, report.rows)])))

    assert "ETF" in reported
    assert "698,410" in reported


def test_a_name_of_any_length_leaves_the_figures_whole(theme):
    name = "아주 긴 이름의 상장지수펀드 " * 20
    report = positions_report(position(name=name, value=Decimal("123456789012345678")))
    state = ViewState(report=report, fetched_at=START, fetched_mono=0.0)

    reported = lines(made(theme, [asked(POSITIONS, "키움", state, report.rows)]))

    assert "123,456,789,012,345,678" in reported
