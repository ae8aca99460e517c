"""What tired people type about hours, surveys and where they are: what is read, what is said to be impossible, and what is left alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import time

import pytest

from bot.domain.availability import BusyBlock, Change
from bot.understanding.availability import understand_availability
from tests.unit.understanding.test_availability import LONDON, USUAL, WEDNESDAY, summary


@pytest.mark.parametrize(
    ("text", "expected", "reason"),
    [
        ("theatre tuesdays but not thursdays", "theatre Tue 08:00-18:00; no theatre Thu", "Thursday is free of theatre, and no day off"),
        ("theatre tuesdays not thursdays", "theatre Tue 08:00-18:00; no theatre Thu", "the same without a but"),
        ("theatre tuesdays but never thursdays or fridays", "theatre Tue 08:00-18:00; no theatre Thu; no theatre Fri", "two days"),
        ("clinic mondays but not fridays", "clinic Mon 08:00-18:00; no clinic Fri", "another label"),
        ("no more theatre on thursdays", "no theatre Thu", "it was there and has gone"),
        ("i don't have theatre on thursdays any more", "no theatre Thu", "the same in more words"),
        ("weds am theatre thurs pm clinic", "theatre Wed 08:00-13:00; clinic Thu 13:00-18:00", "two single days make a timetable"),
        ("tues/thurs theatre", "theatre Tue 08:00-18:00; theatre Thu 08:00-18:00", "the days first, with a stroke"),
        ("private practice weds pm", "private practice Wed 13:00-18:00", "another thing that keeps people busy"),
        ("only evenings till 1am", "from 18:00; until 01:00", "both ends of the evening"),
        ("evenings only until 1am", "from 18:00; until 01:00", "only, behind"),
        ("only evenings after 8", "from 20:00; until 00:00", "eight in the evening"),
        ("AL 21 dec to 4 jan", "leave 21 Dec to 4 Jan", "annual leave, over the year's end"),
        ("a.l. 3-10 aug", "leave 3 Aug to 10 Aug", "with dots"),
        ("AL next week", "leave 20 Jul to 26 Jul", "a whole week"),
        ("leave from tomorrow till monday", "leave 16 Jul to 20 Jul", "both ends make it a holiday"),
        ("leave tomorrow till monday", "leave 16 Jul to 20 Jul", "without from"),
        ("i've got leave booked 3-10 august", "leave 3 Aug to 10 Aug", "booked"),
        ("i'm back on the 27th", "away 15 Jul to 26 Jul", "until the day before"),
        ("nights this week", "night shift 15 Jul to 19 Jul", "who works at night sleeps by day"),
        ("oncall fri sat sun", "on call 17 Jul to 17 Jul; on call 18 Jul to 18 Jul; on call 19 Jul to 19 Jul", "days in a row"),
        ("sick leave till further notice", "which_days? leave", "no last day"),
        ("fridays off", "-Fri", "every Friday"),
        ("mondays and fridays off please", "-Mon Fri", "with thanks"),
        ("i have fridays off", "-Fri", "said of oneself"),
        ("wednesday afternoons off", "busy Wed 13:00-18:00", "a part of a day"),
        ("i'm off on friday", "away 17 Jul to 17 Jul", "one Friday, not every one"),
        ("cant do thursdays", "-Thu", "without its apostrophe"),
        ("not sat or sun", "-Sat Sun", "both days of the weekend, short"),
        ("i'm part time, mon to wed", "+Mon Tue Wed; -Thu Fri Sat Sun", "these and no others"),
        ("less than full time, no fridays", "-Fri", "what goes before says why"),
        ("quiet after 9", "until 21:00", "in the evening"),
        ("quiet weekends", "-Sat Sun", "no working days"),
        ("nowt after 7", "until 19:00", "as it is said in Leeds"),
        ("no messages when scrubbed", "which_days? theatre", "on which days, is not said"),
        ("every other tuesday", "every_week?", "no week is like the next"),
        ("theatre alternate tuesdays", "every_week?", "the same"),
        ("not every other tuesday", "every_week?", "a wish that cannot be kept"),
        ("clinic 1st and 3rd monday of the month", "every_week?", "counted in months"),
        ("on call 1 in 8", "every_week?", "a rota"),
        ("less often", "how_often?", "how much less"),
        ("one message a fortnight max", "how_often?", "fewer than one a week"),
        ("no surveys", "no surveys", "plain"),
        ("no surveys but keep the check-ins", "no surveys", "what stays as it is needs no change"),
        ("just check-ins no surveys", "no surveys", "the other way round"),
        ("stop sending me questionnaires", "no surveys", "another word"),
        ("i don't want any more surveys", "no surveys", "a whole sentence"),
        ("no digest but keep surveys", "surveys; no digest", "one of the two"),
        ("surveys back on", "surveys", "they may come again"),
        ("no more surveys, nothing after 6", "until 18:00; no surveys", "two wishes"),
        ("nothing b4 8 ta", "from 08:00", "as thumbs write it"),
        ("no msgs at wkends", "-Sat Sun", "the same"),
        ("no pings when im scrubbed tuesdays n thursdays", "theatre Tue 08:00-18:00; theatre Thu 08:00-18:00", "and, in one letter"),
        ("stop texting me at night", "busy Mon Tue Wed Thu Fri Sat Sun 20:00-08:00", "not to stop at all"),
        ("no texts after 9pm & not b4 7", "from 07:00; until 21:00", "two wishes, joined by a sign"),
        ("I dont do mondays", "-Mon", "every Monday"),
        ("stick to once a week", "1 a week", "a cap"),
        ("theatre list tues moved to wednesdays", "theatre Wed 08:00-18:00; no theatre Tue", "one day for another"),
        ("am away w/c 7 dec", "away 7 Dec to 13 Dec", "without a subject"),
        ("bin the surveys", "no surveys", "rudely"),
        ("skip the survey this time", "one_survey?", "one, not all"),
        ("no survey today", "one_survey?", "the same"),
        ("uk time again", "Europe/London", "home"),
        ("I'm in Lisbon this week", "Europe/Lisbon", "a city"),
        ("im in lisbon til friday", "Europe/Lisbon", "in a hurry"),
        ("my time zone is Europe/Dublin", "Europe/Dublin", "its own name"),
        ("i'm on new york time until the 4th", "America/New_York", "two words"),
        ("I'm back in the UK", "Europe/London", "a country with one zone"),
        ("back in london", "Europe/London", "without a subject"),
        ("I'll be in Sydney from monday", "Australia/Sydney", "on another side of the world"),
        ("my time zone is mars", "which_zone?", "there is no such zone"),
    ],
)
def test_what_is_wished(text: str, expected: str, reason: str) -> None:
    assert summary(understand_availability(text, WEDNESDAY, LONDON)) == expected, reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("friday off", "one day, nobody says whose"),
        ("i took friday off", "what was"),
        ("he has fridays off", "somebody else"),
        ("everyone wants fridays off", "a challenge"),
        ("fridays off are a joke", "a complaint"),
        ("leave it till monday", "another kind of leave"),
        ("leave monday", "the verb, most likely"),
        ("annual leave denied again", "a challenge"),
        ("al says no", "somebody's name"),
        ("al is off next week", "the same"),
        ("AL", "nothing is said of it"),
        ("nights are killing me", "a challenge"),
        ("nights", "no more than a word"),
        ("every other tuesday is chaos", "a challenge"),
        ("every second one fails", "what happens"),
        ("first monday of the month", "an answer to another question"),
        ("on call one in four and it's unfair", "a challenge"),
        ("once a month", "how often something else is"),
        ("too many messages", "of whose, nobody says"),
        ("survey fatigue", "a theme"),
        ("staff survey results are dire", "another survey"),
        ("surveys are a waste of time", "a view, no wish"),
        ("we had no surveys this year", "what was"),
        ("no more questions", "it may be the coach's question that is meant"),
        ("keep the check-ins", "nothing is changed by it"),
        ("part time", "no day is named"),
        ("i'm part time and can't keep up", "a challenge"),
        ("quiet", "of when, nobody says"),
        ("quiet on the ward", "a report"),
        ("private practice is a problem", "a challenge"),
        ("i'm back to square one", "a figure of speech"),
        ("i'm back in clinic", "now"),
        ("i'm in theatre this week", "no place on the map"),
        ("i'm in reading this week", "no zone is named after it"),
        ("i'm in a meeting in lisbon", "where somebody sits, not for how long"),
        ("i'm in charge of the rota", "no place at all"),
        ("time zone?", "a question"),
        ("no more theatre", "of which days, nobody says"),
        ("no theatre on thursday", "one list, cancelled"),
    ],
)
def test_what_is_no_wish(text: str, reason: str) -> None:
    assert understand_availability(text, WEDNESDAY, LONDON) is None, reason


def test_a_day_without_theatre_keeps_its_other_blocks() -> None:
    theatre = BusyBlock("theatre", frozenset({1, 3}), time(8), time(18))
    clinic = BusyBlock("clinic", frozenset({3}), time(8), time(13))
    hours = replace(USUAL, busy=(theatre, clinic))
    freed = hours.with_change(Change(frees=frozenset({("theatre", 3)})))
    assert freed.busy == (replace(theatre, weekdays=frozenset({1})), clinic)
    assert freed.working_days == hours.working_days
    assert freed.with_change(Change(frees=frozenset({("theatre", 1)}))).busy == (clinic,)
