"""Numbers and names with their middle covered, for what staff see and for tickets.

Below the stores: they cover what they show, and the desk covers what was typed at it.
"""


def masked(text: str, shown_before: int, shown_after: int) -> str:
    """The text with its middle covered; all of it where hardly anything would stay covered."""
    covered = len(text) - shown_before - shown_after
    if covered < 1:
        return "*" * len(text)
    return text[:shown_before] + "*" * covered + text[len(text) - shown_after :]
