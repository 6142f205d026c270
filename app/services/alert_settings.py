"""The alerts in settings.toml, read strictly."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from app.domain.alerts import Alert, Measure
from app.domain.language import tr_lazy
from app.services.toml_reader import Place, TomlReader

ALERTS = "alerts"
_KEYS = ("connection", "code", "measure", "above", "below")
_LIMIT = re.compile(r"-?\d{1,15}(\.\d{1,4})?", re.ASCII)


def read_alerts(reader: TomlReader) -> tuple[Alert, ...]:
    """Return the [[alerts]] of a document, including those of unknown connections. Raises SettingsError."""
    return tuple(_alert(reader, (ALERTS, at), table) for at, table in enumerate(reader.tables(ALERTS)))


def _alert(reader: TomlReader, place: Place, table: Mapping[str, Any]) -> Alert:
    reader.known(place, table, _KEYS)
    names = {each.value: each for each in Measure}
    name = reader.text(place, table, "measure", required=True) or ""
    if name not in names:
        reader.refuse(place, "measure", tr_lazy("Must be one of: {known}", known=", ".join(names)))
    measure, code = names[name], reader.text(place, table, "code")
    if code is None and measure.is_of_holdings_alone:
        reader.refuse(place, "code", tr_lazy("This alert needs a stock code."))
    if ("above" in table) == ("below" in table):
        reader.refuse(place, "above", tr_lazy("Use only one of above and below."))
    key = "above" if "above" in table else "below"
    limit = reader.text(place, table, key) or ""
    if not _LIMIT.fullmatch(limit):
        reader.refuse(place, key, tr_lazy('Enter the number in quotation marks, for example "70000"'))
    return Alert(
        connection=reader.text(place, table, "connection", required=True) or "",
        measure=measure,
        limit=Decimal(limit),
        is_above=key == "above",
        code=code,
    )
