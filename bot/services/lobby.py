"""First contact: what is said before a person has agreed that anything is kept. All of it lives in memory only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from bot.content.signposts import safety_replies
from bot.content.toolkit import Toolkit
from bot.domain.messages import Offered, Reply, Said
from bot.understanding.first_questions import first_questions
from bot.understanding.posts import understand_post
from bot.understanding.replies import match_choice
from bot.understanding.safety import SafetyNet
from bot.understanding.words import clean
from bot.yaml_files import FileError

# The version of the consent text; people who agreed to an earlier one are asked again.
CONSENT_VERSION = 1
# What the text of each version was, by a part of its hash: changed words with an old version would be agreed to by nobody.
CONSENT_TEXTS = {1: "b2cfccac7e8e7b4a"}
# The sentences that people agree to.
_AGREED_TO = ("conversation.welcome", "aside.who_sees", "choice.agree", "choice.decline")
AGREE, DECLINE = "consent.yes", "consent.no"
# What answers a question that is asked before consent.
FIRST_ANSWERS = {
    "about": "conversation.about",
    "who_sees": "aside.who_sees",
    "if_yes": "conversation.if_yes",
    "if_no": "conversation.if_no",
    "evidence": "evidence.coaching",
}
# A yes and nothing else: "ok, who sees this" is a question, not consent.
_YES = re.compile(
    r"\W*(?:(?:yes|yep|yeah|yup|ok|okay|sure|fine|go ahead|agreed?|i agree|i consent|happy to|please do|please|thanks|thank you|"
    r"that'?s (?:fine|ok)|of course|go on|then|you may|y)\W*){1,4}",
    re.I,
)
_NO = re.compile(r"^\W*(?:no|nope|nah|don'?t|do not|not now|never|stop|n)\b", re.I)


def consent_digest(toolkit: Toolkit) -> str:
    """Return a part of the hash of what people agree to."""
    return hashlib.sha256("\n".join(toolkit.sentences[key] for key in _AGREED_TO).encode()).hexdigest()[:16]


def check_consent(toolkit: Toolkit) -> None:
    """Raise FileError when what people agree to is not the text of this version."""
    found = consent_digest(toolkit)
    if found != CONSENT_TEXTS[CONSENT_VERSION]:
        what = f"the consent text is not that of version {CONSENT_VERSION}"
        remedy = (
            f"Add version {CONSENT_VERSION + 1} with '{found}' to CONSENT_TEXTS in bot/services/lobby.py, so that everybody is asked "
            "again, or put the text back"
        )
        raise FileError([toolkit.documents["sentence", _AGREED_TO[0]].problem([], what, remedy)])


@dataclass
class Visit:
    """One person's stay in the lobby: what was shown, and the words that wait for a yes."""

    shown: list[Offered] = field(default_factory=list)
    held: list[Said] = field(default_factory=list)
    until: datetime | None = None

    @property
    def is_asked(self) -> bool:
        """Whether consent is what they were asked for last."""
        return bool(self.shown and self.shown[-1].choices)


class Lobby:
    """Greets people who have not agreed yet. Ids of its messages are negative, so that they come before any kept one."""

    def __init__(self, toolkit: Toolkit, net: SafetyNet, hold: timedelta, smallest: int) -> None:
        self._toolkit, self._net, self._hold, self._smallest = toolkit, net, hold, smallest
        self._visits: dict[str, Visit] = {}
        self._closed: set[str] = set()
        self._ids = count(-1_000_000_000)

    def labels(self) -> tuple[str, str]:
        """Return the two choices: to agree and to decline."""
        return self._toolkit.sentences["choice.agree"], self._toolkit.sentences["choice.decline"]

    def question(self) -> Offered:
        """Return what everybody is asked first."""
        return Offered(0, self._say("conversation.welcome"), tuple(zip(self.labels(), (AGREE, DECLINE), strict=True)))

    def shown_to(self, person_id: str, now: datetime) -> list[Offered]:
        """Return everything shown so far, greeting first."""
        visit = self._visit(person_id, now)
        if not visit.shown and person_id not in self._closed:
            self._ask(visit, "conversation.welcome")
        return list(visit.shown)

    def guests_with_words(self) -> list[str]:
        """Return whose words wait here for a yes."""
        return [person_id for person_id, visit in self._visits.items() if visit.held]

    def has_guest(self, person_id: str) -> bool:
        """Return whether this process has anything to show to this person, or holds their words."""
        return person_id in self._visits

    @contextmanager
    def closed_to(self, person_id: str) -> Iterator[None]:
        """Greet this person only afterwards: who has everything deleted is told that first, and is a stranger from then on."""
        self._closed.add(person_id)
        try:
            yield
        finally:
            self._closed.discard(person_id)

    def hear(self, person_id: str, said: Said, now: datetime, toolkit: Toolkit | None = None) -> bool | None:
        """Take one message in. Return true when it agrees, false when it declines, none when it does neither.

        Danger to life is answered whatever was agreed, with the lines of `toolkit`, the person's programme's own.
        """
        visit = self._visit(person_id, now)
        text = clean(said.text or "")
        was_asked = visit.is_asked
        if text and (tier := self._net.tier_of(text)) is not None:
            for reply in safety_replies(toolkit or self._toolkit, tier, now, understand_post(text)):
                self._show(visit, reply.text)
            # Nothing else in that turn: whether anything is kept is asked with the next message.
            return None
        asked, says_more = first_questions(text)
        answer = None if asked else self._answer_in(said, text)
        # Words agree only to what was asked: "ok" after "everything is deleted" is no consent. A choice is shown with its question.
        if answer is not None and (was_asked or said.choice is not None):
            return answer
        if not was_asked:
            self._ask(visit, "conversation.welcome")
        for question in asked:
            self._show(visit, self._say(FIRST_ANSWERS[question]))
        if says_more and answer is None:
            self._hold_back(visit, said, now)
        elif asked:
            self._ask(visit, "conversation.may_i")
        elif was_asked:
            self._ask(visit, "conversation.welcome_again")
        return None

    def decline(self, person_id: str, now: datetime) -> None:
        """Forget what was held and say so."""
        self._visits.pop(person_id, None)
        self._show(self._visit(person_id, now), self._say("conversation.declined"))

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

    def ask(self, person_id: str, now: datetime) -> None:
        """Say what the coach is, and ask whether the conversation may be kept."""
        self._ask(self._visit(person_id, now), "conversation.welcome")

    def _answer_in(self, said: Said, text: str) -> bool | None:
        if said.choice is not None:
            return {AGREE: True, DECLINE: False}.get(said.choice)
        index = match_choice(text, self.labels())
        if index is not None:
            return index == 0
        if len(text.split()) > 6:
            return None
        return True if _YES.fullmatch(text) else False if _NO.match(text) else None

    def _hold_back(self, visit: Visit, said: Said, now: datetime) -> None:
        """Hold words that wait for a yes, and say so; at length only the first time."""
        key = "conversation.welcome_held_too" if visit.held else "conversation.welcome_held"
        visit.held.append(said)
        visit.until = now + self._hold
        self._ask(visit, key)

    def _visit(self, person_id: str, now: datetime) -> Visit:
        self.forget_old(now)
        return self._visits.setdefault(person_id, Visit())

    def _say(self, key: str) -> str:
        return self._toolkit.sentences.say(key, smallest=self._smallest, minutes=int(self._hold.total_seconds() // 60))

    def _ask(self, visit: Visit, key: str) -> None:
        """Show a sentence with the two choices under it."""
        self._show(visit, self._say(key), tuple(zip(self.labels(), (AGREE, DECLINE), strict=True)))

    def _show(self, visit: Visit, text: str, choices: tuple[tuple[str, str], ...] = ()) -> None:
        visit.shown.append(Offered(next(self._ids), text, choices))
