"""What is shown of broadcasts on the pages, and what their buttons do; the routes are in broadcasts.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Response

from bot.bootstrap import Product
from bot.channels.slack.blocks import blocks_of
from bot.channels.teams.cards import card_of
from bot.domain.access import Right
from bot.domain.broadcasts import Audience, BroadcastKind, BroadcastState, Every, Part
from bot.domain.messages import Offered, Reply
from bot.domain.posts import Post
from bot.domain.wording import say_day, say_moment
from bot.services.broadcasts.reasons import say_why
from bot.services.broadcasts.refusals import Refused
from bot.services.broadcasts.tracking import Line, Track
from bot.storage.tables import Broadcast
from bot.web.broadcast_forms import read_audience, read_count, read_moment
from bot.web.pages import Pages
from bot.web.visitors import Visitor

HOME = "/dashboard/broadcasts"
Ticked = Mapping[str, Sequence[str]]
# How often the figures are looked at while a page shows them, in seconds.
LOOK = 1.0


class Sheets:
    """What the pages of broadcasts show, and what their buttons do."""

    def __init__(self, product: Product, pages: Pages) -> None:
        self.product, self.pages = product, pages
        self.desk, self.sentences = product.broadcasts, product.toolkit.sentences
        self.words = {**self.sentences.group("broadcast"), **self.sentences.group("broadcast_pages")}

    def page(self, template: str, person: Visitor, status: int = 200, **values: Any) -> Response:
        return self.pages.render(template, status, person=person, path=HOME, w=self.words, home=HOME, **values)

    def refused(self, error: Refused, person: Visitor) -> Response:
        return self.page("broadcast_refused.html", person, 404 if error.says == "not_yours" else 409, text=error.words(self.sentences))

    async def form(
        self, person: Visitor, values: Mapping[str, str], ticked: Ticked, number: int | None, faults: Mapping[str, str]
    ) -> Response:
        toolkit = self.product.toolkit
        things = [("scenario", each.id, each.title) for each in toolkit.scenarios.values()]
        things += [("prompt", each.id, each.text) for each in toolkit.prompts.values()]
        things += [("survey", each.id, each.text) for each in toolkit.items.values()]
        return self.page(
            "broadcast_edit.html",
            person,
            409 if faults else 200,
            values=values,
            number=number,
            faults=faults,
            kinds=[(kind.value, self.words[f"kind_{kind.value}"]) for kind in BroadcastKind],
            things=[(kind, name, text if len(text) < 90 else f"{text[:88]}...") for kind, name, text in things],
            **await self.whom(person, values.get("audience", ""), ticked),
        )

    async def whom(self, person: Visitor, programme: str, ticked: Ticked) -> dict[str, Any]:
        """Return what the choice of people shows: the programmes, the parts of the one that is chosen, and how many it reaches now."""
        shelves = await self.desk.choosing.shelves(person.id)
        shelf = next((each for each in shelves if each.id == programme), shelves[0] if shelves else None)
        if shelf is None:
            return {"shelf": None, "shelves": [], "lists": [], "forums": [], "reached": self.words["refused_audience_not_yours"]}
        chosen = {name: set(values) for name, values in ticked.items()}
        if not shelf.is_whole and len(shelf.forums) == 1:
            chosen["forums"] = {shelf.forums[0][0]}
        words = self.words
        lists = {
            "cohorts": shelf.cohorts,
            "trusts": shelf.trusts,
            "posts": [(post.value, words[f"post_{post.value}"]) for post in Post],
            "parts": [(part.value, words[f"part_{part.value}"]) for part in Part],
        }

        def items(name: str, offered: Sequence[tuple[str, str]]) -> list[dict[str, object]]:
            return [{"value": value, "text": title, "checked": value in chosen.get(name, ())} for value, title in offered]

        return {
            "shelf": shelf,
            "shelves": [{"value": each.id, "text": each.title, "selected": each.id == shelf.id} for each in shelves],
            "forums": items("forums", shelf.forums),
            "lists": [(name, words[f"label_{name}"], items(name, offered)) for name, offered in lists.items() if offered],
            "is_narrowed": any(chosen.get(name) for name in lists),
            **await self.headcount(person, shelf.id, {name: sorted(values) for name, values in chosen.items()}),
        }

    async def headcount(self, person: Visitor, programme: str, ticked: Ticked) -> dict[str, Any]:
        """Return how many a choice reaches now, in words, and who is left out; or why it cannot be chosen."""
        try:
            audience = read_audience(programme, ticked)
            count = await self.desk.choosing.count(audience, person.id)
        except Refused as error:
            says = "choose_a_forum" if error.says == "audience_not_yours" and not ticked.get("forums") else error.says
            return {"reached": self.words[f"refused_{says}"].format(**error.values), "left_out": [], "is_everyone": False}
        return {
            "reached": self.words["reaches_one" if count.reached == 1 else "reaches"].format(count=count.reached),
            "left_out": [(say_why(self.sentences, why), count) for why, count in sorted(count.left_out.items())],
            "is_everyone": audience.is_everyone,
        }

    async def whole(self, person: Visitor, number: int, *, said: str = "", problem: str = "", as_seen_by: str = "") -> Response:
        try:
            broadcast = await self.desk.drafts.get(number, person.id)
        except Refused:  # who approves may read it without being able to write it
            broadcast = await self.desk.drafts.get(number, person.id, Right.APPROVE_BROADCASTS)
        zone = ZoneInfo(broadcast.time_zone)
        is_draft = broadcast.state is BroadcastState.DRAFT
        rehearsal = await self.desk.rehearsing.rehearse(number, person.id) if is_draft else None
        undone_until = self.desk.sending.can_be_undone_until(broadcast)
        is_undoable = broadcast.state is BroadcastState.SENDING and undone_until is not None and undone_until > self.product.clock.now()
        track = None if broadcast.started_at is None else await self.desk.tracking.track(number, person.id)
        is_done = broadcast.state is BroadcastState.SENDING and track is not None and track.is_over
        ahead = rehearsal.forecast if rehearsal else None
        moments = {name: say_moment(getattr(ahead, name).astimezone(zone)) for name in ("start", "half", "finish")} if ahead else None
        return self.page(
            "broadcast.html",
            person,
            409 if problem else 200,
            b=broadcast,
            said=said,
            problem=problem,
            state=self.words["state_sent" if is_done else f"state_{broadcast.state.value}"],
            is_done=is_done,
            series=self.series(broadcast),
            channels=[(self.words[f"preview_{channel}"], count) for channel, count in sorted(rehearsal.by_channel.items())]
            if rehearsal
            else [],
            note=self.words.get(f"note_{broadcast.note}", "") if broadcast.note else "",
            rehearsal=rehearsal,
            left_out=[(say_why(self.sentences, why), count, rehearsal.left_out_names[why]) for why, count in rehearsal.left_out.items()]
            if rehearsal
            else [(say_why(self.sentences, why), count, []) for why, count in broadcast.left_out.items()],
            waits=[(say_why(self.sentences, why), count) for why, count in rehearsal.waits.items()] if rehearsal else [],
            forecast=self.words["forecast" if len(set(moments.values())) > 1 else "forecast_at_once"].format(**moments) if moments else "",
            previews=previews(self.product, await self.desk.rehearsing.words_for(number, person.id, as_seen_by or None))
            if is_draft
            else [],
            people=await self.desk.rehearsing.people(number, person.id) if is_draft else [],
            as_seen_by=as_seen_by,
            is_approved=broadcast.approved_version == broadcast.version,
            may_approve=is_draft
            and person.id not in broadcast.editors
            and Audience.from_json(broadcast.audience).is_within(person.access, Right.APPROVE_BROADCASTS),
            undo=self.words["undo"].format(moment=say_moment(undone_until.astimezone(zone))) if undone_until and is_undoable else "",
            scheduled=self.words["scheduled_for"].format(moment=say_moment(broadcast.send_at.astimezone(zone)), zone=broadcast.time_zone)
            if broadcast.send_at and broadcast.state is BroadcastState.SCHEDULED
            else "",
            track=self.shown(track) if track else None,
            recipients=[] if broadcast.started_at is None else await self.recipients(number, person),
        )

    def series(self, broadcast: Broadcast) -> str:
        """Return that it comes back, and until when; empty where it does not."""
        if broadcast.every is None or broadcast.until is None or broadcast.state is BroadcastState.DRAFT:
            return ""
        often = self.words[f"every_{broadcast.every.value}"]
        until = f"{say_day(broadcast.until)} {broadcast.until.year}"
        return self.words["series"].format(number=broadcast.number, often=often, until=until)

    def shown(self, track: Track) -> dict[str, Any]:
        reasons: dict[Line, list[str]] = {}
        for line, why, count in track.reasons:
            reasons.setdefault(line, []).append(f"{say_why(self.sentences, why)}: {count}")
        return {
            "total": self.words["track_total"].format(count=track.recipients),
            "lines": [
                {"name": self.words[f"line_{line.value}"], "count": track.lines[line], "why": reasons.get(line, [])}
                for line in Line
                if track.lines[line]
            ],
        }

    async def recipients(self, number: int, person: Visitor) -> list[tuple[str, str, str]]:
        found = await self.desk.tracking.recipients(number, person.id)
        return [
            (each.name, self.words[f"line_{each.line.value}"], say_why(self.sentences, each.reason) if each.reason else "")
            for each in found
        ]

    async def do(self, number: int, action: str, given: Mapping[str, str], actor: str) -> str | None:
        """Do one thing and return which page comes after; none when there is no such thing."""
        version, count = read_count(given.get("version", "")) or 0, read_count(given.get("count", ""))
        sending = self.desk.sending
        simple = {"pause": sending.pause, "resume": sending.resume, "cancel": sending.cancel, "take-back": sending.take_back}
        if action in simple:
            await simple[action](number, actor)
        elif action == "unschedule":
            await sending.unschedule(number, actor)
        elif action == "copy":
            return f"{(await self.desk.drafts.duplicate(number, actor)).id}/edit"
        elif action == "test":
            await self.desk.rehearsing.send_test(number, actor)
            return f"{number}?said=test_sent"
        elif action == "approve":
            await self.desk.drafts.approve(number, version, actor)
        elif action == "send":
            await sending.send(number, version, actor, count)
        elif action == "schedule":
            broadcast: Broadcast = await self.desk.drafts.get(number, actor)
            at = read_moment({**given, "zone": broadcast.time_zone}, "send", self.product.clock.now())
            every = Every(given["every"]) if given.get("every") in set(Every) else None
            try:
                until = date.fromisoformat(given["until"]) if given.get("until") else None
            except ValueError:
                raise Refused("unreadable_moment") from None
            await sending.schedule(number, version, actor, at, count, every=every, until=until)
        else:
            return None
        return str(number)


def previews(product: Product, reply: Reply) -> list[dict[str, Any]]:
    """Return a message as each channel's own rendering shows it: its words and what can be tapped."""
    sentences = product.toolkit.sentences
    message = Offered(0, reply.text, tuple((choice.label, str(index)) for index, choice in enumerate(reply.choices)))
    blocks = blocks_of(message, sentences["choice.pick"])
    card = card_of(message, sentences["choice.pick"], sentences["choice.send"])
    return [
        {"name": "web", "texts": reply.text.split("\n\n"), "choices": [choice.label for choice in reply.choices]},
        {"name": "slack", "texts": _texts(blocks, "mrkdwn"), "choices": _titles(blocks)},
        {"name": "teams", "texts": [text for text in _texts(card, "TextBlock") if text not in _titles(card)], "choices": _titles(card)},
    ]


def _texts(thing: Any, kind: str) -> list[str]:
    """Return the texts of a rendering, as they are shown."""
    if isinstance(thing, dict):
        if thing.get("type") == kind and isinstance(thing.get("text"), str):
            return [thing["text"].replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")]
        return [text for value in thing.values() for text in _texts(value, kind)]
    return [text for each in thing for text in _texts(each, kind)] if isinstance(thing, list) else []


def _titles(thing: Any) -> list[str]:
    """Return what stands on the buttons of a rendering."""
    if isinstance(thing, dict):
        if thing.get("type") == "button":
            return [str(thing["text"]["text"])]
        if str(thing.get("type", "")).startswith("Action."):
            return [str(thing.get("title", ""))]
        return [title for value in thing.values() for title in _titles(value)]
    return [title for each in thing for title in _titles(each)] if isinstance(thing, list) else []
