"""Which post somebody says that they hold: "I'm the matron", "as the GM here"."""

from __future__ import annotations

import re

from bot.domain.posts import Post

# In this order: "ward manager" before "manager".
_POSTS = {
    Post.NURSE_LEAD: (
        r"matron|(?:lead|chief|senior|specialist) nurse|nurse[- ](?:lead|manager|consultant|specialist)|nursing lead|"
        r"ward (?:sister|manager)|"
        r"sister|charge nurse|head of (?:nursing|midwifery)|(?:deputy |associate )?director of (?:nursing|midwifery)|nurse|midwife"
    ),
    Post.MANAGER: (
        r"(?:deputy |assistant )?(?:general|service|operations?|operational|business|directorate|divisional|divisional operations) manager|"
        r"a?gm|manager|head of operations|(?:deputy )?director of operations"
    ),
    Post.DIRECTOR: (
        r"(?:associate |deputy )?(?:clinical )?director|clinical lead|cd|"
        r"(?:associate |deputy )?medical director|consultant|surgeon|doctor|medic|"
        r"anaesthetist|psychiatrist|radiologist|physician|paediatrician|pathologist|cardiologist"
    ),
}
_ADVERB = r"(?:(?:actually|just|only|also|currently)\s+)*"
# A word or two of what they lead may stand between: "the cardiology matron", "a band 8 ward manager"; "I'm seeing the matron" is no such.
_MODIFIER = r"(?:(?!(?:\w+ing|one|who|the|and|or|not|same|only|wrong|worst|best|good|bad)\b)[\w&'-]+\s+)"
_ARTICLE = rf"(?:(?:an?|the|your|our|their|this)\s+{_MODIFIER}{{0,3}}?)"
_I_AM = rf"(?:\bi(?:'?m| am)|\byou(?:'re| are) (?:talking|speaking|writing) to)\s+{_ADVERB}(?:{_ARTICLE}|(?:acting|interim)\s+)?"
_AS = rf"(?:(?:^|[,.;:?(-]\s*)as|\bspeaking as)\s+{_ARTICLE}"
# "As the GM said" and "I'm the GM's deputy" are about somebody else.
_OTHERS = r"(?!['\u2019]s\b|\w|-)(?!\s+(?:said|says|sees|saw|puts?|tells|told|knows|wants|asked|does|did|has|had|will|would|is|was)\b)"
_SAID = {post: re.compile(rf"(?:{_I_AM}|{_AS})(?:{words}){_OTHERS}|^\W*(?:{words}) here\b", re.I) for post, words in _POSTS.items()}
# What may stand around it when nothing else is said.
_AROUND = (
    r"(?:by the way|btw|actually|no|sorry|hi|hello|hey|just so you know|but|well|oh|also|here|though|fyi|"
    r"(?:i'?m )?not (?:an?|the|your) [\w ]{2,30}|(?:in|for|of|on|at) (?:(?!and\b|who\b|but\b)[\w&']+ ?){1,4})"
)
_ONLY = {post: re.compile(rf"\W*(?:{_AROUND}\W+)*{_I_AM}(?:{words}){_OTHERS}(?:\W+{_AROUND})*\W*", re.I) for post, words in _POSTS.items()}
_NONE_OF = re.compile(
    rf"\W*(?:{_AROUND}\W+)*\bi(?:'?m| am) not (?:an?|the|your)\s+{_MODIFIER}{{0,2}}?(?:{'|'.join(_POSTS.values())})\W*", re.I
)


def understand_post(text: str) -> Post | None:
    """Return the post that a message says its writer holds; none when it says none, or two."""
    said = text.replace("\u2019", "'")
    named = [(found.start(), post) for post, pattern in _SAID.items() if (found := pattern.search(said)) is not None]
    # "Ward manager" is a nurse's post although "manager" stands in it: of two at one place the first in the list is meant.
    return min(named, key=lambda each: each[0])[1] if named else None


def is_only_post(text: str) -> bool:
    """Return whether a message says nothing but which post its writer holds, or that it is none of those."""
    said = text.replace("\u2019", "'")
    if _NONE_OF.fullmatch(said):
        return True
    return understand_post(said) is not None and any(pattern.fullmatch(said) for pattern in _ONLY.values())
