"""A small table for the tests of files for spreadsheets."""

from datetime import date
from decimal import Decimal

from app.services.export import Figure, Sheet

SHEET = Sheet(
    title="연금",
    about="한투 IRP · TTTC2202R · 2026-11-20 10:31:05 조회",
    columns=("종목", "수량", "평균가", "수익률", "매수일"),
    rows=(
        ("삼성전자", Figure(Decimal(1234567), "1234567"), Figure(Decimal("17240.188"), "17240.19"),
         Figure(Decimal("-1.23456"), "-1.23%"), date(2026, 3, 2)),
        ('=HYPERLINK("http://x","가")', "••••", None, Figure(Decimal(0), "0.00%"), None),
    ),
    total=("합계", Figure(Decimal(1234567), "1234567"), None, Figure(Decimal("-1.2"), "-1.20%"), None),
)  # fmt: skip
