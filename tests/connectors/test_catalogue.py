"""The one generator of catalogues."""

from connectors.testing.catalogue import CYCLE, Generator, numbered, odd_sku


def test_the_same_seed_makes_the_same_articles() -> None:
    one, same, other = (Generator(seed) for seed in (3, 3, 4))
    articles = [one.article(n) for n in range(40)]
    assert [same.article(n) for n in range(40)] == articles
    assert [other.article(n) for n in range(40)] != articles
    assert len({article.sku for article in articles}) == 40


def test_each_cycle_has_an_odd_sku_of_another_form() -> None:
    forms = [odd_sku("MUG", n * CYCLE + 23) for n in range(8)]
    assert len(set(forms)) == 7
    assert forms[0] == forms[7]


def test_numbered_skus_sort_as_they_count() -> None:
    made = dict(numbered(120, "SOLD", units=150))
    assert list(made) == sorted(made)
    assert set(made.values()) == set(range(150, 200))
