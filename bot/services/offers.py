"""What is on offer in a conversation, kept in sight when something else was answered in between."""

from __future__ import annotations

from collections.abc import Sequence

from bot.content.toolkit import Sentences
from bot.domain.messages import Reply
from bot.storage.messages import choices_of
from bot.storage.tables import Message


def offer_of(message: Message | None) -> list[Reply]:
    """Return the message that offers something once more, or nothing when nothing is on offer."""
    return [Reply(message.text, choices_of(message))] if message is not None else []


def with_offer(replies: Sequence[Reply], message: Message | None, sentences: Sentences) -> list[Reply]:
    """Return the replies with what was on offer before after them, when they lead nowhere but to the two general ways on.

    So an aside between two questions does not lose the thread.
    """
    general = {sentences["choice.name_problem"], sentences["choice.browse"]}
    offered = {choice.label for reply in replies for choice in reply.choices}
    if message is None or not offered or not offered <= general:
        return list(replies)
    if {choice["label"] for choice in message.choices} <= general or replies[-1].text == message.text:
        return list(replies)
    return [*(Reply(reply.text) for reply in replies), *offer_of(message)]
