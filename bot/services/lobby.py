"""First contact: what is said before a person has agreed that anything is kept. All of it lives in memory only."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from bot.content.signposts import safety_replies
from bot.content.toolkit import Toolkit
from bot.domain.messages import Offered, Reply, Said
from bot.understanding.replies import match_choice
from bot.understanding.safety import SafetyNet
from bot.understanding.words import clean, has_words

# The version of the consent text; people who agreed to an earlier one are asked again.
CONSENT_VERSION = 1
AGREE, DECLINE = "consent.yes", "consent.no"
# A yes and nothing else: "ok, who sees this" is a question, not consent.
_YES = re.compile(
    r"\W*(?:(?:yes|yep|yeah|yup|ok|okay|sure|fine|go ahead|agreed?|i agree|i consent|happy to|please do|please|thanks|thank you|"
    r"that'?s (?:fine|ok)|of course|go on|then|you may|y)\W*){1,4}",
    re.I,
)
_NO = re.compile(r"^\W*(?:no|nope|nah|don'?t|do not|not now|never|stop|n)\b", re.I)


@dataclass
class Visit:
    """One person's stay in the lobby: what was shown, and the words that wait for a yes."""

    shown: list[Offered] = field(default_factory=list)
    held: list[Said] = field(default_factory=list)
    until: datetime | None = None


class Lobby:
    """Greets people who have not agreed yet. Ids of its messages are negative, so that they come before any kept one."""

    def __init__(self, toolkit: Toolkit, net: SafetyNet, hold: timedelta, smallest: int) -> None:
        self._toolkit, self._net, self._hold, self._smallest = toolkit, net, hold, smallest
        self._visits: dict[str, Visit] = {}
        self._ids = count(-1_000_000_000)

    def welcome(self) -> str:
        return self._toolkit.sentences.say("conversation.welcome", smallest=self._smallest)

    def labels(self) -> tuple[str, str]:
        """Return the two choices: to agree and to decline."""
        return self._toolkit.sentences["choice.agree"], self._toolkit.sentences["choice.decline"]

    def shown_to(self, person_id: str, now: datetime) -> list[Offered]:
        """Return everything shown so far, greeting first."""
        visit = self._visit(person_id, now)
        if not visit.shown:
            self._show(visit, self.welcome(), is_asking=True)
        return list(visit.shown)

    def hear(self, person_id: str, said: Said, now: datetime, toolkit: Toolkit | None = None) -> bool | None:
        """Take one message in. Return true when it agrees, false when it declines, none when it does neither.

        Danger to life is answered whatever was agreed, with the lines of `toolkit`, the person's programme's own.
        """
        visit = self._visit(person_id, now)
        text = clean(said.text or "")
        if not visit.shown:
            self._show(visit, self.welcome(), is_asking=True)
        tier = self._net.tier_of(text) if text else None
        if tier is not None:
            for reply in safety_replies(toolkit or self._toolkit, tier, now):
                self._show(visit, reply.text)
            return None
        answer = self._answer_in(said, text)
        if answer is not None:
            return answer
        if has_words(text):
            visit.held.append(said)
            visit.until = now + self._hold
            self._show(
                visit,
                self._toolkit.sentences.say("conversation.welcome_held", minutes=int(self._hold.total_seconds() // 60)),
                is_asking=True,
            )
        else:
            self._show(visit, self._toolkit.sentences.say("conversation.welcome_again"), is_asking=True)
        return None

    def decline(self, person_id: str, now: datetime) -> None:
        """Forget what was held and say so."""
        self._visits.pop(person_id, None)
        self._show(self._visit(person_id, now), self._toolkit.sentences.say("conversation.declined"))

    def leave(self, person_id: str, now: datetime) -> list[Said]:
        """End a person's stay once they agreed; return the messages that waited, when they are not too old."""
        visit = self._visits.pop(person_id, None)
        return visit.held if visit and visit.until and visit.until > now else []

    def forget_old(self, now: datetime) -> None:
        """Forget all words that have waited too long, whoever wrote them."""
        for visit in self._visits.values():
            if visit.until and visit.until <= now:
                visit.held, visit.until = [], None

    def say(self, person_id: str, replies: list[Reply], now: datetime) -> None:
        """Show something that is not kept."""
        visit = self._visit(person_id, now)
        for reply in replies:
            self._show(visit, reply.text)

    def _answer_in(self, said: Said, text: str) -> bool | None:
        if said.choice is not None:
            return {AGREE: True, DECLINE: False}.get(said.choice)
        index = match_choice(text, self.labels())
        if index is not None:
            return index == 0
        if len(text.split()) > 6:
            return None
        return True if _YES.fullmatch(text) else False if _NO.match(text) else None

    def _visit(self, person_id: str, now: datetime) -> Visit:
        self.forget_old(now)
        return self._visits.setdefault(person_id, Visit())

    def _show(self, visit: Visit, text: str, *, is_asking: bool = False) -> None:
        visit.shown.append(Offered(next(self._ids), text, tuple(zip(self.labels(), (AGREE, DECLINE), strict=True)) if is_asking else ()))
