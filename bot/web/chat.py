"""The web chat: one page with the conversation so far, a form, and a stream of what is new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from uuid import uuid4

from fastapi import APIRouter, Form, Header, Request, Response
from fastapi.responses import RedirectResponse
from sse_starlette import EventSourceResponse, ServerSentEvent

from bot.bootstrap import Product
from bot.channels.conversation_view import LOOK_AGAIN, ConversationView, Shown
from bot.domain.messages import Said
from bot.web.pages import Pages
from bot.web.visitors import Visitors

NAME = "web"
# The page shows at most this many messages at first.
HISTORY = 200
# How long a form that was sent without scripts waits for the answer, in seconds, so that the next page shows it.
PATIENCE = 3.0
# No message has an id as far from zero as this.
_BEYOND = 10**12
# Choices that are all numbers stand in a row.
_LONGEST_MARK = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """One message as the page shows it."""

    id: int
    side: str
    text: str
    choices: tuple[dict[str, str], ...]
    chosen: str | None
    is_open: bool
    stays_open: bool
    is_scale: bool
    at: datetime
    when: str
    day: str
    new_day: bool
    event_id: str


def entry_of(shown: Shown, previous_day: date | None) -> Entry:
    """Return a message ready for the template; `new_day` when it is the first of its day."""
    choices = tuple({"label": label, "value": value} for label, value in shown.message.choices)
    return Entry(
        id=shown.message.id,
        side="coach" if shown.is_from_coach else "person",
        text=shown.message.text,
        choices=choices,
        chosen=choices[shown.chosen]["label"] if shown.chosen is not None and shown.chosen < len(choices) else None,
        is_open=shown.is_open,
        stays_open=shown.stays_open,
        is_scale=sum(len(choice["label"]) <= _LONGEST_MARK for choice in choices) > len(choices) / 2,
        at=shown.at,
        when=f"{shown.at:%H:%M}",
        day=f"{shown.at:%A} {shown.at.day} {shown.at:%B}",
        new_day=previous_day != shown.at.date(),
        event_id=uuid4().hex,
    )


def position_of(last_event_id: str | None, after: int) -> int:
    """Return the id after which to go on: the browser's last event when it names one, else the page's."""
    try:
        start = int(last_event_id) if last_event_id and len(last_event_id) < 20 else after
    except ValueError:
        start = after
    return max(-_BEYOND, min(_BEYOND, start))


async def news(product: Product, person_id: str, after: int, is_gone: Callable[[], Awaitable[bool]]) -> AsyncIterator[Entry | bool]:
    """Give each new message in order, and after them whether the coach is at work, until they are signed out."""
    view = ConversationView(product, person_id)
    was_at_work: bool | None = None
    while True:
        # Asked before reading: an answer that comes in between is shown at once, and its end is told with the next look.
        is_at_work = await product.conversation.is_waiting(person_id)
        shown = await view.shown(after=after, limit=500)
        for each in shown:
            after = each.message.id
            yield entry_of(each, None)
        if shown or is_at_work != was_at_work:
            yield is_at_work
        was_at_work = is_at_work
        await product.feed.wait(person_id, LOOK_AGAIN)
        if await is_gone():
            return


def chat_router(product: Product, pages: Pages, visitors: Visitors) -> APIRouter:
    """Return the routes of the web chat."""
    router = APIRouter()
    # Keeps a running answer from being collected before it is done.
    running: set[asyncio.Task[None]] = set()

    @router.get("/chat")
    async def chat(request: Request) -> Response:
        person = await visitors.participant(request)
        if isinstance(person, Response):
            return person
        shown = await ConversationView(product, person.id).shown(after=-_BEYOND, limit=HISTORY)
        entries: list[Entry] = []
        for each in shown:
            entries.append(entry_of(each, entries[-1].at.date() if entries else None))
        after = entries[-1].id if entries else 0
        return pages.render("chat.html", person=person, path="/chat", entries=entries, after=after, event_id=uuid4().hex)

    @router.post("/chat/messages")
    async def receive(
        request: Request,
        event_id: str = Form(max_length=100),
        text: str | None = Form(None),
        choice: str | None = Form(None, max_length=100),
    ) -> Response:
        person = await visitors.participant(request)
        has_scripts = "hx-request" in request.headers
        if isinstance(person, Response):
            return Response(status_code=401) if has_scripts else person
        if text or choice:
            await product.conversation.receive(
                person.id, Said(NAME, f"{person.id}:{event_id}", text=None if choice else text, choice=choice)
            )
            task = asyncio.create_task(product.conversation.answer(person.id))
            running.add(task)
            task.add_done_callback(running.discard)
            if not has_scripts:
                await asyncio.wait({task}, timeout=PATIENCE)
        if has_scripts:
            return Response(status_code=204)
        return RedirectResponse("/chat#latest", 303)

    @router.get("/chat/events")
    async def events(request: Request, after: int = 0, last_event_id: str | None = Header(None)) -> Response:
        person = await visitors.participant(request)
        if isinstance(person, Response):
            return Response(status_code=401)
        start = position_of(last_event_id, after)

        async def stream() -> AsyncIterator[ServerSentEvent]:
            async for each in news(product, person.id, start, partial(visitors.is_gone, request)):
                if isinstance(each, Entry):
                    yield ServerSentEvent(pages.text("entry.html", entry=each), event="entry", id=str(each.id))
                else:
                    yield ServerSentEvent(pages.text("state.html", is_at_work=each), event="state")

        return EventSourceResponse(stream(), ping=20)

    return router
