"""Questions about the coach itself that deserve a straight answer: where the trial is, what it would do, who wrote it."""

from __future__ import annotations

import re

# A longer message asks about the writer's own work.
_LONGEST = 14  # words
_THESE = (
    r"(?:this|that|it|these|those|you|your (?:words|texts?|scenes?|scenarios?|answers?|content|questions?)|"
    r"the (?:scenes?|scenarios?|texts?|content|words))"
)
# "Who made that decision" is about a decision.
_END = r"(?=\W*$|\s+(?:stuff|thing|bot|coach|app|tool|toolkit|content|scenes?|rubbish|nonsense|anyway|then)\b)"
_TRIALS = (
    r"(?:rcts?|randomi[sz]ed(?: controlled)?(?: trials?)?|(?:controlled |clinical )?trials?|p[- ]values?|"
    r"cochrane(?: review)?|control group)"
)
_QUESTIONS = {
    "trial": (
        rf"(?:where(?:'s| is| are)?|is there|are there|was there|were there|show me|got|have you(?: got)?|has there been|any|what|which)\b"
        rf"[\w\s']{{0,25}}\b{_TRIALS}\b",
        rf"^\W*(?:no |an? |the )?{_TRIALS}\W*$",
        rf"\bhas {_THESE} been (?:trialled|tested|evaluated|validated)\b",
    ),
    "view": (
        r"\b(?:which|what)(?: one| of (?:these|them|those)| option)?(?: would| do| should)? (?:you|u) "
        r"(?:do|pick|choose|take|go for|prefer|suggest|recommend|advise|favour|think (?:i should|is best))\b",
        r"\bwhat(?:'s| is) your (?:own )?(?:view|opinion|advice|recommendation|pick|preference|take|favourite)\b",
        r"\b(?:which|what)(?: one| option)?(?:'s| is)(?: the)? (?:best|right|better)(?: one| option| answer)?(?: here| then)?\W*$",
        r"\bif (?:you were me|it were you(?:rs)?|it was you(?:rs)?|you were in my (?:shoes|place|position))\b",
        r"\b(?:just )?tell me (?:which(?: one)?|what) (?:to (?:do|pick|choose|take)|i should)\b",
        r"\b(?:which|what)(?: one| option)? should i (?:do|pick|choose|take|go (?:for|with))\b",
    ),
    "owner": (
        rf"\bwho (?:pays|funds|owns|runs|employs|sponsors|profits from) (?:for )?{_THESE}{_END}",
        rf"\bwho(?:'s| is) (?:paying|funding|running) (?:for )?{_THESE}{_END}",
    ),
    "criticism": (
        r"^\W*(?:you(?:'re| are| r)|this is|that(?:'s| is| was)|it(?:'s| is))"
        r"(?: (?:all|just|really|so|absolutely|completely|totally|such))*(?: an?)? "
        r"(?:\w+ )?(?:useless|rubbish|crap|pointless|stupid|nonsense|bollocks|shit|"
        r"patronising|waste of (?:my )?time|no (?:help|use)|unhelpful|annoying)"
        r"(?: \w+)?\W*$",
    ),
    "author": (
        rf"\bwho(?:'s| has| have)? (?:actually |exactly )?(?:wrote|writes|written|made|makes|built|"
        rf"created|designed|came up with|thought (?:of|up)|invented|programmed) {_THESE}{_END}",
        rf"\bwho(?:'s| is)? (?:behind|responsible for|the author of) {_THESE}{_END}",
        rf"\bwhere (?:does|do|did|is|are) {_THESE} (?:come|comes|came|all come)? ?from\b",
        rf"\b(?:did|does|do) (?:an? )?(?:ai|llm|machine|chatgpt|doctors?|clinicians?) (?:write|wrote|make) {_THESE}{_END}",
    ),
}
_PATTERNS = {name: re.compile("|".join(wordings), re.I) for name, wordings in _QUESTIONS.items()}


def understand_question(text: str) -> str | None:
    """Return what a short message asks or says about the coach, such as "trial", "view" or "author"; none when nothing of the kind."""
    said = " ".join(text.replace("\u2019", "'").split())
    if len(said.split()) > _LONGEST:
        return None
    return next((name for name, pattern in _PATTERNS.items() if pattern.search(said)), None)
