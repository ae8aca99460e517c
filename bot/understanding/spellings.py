"""Names of days, months and numbers as people write them, and the usual spelling of each."""

from __future__ import annotations

import calendar

DAYS = [name.lower() for name in calendar.day_name]
MONTHS = [name.lower() for name in calendar.month_name]
SMALL = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}

DAY = "|".join(DAYS)
MONTH = "|".join(MONTHS[1:])
NUMBER = rf"\d{{1,3}}|(?:a )?couple(?: of)?|(?:a )?few|{'|'.join(SMALL)}|an|a"
TH = "(?:st|nd|rd|th)"

_BEFORE_SAT = rf"by|last|next|on|\w*day or|this|until|{'|'.join(NTH)}|\d{TH}"
_BEFORE_MON = rf"{_BEFORE_SAT}|about|but|do|make it|make that|meant?|not|say|sorry"
# Short and wrong spellings, and other words for the same.
SPELLINGS = [
    (r"\b(?:1[:\-]1s?|1 to 1|one[- ]to[- ]one)\b", "meeting"),
    (r"\b24/7\b", "always"),
    (r" ?@ ?", " at "),
    (r"\bon or after\b", "from"),
    (r"\bon or before\b", "by"),
    (r"\bnxt\b", "next"),
    (r"(?<![a-z])wk(s?)\b", r"week\1"),
    (r"\b(?:tmrw|tmr|tmw|tomoz|2moro|tomm?orr?ow?)\b", "tomorrow"),
    (r"\b(?:tues?|teusday)\b\.?", "tuesday"),
    (r"\b(?:weds|wednsday)\b\.?", "wednesday"),
    (r"\b(?:thur?s?|thrusday)\b\.?", "thursday"),
    (r"\b(?:fri|firday)\b\.?", "friday"),
    # "Mon" and "wed" are parts of words, and "sat" and "sun" words of their own.
    *((rf"(^\W*|\b(?:{_BEFORE_MON}) ){name[:3]}\b", rf"\1{name}") for name in ("monday", "wednesday")),
    *((rf"(^\W*|\b(?:{_BEFORE_SAT}) ){name[:3]}\b", rf"\1{name}") for name in ("saturday", "sunday")),
    *((rf"\b{name[:3]}\b(?=,? (?:the )?\d\d?(?:{TH}|$)| (?:morning|afternoon|evening|next week)\b)", name) for name in DAYS),
    *((rf"\b{name[:3]}{'t?' if name == 'september' else ''}\b\.?", name) for name in MONTHS[1:]),
    *((rf"(?<!twenty )(?<![-\w]){word}(?= (?:of )?(?:{MONTH})\b| of (?:next|the) month\b)", f"{day}th") for word, day in NTH.items()),
    *((rf"((?:\bon|{DAY}|{MONTH}) the ){word}\b", rf"\g<1>{day}th") for word, day in NTH.items()),
    (r"\bx-?mas\b", "christmas"),
    (r"\bchristmas eve\b", "24 december"),
    (r"\bchristmas day\b", "25 december"),
    (r"\bboxing day\b", "26 december"),
    (r"\bnew year'?s eve\b", "31 december"),
    (r"\bnew year'?s day\b", "1 january"),
    (r"\bmid-?week\b", "middle of the week"),
    (r"\b(?:w/[cb]|week beginning)\b", "week commencing"),
    (r"\b(?:not )?tomorrow,? (?:but )?the (?:day|one) after\b", "day after tomorrow"),
    (r"\b(?:not )?next week,? (?:but )?the (?:week|one) after\b(?: next\b)?|\bweek after next week\b", "week after next"),
    # "Not before Friday" is Friday, and "not for a week" is in a week.
    (rf"\b(?:not|nothing|never|cannot|\w+n't)(?: (?!{DAY})\w+){{0,3}}? (?:before|until|till?|earlier than|sooner than)\b", "from"),
    (
        rf"\b(?:not|nothing|skip|\w+n't)(?: (?!{DAY})\w+){{0,2}}? (?:for the next|for|the next)"
        rf"(?= (?:another |at least )?(?:{NUMBER}|fortnight)\b)",
        "in",
    ),
    (rf"\b(not (?:{DAY})) (?={DAY})", r"\1, "),
]
