"""Every sentence that the code says exists, and every sentence that exists is said."""

from __future__ import annotations

import re

from bot.content.toolkit import Toolkit
from bot.settings import ROOT

CODE = "\n".join(
    path.read_text() for path in [*(ROOT / "bot").rglob("*.py"), *(ROOT / "bot").rglob("*.html"), *(ROOT / "bot").rglob("*.typ")]
)
# Pages are handed their group's words under names of their own.
PAGES = tuple(f"{group}." for group in re.findall(r'\.group\("(\w+)"\)', CODE))
# Names that are put together where they are used, one pattern a group.
MADE_UP = re.compile(
    "|".join(
        [
            r"access\.(?:role|right)_",
            r"aside\.(?:trial|author|owner|criticism|person|therapist|praise|use|minutes|letter)$",
            r"availability\.(?:[a-z]+day$|which_|every_week$|how_often$|one_survey$)",
            r"broadcast\.(?:refused|line|state|why|note|kind|shared)_",
            r"broadcast_pages\.(?:every|preview|post|part)_",
            r"broadcast_pages\.label_(?:cohorts|trusts|posts|parts)$",
            r"check_in\.(?:rate|closed)_",
            r"choice\.(?:close|partly|not_close|manager|nurse_lead)$",
            r"composing\.do_",
            r"counterpart\.(?:refused_|general_manager$|nurse_lead$)",
            r"home\.said_",
            r"joining\.refused_",
            r"plan\.costs_",
            r"removed\.",
            r"roster_file\.(?:problem|remedy|column|example|file|report)_",
            r"roster_pages\.(?:problem|said|draft_new|draft_checking|draft_importing|part|role|kind|post)",
            r"safety\.",
            r"seat\.",
            r"sign_in\.(?:way_|about_|[a-z_]+_(?:heading|text)$)",
            r"slack\.(?:home_button|home_says|help|reason|plan|survey|talk|window|prompt|mention)_",
            r"statistics\.(?:why|nav|limits|measure|wave|post|split|column|dictionary|report)_",
            r"statistics\.[a-z_]+_(?:title|heading|lead|note)$",
            r"takeaway\.outcome_",
            r"teams\.",
            r"web\.(?:measure|clock|kind|queue|install)_",
            r"your_data\.(?:kind|did|said)_",
        ]
    )
)
GROUPS = {path.stem for path in (ROOT / "toolkit_content" / "sentences").glob("*.yaml")}


def test_every_sentence_said_exists(toolkit: Toolkit) -> None:
    said = {key for key in re.findall(r"\"([a-z_]+\.(?!(?:html|yml|csv|typ)\")[a-z_]+)\"", CODE) if key.partition(".")[0] in GROUPS}
    # What the audit calls things that were done.
    said -= set(re.findall(r"note_action\([^\n]*?\"([a-z_]+\.[a-z_]+)\"", CODE))
    # Columns and values that look like sentences.
    said -= {
        "consent.yes",
        "consent.no",
        "plan.id",
        "slack.install",
        "slack.message",
        "sign_in.refused",
        "sign_in.unknown",
        "broadcast.id",
        "reflection.id",
        "broadcast.schedule",
    }
    assert said - set(toolkit.sentences) == set()


def test_every_sentence_that_exists_is_said(toolkit: Toolkit) -> None:
    unsaid = [
        key
        for key in toolkit.sentences
        if key not in CODE and not MADE_UP.match(key) and not (key.startswith(PAGES) and key.partition(".")[2] in CODE)
    ]
    assert unsaid == []
