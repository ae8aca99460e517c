"""Feeds the readers of outside text with what nobody would write, and counts: no exception of theirs, no hang.

Usage: fuzz.py [INPUTS] [SEED]: so many inputs in all (a million when left out), half of them made from what people do write.
An input that breaks something is printed with its seed and ends the run with 1; what one of the readers is meant to raise is none.
"""

# ruff: noqa: SIM905 - so many words in quotes of their own would be hard to read
from __future__ import annotations

import contextlib
import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from zoneinfo import ZoneInfo

from bot.channels.slack import origin
from bot.channels.slack.blocks import blocks_of, fallback_of
from bot.channels.slack.markup import own_words, read_words
from bot.channels.slack.views import Unreadable as NotFilled
from bot.channels.slack.views import read_plan, read_survey, read_talk
from bot.channels.teams.activities import Unreadable, action_in, choice_in, read_activity, read_place
from bot.channels.teams.cards import card_of
from bot.content.library import load_library
from bot.content.redaction import Redactor
from bot.domain.messages import Offered, read_value
from bot.settings import ROOT
from bot.understanding.availability import understand_availability
from bot.understanding.when import understand_when
from bot.understanding.words import clean
from bot.web.slack import is_payload

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
# Longer than this for one input is a hang, in seconds; a busy machine takes a tenth of it.
HANGS = 5.0
ODD = [
    "\u0000",
    "\u202e",
    "\ud800",
    "\U0001f600",
    "\u00a0",
    "\u2028",
    "\ufeff",
    "e\u0301" * 9,
    "<",
    ">",
    "&",
    "|",
    "<@U1>",
    "<!channel>",
    "<at>x</at>",
    "\\",
    "\r\n",
    "\t",
]
WORDS = (
    "next tuesday at half past nine 31 february theatre on mondays until 2026-02-30 in 3 weeks the 999 123 4567 dr "
    "smith bed 12 ward 0300 tomorrow yesterday noon 25:61 am pm leave from to every other not before after "
).split()
KEYS = (
    "type id text channelData tenant conversation from recipient serviceUrl entities mentioned value event "
    "authorizations user team_id view state values plan words day enterprise_id is_enterprise_install "
    "conversationType tenantId aadObjectId action verb data choice private_metadata blocks selected_option "
    "callback_id "
).split()


@dataclass
class Reader:
    """One function under test, with what makes its inputs and the exceptions that it is meant to raise."""

    name: str
    share: float
    make: Callable[[random.Random], Any]
    read: Callable[[Any], object]
    raises: tuple[type[Exception], ...] = ()


def words(dice: random.Random) -> str:
    parts = []
    for _ in range(dice.randint(0, 14)):
        kind = dice.random()
        if kind < 0.6:
            parts.append(dice.choice(WORDS))
        elif kind < 0.75:
            parts.append(dice.choice(ODD))
        elif kind < 0.9:
            parts.append(str(dice.randint(-5, 10 ** dice.randint(1, 12))))
        else:
            parts.append("".join(chr(dice.choice((dice.randint(1, 127), dice.randint(160, 0x2FFF)))) for _ in range(dice.randint(1, 12))))
    text = dice.choice((" ", " ", "", "\n", ", ")).join(parts)
    return text * dice.choice((1, 1, 1, 1, 40)) if len(text) < 60 else text


def thing(dice: random.Random, depth: int = 0) -> Any:
    kind = dice.random()
    if depth > 4 or kind < 0.35:
        return dice.choice((None, True, False, 0, -1, 10**18, 0.5, "", words(dice), dice.choice(KEYS), "personal", "message", "U1"))
    if kind < 0.8:
        return {dice.choice(KEYS): thing(dice, depth + 1) for _ in range(dice.randint(0, 7))}
    return [thing(dice, depth + 1) for _ in range(dice.randint(0, 3))]


def activity(dice: random.Random) -> Any:
    """Return a real activity in which some places hold something else."""
    real: dict[str, Any] = {
        "type": "message",
        "id": "1",
        "serviceUrl": "https://smba.example/uk/",
        "text": words(dice),
        "from": {"id": "29:1", "aadObjectId": "a", "name": "A"},
        "recipient": {"id": "28:c"},
        "conversation": {"id": "a:1", "tenantId": "t", "conversationType": "personal"},
        "channelData": {"tenant": {"id": "t"}},
        "entities": [{"type": "mention", "text": "<at>c</at>", "mentioned": {"id": "28:c"}}],
        "value": {"choice": "1.0", "action": {"verb": "v", "data": {}}},
    }
    return _spoilt(dice, real)


def event(dice: random.Random) -> Any:
    """Return a real payload of Slack's in which some places hold something else."""
    real: dict[str, Any] = {
        "type": "event_callback",
        "team_id": "T1",
        "authorizations": [{"team_id": "T1", "enterprise_id": None, "user_id": "UC", "is_enterprise_install": False}],
        "event": {"type": "message", "user": "U1", "text": words(dice), "channel": "D1", "ts": "1.2"},
        "user": {"id": "U1", "team_id": "T1"},
        "view": {
            "state": {"values": {"plan": {"words": {"value": words(dice)}}, "day": {"day": {"selected_date": "2026-13-41"}}}},
            "private_metadata": "{}",
        },
    }
    return _spoilt(dice, real)


def _spoilt(dice: random.Random, real: dict[str, Any]) -> Any:
    if dice.random() < 0.1:
        return thing(dice)
    for _ in range(dice.randint(0, 4)):
        place: Any = real
        while isinstance(place, dict) and place:
            key = dice.choice(list(place))
            if dice.random() < 0.5 or not isinstance(place[key], dict):
                if dice.random() < 0.3:
                    del place[key]
                else:
                    place[key] = thing(dice, 2)
                break
            place = place[key]
    return real


def read_slack(body: Any) -> None:
    # What is no payload goes no further than this, as at /slack/events.
    if not is_payload(json.dumps(body).encode(errors="replace"), "application/json"):
        return
    for read in (origin.account_of, origin.user_of, origin.coach_of):
        read(body)
    origin.sender_of(body, origin.text_at(body, "event", "user"), origin.text_at(body, "event", "channel"))
    text = origin.text_at(body, "event", "text")
    read_words(text, "somebody", "UC")
    own_words(text, "somebody", "UC")
    read_value(text)
    view = origin.part_at(body, "view")
    for read_view in (read_plan, read_survey, read_talk):
        with contextlib.suppress(NotFilled):
            read_view(view)


def read_teams(body: Any) -> None:
    found = read_activity(body)
    choice_in(found.value)
    action_in(found.value)
    assert found.sender.account == found.tenant
    read_place(found.reference.as_place())
    _ = found.event_id


def show(text: str) -> None:
    message = Offered(1, text, ((text[:40] or "-", "1.0"),) * 3)
    # Labels are plain text to Slack, in which nothing is read.
    shown = [block["text"]["text"] for block in blocks_of(message, "Choose") if block["type"] == "section"]
    for each in (*shown, fallback_of(message)):
        assert "<" not in each, "what Slack would take for a mention or a link got through"
        assert ">" not in each
    json.dumps(card_of(message, "Choose", "Send"))


def readers() -> Iterator[Reader]:
    toolkit = load_library(ROOT / "toolkit_content", ROOT / "config" / "programmes").common
    redactor = Redactor(tuple(toolkit.identifiers.values()))
    usual = clock_time(8, 30)

    def when(text: str) -> None:
        found = understand_when(text, NOW, LONDON, usual)
        assert found is None or NOW <= found < NOW + timedelta(days=5000), found

    def redact(text: str) -> None:
        once = redactor.redact(clean(text), NOW.date()).text
        assert len(once) <= len(text) * 4 + 400

    yield Reader("slack payloads", 0.39, event, read_slack)
    yield Reader("teams activities", 0.41, activity, read_teams, (Unreadable,))
    yield Reader("words shown in slack and teams", 0.14, words, show)
    yield Reader("redactor", 0.035, words, redact)
    yield Reader("time parser", 0.005, words, when)
    yield Reader("hours and days away", 0.02, words, lambda text: understand_availability(text, NOW, LONDON))


def main() -> None:
    inputs = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else int(time.time())
    broken, total, began = 0, 0, time.monotonic()
    for reader in sorted(readers(), key=lambda each: each.share):
        count, refused, slowest, start = int(inputs * reader.share), 0, 0.0, time.monotonic()
        for number in range(count):
            dice = random.Random(f"{seed}:{reader.name}:{number}")
            given = reader.make(dice)
            before = time.perf_counter()
            try:
                reader.read(given)
            except reader.raises:
                refused += 1
            except Exception as error:
                broken += 1
                if broken <= 20:
                    print(f"BROKEN {reader.name} {seed}:{number} {type(error).__name__}: {str(error)[:200]} {given!r:.400}", flush=True)
            took = time.perf_counter() - before
            slowest = max(slowest, took)
            if took > HANGS:
                broken += 1
                print(f"HANG {reader.name} {seed}:{number} {took:.1f} s {given!r:.400}", flush=True)
        total += count
        spent = time.monotonic() - start
        print(f"{reader.name}: {count} inputs, {refused} refused as meant, slowest {slowest * 1000:.0f} ms, {spent:.0f} s", flush=True)
    print(f"{total} inputs in {time.monotonic() - began:.0f} s with seed {seed}: {broken} broken", flush=True)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
