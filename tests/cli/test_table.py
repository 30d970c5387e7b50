"""Tables at a terminal of 80 columns: what people copy is never broken inside."""

import re

import pytest

from bridge.cli import table

SKUS = ("WDG-2024-BLACK-EXTRA-LARGE", "MUG-1")
RUN = "e80a57fa10df"


@pytest.mark.parametrize("wide", [False, True])
def test_names_and_runs_stay_whole(
    wide: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    more = ("location", "from", "to", "title") if wide else ()
    cells = ["5800000000000000058", 30, 20, "A mug of many words and colours"] if wide else []
    rows = [[sku, RUN, *cells, "it was lowered because the warehouse counts fewer"] for sku in SKUS]
    table.show(("sku", "run", *more, "why"), rows)
    out = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert [out.count(word) for word in (*SKUS, RUN)] == [1, 1, 2]
    assert max(map(len, out.splitlines())) <= 80
