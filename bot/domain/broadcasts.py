"""A broadcast: what a forum lead may send, to whom, and which fields its words may hold."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from bot.domain.access import Access, Right, Role
from bot.domain.posts import Post

# The values that words may ask for, each in braces.
FIRST_NAME, FORUM, FORUM_DATE, REPLY_BY = "first_name", "forum", "forum_date", "reply_by"
FIELDS = (FIRST_NAME, FORUM, FORUM_DATE, REPLY_BY)
# In characters: what a phone shows without scrolling for long, and what stands on one button of every channel.
LONGEST_TITLE, LONGEST_TEXT, LONGEST_CHOICE = 80, 1500, 40
FEWEST_CHOICES, MOST_CHOICES = 2, 5


class BroadcastKind(StrEnum):
    """What is sent: the lead's words alone, or with something of the toolkit, or with choices."""

    TEXT = "text"
    SCENARIO = "scenario"
    PROMPT = "prompt"
    SURVEY = "survey"
    POLL = "poll"

    @property
    def has_thing(self) -> bool:
        """Return whether it brings something of the toolkit along."""
        return self in (BroadcastKind.SCENARIO, BroadcastKind.PROMPT, BroadcastKind.SURVEY)

    @property
    def takes_words(self) -> bool:
        """Return whether it is answered in words."""
        return self in (BroadcastKind.TEXT, BroadcastKind.PROMPT)

    @property
    def takes_a_choice(self) -> bool:
        """Return whether it is answered by one of its choices."""
        return self in (BroadcastKind.SURVEY, BroadcastKind.POLL)


class BroadcastState(StrEnum):
    """How far a broadcast is as a whole; how far it is for each person their delivery says."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    CANCELLED = "cancelled"
    TAKEN_BACK = "taken_back"


class Sharing(StrEnum):
    """Whether an answer in words is the writer's alone, or in front of the forum, and how."""

    PRIVATE = "private"
    UNNAMED = "unnamed"
    NAMED = "named"


class Every(StrEnum):
    """How often a series comes back."""

    WEEK = "week"
    FORTNIGHT = "fortnight"
    MONTH = "month"


class Part(StrEnum):
    """What somebody does in a programme besides taking part in it; whoever does nothing besides is a participant."""

    PARTICIPANT = "participant"
    FORUM_LEAD = "forum_lead"
    PROGRAMME_TEAM = "programme_team"
    ADMINISTRATOR = "administrator"

    @property
    def role(self) -> Role | None:
        """Return the role that it takes; none for whoever must have none."""
        return None if self is Part.PARTICIPANT else Role(self.value)


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a broadcast is for: those of a programme who match every list that is not empty."""

    programme: str
    cohorts: frozenset[int] = frozenset()
    trusts: frozenset[str] = frozenset()
    posts: frozenset[Post] = frozenset()
    forums: frozenset[int] = frozenset()
    parts: frozenset[Part] = frozenset()

    @property
    def is_everyone(self) -> bool:
        """Return whether it is the whole programme."""
        return not (self.cohorts or self.trusts or self.posts or self.forums or self.parts)

    def is_within(self, access: Access, right: Right) -> bool:
        """Return whether somebody has a right over all of it: over the programme, or over each of the forums."""
        if access.may(right, self.programme):
            return True
        return bool(self.forums) and all(access.may(right, self.programme, forum) for forum in self.forums)

    def as_json(self) -> dict[str, Any]:
        return {
            "programme": self.programme,
            "cohorts": sorted(self.cohorts),
            "trusts": sorted(self.trusts),
            "posts": sorted(self.posts),
            "forums": sorted(self.forums),
            "parts": sorted(self.parts),
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Audience:
        return cls(
            kept["programme"],
            frozenset(kept["cohorts"]),
            frozenset(kept["trusts"]),
            frozenset(Post(each) for each in kept["posts"]),
            frozenset(kept["forums"]),
            frozenset(Part(each) for each in kept.get("parts", ())),
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that keeps a broadcast from being sent: the field it is about, the id of what is said, and its values."""

    field: str
    says: str
    values: tuple[tuple[str, str], ...] = ()


def faults_in(kind: BroadcastKind, title: str, text: str, choices: Sequence[str], *, has_thing: bool, has_forum: bool) -> Iterator[Fault]:
    """Find what is wrong with what was written."""
    if not title.strip():
        yield Fault("title", "no_title")
    elif len(title) > LONGEST_TITLE:
        yield Fault("title", "long_title", (("longest", str(LONGEST_TITLE)),))
    if not text.strip() and not kind.has_thing:
        yield Fault("text", "no_text")
    if len(text) > LONGEST_TEXT:
        yield Fault("text", "long_text", (("length", str(len(text))), ("longest", str(LONGEST_TEXT))))
    yield from _wrong_fields(text, has_forum=has_forum)
    if kind.has_thing and not has_thing:
        yield Fault("thing", "no_thing")
    if kind is BroadcastKind.POLL:
        yield from _wrong_choices(choices)


def _wrong_fields(text: str, *, has_forum: bool) -> Iterator[Fault]:
    try:
        names = fields_in(text)
    except ValueError:
        yield Fault("text", "lone_brace")
        return
    if unknown := sorted(names - set(FIELDS)):
        yield Fault("text", "unknown_field", (("field", unknown[0]), ("fields", ", ".join(f"{{{name}}}" for name in FIELDS))))
    elif not has_forum and (wanted := sorted(names & {FORUM, FORUM_DATE})):
        yield Fault("text", "field_without_forum", (("field", wanted[0]),))


def _wrong_choices(choices: Sequence[str]) -> Iterator[Fault]:
    if not FEWEST_CHOICES <= len(choices) <= MOST_CHOICES:
        yield Fault("choices", "count_of_choices", (("fewest", str(FEWEST_CHOICES)), ("most", str(MOST_CHOICES))))
    elif len({choice.casefold() for choice in choices}) < len(choices):
        yield Fault("choices", "same_choices")
    elif any(len(choice) > LONGEST_CHOICE for choice in choices):
        yield Fault("choices", "long_choice", (("longest", str(LONGEST_CHOICE)),))


def fields_in(text: str) -> frozenset[str]:
    """Return the names of the fields in words. Raises ValueError for a brace without its partner, or a field without a name."""
    found = set()
    for _, name, spec, conversion in string.Formatter().parse(text):
        if name is None:
            continue
        if not name or spec or conversion:
            raise ValueError("no plain field")
        found.add(name)
    return frozenset(found)


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return words with their fields filled in; only whole names are looked up, so that nothing else can be reached."""
    return "".join(
        literal + (values.get(name, f"{{{name}}}") if name is not None else "") for literal, name, _, _ in string.Formatter().parse(text)
    )


def first_name(name: str) -> str:
    """Return what a colleague calls somebody: the name after a title, or all of it where it begins with an article."""
    words = name.split()
    if words and words[0].rstrip(".").casefold() in _TITLES and len(words) > 1:
        words = words[1:]
    if not words or words[0].casefold() in ("a", "an", "the"):
        return name
    return words[0]


_TITLES = frozenset({"dr", "mr", "mrs", "ms", "miss", "mx", "prof", "professor", "sir", "dame"})
