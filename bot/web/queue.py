"""The operator's page: what is due, sent and failed, with a retry and a cancel for what waits or failed."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from bot.bootstrap import Product
from bot.content.toolkit import Sentences
from bot.domain.access import Right
from bot.domain.wording import say_day
from bot.services.queue import NotPossible
from bot.storage.tables import DeliveryState
from bot.web.pages import Pages
from bot.web.visitors import Visitors

# In this order, so that the columns stay where they are.
STATES = tuple(DeliveryState)


def _say_reason(sentences: Sentences, channel: str, reason: str | None) -> str:
    """Return why something failed in the channel's own words, or its bare id where there are none."""
    return sentences.get(f"{channel}.reason_{reason}", reason or "")


def queue_router(product: Product, pages: Pages, visitors: Visitors) -> APIRouter:
    """Return the queue's routes, for whoever may see deliveries."""
    router = APIRouter()
    words = pages.words

    def moment(at: datetime) -> str:
        local = at.astimezone(product.settings.zone)
        return f"{say_day(local)} {local:%H:%M}"

    @router.get("/dashboard/queue")
    async def page(request: Request, said: str = "") -> Response:
        person = await visitors.staff(request, Right.SEE_DELIVERIES)
        if isinstance(person, Response):
            return person
        state = await product.queue.state()
        kinds = sorted({line.kind.value for line in state.deliveries})
        counts = {(line.kind.value, line.state): line.count for line in state.deliveries}
        return pages.render(
            "queue.html",
            person=person,
            path="/dashboard/queue",
            said=words.get(f"queue_{said}", ""),
            oldest=words["queue_oldest"].format(moment=moment(state.oldest_due)) if state.oldest_due else words["queue_none_due"],
            states=[each.value for each in STATES],
            rows=[{"kind": kind, "counts": [counts.get((kind, each), 0) for each in STATES]} for kind in kinds],
            postings=[
                {
                    "channel": each.channel,
                    "state": each.state.value,
                    "count": each.count,
                    "oldest": moment(each.oldest),
                    "reason": _say_reason(product.toolkit.sentences, each.channel, each.reason),
                }
                for each in state.postings
            ],
            by_hand=[
                {"at": moment(each.at), "who": each.actor, "what": words[f"queue_{each.action.partition('.')[2]}"], "number": each.subject}
                for each in await product.queue.done_by_hand()
            ],
            open=[
                {
                    "id": each.id,
                    "kind": each.kind.value,
                    "state": each.state.value,
                    "due": moment(each.due_at),
                    "next": moment(each.not_before),
                    "reason": (each.reason or "").replace("_", " "),
                    "can_retry": each.state in (DeliveryState.FAILED, DeliveryState.UNCERTAIN),
                    "can_cancel": each.state is DeliveryState.QUEUED,
                }
                for each in await product.queue.listed()
            ],
        )

    @router.post("/dashboard/queue/{number}")
    async def act(request: Request, number: int, action: str = Form(max_length=10)) -> Response:
        person = await visitors.staff(request, Right.CHANGE_DELIVERIES)
        if isinstance(person, Response):
            return person
        try:
            if action == "retry":
                await product.queue.retry(number, person.id)
            else:
                await product.queue.cancel(number, person.id)
        except NotPossible:
            return RedirectResponse("/dashboard/queue?said=not_possible", 303)
        return RedirectResponse(f"/dashboard/queue?said={'retried' if action == 'retry' else 'cancelled'}", 303)

    return router
