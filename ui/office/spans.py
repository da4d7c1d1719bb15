"""Spans of time that searches and exports offer."""

from datetime import datetime, timedelta

SPANS = {"DAY": 1, "WEEK": 7, "MONTH": 30, "HALF_YEAR": 184, "EVER": 0}
"""Days back from today, today included; 0 is all time. 184 days: what must be kept at least."""


def first_day(days: int) -> str:
    """The first of so many days up to today, "2026-03-01"; "" for all time."""
    if not days:
        return ""
    return (datetime.now().astimezone().date() - timedelta(days=days - 1)).isoformat()
