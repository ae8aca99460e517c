"""Finding what points to one person, so that it can be taken out before anything is stored, logged or sent on.

What counts as an identifier is content (toolkit_content/identifiers). Two sorts are told apart: what points to a patient
makes the coach stop and ask for another wording; a colleague's name is taken out as quietly as possible, because the
conversation about them is what the coach is for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from nhs_number.validate import is_valid

from bot.content.schema import Identifier, IdentifierPattern, SafetyPattern

# A date this long ago is more likely somebody's birth than a meeting, in years; a baby's only when one is spoken of.
LONG_AGO = 16
# How far `not_after` and `not_before` look, in characters: a few words.
_BESIDE = 80
# What stands in a text for something that was taken out.
PLACEHOLDER = re.compile(r"\[((?:\w+ )*\w+)\]")
# A pattern that is nothing but a named group is a list of words, which others name in braces.
_WORDS = re.compile(r"\(\?P<(?!id>|kept>)(\w+)>.*\)", re.DOTALL)
_IN_BRACES = re.compile(r"\{([a-z_]+)\}")
# The last word of a name, if it has a capital: the surname, by which somebody may be called again in the same message.
_SURNAME = re.compile(r"[^\W\d_a-z][\w'\u2019\-]{3,}$")


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without identifiers, and the ids of the kinds that were taken out, in the order in which they stood."""

    text: str
    kinds: tuple[str, ...] = ()
    points_to_patient: bool = False


@dataclass(frozen=True)
class Redactor:
    """All identifiers, compiled."""

    identifiers: tuple[Identifier, ...]

    def __post_init__(self) -> None:
        # A pattern that cannot be used is found at the start, not at the first message.
        _ = self._finders

    def redact(self, text: str, today: date) -> Redacted:
        """Return `text` with a placeholder for every identifier; `today` tells a date of birth from that of a meeting."""
        taken = bytearray(len(text))
        found: list[tuple[int, int, Identifier]] = []
        known: dict[re.Pattern[str], bool] = {}
        for identifier, finders in self._finders:
            for finder in finders:
                for start, end in finder.spans(text, today, known):
                    if taken.find(1, start, end) >= 0:
                        continue
                    taken[start:end] = b"\1" * (end - start)
                    if not finder.keeps:
                        found.append((start, end, identifier))
        found += _said_again(text, found, taken)
        found.sort(key=lambda each: each[0])
        parts, last = [], 0
        for start, end, identifier in found:
            # Named by its kind, so that the sentence can still be read.
            parts += [text[last:start], f"[{identifier.id.replace('_', ' ')}]"]
            last = end
        kinds = tuple(dict.fromkeys(identifier.id for _, _, identifier in found))
        return Redacted("".join([*parts, text[last:]]), kinds, any(identifier.of == "patient" for _, _, identifier in found))

    @cached_property
    def _finders(self) -> list[tuple[Identifier, list[_Finder]]]:
        ordered = sorted(self.identifiers, key=lambda each: each.order)
        words = words_in(pattern for identifier in ordered for pattern in identifier.patterns)
        return [
            (identifier, [_Finder(pattern, words) for pattern in identifier.patterns if not words_in([pattern])]) for identifier in ordered
        ]


def words_in(patterns: Iterable[SafetyPattern]) -> dict[str, str]:
    """Return the lists of words among `patterns`, by name: `(?P<bed>bed|cot)` is what `{bed}` stands for in any other pattern."""
    lists = ((found[1], pattern.match) for pattern in patterns if (found := _WORDS.fullmatch(pattern.match)))
    return {name: f"(?:{match.removeprefix(f'(?P<{name}>')}" for name, match in lists}


def expand(expression: str, words: Mapping[str, str]) -> str:
    """Return `expression` on one line, with the lists that it names in braces; raises ValueError for one that does not exist."""

    def listed(found: re.Match[str]) -> str:
        if found[1] not in words:
            raise ValueError(f"no list of words is called '{found[1]}'; there are {', '.join(sorted(words))}")
        return expand(words[found[1]], words)

    return _IN_BRACES.sub(listed, re.sub(r"\s*\n\s*", "", expression))


class _Finder:
    """One pattern with the conditions under which it counts."""

    def __init__(self, pattern: IdentifierPattern, words: Mapping[str, str]) -> None:
        def compiled(expression: str | None, flags: int = re.IGNORECASE) -> re.Pattern[str] | None:
            return re.compile(expand(expression, words), flags) if expression else None

        self._match = re.compile(expand(pattern.match, words), re.IGNORECASE if pattern.ignore_case else 0)
        self._anywhere = compiled(pattern.anywhere)
        self._near = compiled(pattern.near)
        self._not_after = compiled(rf"(?:{pattern.not_after})\W*$" if pattern.not_after else None)
        self._not_before = compiled(rf"\W*(?:{pattern.not_before})" if pattern.not_before else None)
        self._reach = pattern.reach
        self._is_right = CHECKS[pattern.check] if pattern.check else None
        # The group `kept` marks what looks like an identifier and is none: no later pattern takes it out either.
        self.keeps = "kept" in self._match.groupindex
        self._group = next((name for name in ("id", "kept") if name in self._match.groupindex), 0)

    def spans(self, text: str, today: date, known: dict[re.Pattern[str], bool]) -> Iterator[tuple[int, int]]:
        """Give where the pattern counts in `text`; `known` remembers between patterns what is found anywhere in it."""
        for match in self._match.finditer(text):
            for needed in (self._anywhere, self._near):
                if needed and needed not in known:
                    known[needed] = bool(needed.search(text))
                if needed and not known[needed]:
                    return
            start, end = match.span(self._group)
            if self._near and not self._near.search(f"{_before(text, start, self._reach)} {_after(text, end, self._reach)}"):
                continue
            if self._not_after and self._not_after.search(_before(text, start, _BESIDE)):
                continue
            if self._not_before and self._not_before.match(_after(text, end, _BESIDE)):
                continue
            if self._is_right and not self._is_right(text[start:end], today):
                continue
            yield start, end


def _said_again(text: str, found: list[tuple[int, int, Identifier]], taken: bytearray) -> list[tuple[int, int, Identifier]]:
    """Return where the surname of a name that was found stands again; a word that is also written small or counted is none."""
    names = [(match[0], each[2]) for each in found if each[2].is_name and (match := _SURNAME.search(text, each[0], each[1]))]
    again = []
    for surname, identifier in dict(names).items():
        if re.search(rf"\b{re.escape(surname.lower())}\b|\b{re.escape(surname)} \d", text):
            continue
        for match in re.finditer(rf"\b{re.escape(surname)}\b", text):
            if taken.find(1, *match.span()) < 0:
                again.append((*match.span(), identifier))
    return again


def _before(text: str, start: int, reach: int) -> str:
    """Return the last `reach` characters before `start`, without a word that they would cut in two."""
    cut = text[max(0, start - reach) : start]
    return cut if start <= reach else re.sub(r"^\w+", "", cut)


def _after(text: str, end: int, reach: int) -> str:
    """Return the first `reach` characters after `end`, without a word that they would cut in two."""
    cut = text[end : end + reach]
    return cut if end + reach >= len(text) else re.sub(r"\w+$", "", cut)


def _is_nhs_number(text: str, _today: date) -> bool:
    return bool(is_valid(re.sub(r"\D", "", text)))


def _is_long_ago(text: str, today: date) -> bool:
    years = re.findall(r"(?:19|20)\d\d", text)
    return bool(years) and today.year - int(years[-1]) >= LONG_AGO


CHECKS: Mapping[str, Callable[[str, date], bool]] = {"nhs_number": _is_nhs_number, "long_ago": _is_long_ago}
