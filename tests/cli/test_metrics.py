"""Numbers for Prometheus: every line can be parsed, and says what the state knows."""

import re
import time
from collections.abc import Mapping

import pytest

from bridge.metrics import Family
from bridge.state import keys

from .conftest import CommandLine, Synced

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{((?:[^\"}}]|\"(?:[^\"\\]|\\.)*\")*)\}})? (\S+)")
UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}

Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


def parsed(text: str) -> Samples:
    """The text format 0.0.4, strictly: HELP and TYPE ahead of each metric, once, its samples together, none twice."""
    assert text.endswith("\n")
    found: dict[tuple[str, frozenset[tuple[str, str]]], float] = {}
    seen: list[str] = []
    lines = text[:-1].split("\n")
    while lines:
        head = re.fullmatch(rf"# HELP ({NAME}) (.*)", lines.pop(0))
        assert head is not None
        name = head[1]
        assert name not in seen
        seen.append(name)
        kind = re.fullmatch(rf"# TYPE {name} (gauge|counter)", lines.pop(0))
        assert kind is not None
        assert name.endswith("_total") is (kind[1] == "counter")
        samples = 0
        while lines and not lines[0].startswith("#"):
            key, value = sample(lines.pop(0))
            assert key[0] == name
            assert key not in found
            found[key] = value
            samples += 1
        assert samples
    return found


def sample(line: str) -> tuple[tuple[str, frozenset[tuple[str, str]]], float]:
    whole = SAMPLE.fullmatch(line)
    assert whole is not None, line
    raw = whole[2] or ""
    labels = LABEL.findall(raw)
    assert ",".join(f'{name}="{text}"' for name, text in labels) == raw
    assert len({name for name, _ in labels}) == len(labels)
    clean = {(name, re.sub(r"\\.", lambda found: UNESCAPED[found[0]], text)) for name, text in labels}
    return (whole[1], frozenset(clean)), float(whole[3])


def value(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((f"stockbridge_{name}", frozenset(labels.items())))


def test_a_fresh_state_says_what_is_known_of_it(cli: CommandLine) -> None:
    said = cli("metrics")
    assert said.code == 0
    found = parsed(said.out)
    assert value(found, "source_age_seconds") is None
    assert (value(found, "worker_age_seconds"), value(found, "beat_age_seconds")) == (None, None)
    assert value(found, "alerts_open") == 0
    assert value(found, "due", store="main") == 0


def test_after_a_cycle_every_number_is_there(synced: Synced) -> None:
    cli = synced({"A": 5, "B": 7, "C": 9})
    cli.warehouse.set_stock("A", 3)
    assert cli("sync").code == 0
    cli.redis.hincrby("stockbridge:counters", "failures|push main|KeyError", 2)
    cli.redis.hset("stockbridge:seen", mapping={part: str(int(1000 * time.time())) for part in ("worker", "beat")})
    said = cli("metrics")
    found = parsed(said.out)
    assert 0 <= (value(found, "source_age_seconds") or 0) < 60
    ages = [value(found, f"{part}_age_seconds") for part in ("worker", "beat")]
    assert [age is not None and age < 60 for age in ages] == [True, True]
    assert 0 <= (value(found, "store_age_seconds", store="main") or 0) < 60
    assert value(found, "listings", store="main") == 3
    assert value(found, "items_total", store="main", result="applied") == 1
    assert value(found, "read_back_total", store="main") == 1
    assert value(found, "not_applied_total", store="main") == 0
    assert value(found, "drift", store="main", cause="edited") == 0
    assert value(found, "calls_total", side="source", status="200") == cli.source.calls.total()
    assert value(found, "calls_total", side="main", status="200") == cli.main.sandbox.calls.total()
    assert value(found, "failures_total", work="push main", error="KeyError") == 2
    assert value(found, "source_budget_limit") == 1_000
    assert 0 < (value(found, "source_budget_remaining") or 0) < 1_000
    assert not [secret for secret in cli.secrets.values() if secret in said.everything]


def test_trouble_is_a_number_for_each_kind(synced: Synced) -> None:
    cli = synced({"A": 5})
    cli.main.revoke()
    cli.source.tokens.clear()
    cli("sync")
    found = parsed(cli("metrics").out)
    kinds = ("failing", "operator", "untrusted", "bug")
    assert [value(found, "store_trouble", store="main", kind=kind) for kind in kinds] == [0, 1, 0, 0]
    assert [value(found, "source_trouble", kind=kind) for kind in kinds] == [0, 1, 0, 0]
    assert value(found, "calls_total", side="source", status="401") == 1
    cli.main.restore()
    assert cli("pause", "main").code == 0
    assert value(parsed(cli("metrics").out), "store_paused", store="main") == 1


def test_what_waits_is_counted(synced: Synced) -> None:
    cli = synced({f"S{n}": 10 for n in range(10)})
    for n in range(10):
        cli.warehouse.set_stock(f"S{n}", 0)
    assert cli("sync").code == 1
    cli.redis.hset(keys.of_store("main", "quarantine"), "x\x1f1", '{"why":"no","at":0,"run":""}')
    found = parsed(cli("metrics").out)
    assert value(found, "held", store="main") == 10
    assert value(found, "quarantine", store="main") == 1


@pytest.mark.parametrize("foreign", ['a "b"', "back\\slash", "two\nlines", 'end\\"', "ü|{}=,"])
def test_foreign_text_cannot_break_a_line(cli: CommandLine, foreign: str) -> None:
    cli.redis.hset(keys.COUNTERS, f"calls|main|{foreign}", 3)
    assert value(parsed(cli("metrics").out), "calls_total", side="main", status=foreign) == 3
    family = Family("x", "gauge", f"about {foreign}")
    family.add(1, label=foreign)
    assert value(parsed(family.text()), "x", label=foreign) == 1


def test_a_metric_of_which_nothing_is_known_says_nothing() -> None:
    family = Family("x", "gauge", "about")
    family.add(None)
    assert family.text() == ""
