"""Why something is as it is, in plain words: a channel's own, or the broadcasts'."""

from __future__ import annotations

from bot.content.toolkit import Sentences

_CHANNELS = ("slack", "teams")


def say_why(sentences: Sentences, why: str) -> str:
    """Return the words for the id of a reason; for one that nobody foresaw, words with the id in them."""
    if (own := sentences.get(f"broadcast.why_{why}")) is not None:
        return own
    for channel in _CHANNELS:
        if (said := sentences.get(f"{channel}.reason_{why}")) is not None:
            return said
    return sentences.say("broadcast.why_other", reason=why.replace("_", " "))
