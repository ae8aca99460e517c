"""The rule layer that reads every message before any model does; its rules are content (toolkit_content/safety)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from bot.content.schema import SafetyRule, Tier

# The gravest first: a message that is two things is answered as the graver.
_GRAVEST_FIRST: tuple[Tier, ...] = ("crisis_immediate", "crisis_gentle", "safety_concern")


@dataclass(frozen=True)
class SafetyNet:
    """All safety rules, compiled. It errs towards finding something: a signpost too many costs little."""

    rules: tuple[SafetyRule, ...]

    @cached_property
    def _compiled(self) -> list[tuple[Tier, re.Pattern[str], re.Pattern[str] | None]]:
        ordered = sorted(self.rules, key=lambda rule: _GRAVEST_FIRST.index(rule.tier))
        return [
            (rule.tier, _any_of(p.match for p in rule.patterns), _any_of(p.match for p in rule.unless) if rule.unless else None)
            for rule in ordered
        ]

    def tier_of(self, text: str) -> Tier | None:
        """Return the gravest tier whose wording `text` holds once what `unless` explains is taken out, or none."""
        plain = " ".join(text.replace("\u2019", "'").split())
        for tier, wording, explained in self._compiled:
            if wording.search(explained.sub(" ", plain) if explained else plain):
                return tier
        return None


def _any_of(expressions: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{expression})" for expression in expressions), re.IGNORECASE)
