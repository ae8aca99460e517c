"""What is said to a message that the safety rules caught: fixed wording, and the lines that are open at that moment."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import holidays

from bot.content.schema import Signpost, Tier
from bot.content.toolkit import Toolkit
from bot.domain.messages import Choice, Reply, payload
from bot.domain.posts import Post

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


def is_for(signpost: Signpost, post: Post | None) -> bool:
    """Return whether a line helps somebody in this post; nothing is held back from those whose post is not known."""
    return not signpost.only_doctors or post is None or post.is_doctor


def line_of(signpost: Signpost) -> str:
    """Return a signpost as it stands in a message, with whom it is for."""
    return f"- {signpost.for_whom}: {signpost.line}"


def safety_replies(toolkit: Toolkit, tier: Tier, now: datetime, post: Post | None) -> list[Reply]:
    """Return the messages for one tier: the fixed sentence with each signpost that is open and theirs, then one quiet way on.

    Lines that are always open come first, and among them those for danger to life: they are for anybody, not for one profession.
    """
    say = toolkit.sentences.say
    lines = [
        signpost
        for signpost in sorted(
            toolkit.signposts.values(), key=lambda each: (not each.always_open, "crisis_immediate" not in each.tiers, each.id)
        )
        if tier in signpost.tiers and is_open(signpost, now) and is_for(signpost, post)
    ]
    return [
        Reply("\n".join([say(f"safety.{tier}"), *map(line_of, lines)])),
        Reply(say("safety.and_after"), (Choice(say("choice.browse"), payload("browse")),)),
    ]
