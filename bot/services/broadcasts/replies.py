"""What people answer to broadcasts: a choice, or words that stay their own unless they share them, asked each time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.library import Library
from bot.content.toolkit import Toolkit
from bot.domain.broadcasts import BroadcastKind, BroadcastState, Sharing
from bot.domain.messages import Choice, Reply, payload, read_payload
from bot.services.broadcasts.wording import ASIDE, CHOOSE, KEEP, LEAVE, OPEN, RETRACT, SHARE, WRITE, labels_of
from bot.storage.broadcast_answers import (
    broadcast_of_delivery,
    choose,
    find_answer,
    keep_answer,
    mark_broadcast_answered,
    newest_shared,
    was_sent_to,
)
from bot.storage.plans import keep_reflection
from bot.storage.tables import Broadcast, Message, Person

# The payload by which an earlier message of the person's own goes to the engine after all: this, then the message's id.
_SAID = "#said "


class Replies:
    """Answers taps and words that a broadcast asked for, without the dialogue engine."""

    def __init__(self, library: Library, now: Callable[[], datetime]) -> None:
        self._library, self._now = library, now

    async def handle(self, session: AsyncSession, person: Person, taken: str, now: datetime) -> list[Reply] | str:
        """Return what is said to a choice of a broadcast's, or what goes to the engine; any other payload goes there as it is."""
        if not taken.startswith("/broadcast_"):
            return taken
        intent, about = read_payload(taken)
        toolkit = self._library.of(person.programme_id)
        say = toolkit.sentences.say
        if intent in (CHOOSE, WRITE, OPEN):
            broadcast = await session.get(Broadcast, int(about["broadcast"]))
            if broadcast is None or not await was_sent_to(session, broadcast, person.id):
                return [Reply(say("broadcast.gone"))]
            if broadcast.state is BroadcastState.TAKEN_BACK:
                return [Reply(say("broadcast.gone"))]
            if intent == OPEN:
                await mark_broadcast_answered(session, broadcast, person.id, now)
                return payload("pick_scenario", {"scenario": broadcast.thing or ""})
            if _is_over(broadcast, now):
                return [Reply(say("broadcast.too_late"))]
            if intent == WRITE:
                return [Reply(say("broadcast.write_now"), (Choice(say("broadcast.not_now"), payload(LEAVE, dict(about))),))]
            return await self._choose(session, toolkit, broadcast, person, int(about["choice"]), now)
        if intent == LEAVE:
            return [Reply(say("broadcast.left"))]
        if intent == ASIDE:
            return await self._aside(session, person, about["answer"], about["message"])
        return await self._share(session, toolkit, person, intent, int(about["answer"]), about.get("how", ""))

    async def hear(
        self, session: AsyncSession, person: Person, offer: Message, message_id: int, text: str, now: datetime
    ) -> list[Reply] | None:
        """Take words for an answer where the last thing said asked for one; none where it did not."""
        broadcast = await self._asked_by(session, offer)
        if broadcast is None or not broadcast.kind.takes_words or broadcast.state is BroadcastState.TAKEN_BACK:
            return None
        toolkit = self._library.of(person.programme_id)
        say = toolkit.sentences.say
        prompt = toolkit.prompts.get(broadcast.thing or "") if broadcast.kind is BroadcastKind.PROMPT else None
        asked = prompt.text if prompt else broadcast.title
        reflection = await keep_reflection(session, person.id, asked=asked, words=text, theme=None, now=now)
        if _is_over(broadcast, now):
            return [Reply(say("broadcast.kept_late"))]
        answer = await keep_answer(session, broadcast.id, reflection, now)
        await mark_broadcast_answered(session, broadcast, person.id, now)
        about = {"answer": answer.id}
        return [
            Reply(
                say("broadcast.kept"),
                (
                    Choice(say("broadcast.keep_private"), payload(KEEP, about)),
                    Choice(say("broadcast.share_named"), payload(SHARE, {**about, "how": Sharing.NAMED.value})),
                    Choice(say("broadcast.share_unnamed"), payload(SHARE, {**about, "how": Sharing.UNNAMED.value})),
                    Choice(say("broadcast.was_no_answer"), payload(ASIDE, {**about, "message": message_id})),
                ),
            )
        ]

    async def retract_newest(self, session: AsyncSession, person: Person) -> list[Reply]:
        """Take back what somebody shared last."""
        toolkit = self._library.of(person.programme_id)
        answer = await newest_shared(session, person.id)
        if answer is None:
            return [Reply(toolkit.sentences["broadcast.nothing_shared"])]
        answer.sharing, answer.words = Sharing.PRIVATE, None
        return [Reply(toolkit.sentences["broadcast.retracted"])]

    @staticmethod
    async def _asked_by(session: AsyncSession, offer: Message) -> Broadcast | None:
        """Return the broadcast that a message of the coach's asks for an answer to."""
        if offer.delivery_id is not None:
            return await broadcast_of_delivery(session, offer.delivery_id)
        asked = str(offer.choices[0]["payload"]) if offer.choices else ""
        if not asked.startswith(f"/{LEAVE}"):
            return None
        return await session.get(Broadcast, int(read_payload(asked)[1]["broadcast"]))

    async def _choose(
        self, session: AsyncSession, toolkit: Toolkit, broadcast: Broadcast, person: Person, choice: int, now: datetime
    ) -> list[Reply]:
        labels = labels_of(toolkit, broadcast)
        await choose(session, broadcast.id, person.id, choice, now)
        await mark_broadcast_answered(session, broadcast, person.id, now)
        label = labels[choice] if choice < len(labels) else ""
        return [Reply(toolkit.sentences.say("broadcast.chosen", label=label))]

    @staticmethod
    async def _aside(session: AsyncSession, person: Person, answer_id: str, message_id: str) -> list[Reply] | str:
        """Forget what was taken for an answer, and let the engine have it."""
        if (found := await find_answer(session, int(answer_id), person.id)) is not None:
            answer, reflection = found
            await session.delete(answer)
            await session.flush()
            if reflection is not None:
                await session.delete(reflection)
        return f"{_SAID}{message_id}"

    @staticmethod
    async def _share(session: AsyncSession, toolkit: Toolkit, person: Person, intent: str, answer_id: int, how: str) -> list[Reply]:
        say = toolkit.sentences.say
        found = await find_answer(session, answer_id, person.id)
        if found is None or found[1] is None:
            return [Reply(say("broadcast.gone"))]
        answer, reflection = found
        if intent == SHARE and reflection is not None:
            answer.sharing, answer.words = Sharing(how), reflection.words
            return [Reply(say(f"broadcast.shared_{how}"), (Choice(say("broadcast.retract"), payload(RETRACT, {"answer": answer.id})),))]
        answer.sharing, answer.words = Sharing.PRIVATE, None
        return [Reply(say("broadcast.retracted" if intent == RETRACT else "broadcast.is_private"))]


def _is_over(broadcast: Broadcast, now: datetime) -> bool:
    return broadcast.reply_by is not None and now > broadcast.reply_by
