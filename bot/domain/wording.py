"""Moments put into words, in British order."""

from __future__ import annotations

from datetime import date, datetime


def say_day(moment: date) -> str:
    """Return a day as it sits on a button: "Tue 1 Dec"."""
    return f"{moment:%a} {moment.day} {moment:%b}"


def say_moment(moment: datetime) -> str:
    """Return a day with its time as it stands in a sentence: "Tuesday 1 December at 08:30"."""
    return f"{moment:%A} {moment.day} {moment:%B} at {moment:%H:%M}"


def say_zone(name: str) -> str:
    """Return a time zone by its city and its own name: "Lisbon (Europe/Lisbon)"."""
    return f"{name.rpartition('/')[2].replace('_', ' ')} ({name})"
