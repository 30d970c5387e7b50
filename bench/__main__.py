"""`python -m bench`: every measurement, one after the other, at modest sizes; each command has its own for more."""

from bench import floor, fresh, one_by_one, peers, rush, size, start, together, web


def main() -> None:
    start.main([])
    floor.main([])
    one_by_one.main([])
    peers.main(["--changes", "200"])
    size.main(["--skus", "1000", "10000", "--stores", "1", "4", "--seconds", "20"])
    together.main(["--skus", "10000"])
    rush.main([])
    web.main(["--stores", "10", "--listings", "10000", "--seconds", "5"])
    fresh.main(["--hours", "0.5", "--stores", "8", "--processes", "1", "2", "--give-up", "20"])


if __name__ == "__main__":
    main()
