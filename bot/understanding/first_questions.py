"""What people ask before they agree to anything, known by its wording: they must be able to learn what they would agree to."""

from __future__ import annotations

import re

_IT = (
    r"(?:this|it|that|these|everything|what (?:i|we) (?:write|say|type|put|tell you)|"
    r"my (?:\w+ )?(?:words?|messages?|answers?|data|conversations?|plans?|notes?))(?: (?:stuff|conversation|chat|here))?"
)
# Where a question ends: "will he see this as an attack" is not one of ours.
_END = r"(?=\W*$|\s*[?.!,;:]|\s+(?:and|or|but|if|before|then)\b)"
_PRIVATE = r"(?:confidential|private|anonymous|secure|safe|encrypted|secret|shared|stored|recorded)"
_MACHINE = r"(?:bot|chat ?bot|robot|human|person|machine|ai|real|computer|software|chatgpt|gpt|scam|phishing|spam)"
_QUESTIONS = {
    "about": (
        rf"what(?:'s| is| are|s)? (?:this|it|you|u)(?: (?:thing|app|bot|tool|chat|for|about|exactly|all))*{_END}",
        rf"who (?:are|r) (?:you|u){_END}|who am i (?:talking|speaking|writing) to\b",
        rf"(?:(?:are|r) (?:you|u)|is (?:this|it|that)|am i (?:talking|speaking|writing) to) (?:an? )?(?:\w+ )?{_MACHINE}\b",
        rf"what (?:do|can|does) (?:you|it|this) do(?: for me)?{_END}",
        rf"how (?:do|does) (?:you|it|this)(?: \w+)? work{_END}",
        r"^\W*(?:help|info)\W*$",
    ),
    "who_sees": (
        rf"who(?: else)?(?: (?:can|will|could|would|gets? to|is going to|is able to))* (?:see|read|view)s?(?: {_IT})?{_END}",
        rf"who(?: else)? (?:has|have|gets) access(?: to {_IT})?{_END}",
        rf"(?:can|could|will|would|does|do)(?! (?:i|we)\b)(?: \w+){{1,5}}? (?:see|read|view|access) {_IT}{_END}",
        rf"(?:is|are|will) {_IT}(?: (?:really|all|actually|kept|completely|totally))? {_PRIVATE}{_END}",
        rf"(?:do|will|would) you (?:share|report|pass on|tell (?:anyone|anybody|my|the))(?: \w+){{0,5}}{_END}",
        rf"where (?:does|do|is|are|will) {_IT} (?:be )?(?:go|stored|kept|saved|held){_END}",
        rf"what (?:happens|do you do) (?:to|with) {_IT}{_END}",
        r"^\W*(?:privacy|confidentiality|gdpr|data protection|who sees what)\W*$",
    ),
    "if_yes": (
        rf"(?:if|when) i (?:say yes|agree|consent){_END}",
        r"what (?:am i|do i|would i be) (?:agree|consent|say(?:ing)? yes|sign(?:ing)? up)(?:ing)? to",
        rf"what (?:do|will|would) you (?:keep|store|record|save)(?: about me)?{_END}",
        rf"what(?:'s| is| gets) (?:kept|stored|recorded|saved){_END}",
        rf"can i (?:delete|undo|stop|withdraw|change my mind)(?: {_IT})?(?: (?:later|again|any ?time))?{_END}",
    ),
    "if_no": (
        rf"(?:if|when) i (?:say no|refuse|decline|(?:don'?t|do not|won'?t|will not)(?: (?:agree|consent|say yes|want to))?){_END}",
        rf"(?:can|could|may) i (?:say no|refuse|decline|opt out){_END}",
        rf"do i (?:have|need) to(?: (?:agree|consent|say yes|do this|use (?:this|it|you)|join|take part))?{_END}",
        r"is (?:this|it) (?:compulsory|mandatory|voluntary|optional|required)\b",
    ),
    "evidence": (
        r"(?:is there|any|what(?:'s| is)?|where(?:'s| is)?|show me)(?: \w+){0,3}? (?:evidence|research|proof|studies)"
        rf"(?: (?:for|behind|that|on)(?: \w+){{1,3}})?{_END}",
        rf"(?:does|do|has|will) (?:this|it|any of (?:this|it|that)|coaching|you)(?: \w+){{0,2}}? (?:work|help){_END}",
        rf"is (?:this|it|any of (?:this|it|that)|coaching)(?: \w+)? (?:any good|evidence.based){_END}",
        r"^\W*(?:evidence|proof|research)\W*$",
    ),
}
_PATTERNS = {name: re.compile(r"(?<!\w)(?:" + "|".join(wordings) + ")", re.I) for name, wordings in _QUESTIONS.items()}
# This many words beside a question are a greeting or a "before I start".
_LITTLE = 3


def first_questions(text: str) -> tuple[list[str], bool]:
    """Return which questions a message asks, in the order of the answers, and whether it says anything besides."""
    rest = " ".join(text.replace("\u2019", "'").split())
    asked = []
    for name, pattern in _PATTERNS.items():
        if pattern.search(rest):
            asked.append(name)
            rest = pattern.sub(" ", rest)
    return asked, len(re.findall(r"[\w']+", rest)) > (_LITTLE if asked else 0)
