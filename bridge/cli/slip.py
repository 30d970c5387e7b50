"""One slip of `explain`, as people read it."""

import re
from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Any

from bridge.ops import words

WIDTH = 80
INDENT = 10
COMMAND, KEPT = re.compile("`[^`]*`"), "\0"
"""What a person may want to copy stays on one line: its blanks are no place to break."""


def findings(x: Mapping[str, Any]) -> Iterator[str]:
    """Lines of at most 80 columns: how many too many or too few the store shows, and why. None where all is right."""
    if not x["findings"]:
        return
    off, for_sale = x["difference"], x["shown"] and x["shown"]["available"]
    if off is None:
        yield f"  It is not known what it {'shows' if x['target'] is not None else 'should show'}:"
    elif off:
        shows = x["should_show"] + off if for_sale is None else for_sale
        yield f"  It shows {shows} and should show {shows - off}, {abs(off)} too {'many' if off > 0 else 'few'}:"
    for found in x["findings"]:
        units = "" if found["units"] is None else f"{found['units']:+d}"
        head, blank = f"  {units:>6}  ", " " * INDENT
        said = f"{found['code'].replace('_', ' ')}: {found['evidence']}"
        for text, first in ((said, head), (found["next"], blank)):
            whole = COMMAND.sub(lambda command: command[0].replace(" ", KEPT), text)
            lines = wrap(whole, WIDTH, initial_indent=first, subsequent_indent=blank, break_on_hyphens=False)
            yield from (x.replace(KEPT, " ") for x in lines)


def printed(x: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The slip as names and values, in the order of the calculation."""
    rows = [(line["what"], f"{line['units']:+d}") for line in x["lines"]]
    if x["target"] is not None:
        rows.append(("= target", f"{x['target']}{' (oversold)' if x['target'] < 0 else ''}"))
        rows += [("held at", str(x["held_at"]))] if x["held_at"] is not None else []
        rows += [("own committed units there", f"{x['own_committed']:+d}")] if x["own_committed"] is not None else []
        rows.append((f"= {x['writes']} to write", str(x["quantity"])))
    for p in x["parts"]:
        scarcest = ", the scarcest" if p["scarcest"] else ""
        made = f"{p['pieces']} each, {p['free']} free, enough for {p['makes']}{scarcest}"
        rows.append((f"part {p['sku']}", made))
    if not x["readable"] and x["target"] is not None:
        rows.append(("the store accepted", _accepted(x["shown"])))
    elif s := x["shown"]:
        read = words.readable_time(s["read_at"])
        counted = f"{s['available']} for sale, {s['committed']} committed, {s['on_hand']} on hand; read {read}"
        rows.append(("the store shows", counted))
    if x["rules"]:
        rows.append(("rules", ", ".join(f"{name} {value}" for name, value in x["rules"].items() if value is not None)))
    if w := x["last_write"]:
        before = "" if w["from"] is None else f"{w['from']} → "
        said = f"{before}{w['to']} at {words.readable_time(w['at'])}, {w['reply']} (run {w['run']})"
        rows.append(("last write", said))
    return [*rows, ("next", x["next"])]


def _accepted(shown: Mapping[str, Any] | None) -> str:
    """Of a store that cannot be read."""
    if shown is None:
        return "no number of ours yet, and cannot be read: what it shows is not known"
    if not shown["sure"]:
        return f"{shown['number']} or another number: one was sent and not answered, or is to be sent again"
    return f"{shown['number']} at {words.readable_time(shown['read_at'])}, which cannot be verified"
