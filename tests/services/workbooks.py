"""A saved workbook, opened."""

import io
import zipfile
from collections.abc import Mapping
from typing import NamedTuple
from xml.etree import ElementTree

NAMESPACE = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


class Read(NamedTuple):
    """A cell of a workbook: what it holds, of which kind, and how it is shown."""

    value: str
    kind: str  # "s" for a text, "n" for a number
    shown_as: str
    is_bold: bool


def opened(content: bytes) -> tuple[Mapping[str, Read], zipfile.ZipFile]:
    """The cells of the only sheet by their names, and the file's parts."""
    parts = zipfile.ZipFile(io.BytesIO(content))
    styles = ElementTree.fromstring(parts.read("xl/styles.xml"))
    named = {
        each.get("numFmtId"): each.get("formatCode") for each in styles.iterfind(".//x:numFmt", NAMESPACE)
    }
    fonts = [font.find("x:b", NAMESPACE) is not None for font in styles.iterfind("x:fonts/x:font", NAMESPACE)]
    looks = [
        (named.get(each.get("numFmtId"), f"#{each.get('numFmtId')}"), fonts[int(each.get("fontId", "0"))])
        for each in styles.iterfind("x:cellXfs/x:xf", NAMESPACE)
    ]
    texts = []
    if "xl/sharedStrings.xml" in parts.namelist():
        strings = ElementTree.fromstring(parts.read("xl/sharedStrings.xml"))
        texts = ["".join(each.itertext()) for each in strings.iterfind("x:si", NAMESPACE)]
    page = ElementTree.fromstring(parts.read("xl/worksheets/sheet1.xml"))
    assert page.findall(".//x:f", NAMESPACE) == []  # no formula anywhere
    assert page.findall(".//x:hyperlink", NAMESPACE) == []
    cells = {}
    for cell in page.iterfind(".//x:c", NAMESPACE):
        found = cell.findtext("x:v", "", NAMESPACE)
        kind = cell.get("t", "n") if found else ""
        shown_as, is_bold = looks[int(cell.get("s", "0"))]
        cells[cell.get("r", "")] = Read(texts[int(found)] if kind == "s" else found, kind, shown_as, is_bold)
    return cells, parts
