"""When the coach writes first, in words: for the chat, and for the home tab."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import time

from bot.content.toolkit import Sentences
from bot.domain.availability import MIDNIGHT, Availability, Away, BusyBlock, Needs
from bot.domain.wording import say_day, say_zone

# Time away that has dates, not days of the week.
DATED = frozenset({"leave", "holiday", "study leave", "away"})
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def say_availability(sentences: Sentences, availability: Availability) -> str:
    """Return somebody's hours as they are said back to them."""
    say, cap = sentences.say, availability.weekly_cap
    lines = [
        say(
            "availability.now",
            starts=f"{availability.day_starts:%H:%M}",
            ends=f"{availability.day_ends:%H:%M}",
            days=_say_working_days(sentences, availability.working_days),
            cap=say("availability.cap_one") if cap == 1 else say("availability.cap", count=cap),
        )
    ]
    if availability.busy:
        lines.append(say("availability.busy", blocks=", ".join(_say_block(sentences, block) for block in availability.busy)))
    if availability.away:
        lines.append(say("availability.away", spans=", ".join(_say_away(sentences, span) for span in availability.away)))
    if availability.time_zone:
        lines.append(say("availability.zone", zone=say_zone(availability.time_zone)))
    if not availability.wants_surveys:
        lines.append(say("availability.no_surveys"))
    elif availability.survey_at:
        lines.append(say("availability.surveys", at=f"{availability.survey_at:%H:%M}"))
    if availability.wants_digest:
        lines.append(say("availability.digest"))
    return "\n".join(lines)


def say_need(sentences: Sentences, needs: Needs, label: str) -> str:
    """Return the question for what a change of hours left open, or what cannot be kept and what to write instead."""
    key = f"availability.{needs.value}"
    if needs is Needs.WHICH_DAYS and label in DATED:
        key = "availability.which_dates"
    return sentences.say(key, label=label or sentences["availability.a_block"])


def say_outside(sentences: Sentences, at: time, hours: Availability) -> str:
    """Return why surveys cannot come at an hour, and which can be chosen."""
    return sentences.say("availability.outside", at=f"{at:%H:%M}", starts=f"{hours.day_starts:%H:%M}", ends=f"{hours.day_ends:%H:%M}")


def _say_working_days(sentences: Sentences, days: frozenset[int]) -> str:
    if len(days) == len(_DAYS):
        return sentences["availability.every_day"]
    if days == frozenset(range(5)):
        return sentences["availability.weekdays"]
    return sentences.say("availability.on_days", days=_say_days(sentences, days))


def _say_days(sentences: Sentences, days: Iterable[int]) -> str:
    return sentences.list_of(f"availability.{_DAYS[day]}" for day in sorted(days))


def _say_block(sentences: Sentences, block: BusyBlock) -> str:
    days = _say_days(sentences, block.weekdays)
    if block.starts == block.ends == MIDNIGHT:
        return sentences.say("availability.block_all_day", label=block.label, days=days)
    return sentences.say("availability.block", label=block.label, days=days, starts=f"{block.starts:%H:%M}", ends=f"{block.ends:%H:%M}")


def _say_away(sentences: Sentences, span: Away) -> str:
    if span.first == span.last:
        return sentences.say("availability.span_day", label=span.label, first=say_day(span.first))
    return sentences.say("availability.span", label=span.label, first=say_day(span.first), last=say_day(span.last))
