"""What people say of their hours, as a table, and what must not be taken for it."""

from __future__ import annotations

import time as clock
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.availability import Availability, Change
from bot.understanding.availability import understand_availability

LONDON = ZoneInfo("Europe/London")
USUAL = Availability(time(7), time(21), frozenset(range(5)))
WEDNESDAY = datetime(2026, 7, 15, 12, 40, tzinfo=LONDON)
_NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def _days(days: frozenset[int]) -> str:
    return " ".join(_NAMES[day] for day in sorted(days))


def _day(day: date) -> str:
    return f"{day.day} {day:%b}"


def summary(change: Change | None) -> str | None:
    """Return a change as one line, in the order in which it is made."""
    if change is None:
        return None
    parts = ["clear busy"] * change.clears_busy + ["clear away"] * change.clears_away
    parts += [f"forget {label}" for label in sorted(change.forgets)]
    parts += [f"{each.label} {_days(each.weekdays)} {each.starts:%H:%M}-{each.ends:%H:%M}" for each in change.busy]
    parts += [f"{each.label} {_day(each.first)} to {_day(each.last)}" for each in change.away]
    parts += [f"from {change.day_starts:%H:%M}"] if change.day_starts is not None else []
    parts += [f"until {change.day_ends:%H:%M}"] if change.day_ends is not None else []
    parts += [f"+{_days(change.adds_days)}"] if change.adds_days else []
    parts += [f"-{_days(change.drops_days)}"] if change.drops_days else []
    parts += [f"{change.weekly_cap} a week"] if change.weekly_cap is not None else []
    parts += [f"no {label} {_NAMES[day]}" for label, day in sorted(change.frees)]
    parts += [f"surveys at {change.survey_at:%H:%M}"] if change.survey_at else []
    parts += [{True: "surveys", False: "no surveys"}[change.wants_surveys]] if change.wants_surveys is not None else []
    parts += [{True: "digest", False: "no digest"}[change.wants_digest]] if change.wants_digest is not None else []
    parts += [change.time_zone] if change.time_zone else []
    parts += [f"{change.needs}? {change.about}".strip()] if change.needs else []
    return "; ".join(parts)


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("theatre Tuesdays and Thursday mornings", "theatre Tue 08:00-18:00; theatre Thu 08:00-13:00", "every Tuesday, and some mornings"),
        ("theatre Tuesday and Thursday mornings", "theatre Tue 08:00-13:00; theatre Thu 08:00-13:00", "the mornings of both"),
        ("I'm in clinic all day Monday and Weds pm", "clinic Mon 00:00-00:00; clinic Wed 13:00-18:00", "hours before a day, and after"),
        ("theater tues", "theatre Tue 08:00-18:00", "as Americans and the hurried write"),
        ("clinic mon & thurs am", "clinic Mon 08:00-13:00; clinic Thu 08:00-13:00", "short names"),
        ("Tuesday mornings are clinic", "clinic Tue 08:00-13:00", "the day first"),
        ("Mondays I'm in theatre", "theatre Mon 08:00-18:00", "the day first"),
        ("Tuesdays theatre all day, Thursdays clinic 9-12", "theatre Tue 00:00-00:00; clinic Thu 09:00-12:00", "two of them"),
        ("theatre Mondays, clinic Tuesday afternoons", "theatre Mon 08:00-18:00; clinic Tue 13:00-18:00", "two of them"),
        ("MDT every Wednesday 8-10", "MDT Wed 08:00-10:00", "nobody means eight in the evening"),
        ("ward round 8 to 11 every day", "ward round Mon Tue Wed Thu Fri Sat Sun 08:00-11:00", "every day"),
        ("ward round every morning 8-10", "ward round Mon Tue Wed Thu Fri Sat Sun 08:00-10:00", "figures count more than the name"),
        ("clinic Tuesdays 8-10 and 2-4", "clinic Tue 08:00-10:00; clinic Tue 14:00-16:00", "twice a day"),
        ("clinic Mondays until 1", "clinic Mon 00:00-13:00", "one in the afternoon"),
        ("clinic Mondays from 2", "clinic Mon 14:00-00:00", "two in the afternoon"),
        ("theatre 8am-1pm Tuesdays", "theatre Tue 08:00-13:00", "hours before the day"),
        ("I'm in theatre 8-6 on Tuesdays", "theatre Tue 08:00-18:00", "it ends after it starts"),
        ("night shifts Mon-Wed", "night shift Mon Tue Wed 20:00-08:00", "over midnight"),
        ("night shifts Fri to Mon 9-7", "night shift Mon Fri Sat Sun 21:00-07:00", "over the weekend"),
        ("I'm on call 20:00-08:00 on Mondays", "on call Mon 20:00-08:00", "over midnight, in figures"),
        ("on call Friday nights", "on call Fri 20:00-08:00", "every Friday's"),
        ("on call weekends", "on call Sat Sun 00:00-00:00", "every weekend"),
        ("school run 8-9 Monday to Friday", "school run Mon Tue Wed Thu Fri 08:00-09:00", "not only the hospital keeps people busy"),
        ("I'm busy 8-10 on Tuesdays", "busy Tue 08:00-10:00", "they need not say with what"),
        ("clinic all day thursday so avoid that", "clinic Thu 00:00-00:00", "the end says the same again"),
        ("never on a sunday", "-Sun", "any Sunday"),
        ("theatre is now Mondays", "forget theatre; theatre Mon 08:00-18:00", "in place of what was known"),
        ("theatre has moved to Mondays and Thursdays", "forget theatre; theatre Mon 08:00-18:00; theatre Thu 08:00-18:00", "the same"),
        ("forget theatre", "forget theatre", "it is over"),
        ("I'm not in theatre any more", "forget theatre", "the same"),
        ("cancel my leave", "forget leave", "they will be here"),
        ("clear my busy times", "clear busy", "leave stays"),
        ("clear all my times", "clear busy; clear away", "everything"),
        ("on call this weekend", "on call 18 Jul to 19 Jul", "one weekend, not every one"),
        ("on call Friday", "on call 17 Jul to 17 Jul", "one day of a rota"),
        ("im on call this weekend dont message me", "on call 18 Jul to 19 Jul", "the end says the same again"),
        ("half term next week so not then", "away 20 Jul to 26 Jul", "the school's calendar"),
        ("maternity leave from 1 feb for a year", "leave 1 Feb to 31 Jan", "as long as that leave is"),
        ("on leave 3 to 10 August", "leave 3 Aug to 10 Aug", "the month is said once"),
        ("on leave 3rd August - 10th August inclusive", "leave 3 Aug to 10 Aug", "both months"),
        ("away 2026-08-03 to 2026-08-10", "away 3 Aug to 10 Aug", "hyphens of two kinds"),
        ("away 3/8-10/8", "away 3 Aug to 10 Aug", "in figures"),
        ("on leave 28 December to 4 January", "leave 28 Dec to 4 Jan", "over the year's end"),
        ("on leave 6 July to 20 July", "leave 15 Jul to 20 Jul", "it has begun"),
        ("on leave Monday to Friday next week", "leave 20 Jul to 24 Jul", "the week is said once"),
        ("on leave until the 14th", "leave 15 Jul to 14 Aug", "from today, and quiet on the day that is named"),
        ("on leave until the end of August", "leave 15 Jul to 31 Aug", "the month's last day"),
        ("I'm off next week, back on the 27th", "away 20 Jul to 26 Jul", "the day before they are back"),
        ("I'm on leave from tomorrow until Friday", "leave 16 Jul to 17 Jul", "both ends"),
        ("away for two weeks from Monday", "away 20 Jul to 2 Aug", "a length, and its start"),
        ("I'm on leave for a fortnight", "leave 15 Jul to 28 Jul", "fourteen days with today"),
        ("I'll be away Thursday and Friday", "away 16 Jul to 16 Jul; away 17 Jul to 17 Jul", "two days"),
        ("at a conference tomorrow", "conference 16 Jul to 16 Jul", "one day"),
        ("I'm on nights next week", "night shift 20 Jul to 26 Jul", "who works at night sleeps by day"),
        ("don't message me while I'm on leave next week", "leave 20 Jul to 26 Jul", "said as a wish"),
        ("next week I'm on leave", "leave 20 Jul to 26 Jul", "the days first"),
        ("set quiet from 18:00 to 08:00", "busy Mon Tue Wed Thu Fri Sat Sun 18:00-08:00", "over the night"),
        ("on leave all of August", "leave 1 Aug to 31 Aug", "the whole month"),
        ("not before 9", "from 09:00", "in the morning"),
        ("don't write before half past eight", "from 08:30", "in words"),
        ("nothing until 10", "from 10:00", "until is before"),
        ("nothing after 6pm please", "until 18:00", "with thanks"),
        ("not after 9", "until 21:00", "nobody means nine in the morning"),
        ("nothing after midnight", "until 00:00", "the end of the day, not its start"),
        ("not before 9 or after 6", "from 09:00; until 18:00", "both ends"),
        ("nothing before 8am and not after 7pm", "from 08:00; until 19:00", "two wishes"),
        ("only between 12 and 2", "from 12:00; until 14:00", "after noon"),
        ("only from 8pm to midnight", "from 20:00; until 00:00", "until the end of the day"),
        ("only at lunchtime", "from 12:00; until 14:00", "a part of the day"),
        ("mornings only", "until 12:00", "the start stays"),
        ("evenings are out", "until 18:00", "the end moves"),
        ("no mornings", "from 12:00", "the start moves"),
        ("only after six", "which_hours?", "early or late"),
        ("until 10pm is fine", "until 22:00", "longer than before"),
        ("don't message me between 0800 and 1300", "busy Mon Tue Wed Thu Fri Sat Sun 08:00-13:00", "the middle of every day"),
        ("not on Friday afternoons", "busy Fri 13:00-18:00", "a part of a day of the week"),
        ("not before 10 on Mondays", "busy Mon 00:00-10:00", "one day's own hours"),
        ("not before 9 because I do the school run", "from 09:00", "a reason may follow a wish"),
        ("no messages at weekends", "-Sat Sun", "no working days"),
        ("weekends are fine", "+Sat Sun", "working days"),
        ("you can message me at weekends", "+Sat Sun", "the same"),
        ("I don't work Fridays", "-Fri", "part time"),
        ("I'm not available on Fridays", "-Fri", "the same"),
        ("I'm not working Friday", "away 17 Jul to 17 Jul", "one Friday"),
        ("my day off is Friday", "-Fri", "the same"),
        ("I only work Monday to Thursday", "+Mon Tue Wed Thu; -Fri Sat Sun", "these and no others"),
        ("only on Wednesday afternoons", "from 12:00; until 18:00; +Wed; -Mon Tue Thu Fri Sat Sun", "a day and its hours"),
        ("weekdays only", "+Mon Tue Wed Thu Fri; -Sat Sun", "these and no others"),
        ("at most one a week", "1 a week", "a number in words"),
        ("no more than 2 messages a week", "2 a week", "in figures"),
        ("twice a week is plenty", "2 a week", "how often"),
        ("not in clinic please", "which_days? clinic", "when that is, is not said"),
        ("theatre mornings", "which_days? theatre", "of which days"),
        ("I'm on leave", "which_days? leave", "until when"),
        ("on leave in August", "which_days? leave", "hardly the whole month"),
        ("on leave from the 20th", "which_days? leave", "until when"),
        ("on leave 10 to 3 August", "which_days? leave", "the wrong way round"),
        ("on leave until 30 February", "which_days? leave", "there is no such day"),
        ("away next weekend", "which_days? away", "this one or the one after"),
        ("theatre Tuesdays, nothing after 8", "theatre Tue 08:00-18:00; until 20:00", "one wish after another"),
        (
            "Theatre tuesdays. Clinic thursdays, on leave next week. Thanks!",
            "theatre Tue 08:00-18:00; clinic Thu 08:00-18:00; leave 20 Jul to 26 Jul",
            "three of them",
        ),
        ("no weekends, nothing before 8 and at most two a week", "from 08:00; -Sat Sun; 2 a week", "three wishes"),
    ],
)
def test_what_people_say_of_their_hours(text: str, expected: str, reason: str) -> None:
    assert summary(understand_availability(text, WEDNESDAY, LONDON)) == expected, reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("theatre list was cut on Tuesday", "what happened"),
        ("the Tuesday clinic is a shambles", "a challenge"),
        ("the Tuesday clinic", "one clinic"),
        ("Tuesday clinic", "the same"),
        ("clinic on Tuesday ran over until 8", "what happened"),
        ("theatre Tuesday because the list was cut", "a reason does not follow a timetable"),
        ("the ward round is a mess on Mondays", "a challenge"),
        ("I have a meeting on Monday with the surgeon", "a plan's occasion"),
        ("meeting on Monday", "one meeting"),
        ("she never turns up before 9", "somebody else"),
        ("she is on leave until the 14th", "somebody else"),
        ("he's on leave next week and nobody covers", "somebody else"),
        ("they want me in theatre Tuesdays", "what others want"),
        ("I was on call this weekend", "what was"),
        ("on call is killing us", "a challenge"),
        ("the on call rota is unfair", "a challenge"),
        ("on leave since the incident", "a story"),
        ("nothing ever changes on Mondays", "a complaint"),
        ("only 2 people came to clinic on Monday", "what happened"),
        ("I'm not in clinic on Mondays", "nothing to keep free"),
        ("no clinic on Mondays", "the same, or it was cancelled"),
        ("I sat in clinic", "no Saturday"),
        ("I meet her once a week", "how often something else is"),
        ("once a week", "an answer to another question"),
        ("not Friday", "a check-in's day, not every Friday"),
        ("not on Friday", "the same"),
        ("not at 4", "a check-in's hour"),
        ("not before Friday", "a snooze"),
        ("don't message me until Thursday", "a snooze"),
        ("nothing next week please", "a snooze"),
        ("Thursday's fine", "an answer: one Thursday"),
        ("Tuesday", "an answer"),
        ("Tuesdays and Thursdays", "not said what of them"),
        ("between 12 and 2", "nor here"),
        ("no, Monday at 4", "a correction"),
        ("leave it until Monday", "another kind of leave"),
        ("leave me alone", "no hours"),
        ("forget everything", "the right to be forgotten, not busy times"),
        ("forget it", "an exclamation"),
        ("cancel clinic", "not ours to cancel"),
        ("no more than 0 a week", "that is to stop"),
        ("not before 25", "no such hour"),
        ("when do you write?", "a question"),
        ("are weekends fine?", "a question"),
        ("clinic is no good", "a challenge"),
        ("theatre on Tuesdays is bad", "a challenge"),
        ("Mondays are bad", "a complaint"),
        ("not every Monday", "some Mondays"),
        ("not every day", "some days"),
        ("I'm in theatre", "now"),
        ("I'm busy", "now"),
        ("theatre", "no more than a word"),
        ("thanks", "nothing at all"),
        ("", "nothing at all"),
    ],
)
def test_what_is_not_about_hours_is_left_alone(text: str, reason: str) -> None:
    assert understand_availability(text, WEDNESDAY, LONDON) is None, reason


def test_dates_are_counted_in_the_persons_zone() -> None:
    late = datetime(2026, 7, 15, 23, 30, tzinfo=ZoneInfo("UTC"))  # in London it is Thursday
    assert summary(understand_availability("I'm away tomorrow", late, LONDON)) == "away 17 Jul to 17 Jul"


@pytest.mark.parametrize("text", ["theatre mon, " * 22 + "x", "theatre " * 36, "mon and " * 36, "a " * 2000, "on leave " * 33 + "- "])
def test_long_texts_are_read_fast(text: str) -> None:
    started = clock.perf_counter()
    understand_availability(text, WEDNESDAY, LONDON)
    assert clock.perf_counter() - started < 1


_WORDS = (
    "theatre clinic on-call nights leave away MDT busy not no nothing only never before after until from to between and or , . - "
    "Monday Tuesdays weds weekends weekdays mornings pm lunchtime all day every 8 9am 12 1730 midnight half past six 3rd August next week "
    "fine works don't I'm work is now forget clear my times at most two a back on for in the please"
)


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.sampled_from(_WORDS.split()), max_size=9).map(" ".join))
def test_whatever_is_read_can_be_kept(text: str) -> None:
    change = understand_availability(text, WEDNESDAY, LONDON)
    kept = USUAL.with_change(change or Change(), USUAL)
    assert Availability.from_json(kept.as_json()) == kept
    assert change != Change()
    for block in change.busy if change else ():
        assert block.weekdays
        assert block.label
    for away in change.away if change else ():
        assert WEDNESDAY.date() <= away.last
        assert away.first <= away.last
    assert change is None or change.weekly_cap is None or change.weekly_cap >= 1
    assert change is None or not change.adds_days & change.drops_days
