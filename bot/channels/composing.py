"""A broadcast as it is written and watched within Slack and Teams: what stands on its sheet, and what can be done with it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.bootstrap import Product
from bot.domain.access import Right
from bot.domain.broadcasts import Audience, BroadcastKind, BroadcastState
from bot.domain.wording import say_moment
from bot.services.broadcasts.drafting import Draft, draft_of
from bot.services.broadcasts.reasons import say_why
from bot.services.broadcasts.refusals import Refused
from bot.services.broadcasts.tracking import Line
from bot.storage.tables import Broadcast

# What can be done with one, in the order in which it is offered.
SEND, APPROVE, CHANGE, PAUSE, RESUME, CANCEL, TAKE_BACK, LOOK = (
    "send", "approve", "change", "pause", "resume", "cancel", "take_back", "look"
)  # fmt: skip
_ACTS = {
    BroadcastState.SCHEDULED: (CANCEL,),
    BroadcastState.SENDING: (PAUSE, CANCEL, TAKE_BACK),
    BroadcastState.PAUSED: (RESUME, CANCEL, TAKE_BACK),
    BroadcastState.CANCELLED: (TAKE_BACK,),
    BroadcastState.TAKEN_BACK: (),
}
# Stands for the audience that a draft has, where it is none that the form could name.
_KEPT = "kept"
# So many names are read at a glance.
_NAMES = 20
# Longer than this no audience, number or version is, in characters and digits.
_LONGEST_AUDIENCE, _DIGITS = 2000, 9


@dataclass(frozen=True, slots=True)
class Written:
    """What somebody wrote into the form, as it stands there; `number` and `version` are of the draft that it changes."""

    title: str = ""
    text: str = ""
    audience: str = ""
    choices: str = ""
    number: int | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Sheet:
    """One broadcast as its lead sees it: lines, the words that people get with their choices, and what can be done."""

    number: int
    version: int
    heading: str
    lines: Sequence[str]
    words: str = ""
    labels: Sequence[str] = ()
    acts: Sequence[str] = ()


class Composing:
    """Puts a lead's broadcasts into lines, and does what they ask for; the service decides on everything."""

    def __init__(self, product: Product) -> None:
        self._desk, self.sentences, self._zone = product.broadcasts, product.toolkit.sentences, product.settings.file.time_zone

    async def places(self, person_id: str | None, written: Written = Written()) -> list[tuple[str, str]]:  # it is frozen
        """Return whom somebody may write to, each with its value; a draft's own audience stays among them."""
        found = await self._desk.drafts.places(person_id) if person_id else []
        kept = [(self.sentences["composing.as_it_was"], _KEPT)] if written.audience == _KEPT else []
        return [*kept, *((title, _value_of(audience)) for audience, title in found)]

    async def written(self, number: int, person_id: str) -> Written:
        """Return a draft as the form shows it. Raises Refused."""
        kept = await self._desk.drafts.get(number, person_id)
        value = _value_of(Audience.from_json(kept.audience))
        is_named = value in [each for _, each in await self.places(person_id)]
        return Written(kept.title, kept.text, value if is_named else _KEPT, "\n".join(kept.choices), kept.id, kept.version)

    async def keep(self, written: Written, person_id: str) -> int:
        """Keep what was written as a draft, or as the change of one; return its number. Raises Refused."""
        choices = tuple(written.choices.splitlines())
        kind = BroadcastKind.POLL if any(choice.strip() for choice in choices) else BroadcastKind.TEXT
        if written.number is None:
            draft = Draft(kind, written.title, written.text, _audience_in(written.audience), self._zone, None, choices)
            return (await self._desk.drafts.create(draft, person_id)).id
        before = draft_of(await self._desk.drafts.get(written.number, person_id))
        audience = before.audience if written.audience == _KEPT else _audience_in(written.audience)
        # What the form has no field for stays as it was.
        kind = before.kind if before.kind.has_thing else kind
        draft = replace(before, kind=kind, title=written.title, text=written.text, audience=audience, choices=choices)
        return (await self._desk.drafts.change(written.number, written.version, draft, person_id)).id

    async def act(self, act: str, number: int, version: int, person_id: str, typed: str = "") -> None:
        """Do one thing with a broadcast that was read at `version`. Raises Refused."""
        sending = self._desk.sending
        if act == SEND:
            await sending.send(number, version, person_id, read_number(typed.strip()))
        elif act == APPROVE:
            await self._desk.drafts.approve(number, version, person_id)
        elif act == PAUSE:
            await sending.pause(number, person_id)
        elif act == RESUME:
            await sending.resume(number, person_id)
        elif act == CANCEL:
            await sending.cancel(number, person_id)
        elif act == TAKE_BACK:
            await sending.take_back(number, person_id)

    async def sheet(self, number: int, person_id: str) -> Sheet:
        """Return a broadcast as it is now, for whoever may write or approve it. Raises Refused."""
        drafts, say = self._desk.drafts, self.sentences.say
        try:
            kept, may_write = await drafts.get(number, person_id), True
        except Refused:
            kept, may_write = await drafts.get(number, person_id, Right.APPROVE_BROADCASTS), False
        state = say(f"broadcast.state_{kept.state.value}")
        lines = [say("composing.state", state=state, audience=await self._title(kept, person_id))]
        if kept.note:
            lines.append(say(f"broadcast.note_{kept.note}"))
        is_draft = kept.state is BroadcastState.DRAFT
        if may_write and is_draft:
            lines += await self._rehearsed(number, person_id)
        elif may_write:
            lines += await self._tracked(kept, person_id)
        words = await self._desk.rehearsing.words_for(number, person_id) if may_write else None
        acts = [act for act in _ACTS.get(kept.state, ()) if may_write]
        if is_draft:
            may_approve = await self._may_approve(kept, person_id)
            acts = [*([SEND, CHANGE] if may_write else []), *([APPROVE] if may_approve else [])]
            if kept.approved_version == kept.version:
                lines.append(say("composing.approved"))
        heading = say("composing.heading", number=number, title=kept.title)
        labels = [choice.label for choice in words.choices] if words else []
        return Sheet(number, kept.version, heading, lines, words.text if words else kept.text, labels, (*acts, LOOK))

    async def _may_approve(self, kept: Broadcast, person_id: str) -> bool:
        if person_id in kept.editors or kept.approved_version == kept.version:
            return False
        try:
            await self._desk.drafts.get(kept.id, person_id, Right.APPROVE_BROADCASTS)
        except Refused:
            return False
        return True

    async def _title(self, kept: Broadcast, person_id: str) -> str:
        wanted = Audience.from_json(kept.audience)
        places = await self._desk.drafts.places(person_id)
        return next((title for audience, title in places if audience == wanted), self.sentences["composing.as_it_was"])

    async def _rehearsed(self, number: int, person_id: str) -> list[str]:
        say, found = self.sentences.say, await self._desk.rehearsing.rehearse(number, person_id)
        names, more = ", ".join(found.names[:_NAMES]), found.count - min(_NAMES, len(found.names))
        if not found.count:
            lines = [say("composing.would_reach_nobody")]
        elif more:
            lines = [say("composing.would_reach_more", count=found.count, names=names, more=more)]
        else:
            lines = [say("composing.would_reach", count=found.count, names=names)]
        if found.left_out:
            reasons = [
                say("composing.reason", count=count, why=say_why(self.sentences, why)) for why, count in sorted(found.left_out.items())
            ]
            lines.append(say("composing.left_out", reasons="; ".join(reasons)))
        if waiting := sum(found.waits.values()):
            lines.append(say("composing.waits", count=waiting))
        if (moments := found.forecast) is not None:
            start, half, finish = (self._moment(each) for each in (moments.start, moments.half, moments.finish))
            lines.append(say("composing.forecast", start=start, half=half, finish=finish))
        return [*lines, say("composing.not_sent_yet")]

    async def _tracked(self, kept: Broadcast, person_id: str) -> list[str]:
        say = self.sentences.say
        if kept.state is BroadcastState.SCHEDULED and kept.send_at is not None:
            return [say("composing.sends_at", moment=self._moment(kept.send_at))]
        lines = []
        until = self._desk.sending.can_be_undone_until(kept)
        if kept.state is BroadcastState.SENDING and until is not None and until > self._desk.sending.now():
            lines.append(say("composing.undo_until", moment=self._moment(until)))
        found = await self._desk.tracking.track(kept.id, person_id)
        lines.append(say("composing.recipients", count=found.recipients))
        for line in Line:
            label = say(f"broadcast.line_{line.value}")
            whys = "; ".join(
                say("composing.reason", count=count, why=say_why(self.sentences, why)) for of, why, count in found.reasons if of is line
            )
            if found.lines[line]:
                key = "composing.line_why" if whys else "composing.line"
                lines.append(say(key, label=label, count=found.lines[line], why=whys))
        return lines

    def _moment(self, at: datetime) -> str:
        return say_moment(at.astimezone(ZoneInfo(self._zone)))


def _value_of(audience: Audience) -> str:
    """Return an audience as an option's value: Slack takes 150 characters."""
    return json.dumps({name: each for name, each in audience.as_json().items() if each}, separators=(",", ":"))


def _audience_in(value: str) -> Audience:
    """Return the audience that an option stands for. Raises Refused."""
    try:
        return Audience.from_json({**Audience("").as_json(), **json.loads(value[:_LONGEST_AUDIENCE])})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Refused("audience_not_yours") from None


def read_number(text: object) -> int | None:
    """Return the number that somebody wrote or a form carries; none for what is no number, or none of ours."""
    if isinstance(text, int) and not isinstance(text, bool):
        return text if 0 <= text < 10**_DIGITS else None
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) <= _DIGITS else None
