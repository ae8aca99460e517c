"""Questions about the coach itself that deserve a straight answer: where the trial is, what it would do, what was agreed last."""

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
    "last": (
        r"^\W*(?:so |ok |right |and |sorry )*(?:what(?:'s| is| are| was| were)|whats|show(?: me)?|tell me|see|list|remind me of|my)"
        r"(?: (?:all|again))?(?: (?:my|our|the|any))*(?: (?:current|open|last|latest|own))? plans?(?: again| now| then| so far)?\W*$",
        r"^\W*(?:so |ok |and |right |sorry )*what (?:did|was it|had|have) (?:i|we)(?: \w+){0,2}? (?:say|said|agree|agreed|write|written|"
        r"wrote|plan|planned|"
        r"promise|promised|decide|decided|talk about|talked about|discuss|discussed|do|cover)"
        r"(?: (?:on|about|that|i(?:'d| would| was going to) (?:do|try)))?(?: (?:last time|before|last week|yesterday|again|"
        r"the other day|here|then))*\W*$",
        r"\b(?:remind me|remember|recap)\b(?: \w+){0,3}? (?:last time|what (?:i|we) (?:said|agreed|wrote|planned|talked about|"
        r"discussed))\b",
        r"^\W*where (?:were|are) (?:we|i)(?: up to| at| last time| again)*\W*$",
        r"^\W*(?:what|do you|can you) (?:do you )?(?:remember|recall)(?: (?:of|about|from))?(?: (?:me|us|that|it|anything|what i said|"
        r"last time))*\W*$",
    ),
    "machine": (
        r"^\W*(?:so |and |wait |hang on |but )*(?:(?:are|r) (?:you|u)|is (?:this|it|that)|am i (?:talking|speaking|chatting|"
        r"writing) (?:to|with))\b"
        r"(?: (?:an?|the|just|really|actually|some|kind|sort|of|even|basically))*"
        r" (?:chat ?gpt|gpt|copilot|claude|gemini|llm|language model|ai|bot|chat ?bot|robot|machine|computer|algorithm|human|person|"
        r"real(?: person)?|"
        r"somebody|someone|software)(?: (?:thing|then|or what|or not|behind this|in disguise))*\b",
        r"^\W*(?:is|is there)(?: (?:this|an?|some))* (?:llm|language model|chat ?gpt|ai|human|person|someone|somebody) "
        r"(?:behind|in|reading|writing|answering)\b",
    ),
    "person": (
        r"\b(?:talk|speak|chat|get|put me through) to (?:an? )?(?:real |actual |proper )?(?:human|person|people|somebody|someone|coach|"
        r"mentor|adviser)"
        r"(?: (?:real|instead|please|about this|here|else))*\W*$",
        r"\b(?:is there|give me|have you got|get me) (?:an? )?(?:real |actual )?(?:human|person|somebody|someone)(?: (?:i|"
        r"we) can)?(?: \w+){0,3}\W*$",
    ),
    "therapist": (
        r"\b(?:are|is|isn'?t|aren'?t|difference|different|unlike|how)\b.{0,40}\b(?:therap(?:y|ist)|counsell(?:or|ing)|psychologist|"
        r"psychotherapy|"
        r"occupational health)\b\W*$",
    ),
    "praise": (
        r"\b(?:are|do|will|would) (?:you|u)(?: (?:just|only|always|going|gonna|to|ever|even))*"
        r" (?:tell(?:ing)? (?:me|everyone|everybody|people)(?: \w+){0,2}? (?:how )?(?:marvellous|wonderful|great|brilliant|amazing|"
        r"fantastic|good|clever)|"
        r"flatter(?:ing)?|praise|agree(?:ing)? with (?:me|everything|everyone|everybody)|sayin?g? (?:yes|what i want to hear)|"
        r"nice to everyone|"
        r"say(?:ing)? well done|a yes.?man|sycophant\w*)",
        r"^\W*(?:stop|don'?t|please don'?t|no) (?:flatter\w*|praise|praising|sucking up|being (?:so )?nice|the flattery)(?: me)?\W*$",
        r"^\W*(?:aren'?t you (?:going to|gonna)|can you|could you|won'?t you|go on,?|please|just)? ?(?:say|tell me) (?:well done|"
        r"i did well|i'm doing well|"
        r"something nice)\b",
    ),
    "use": (
        r"^\W*(?:so |and |but |what,? )*what (?:exactly )?(?:are you|can you|could you|will you|would you)(?: (?:going to|gonna|"
        r"possibly|really|actually))*"
        r" (?:tell|teach|offer|show|give)(?: \w+){0,4}? (?:that |which )?(?:i|we) (?:don'?t|do not|haven'?t|did not|"
        r"didn'?t)(?: \w+){0,2}\W*$",
        r"^\W*(?:so |and |but |why|what'?s the point|what is the point|what'?s in it|why would i|why should i|what do i get)\b.{0,40}"
        r"\b(?:talk(?:ing)? to|us(?:e|ing)|bother(?:ing)? with|out of|listen(?:ing)? to) (?:you|this(?: thing| app| bot)?|a (?:bot|"
        r"machine|computer))\W*$",
        r"^\W*(?:so |and )*what(?:'s| is) in (?:it|this) for me\W*$",
    ),
    "minutes": (
        r"^\W*(?:so |and |ok )*how (?:long|much time|many minutes|many questions)(?: \w+){0,2}? (?:does|will|is|do|would) (?:this|it|"
        r"that|you|we)\b"
        r"(?: (?:all|take|need|last|going to|to|be|thing|usually|normally|me|have))*\W*$",
        r"^\W*(?:sorry |quick,? |look,? )*(?:i(?:'ve| have|ve)?(?: only)?(?: got)?|only(?: have| got)?|got|have)(?: (?:only|just|about|"
        r"maybe|like))*"
        r" (?:\d{1,2}|an?|one|two|three|four|five|ten|a few|a couple of) ?(?:mins?|minutes?|seconds|secs)"
        r"(?: (?:left|now|max|tops|before (?:clinic|theatre|my next|the next)(?: \w+)?))?\W*$",
        r"^\W*how (?:long|many)(?: (?:more|is left|left|are left|questions))+\W*$",
    ),
    "hours": (
        r"^\W*(?:so |and |ok )*(?:when|what (?:time|days?)|how often)(?: \w+)? (?:do|will|are|would|can) you"
        r"(?: (?:next|going to|be|usually|normally))* (?:write|message|messaging|writing|contact|text|ping|nudge|send|"
        r"in touch|come back)\b"
        r"(?: \w+){0,3}\W*$",
        r"^\W*(?:what are|show(?: me)?|see) my (?:hours|times|busy times|settings)\W*$",
    ),
    "letter": (
        r"^\W*(?:please |can you |could you |will you |would you |i need you to )*(?:draft|write|compose|word|send)(?: me)?"
        r" (?:an? |the |my |this |that )?(?:\w+ )?(?:e-?mail|letter|message|reply|response|text)\b(?: (?:for|to|about|"
        r"back)(?: \S+){0,7})?\W*$",
        r"^\W*(?:can you |could you |please )*(?:e-?mail|write to|message|text|ring|phone) (?:him|her|them|my \w+|the \w+)(?: for me)\W*$",
    ),
    "others": (
        r"\bwhat (?:did|do|have|are|has|does)(?: \w+){0,3}? (?:people|others?|users?|everyone|everybody|anyone|colleagues?|directors?|team)"
        r"(?: \w+){0,2}? (?:say|said|write|wrote|written|ask|asked|tell|told|answer|answered|saying)\b(?: \S+){0,4}\W*$",
        r"\b(?:tell|show) me what (?:other|the other|another)(?: \w+){0,2} (?:say|said|write|wrote|asked|told you)\b",
        r"\bhow many (?:people|directors|of us|colleagues|others)(?: have| has| did)? (?:answer|fill|reply|use|respond|done|join)\w*\b",
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
        r"^\W*(?:that|this|it)(?:'s| is| was|s)(?: (?:just|only|all|such|pure|really|rather|a bit of|not even))*(?: an?)?"
        r" (?:platitudes?|clich(?:e|\u00e9)s?|truisms?|motherhood and apple pie|obvious|banal|trite|common sense|management speak|"
        r"psychobabble|"
        r"generic|waffle|woolly|fluff|vague|jargon|a fortune cookie|fortune cookie|not (?:helpful|useful|what i asked|what i said|"
        r"what i meant))\W*$",
        r"^\W*you(?:'re| are|re)? (?:just |simply |only |merely )*(?:paraphras\w+|repeat\w*|parrot\w*|rephras\w+|rewording)"
        r"(?: (?:me|what i said|my (?:own )?words|back|everything|it))*\W*$",
        r"^\W*(?:you(?:'ve| have)? )?(?:(?:completely |totally |rather )?missed the point|didn'?t answer (?:my|the) question|"
        r"(?:that|this) (?:isn'?t|is not|wasn'?t) (?:what i (?:said|meant|asked)|my question|helpful|useful|good enough))\W*$",
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
