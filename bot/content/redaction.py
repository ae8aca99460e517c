"""Finding what points to one person, so that it can be taken out before anything is stored, logged or sent on.

What counts as an identifier is content (toolkit_content/identifiers). Two sorts are told apart: what points to a patient
makes the coach stop and ask for another wording; a colleague's name is taken out as quietly as possible, because the
conversation about them is what the coach is for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from nhs_number.validate import is_valid

from bot.content.schema import Identifier, IdentifierPattern

# A date this long ago is more likely somebody's birth than a meeting, in years; a baby's only when one is spoken of.
LONG_AGO = 16


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

    def redact(self, text: str, today: date) -> Redacted:
        """Return `text` with a placeholder for every identifier; `today` tells a date of birth from that of a meeting."""
        found: list[tuple[int, int, Identifier]] = []
        for identifier, finders in self._finders:
            for start, end in (span for finder in finders for span in finder.spans(text, today)):
                if all(end <= other_start or start >= other_end for other_start, other_end, _ in found):
                    found.append((start, end, identifier))
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
        return [(identifier, [_Finder(pattern) for pattern in identifier.patterns]) for identifier in ordered]


class _Finder:
    """One pattern with the conditions under which it counts."""

    def __init__(self, pattern: IdentifierPattern) -> None:
        flags = re.IGNORECASE if pattern.ignore_case else 0
        self._match = re.compile(pattern.match, flags)
        self._anywhere = re.compile(pattern.anywhere, re.IGNORECASE) if pattern.anywhere else None
        self._near = re.compile(pattern.near, re.IGNORECASE) if pattern.near else None
        self._not_after = re.compile(rf"(?:{pattern.not_after})\W*$", re.IGNORECASE) if pattern.not_after else None
        self._not_before = re.compile(rf"\W*(?:{pattern.not_before})", re.IGNORECASE) if pattern.not_before else None
        self._reach = pattern.reach
        self._is_right = CHECKS[pattern.check] if pattern.check else None

    def spans(self, text: str, today: date) -> Iterable[tuple[int, int]]:
        if self._anywhere and not self._anywhere.search(text):
            return
        for match in self._match.finditer(text):
            start, end = match.span("id") if "id" in match.groupdict() else match.span()
            before, after = text[:start], text[end:]
            if self._near and not self._near.search(f"{before[-self._reach :]} {after[: self._reach]}"):
                continue
            if (self._not_after and self._not_after.search(before)) or (self._not_before and self._not_before.match(after)):
                continue
            if self._is_right and not self._is_right(text[start:end], today):
                continue
            yield start, end


def _is_nhs_number(text: str, _today: date) -> bool:
    return bool(is_valid(re.sub(r"\D", "", text)))


def _is_long_ago(text: str, today: date) -> bool:
    years = re.findall(r"(?:19|20)\d\d", text)
    return bool(years) and today.year - int(years[-1]) >= LONG_AGO


CHECKS: Mapping[str, Callable[[str, date], bool]] = {"nhs_number": _is_nhs_number, "long_ago": _is_long_ago}
