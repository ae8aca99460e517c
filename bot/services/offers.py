"""What is on offer in a conversation, kept in sight when something else was answered in between."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from bot.content.toolkit import Sentences
from bot.domain.messages import Reply
from bot.storage.messages import choices_of
from bot.storage.tables import Message

# After these sentences and groups of sentences what was on offer before still is. After any other the question before is over:
# called off, answered to its end, or changed.
_ASIDES = (
    "aside.",
    "availability.",
    "evidence.",
    "options.view",
    "ways_on.",
    "options.cost",
    "options.why",
    "amend.rating",
    "amend.answer",
    "amend.unclear",
    "amend.no_plan",
    "check_in.no_plan",
    "check_in.already_closed",
)
# What ends something is said once.
_OVER = (
    "ways_on.",
    "check_in.closed_done",
    "plan.kept",
    "plan.dropped",
    "amend.day",
    "aside.",
    "rights.stopped",
    "rights.ask_stop",
    "closeness.kept",
    "closeness.taught",
)


def with_offer(replies: Sequence[Reply], message: Message | None, sentences: Sentences) -> list[Reply]:
    """Return the engine's replies, with what `message` offered after them when they were an aside.

    So an aside between two questions does not lose the thread. An aside leads nowhere but to the general ways on.
    """
    # Only the last message's choices can be taken.
    said = [*(Reply(reply.text) for reply in replies[:-1]), *replies[-1:]]
    if message is None or not said or _is_general(_labels(message), sentences) or _is_over(message.text, sentences):
        return said
    # What was not understood offers guesses of its own, but not in the place of the ways that were to choose from.
    is_lost = _says(said[-1].text, sentences["ways_on.not_understood"]) and _are_options(message, sentences)
    if not is_lost and not _is_aside(said[-1], sentences):
        return said
    return [*said[:-1], Reply(said[-1].text), _again(message, sentences)]


def unread(text: str, message: Message | None, sentences: Sentences) -> list[Reply]:
    """Return what is said to a message that was not taken in; what `message` offered stays on offer.

    A greeting or the like that offers only the general ways on is not said again: its choices stand under the new text.
    """
    if message is None:
        return [Reply(text)]
    if _is_general(_labels(message), sentences):
        return [Reply(text, choices_of(message))]
    return [Reply(text), _again(message, sentences)]


def _again(message: Message, sentences: Sentences) -> Reply:
    """Return what is still on offer; options with their costs stand above and need no second reading, their choices are enough."""
    return Reply(sentences["options.still"] if _are_options(message, sentences) else message.text, choices_of(message))


def _are_options(message: Message, sentences: Sentences) -> bool:
    return message.text.startswith((sentences["options.first"], sentences["options.again"], sentences["options.still"]))


def _is_aside(reply: Reply, sentences: Sentences) -> bool:
    labels = {choice.label for choice in reply.choices}
    asides = (sentence for key, sentence in sentences.items() if key.startswith(_ASIDES))
    return bool(labels) and _is_general(labels, sentences) and any(_says(reply.text, sentence) for sentence in asides)


def _is_over(text: str, sentences: Sentences) -> bool:
    """Return whether a message ends something, or only guesses at what was meant: it is not said a second time."""
    return any(_says(text, sentence) for key, sentence in sentences.items() if key.startswith(_OVER))


def _says(text: str, sentence: str) -> bool:
    """Return whether a text is this sentence, whatever the values in it."""
    return _pattern(sentence).fullmatch(text) is not None


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    """Return the sentence as a pattern; there are more of them than the standard library remembers, and making one takes milliseconds."""
    return re.compile(".+".join(re.escape(part) for part in re.split(r"\{\w+\}", sentence)), re.S)


def _labels(message: Message) -> set[str]:
    return {str(choice["label"]) for choice in message.choices}


def _is_general(labels: set[str], sentences: Sentences) -> bool:
    return labels <= {sentences["choice.name_problem"], sentences["choice.browse"]}
