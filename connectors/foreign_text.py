"""Sentences and names that others wrote."""

LONGEST = 300  # characters of a foreign sentence


def one_line(text: str) -> str:
    """A foreign sentence, bounded and without what a terminal obeys."""
    line = " ".join("".join(sign if sign.isprintable() else " " for sign in text[: 2 * LONGEST]).split())
    return line if len(line) <= LONGEST else line[:LONGEST] + "…"
