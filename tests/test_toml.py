"""What is written as TOML is read as it was meant."""

import tomllib

import pytest

from bridge.config import toml


@pytest.mark.parametrize(
    "value",
    [
        pytest.param('a "b" \\ c', id="quotes"),
        pytest.param("line\nnext\ttab \x00\x1b\x7f", id="control characters, which TOML refuses as they are"),
        pytest.param("Müller ☃ 😀", id="beyond ASCII"),
        pytest.param("${NAME}", id="a reference"),
        pytest.param(True, id="truth"),
        pytest.param(12, id="number"),
        pytest.param(["a", 1, []], id="list"),
        pytest.param({"a.b": "c", "": {"two words": 1, 'a "quote"': {}}}, id="keys that need quotes"),
    ],
)
def test_a_value_stands_on_one_line_and_is_read_as_it_was(value: object) -> None:
    text = toml.value(value)
    assert "\n" not in text
    assert tomllib.loads(f"x = {text}") == {"x": value}


def test_a_table_has_its_heading() -> None:
    text = toml.table("stores.main", {"connector": "shopify", "locations": {"1": "gid://shopify/Location/11"}})
    assert tomllib.loads(text) == {
        "stores": {"main": {"connector": "shopify", "locations": {"1": "gid://shopify/Location/11"}}}
    }
