"""What the coach answers where others read along: the same for everyone, and what is somebody's own to them alone."""

from __future__ import annotations

import random
import re

from bot.bootstrap import Product
from bot.content.signposts import safety_replies
from bot.services.lobby import FIRST_ANSWERS
from bot.understanding.first_questions import first_questions
from bot.understanding.posts import understand_post

# The questions whose answers are the same for everybody and fit where consent is not at stake.
_FOR_ALL = frozenset({"about", "who_sees", "evidence"})
# What a forum's lead asks for, so that everybody has something to think on.
_ASKS_FOR_QUESTION = re.compile(
    r"\W*(?:(?:please|can (?:we|you)|could (?:we|you)|may we|have|give us|ask us|we(?:'d| would) like|an?|another|the|next|one|new)\s+)*"
    r"(?:question|reflection|reflect|something to (?:think|talk) (?:on|about))(?:\s+(?:for|to|with)\s+(?:\w+\s*){1,3})?(?:\s+please)?\W*",
    re.I,
)
# Whoever asks so has had today's.
_ASKS_ANEW = re.compile(r"\b(?:another|next|new)\b", re.I)
# What is nobody's own: a greeting, or thanks for what was answered.
_PLEASANTRY = re.compile(
    r"\W*(?:hi|hello|hey|hiya|(?:good )?(?:morning|afternoon|evening)|(?:many )?thanks|thank you|thx|cheers|ok(?:ay)?|test(?:ing)?)"
    r"(?:\W+(?:all|everyone|everybody|coach|there|again|so much|a lot))*\W*",
    re.I,
)


def answer_in_public(product: Product, channel: str, words: str) -> tuple[str, bool]:
    """Return what is answered to a mention on this channel, and whether everybody may read it; nothing of it is kept."""
    sentences, now = product.toolkit.sentences, product.clock.now()
    if tier := product.net.tier_of(words):
        return safety_replies(product.toolkit, tier, now, understand_post(words))[0].text, False
    if _ASKS_FOR_QUESTION.fullmatch(words):
        prompts = list(product.toolkit.prompts.values())
        further = random.randrange(1, len(prompts)) if _ASKS_ANEW.search(words) and len(prompts) > 1 else 0
        return sentences.say(f"{channel}.mention_question", question=prompts[(now.toordinal() + further) % len(prompts)].text), True
    if _PLEASANTRY.fullmatch(words):
        return sentences[f"{channel}.mention_here"], True
    asked, says_more = first_questions(words)
    if says_more:
        return sentences[f"{channel}.mention_privately"], False
    smallest = product.settings.file.dashboard.smallest_group
    said = [sentences.say(FIRST_ANSWERS[question], smallest=smallest) for question in asked if question in _FOR_ALL]
    if not said or "about" in asked:
        said.append(sentences[f"{channel}.mention_here"])
    return "\n".join(said), True
