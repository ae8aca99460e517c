"""Plans that would hurt somebody, and what each is likely to cost whoever carries it out."""

from __future__ import annotations

import re
from enum import StrEnum


class Cost(StrEnum):
    """What a plan is likely to cost its writer: by its value, a sentence of the group `plan`."""

    ANGER = "plan.costs_anger"
    PUBLIC = "plan.costs_public"
    PAYBACK = "plan.costs_payback"
    HIDDEN = "plan.costs_hidden"


_THEM = r"(?:her|him|them)"
_THEIR = r"(?:her|his|their)"
_SOMEBODY = rf"(?:{_THEM}|(?:the|my|our|that|this|each|every) (?:\w+ ){{0,2}}\w+)"
# What the writer will do, not what is done to them, and not what they mean to leave undone.
_I_WILL = (
    r"\b(?:i(?:'ll| will| shall|'m going to| am going to| plan to| intend to|'m gonna)?|then|and)"
    r"(?: (?:just|then|simply|finally|also|really|publicly|openly|loudly|first))*"
)
_CROWD = (
    r"(?:ward|team|staff|everyone|everybody|nurses|juniors|trainees|patients|relatives|colleagues|consultants|theatre|department|"
    r"others?|them all|others)"
)
_TO_ALL = r"\b(?:copying|copied|cc(?:'?d|ing)?)(?: in)? (?:everyone|everybody|the (?:whole|entire))\b"
_BEFORE_OTHERS = (
    rf"\b(?:in front of (?:the |her |his |their |my |our |all |every)?(?:whole )?(?:\w+ )?{_CROWD}|"
    r"(?:copying|copied|cc(?:'?d|ing)?)(?: in)? (?:everyone|everybody|the (?:whole|entire)))\b"
)
_COSTS = {
    Cost.ANGER: rf"{_I_WILL} (?:shout|scream|yell|bellow|swear at|lose it|lose my (?:temper|rag)|blow up at|go mad at|let rip|"
    rf"(?:raise my voice and )?let {_THEM} have it|tear strips off|(?:rip|tear|lay) into|have a go at {_THEM}|bawl|threaten|"
    rf"(?:slap|punch|hit|thump|kick|shove|push) {_THEM}|throw (?:something|things) at)\b",
    Cost.PUBLIC: rf"{_I_WILL} (?:(?:humiliate|shame|embarrass|ridicule|mock|name and shame|belittle) {_SOMEBODY}|show {_THEM} up|"
    rf"make (?:an example (?:of|out of)|a fool of) {_SOMEBODY}|make {_SOMEBODY} look (?:stupid|small|a fool))\b|"
    rf"{_I_WILL} (?:tell|dress|challenge|confront|correct|pull|call|have it out with|let|tell off|read)\b.{{0,60}}{_BEFORE_OTHERS}|"
    rf"{_I_WILL} (?:ask|say)\b.{{0,60}}\bin front of (?:everyone|everybody|the (?:whole )?(?:ward|team|juniors|nurses|patients))\b|"
    rf"{_I_WILL} (?:reply|email|write|send|copy)\b.{{0,60}}{_TO_ALL}",
    Cost.PAYBACK: rf"{_I_WILL} (?:get (?:my own|{_THEM}) back|make {_SOMEBODY} (?:pay|regret|suffer)|"
    rf"make {_THEIR} life (?:hell|a misery|difficult|impossible)|"
    rf"(?:cancel|block|refuse) (?:all )?{_THEIR} (?:leave|study leave|annual leave|promotion|application|reference|lists?|clinics?)|"
    rf"give {_THEM} (?:all )?the (?:worst|bad|night|weekend)|freeze {_THEM} out|(?:just )?ignore {_THEM} (?:until|till|for|from)|"
    rf"stop (?:talking|speaking) to {_THEM}|spread (?:it|rumours|the word that)|bad-?mouth|sabotage)\b",
    Cost.HIDDEN: rf"{_I_WILL} (?:secretly|covertly) \w+|{_I_WILL} record {_SOMEBODY}.{{0,30}}\b(?:secretly|without)\b|"
    rf"{_I_WILL} record (?:it|the \w+) (?:secretly|without)\b|"
    rf"{_I_WILL} (?:go through {_THEIR} (?:emails?|desk|phone|messages|drawers?)|log ?(?:in|on) as {_SOMEBODY}|leak|"
    r"tip off the (?:press|papers?)|go to the (?:press|papers?))\b",
}
_PATTERNS = {cost: re.compile(pattern, re.I) for cost, pattern in _COSTS.items()}


def cost_of_plan(words: str) -> Cost | None:
    """Return what a plan that would hurt somebody is likely to cost its writer; none for any other plan."""
    said = " ".join(words.replace("\u2019", "'").split())
    return next((cost for cost, pattern in _PATTERNS.items() if pattern.search(said)), None)
