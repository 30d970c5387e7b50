"""Each way a connector can fail to load is one clear sentence."""

from collections.abc import Sequence
from importlib.metadata import EntryPoint

import pytest

from connectors import registry
from connectors.registry import GROUP, ConnectorLoadError, UnknownConnectorError, load_connector, names
from connectors.testing.memory import MemoryConnector

MEMORY = EntryPoint("memory", "connectors.testing.memory:MemoryConnector", GROUP)
POINTS = [MEMORY, EntryPoint("shopify", "nowhere.shopify:Thing", GROUP)]


def test_a_connector_is_found_by_name() -> None:
    found: object = load_connector("memory", POINTS)
    assert found is MemoryConnector
    assert names(POINTS) == ("memory", "shopify")


def test_the_same_connector_listed_twice_is_one() -> None:
    found: object = load_connector("memory", [MEMORY, MEMORY])
    assert found is MemoryConnector


@pytest.mark.parametrize(
    ("name", "points", "said"),
    [
        pytest.param("shopfy", POINTS, 'installed: memory, shopify; did you mean "shopify"?', id="misspelt"),
        pytest.param("Shopify", [POINTS[0], POINTS[1]], 'did you mean "shopify"?', id="wrong case"),
        pytest.param("etsy", POINTS, "installed: memory, shopify; use one of these", id="unknown"),
        pytest.param("etsy", [], "nor any other", id="nothing installed"),
    ],
)
def test_an_unknown_name(name: str, points: list[EntryPoint], said: str) -> None:
    with pytest.raises(UnknownConnectorError) as caught:
        load_connector(name, points)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        pytest.param("nowhere.at_all:Thing", "cannot be imported (ModuleNotFoundError", id="no module"),
        pytest.param("connectors.testing.memory:Nothing", "does not exist", id="no such name"),
        pytest.param(
            "connectors.testing.memory:MemoryStore", "capabilities, Options, open missing", id="not a factory"
        ),
        pytest.param("connectors.base:BaseModel", "capabilities, Options, open missing", id="another class"),
    ],
)
def test_a_connector_that_cannot_be_used(value: str, said: str) -> None:
    with pytest.raises(ConnectorLoadError) as caught:
        load_connector("mine", [EntryPoint("mine", value, GROUP)])
    assert said in str(caught.value)
    assert '"mine"' in str(caught.value)


@pytest.mark.parametrize("name", ["Corner", "corner shop", "corner.shop", "7-shop", "größe"])
def test_a_name_that_no_store_and_no_option_could_have(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused when it is used, and spoils nothing for the others."""
    points = [EntryPoint(name, "connectors.testing:memory.MemoryConnector", GROUP), MEMORY]
    with pytest.raises(ConnectorLoadError, match=f'cannot be called "{name}"; its package must use'):
        load_connector(name, points)
    monkeypatch.setattr(registry, "installed", lambda: tuple(points))
    assert registry.beside("memory") == {}
    found: object = load_connector("memory", points)
    assert found is MemoryConnector


def test_two_packages_with_one_name() -> None:
    other = EntryPoint("memory", "another.package:Thing", GROUP)
    with pytest.raises(ConnectorLoadError, match="Several packages"):
        load_connector("memory", [MEMORY, other])


@pytest.mark.parametrize(
    ("others", "found"), [(["b", "a"], ("a", "b")), (["b"], ("b", "b")), (["c", "b", "a"], ("a", "c"))]
)
def test_two_platforms_that_can_be_read_and_have_a_module_or_the_only_one_twice(
    monkeypatch: pytest.MonkeyPatch, others: Sequence[str], found: tuple[str, str]
) -> None:
    points = [
        EntryPoint("0", "connectors.http:X", GROUP),
        EntryPoint("d", "connectors.testing:memory.BlindMemoryConnector", GROUP),
        *(EntryPoint(x, "connectors.testing:memory.MemoryConnector", GROUP) for x in others),
    ]
    monkeypatch.setattr(registry, "installed", lambda: tuple(points))
    assert registry.pair("memory") == found
    assert registry.load_beside("b", "memory").MemoryConnector is MemoryConnector
    with pytest.raises(ConnectorLoadError, match=r"No connector .* brings of_nobody"):
        registry.pair("of_nobody")
