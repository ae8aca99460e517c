from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.days import FURTHEST, working_day
from bot.understanding.when import understand_when

LONDON = ZoneInfo("Europe/London")
TUESDAY = datetime(2026, 11, 24, 12, 40, tzinfo=LONDON)
WEDNESDAY = datetime(2026, 11, 25, 12, 40, tzinfo=LONDON)
USUAL = time(8, 30)


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("next Tuesday before the 1:1", "2026-12-01 08:30", "a 1:1 is a meeting, not one minute past one"),
        ("in two weeks", "2026-12-08 08:30", "a number in words"),
        ("Friday after clinic", "2026-11-27 17:30", "after clinic is the end of the working day"),
        ("a week on Thursday", "2026-12-03 08:30", "the British way to skip a week"),
        ("thursday week", "2026-12-03 08:30", "the same, shorter"),
        ("two weeks today", "2026-12-08 08:30", "counted from today"),
        ("on the 3rd", "2026-12-03 08:30", "a day of the month that has passed is next month's"),
        ("end of the month", "2026-11-30 08:30", "its last day"),
        ("the week after next", "2026-12-07 08:30", "its Monday"),
        ("this friday at 4", "2026-11-27 16:00", "nobody means four in the morning"),
        ("no, I meant Thursday", "2026-11-26 08:30", "a correction names its day"),
        ("in 3 days at 4.30pm", "2026-11-27 16:30", "a full stop parts hours from minutes here"),
        ("3 december", "2026-12-03 08:30", "day before month"),
        ("12/12", "2026-12-12 08:30", "day before month, in figures"),
        ("03/12", "2026-12-03 08:30", "never the American way"),
        ("2027-01-05", "2027-01-05 08:30", "ISO 8601"),
        ("give me ten days", "2026-12-04 08:30", "a bare number of days, as an answer"),
        ("a fortnight", "2026-12-08 08:30", "two weeks"),
        ("three weeks' time", "2026-12-15 08:30", "with its apostrophe"),
        ("next friday", "2026-12-04 08:30", "on a Tuesday, next Friday is not the coming one"),
        ("wednesday lunchtime", "2026-11-25 12:30", "a part of the day"),
        ("at 5", "2026-11-24 17:00", "later today"),
        ("end of next week", "2026-12-04 08:30", "its Friday"),
        ("tmrw", "2026-11-25 08:30", "typed between cases"),
    ],
)
def test_what_people_write(text: str, expected: str, reason: str) -> None:
    moment = understand_when(text, TUESDAY, LONDON, USUAL)
    assert moment is not None, reason
    assert f"{moment:%Y-%m-%d %H:%M}" == expected, reason


@pytest.mark.parametrize(
    "text",
    ["soon", "whenever", "january", "30/02", "in 5 years", "when hell freezes", "I may", "the board sat", "", "10"],
)
def test_what_is_unclear_is_not_guessed(text: str) -> None:
    assert understand_when(text, TUESDAY, LONDON, USUAL) is None


@pytest.mark.parametrize(
    "text", ["If he is late I wait", "I may ask her", "When 3 people agree, I speak", "If the 1:1 starts late I still ask"]
)
def test_prose_names_no_day_unless_it_does(text: str) -> None:
    assert understand_when(text, TUESDAY, LONDON, USUAL, is_answer=False) is None


def test_a_plan_that_names_its_day() -> None:
    moment = understand_when("If Tuesday's 1:1 starts with the list, I ask", TUESDAY, LONDON, USUAL, is_answer=False)
    assert moment is not None
    assert f"{moment:%a %d %b}" == "Tue 01 Dec"


def test_the_hour_is_the_persons_own_across_the_change_of_clocks() -> None:
    before = datetime(2026, 10, 23, 12, 0, tzinfo=LONDON)
    moment = understand_when("in a week", before, LONDON, USUAL)
    assert moment is not None
    assert (f"{moment:%H:%M}", moment.astimezone(UTC).hour) == ("08:30", 8)


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("not Friday, make it Monday", "Mon 30 Nov", "what is taken back is not chosen"),
        ("no, not thursday, friday", "Fri 27 Nov", "the day after the comma is meant"),
        ("not friday but monday", "Mon 30 Nov", "but says what is meant instead"),
        ("not the 4th but the 11th", "Fri 11 Dec", "dates are negated like weekdays"),
        ("not this friday, next friday", "Fri 04 Dec", "one Friday is negated, not every Friday"),
        ("not Monday the 7th, Monday the 14th", "Mon 14 Dec", "the same with dates"),
        ("I can't on Monday, how about Tuesday", "Tue 01 Dec", "a comma ends what cannot be done"),
        ("can't do Thursday or Friday but Monday works", "Mon 30 Nov", "a list is negated as a whole"),
        ("Thursday's out and Friday works", "Fri 27 Nov", "the negation follows its day"),
        ("Friday isnt good, Thursday", "Thu 26 Nov", "an apostrophe is often left out"),
        ("Friday I'm away, Monday", "Mon 30 Nov", "a day off is no day"),
        ("I'm away until Thursday", "Thu 26 Nov", "the end of an absence is one"),
        ("Monday off, so Tuesday", "Tue 01 Dec", "so says what follows from it"),
        ("any day next week but Friday", "Mon 30 Nov", "an exception is no choice"),
        ("rather Thursday than Friday", "Thu 26 Nov", "the second is the one not meant"),
        ("no later than Friday", "Fri 27 Nov", "than is no negation after later"),
        ("Monday instead of Friday", "Mon 30 Nov", "the second is the one not meant"),
        ("move it from Friday to Monday", "Mon 30 Nov", "a move goes to its second day"),
        ("swap Friday for Monday", "Mon 30 Nov", "the same in other words"),
        ("not before Friday", "Fri 27 Nov", "not before a day is that day"),
        ("don't message me until Friday", "Fri 27 Nov", "the same in other words"),
        ("not for another fortnight", "Wed 09 Dec", "not for a time is after that time"),
        ("why not Friday?", "Fri 27 Nov", "a proposal, not a refusal"),
        ("no, I meant Thursday", "Thu 26 Nov", "a correction"),
        ("sorry Thursday not Wednesday", "Thu 26 Nov", "a correction that names the mistake"),
        ("make that Thursday", "Thu 26 Nov", "a correction"),
        ("Wed sorry I mean Thu", "Thu 26 Nov", "a correction in the same breath"),
        ("Wednesday, no, Thursday", "Thu 26 Nov", "the same, shorter"),
        ("I see her Thursday so ask me Friday", "Fri 27 Nov", "the day on which to ask is said last"),
        ("no wait not friday monday", "Mon 30 Nov", "typed without a comma"),
        ("not tomorrow, the day after", "Fri 27 Nov", "the day after tomorrow"),
        ("not next week, the week after", "Mon 07 Dec", "the week after next"),
    ],
)
def test_what_is_taken_back_is_not_chosen(text: str, expected: str, reason: str) -> None:
    moment = understand_when(text, WEDNESDAY, LONDON, USUAL)
    assert moment is not None, reason
    assert f"{moment:%a %d %b}" == expected, reason


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("Friday the 18th", "2026-12-18", "the next month in which they agree"),
        ("Thursday 3rd", "2026-12-03", "the same without the article"),
        ("Thursday 26", "2026-11-26", "no hour is 26"),
        ("Friday the 13th", "2027-08-13", "within a year"),
        ("Tuesday 1st Dec", "2026-12-01", "a weekday and a date that agree"),
        ("Friday 4 December", "2026-12-04", "the same"),
        ("Friday, 4 December", "2026-12-04", "the same with a comma"),
        ("Wednesday 25 November", "2026-11-25", "today, which a bare weekday never is"),
        ("next Friday the 4th", "2026-12-04", "next with its date"),
        ("late next week", "2026-12-04", "its Friday"),
        ("towards the end of next week", "2026-12-04", "the same in more words"),
        ("the back end of next week", "2026-12-04", "the same in the North"),
        ("early next week", "2026-11-30", "its Monday"),
        ("mid next week", "2026-12-02", "its Wednesday"),
        ("middle of next week", "2026-12-02", "the same"),
        ("Thursday of the week after next", "2026-12-10", "a weekday within a week"),
        ("next week friday", "2026-12-04", "the week may come first"),
        ("first Monday in December", "2026-12-07", "counted within its month"),
        ("last Friday of the month", "2026-11-27", "this month's"),
        ("second Tuesday of January", "2027-01-12", "counted within its month"),
        ("the 2nd Thursday in Jan", "2027-01-14", "in figures"),
        ("first Friday of next month", "2026-12-04", "a month that is not named"),
        ("beginning of jan", "2027-01-04", "the first working day, which 1 January is not"),
        ("early January", "2027-01-04", "the same"),
        ("mid January", "2027-01-15", "the working day nearest the 15th"),
        ("mid-month", "2026-12-15", "this month's middle has passed"),
        ("end of January", "2027-01-29", "its last working day"),
        ("before the end of January", "2027-01-29", "the same"),
        ("start of the new year", "2027-01-04", "the first working day after the holiday"),
        ("in the new year", "2027-01-04", "the same"),
        ("not until the new year", "2027-01-04", "the same"),
        ("before Christmas", "2026-12-24", "the last working day before it"),
        ("after Christmas", "2026-12-29", "the first working day after Boxing Day and its substitute"),
        ("the Monday after Christmas", "2026-12-28", "a weekday that is named stays, bank holiday or not"),
        ("after Easter", "2027-03-30", "the day after its Monday"),
        ("Good Friday", "2027-03-26", "not the coming Friday"),
        ("the day before Friday", "2026-11-26", "counted from a day"),
        ("the day after Tuesday", "2026-12-02", "counted from a day"),
        ("after Tuesday", "2026-12-02", "it is not on Tuesday"),
        ("before Monday", "2026-11-27", "the last working day before it"),
        ("any time after the 4th", "2026-12-07", "the first working day after it"),
        ("two days before Christmas", "2026-12-23", "counted from a holiday"),
        ("in a month", "2026-12-29", "a count that falls on a holiday moves on"),
        ("a month today", "2026-12-29", "the same"),
        ("in 30 days", "2026-12-29", "the same"),
        ("ten days", "2026-12-07", "a count that falls on a Saturday moves on"),
        ("in 72 hours", "2026-11-30", "what dateparser finds moves on"),
        ("in 10 working days", "2026-12-09", "weekends are not counted"),
        ("end of the month", "2026-11-30", "its last working day"),
        ("next month", "2026-12-01", "its first working day"),
        ("Saturday", "2026-11-28", "a day that is named stays"),
        ("25 December", "2026-12-25", "a day that is named stays"),
        ("a week on Saturday", "2026-12-05", "a day that is named stays"),
        ("tomorrow", "2026-11-26", "a day that is named stays"),
        ("this time next week", "2026-12-02", "a week from today"),
        ("a week today", "2026-12-02", "the same"),
        ("w/c 7 December", "2026-12-07", "a week by its Monday"),
        ("the first of December", "2026-12-01", "an ordinal in words"),
        ("the 1st of next month", "2026-12-01", "a day of a month that is not named"),
        ("on 3.12", "2026-12-03", "a date with a full stop, after on"),
    ],
)
def test_the_day_that_is_meant(text: str, expected: str, reason: str) -> None:
    moment = understand_when(text, WEDNESDAY, LONDON, USUAL)
    assert moment is not None, reason
    assert f"{moment:%Y-%m-%d}" == expected, reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Thursday at 4", "Thu 26 Nov 16:00"),
        ("thurs @ 4", "Thu 26 Nov 16:00"),
        ("first thing Monday", "Mon 30 Nov 08:30"),
        ("Friday after clinic", "Fri 27 Nov 17:30"),
        ("tonight", "Wed 25 Nov 17:30"),
        ("Fri 4th Dec at 2pm", "Fri 04 Dec 14:00"),
        ("end of play tomorrow", "Thu 26 Nov 17:30"),
        ("just after lunch on Friday", "Fri 27 Nov 12:30"),
    ],
)
def test_a_day_with_its_hour(text: str, expected: str) -> None:
    moment = understand_when(text, WEDNESDAY, LONDON, USUAL)
    assert moment is not None
    assert f"{moment:%a %d %b %H:%M}" == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("let's say Thursday week", "Thu 03 Dec"),
        ("Thursday fortnight", "Thu 10 Dec"),
        ("a week tomorrow", "Thu 03 Dec"),
        ("week on Monday", "Mon 07 Dec"),
        ("a fortnight from today", "Wed 09 Dec"),
        ("leave it till Friday", "Fri 27 Nov"),
        ("give me till the back end of next week", "Fri 04 Dec"),
        ("give it a month", "Tue 29 Dec"),
        ("call it ten days", "Mon 07 Dec"),
        ("a couple of weeks", "Wed 09 Dec"),
        ("in a month or so", "Tue 29 Dec"),
        ("2 wks today", "Wed 09 Dec"),
        ("nxt tues", "Tue 01 Dec"),
        ("how about mon", "Mon 30 Nov"),
        ("prob thurs", "Thu 26 Nov"),
        ("shall we say the 9th?", "Wed 09 Dec"),
        ("when I'm back on the 7th", "Mon 07 Dec"),
        ("back Tuesday", "Tue 01 Dec"),
        ("Friday at the latest", "Fri 27 Nov"),
        ("straight after the weekend", "Mon 30 Nov"),
        ("midweek", "Wed 25 Nov"),
        ("later next month", "Thu 31 Dec"),
        ("some time in the new year", "Mon 04 Jan"),
        ("New Year's Eve", "Thu 31 Dec"),
        ("day after boxing day", "Sun 27 Dec"),
        ("the Friday before Christmas", "Fri 18 Dec"),
        ("week after next on the Tuesday", "Tue 08 Dec"),
        ("on or after the 4th", "Fri 04 Dec"),
        ("last working day of the month", "Mon 30 Nov"),
        ("Monday week at 9", "Mon 07 Dec"),
        ("Friday - 4 Dec.", "Fri 04 Dec"),
        ("third Wed in Jan", "Wed 20 Jan"),
        ("within the next week", "Wed 02 Dec"),
        ("tmrw first thing", "Thu 26 Nov"),
        ("two weeks off please", "Wed 09 Dec"),
        ("I'm away for a week", "Wed 02 Dec"),
        ("skip the next two weeks", "Wed 09 Dec"),
        ("quiet til after easter", "Tue 30 Mar"),
        ("im in india till the 28th no messages pls", "Sat 28 Nov"),
    ],
)
def test_oblique_wording(text: str, expected: str) -> None:
    moment = understand_when(text, WEDNESDAY, LONDON, USUAL)
    assert moment is not None
    assert f"{moment:%a %d %b}" == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not Friday", "nothing is left"),
        ("not friday at 4", "nor does its hour remain"),
        ("not at 4", "an hour is negated like a day"),
        ("anything but Monday", "nothing is left"),
        ("any day but not friday", "nothing is left"),
        ("can't do Thursday", "nothing is left"),
        ("I won't be in the office on Thursday", "the negation stands further off"),
        ("not thursday or friday", "a list is negated as a whole"),
        ("not friday, in two days", "in two days is Friday"),
        ("next week, not Monday", "next week by itself means Monday"),
        ("Friday's no good", "the negation follows its day"),
        ("Thursday doesn't work Friday does", "it is not clear which"),
        ("I'm off Friday", "a day off is no day"),
        ("actually the week after", "after what?"),
        ("the following Thursday", "following what?"),
        ("the Thursday after next", "it is used in two ways"),
        ("Monday 4 December", "4 December is a Friday"),
        ("Friday 5/12", "the same in figures"),
        ("last Tuesday", "it is past"),
        ("last tuesday at 5", "nor does its hour remain"),
        ("a week last Friday", "it is past"),
        ("Friday three weeks ago", "it is past"),
        ("yesterday at 5", "it is past"),
        ("early November", "it is past, and next year's is not meant"),
        ("31 February", "there is no such day"),
        ("31st April", "there is no such day"),
        ("30/2", "there is no such day"),
        ("32nd", "there is no such day"),
        ("Friday 32nd", "there is no such day"),
        ("4 December 1926", "it is past"),
        ("Thursday or Friday", "it is not clear which"),
        ("between Monday and Wednesday", "it is not clear which"),
        ("the 10th or 11th", "it is not clear which"),
        ("4-5 December", "it is not clear which"),
        ("this Friday or next", "it is not clear which"),
        ("in a week or two", "it is not clear which"),
        ("2-3 weeks", "neither a count nor a date"),
        ("Tuesday in January", "it is not clear which"),
        ("in January", "it is not clear when"),
        ("at the weekend", "it is not clear when"),
        ("next weekend", "it is used in two ways"),
        ("Thursday 4", "a date or an hour"),
        ("after the Christmas party", "a party is no date"),
        ("after Jan speaks", "Jan is a person"),
        ("the 3rd patient", "a patient is no date"),
        ("24/7", "always is no date"),
        ("happy new year", "a greeting is no date"),
        ("we talked about it", "dateparser takes we for Wednesday"),
        ("about a 7", "dateparser takes a 7 for July"),
        ("hang on a minute", "nobody means a minute"),
        ("on leave from friday, pick it up on the 23rd", "the 23rd is no Friday, nor meant to be"),
    ],
)
def test_what_is_not_clear_is_asked_again(text: str, reason: str) -> None:
    assert understand_when(text, WEDNESDAY, LONDON, USUAL) is None, reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("On Friday 4 December I show him the figures", "Fri 04 Dec"),
        ("On Monday 4 December I show him the figures", None),
        ("On Friday the 18th I ask", "Fri 18 Dec"),
        ("Not Friday but Monday I ask him", "Mon 30 Nov"),
        ("it did not happen on Tuesday", None),
        ("didn't get to it on Friday, now Monday", "Mon 30 Nov"),
        ("Last Tuesday went badly, so on Thursday I ring him", "Thu 26 Nov"),
        ("If I haven't heard by Friday, I ring Ann", "Fri 27 Nov"),
        ("postponed until Wednesday week", "Wed 09 Dec"),
        ("When the 3rd patient is late I ask", None),
        ("I keep a diary for two weeks", None),
        ("From January I stop covering", None),
        ("1.5 PAs is what I ask for", None),
        ("she sat 3 exams", None),
        ("If she may, I ask her at 4", None),
    ],
)
def test_days_in_prose(text: str, expected: str | None) -> None:
    moment = understand_when(text, WEDNESDAY, LONDON, USUAL, is_answer=False)
    assert (moment and f"{moment:%a %d %b}") == expected


@pytest.mark.parametrize(
    ("now", "text", "expected", "reason"),
    [
        ("2026-11-28", "end of the week", "2026-12-04", "on a Saturday, the week's end is the next"),
        ("2026-11-27T22:00", "end of the week", "2026-11-27", "late on a Friday, it is still today"),
        ("2026-11-29", "next week", "2026-11-30", "on a Sunday, tomorrow"),
        ("2026-12-28", "end of the week", "2026-12-31", "New Year's Day is no working day"),
        ("2027-01-20", "end of the month", "2027-01-29", "a Sunday is no working day"),
        ("2027-03-22", "by the end of the week", "2027-03-25", "Good Friday is no working day"),
        ("2026-12-24", "next week", "2026-12-29", "the Monday is Boxing Day's substitute"),
        ("2026-12-18", "in two weeks", "2027-01-04", "New Year's Day moves on, past the weekend"),
        ("2026-12-28", "before Christmas", "2027-12-24", "this year's has passed"),
        ("2027-11-10", "29 February", "2028-02-29", "only some years have it"),
    ],
)
def test_on_other_days(now: str, text: str, expected: str, reason: str) -> None:
    moment = understand_when(text, datetime.fromisoformat(now).replace(tzinfo=LONDON), LONDON, USUAL)
    assert moment is not None, reason
    assert f"{moment:%Y-%m-%d}" == expected, reason


DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
NEGATED = [
    "not {}",
    "not on {}",
    "no, not {}",
    "can't do {}",
    "I cannot make {}",
    "I won't be in on {}",
    "any day but {}",
    "anything but a {}",
    "never on a {}",
    "{} is no good",
    "{}'s out",
    "{} doesn't work",
    "I'm off {}",
    "instead of {}",
    "last {}",
]
WORDS = """
    the next last this not no or and but week month in on a two after before end early mid of until from first ago working weekend ,
    today tomorrow fortnight days years january december christmas easter new_year bank_holiday 999 31 4th the_3rd 30/2 3/12 at_4 2026-12-25
"""
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)).map(lambda moment: moment.replace(tzinfo=LONDON))


@given(
    st.sampled_from(NEGATED),
    st.sampled_from(DAYS),
    st.sampled_from(["", *DAYS, "next week", "in two days", "end of the week", "tomorrow", "the day after", "a week today", "the 3rd"]),
    st.booleans(),
    MOMENTS,
)
def test_a_negated_weekday_is_never_chosen(negated: str, day: str, other: str, is_last: bool, now: datetime) -> None:
    words = [negated.format(day), other][:: -1 if is_last else 1]
    for is_answer in (True, False):
        moment = understand_when(", ".join(filter(None, words)), now, LONDON, USUAL, is_answer=is_answer)
        assert moment is None or DAYS[moment.weekday()] != day


@given(st.lists(st.sampled_from([*DAYS, *WORDS.split()]), max_size=9).map(lambda words: " ".join(words).replace("_", " ")), MOMENTS)
def test_no_answer_lies_in_the_past_or_too_far_ahead(text: str, now: datetime) -> None:
    for is_answer in (True, False):
        moment = understand_when(text, now, LONDON, USUAL, is_answer=is_answer)
        assert moment is None or (moment > now and moment.date() <= now.date() + timedelta(days=FURTHEST))


@given(st.dates(datetime(2026, 1, 1).date(), datetime(2030, 1, 1).date()), st.sampled_from([1, -1]))
def test_a_working_day_stays_what_it_is(day: date, step: int) -> None:
    found = working_day(day, step)
    assert found.weekday() < 5
    assert working_day(found, step) == found
    assert (found - day).days * step in range(7)


@given(st.text(max_size=200))
def test_no_text_breaks_it_and_no_answer_lies_in_the_past(text: str) -> None:
    moment = understand_when(text, TUESDAY, LONDON, USUAL)
    assert moment is None or moment > TUESDAY
