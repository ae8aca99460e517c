"""What is said to a message that the safety rules caught: fixed wording, and the lines that are open at that moment."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import holidays

from bot.content.schema import Signpost, Tier
from bot.content.toolkit import Toolkit
from bot.domain.messages import Reply

_UK = ZoneInfo("Europe/London")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_ENGLAND = holidays.country_holidays("GB", subdiv="ENG")


def is_open(signpost: Signpost, now: datetime) -> bool:
    """Return whether a line is answered at `now`."""
    if signpost.always_open:
        return True
    local = now.astimezone(_UK)
    if signpost.closed_bank_holidays and local.date() in _ENGLAND:
        return False
    return any(_DAYS[local.weekday()] in hours.days and hours.opens <= local.time() < hours.closes for hours in signpost.hours)


def safety_replies(toolkit: Toolkit, tier: Tier, now: datetime) -> list[Reply]:
    """Return the messages for one tier: the fixed sentence, then each open signpost, those always open first."""
    lines = [
        signpost
        for signpost in sorted(toolkit.signposts.values(), key=lambda each: (not each.always_open, each.id))
        if tier in signpost.tiers and is_open(signpost, now)
    ]
    text = "\n".join([toolkit.sentences.say(f"safety.{tier}"), *(f"- {signpost.line}" for signpost in lines)])
    replies = [Reply(text)]
    if tier != "safety_concern":
        replies.append(Reply(toolkit.sentences.say("safety.and_after")))
    return replies
