"""A broadcast in words for one person: the very message that is sent, rehearsed and previewed."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bot.content.toolkit import Toolkit
from bot.domain.broadcasts import FIRST_NAME, FORUM, FORUM_DATE, REPLY_BY, BroadcastKind, fields_in, fill, first_name
from bot.domain.messages import Choice, Reply, payload
from bot.domain.wording import say_day, say_moment
from bot.storage.tables import Broadcast, Forum

# What the choices of a broadcast's messages ask for; all of them are seen to without the dialogue engine.
CHOOSE, WRITE, OPEN, SHARE, KEEP, RETRACT, LEAVE, ASIDE = (
    f"broadcast_{name}" for name in ("choose", "write", "open", "share", "keep", "retract", "leave", "aside")
)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a broadcast is put into words for."""

    name: str
    zone: ZoneInfo
    forum: Forum | None


def say_broadcast(toolkit: Toolkit, broadcast: Broadcast, author: str, reader: Reader) -> Reply:
    """Return the one message that a person gets."""
    say = toolkit.sentences.say
    zone = ZoneInfo(broadcast.time_zone)
    by = say_moment(broadcast.reply_by.astimezone(reader.zone)) if broadcast.reply_by else ""
    forum = reader.forum
    values = {
        FIRST_NAME: first_name(reader.name),
        FORUM: forum.title if forum else say("broadcast.some_forum"),
        FORUM_DATE: say_day(forum.meets_at.astimezone(zone)) if forum and forum.meets_at else say("broadcast.some_day"),
        REPLY_BY: by or say("broadcast.some_time"),
    }
    parts = [say("broadcast.from", name=author), fill(broadcast.text, values), _brought(toolkit, broadcast)]
    if by and REPLY_BY not in fields_in(broadcast.text):
        parts.append(say("broadcast.answer_by", moment=by))
    return Reply("\n\n".join(part for part in parts if part), choices_of(toolkit, broadcast))


def _brought(toolkit: Toolkit, broadcast: Broadcast) -> str:
    """Return the words of what it brings along from the toolkit."""
    thing = broadcast.thing or ""
    if broadcast.kind is BroadcastKind.PROMPT and thing in toolkit.prompts:
        return toolkit.prompts[thing].text
    if broadcast.kind is BroadcastKind.SURVEY and thing in toolkit.items:
        return toolkit.items[thing].text
    if broadcast.kind is BroadcastKind.SCENARIO and thing in toolkit.scenarios:
        return toolkit.sentences.say("broadcast.case", title=toolkit.scenarios[thing].title)
    return ""


def choices_of(toolkit: Toolkit, broadcast: Broadcast) -> tuple[Choice, ...]:
    """Return what can be tapped."""
    about = {"broadcast": broadcast.id}
    if broadcast.kind.takes_a_choice:
        return tuple(
            Choice(label, payload(CHOOSE, {**about, "choice": index})) for index, label in enumerate(labels_of(toolkit, broadcast))
        )
    if broadcast.kind is BroadcastKind.SCENARIO:
        return (Choice(toolkit.sentences["broadcast.open_case"], payload(OPEN, about)),)
    return (Choice(toolkit.sentences["broadcast.write_answer"], payload(WRITE, about)),)


def labels_of(toolkit: Toolkit, broadcast: Broadcast) -> list[str]:
    """Return what the choices of a poll or of a micro-survey say, in order."""
    if broadcast.kind is BroadcastKind.SURVEY and (item := toolkit.items.get(broadcast.thing or "")) is not None:
        return [point.label for point in toolkit.scales[item.scale].points]
    return list(broadcast.choices)


def knows_thing(toolkit: Toolkit, kind: BroadcastKind, thing: str | None) -> bool:
    """Return whether there is such a thing in the toolkit."""
    of_kind = {BroadcastKind.SCENARIO: toolkit.scenarios, BroadcastKind.PROMPT: toolkit.prompts, BroadcastKind.SURVEY: toolkit.items}
    return (thing or "") in of_kind.get(kind, {})
