"""The quick way to read JSON tells what the thorough one does, of whatever somebody sends."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.foreign_json import decoded

HALF = re.compile("[\ud800-\udfff]")
WORDS = st.sampled_from(
    [*'[]{}:,"\\ \t\n\0ab-+.eE0123456789', "null", "true", "NaN", "Infinity", "1e999", "-0", str(2**64), '"a":', "\\u",
     "\\ud83d", "\\ude00", '"\\ud83d\\ude00"', '"é"', "\x7f", "\x01"]
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=4),
    max_leaves=8,
)
BODIES = (
    st.lists(WORDS, max_size=12).map(lambda words: "".join(words).encode())
    | VALUES.map(lambda value: json.dumps(value).encode())
    | VALUES.map(lambda value: json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass"))
    | VALUES.map(lambda value: json.dumps(value).encode("utf-16"))
    | st.binary(max_size=20)
)


def thorough(body: bytes) -> str:
    try:
        return HALF.sub("\ufffd", ascii_free(json.loads(body)))
    except ValueError:
        return "no JSON"


def ascii_free(value: Any) -> str:
    """A value with the types of all that it holds, and its text as it is."""
    if isinstance(value, dict):
        return "{" + ",".join(sorted(f"{ascii_free(name)}:{ascii_free(each)}" for name, each in value.items())) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(ascii_free, value)) + "]"
    return f"{type(value).__name__} {value}"


@given(BODIES)
def test_both_read_the_same(body: bytes) -> None:
    try:
        found = ascii_free(decoded(body))
    except ValueError:
        found = "no JSON"
    assert found == thorough(body)


@pytest.mark.parametrize("body", [b'{"a":NaN}', b"\xef\xbb\xbf[1]", b"1e999", '["é"]'.encode("utf-16")])
def test_what_only_the_thorough_way_reads_is_read(body: bytes) -> None:
    assert ascii_free(decoded(body)) == ascii_free(json.loads(body))
