"""The rule layer that reads every message before any model does; its rules are content (toolkit_content/safety)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from bot.content.redaction import PLACEHOLDER, expand, words_in
from bot.content.schema import SafetyRule, Tier

# The gravest first: a message that is two things is answered as the graver.
_GRAVEST_FIRST: tuple[Tier, ...] = ("crisis_immediate", "crisis_gentle", "safety_concern")

# The rules are written in full and without apostrophes ("I am", "do not"), and so is what they read. On a phone the
# apostrophe is left out as often as not, so short forms are known without it; "ill" and "id" only before what shows them to be some.
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u00b4\u0060"), "'")
_VERBS = ("is", "was", "are", "were", "has", "have", "had", "do", "does", "did", "would", "should", "could", "must", "need")
_SUBJECTS = ("it", "he", "she", "that", "there", "what", "who", "everything", "everyone", "everybody", "nobody", "nothing")
_IN_FULL = {
    **{f"{verb}nt": f"{verb} not" for verb in _VERBS},
    **{f"{subject}s": f"{subject} is" for subject in _SUBJECTS},
    **{"cant": "can not", "cannot": "can not", "wont": "will not", "shant": "shall not", "gonna": "going to", "wanna": "want to"},
    **{"im": "i am", "ive": "i have", "weve": "we have", "theyve": "they have", "youre": "you are", "theyre": "they are"},
    **{"ill": "i will", "id": "i would", "itll": "it will", "thatll": "that will", "theyll": "they will", "theyd": "they would"},
}
_ENDINGS = {"m": " am", "ve": " have", "ll": " will", "re": " are", "d": " would"}
_SHORT = re.compile(
    rf"\b(?:[a-z]+'[a-z]+|(?:{'|'.join(sorted(_IN_FULL.keys() - {'ill', 'id'}))})\b"
    r"|ill(?= (?:be|do|have|just|never|not|kill|end|take|hang|jump|go)\b)|id(?= (?:be|have|just|like|never|rather|sooner)\b))"
)


@dataclass(frozen=True)
class SafetyNet:
    """All safety rules, compiled. It errs towards finding something: a signpost too many costs little."""

    rules: tuple[SafetyRule, ...]

    def __post_init__(self) -> None:
        # A pattern that cannot be used is found at the start, not at the first message.
        _ = self._compiled

    @cached_property
    def _compiled(self) -> list[tuple[Tier, re.Pattern[str], re.Pattern[str] | None]]:
        words = words_in(pattern for rule in self.rules for pattern in rule.patterns)

        def any_of(expressions: Iterable[str]) -> re.Pattern[str]:
            return re.compile("|".join(f"(?:{expand(expression, words)})" for expression in expressions))

        return [
            (
                rule.tier,
                any_of(pattern.match for pattern in rule.patterns if not words_in([pattern])),
                any_of(pattern.match for pattern in rule.unless) if rule.unless else None,
            )
            for rule in sorted(self.rules, key=lambda rule: _GRAVEST_FIRST.index(rule.tier))
        ]

    def tier_of(self, text: str) -> Tier | None:
        """Return the gravest tier whose wording `text` holds once what `unless` explains is taken out, or none."""
        plain = in_full(text)
        for tier, wording, explained in self._compiled:
            if wording.search(explained.sub(" ", plain) if explained else plain):
                return tier
        return None


def in_full(text: str) -> str:
    """Return `text` as the rules are written: small letters, short forms in full, single spaces, "patient" for "[patient name]"."""
    named = PLACEHOLDER.sub(lambda found: found[1].removesuffix(" name"), text)
    return " ".join(_SHORT.sub(_long_form, named.translate(_APOSTROPHES).lower()).replace("'", "").split())


def _long_form(found: re.Match[str]) -> str:
    word = found[0]
    if (full := _IN_FULL.get(word.replace("'", ""))) is not None:
        return full
    stem, _, ending = word.partition("'")
    if stem.endswith("n") and ending == "t":
        return f"{stem[:-1]} not"
    if stem == "od" and ending != "s":
        return "overdosed"
    # Left over is the "s" of a possessive, which no rule asks for.
    return stem + _ENDINGS.get(ending, "" if ending == "s" else ending)
