"""So many at a time."""

from collections.abc import Iterator

from connectors.chunks import chunks


def test_the_last_chunk_is_shorter_and_nothing_makes_none() -> None:
    assert list(chunks(range(5), 2)) == [[0, 1], [2, 3], [4]]
    assert list(chunks([1, 2], 2)) == [[1, 2]]
    assert list(chunks([], 2)) == []


def test_no_more_is_taken_than_is_asked_for() -> None:
    taken: list[int] = []

    def rows() -> Iterator[int]:
        for n in range(10):
            taken.append(n)
            yield n

    assert next(chunks(rows(), 3)) == [0, 1, 2]
    assert taken == [0, 1, 2]
