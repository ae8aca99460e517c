"""Forms that are filled in at once instead of question by question: what they begin with, what is wrong, and what is handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.library import Library
from bot.content.schema import SurveyItem
from bot.content.toolkit import Toolkit
from bot.domain.clock import Clock
from bot.domain.messages import SKIP, Filled, read_payload, read_value
from bot.domain.wording import say_day
from bot.services.lobby import CONSENT_VERSION
from bot.settings import SettingsFile
from bot.storage import messages as kept
from bot.storage.database import Database
from bot.storage.people import find_person
from bot.storage.plans import find_plan, newest_plan
from bot.storage.surveys import answers_in, find_round, round_to_answer
from bot.storage.tables import Person, Plan, RoundState
from bot.understanding.days import FURTHEST
from bot.understanding.plans import day_in_plan, fault_in_plan, is_before_plan, join_plan
from bot.understanding.words import has_words, is_latin

# The choices with which a plan begins, by their intents.
_BEGINS_PLAN = frozenset({"make_plan", "smaller_step"})


@dataclass(frozen=True, slots=True)
class PlanBegun:
    """What a plan's form begins with; `about` is ids only, and comes back with what was filled in."""

    about: Mapping[str, str | int]
    example: str | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class SurveyBegun:
    """The items of a round that wait for an answer."""

    round_id: int
    items: tuple[SurveyItem, ...]
    toolkit: Toolkit


class Forms:
    """Begins forms and takes them in. What is filled in goes through the conversation like any message, so that it is read once."""

    def __init__(self, database: Database, library: Library, clock: Clock, settings: SettingsFile) -> None:
        self._database, self._library, self._clock, self._settings = database, library, clock, settings

    async def begin_plan(self, person_id: str) -> PlanBegun | None:
        """Return a new plan's form; none for somebody who has not agreed that anything is kept."""
        async with self._database.reading() as session:
            person = await _agreed(session, person_id)
            return await self._plan(session, person, {}) if person else None

    async def begin_plan_by(self, person_id: str, choice: str) -> PlanBegun | None:
        """Return the plan's form that a choice begins; none when it begins no plan, or can no longer be taken."""
        target = read_value(choice)
        async with self._database.reading() as session:
            person = await _agreed(session, person_id)
            taken = await kept.open_choice(session, person_id, *target) if target and person else None
            if person is None or taken is None:
                return None
            intent, carried = read_payload(taken.payload)
            return await self._plan(session, person, carried) if intent in _BEGINS_PLAN else None

    async def _plan(self, session: AsyncSession, person: Person, carried: Mapping[str, str]) -> PlanBegun:
        named = await find_plan(session, int(carried.get("plan") or 0), person.id)
        newest = await newest_plan(session, person.id)
        theme, scenario = carried.get("theme"), carried.get("scenario")
        if named is not None:
            theme, scenario = named.theme, named.scenario
        found = self._library.of(person.programme_id).scenarios.get(scenario or "")
        about: dict[str, str | int] = {"since": newest.id if newest else 0}
        about |= {name: value for name, value in (("theme", theme or (found and found.theme)), ("scenario", scenario)) if value}
        option = found.option(carried.get("option") or "") if found else None
        about |= {"option": option.id} if option else {}
        example, words = option.example_plan if option else None, ""
        if named is not None and "theme" in carried:
            # Only the choice to change a plan's words says what the plan is about: they are what is changed.
            about["plan"], words = named.id, named.words
        return PlanBegun(about, example, words)

    async def faults_in_plan(
        self, person_id: str, about: Mapping[str, str | int], halves: tuple[str, str], ask_on: date | None
    ) -> dict[str, str]:
        """Return what keeps a plan from being made, in plain words by the part that it is about: `cue`, `response` or `ask_on`."""
        now = self._clock.now()
        async with self._database.reading() as session:
            person = await _agreed(session, person_id)
            newest = await newest_plan(session, person_id)
        toolkit = self._library.of(person.programme_id if person else None)
        say = toolkit.sentences.say
        if person is None:
            return {"response": say("form.gone")}
        if _is_overtaken(newest, about):
            return {"response": say("form.plan_made_since")}
        words = join_plan(*halves)
        keys = {"cue": _unreadable(halves[0]), "response": _unreadable(halves[1]) or fault_in_plan(words)}
        faults = {part: say(key) for part, key in keys.items() if key}
        if ask_on is not None:
            zone = ZoneInfo(person.time_zone)
            own = day_in_plan(words, now, zone, self._settings.follow_up.ask_at)
            today = now.astimezone(zone).date()
            if not today < ask_on <= today + timedelta(days=FURTHEST):
                faults["ask_on"] = say("form.day_out_of_reach")
            elif own is not None and is_before_plan(ask_on, own):
                faults["ask_on"] = say("plan.date_too_early", day=say_day(own))
        return faults

    async def can_fill(self, person_id: str, about: Mapping[str, str | int]) -> bool:
        """Return whether a form of this person's can still be handed in: no plan was made since, or its round still waits."""
        async with self._database.reading() as session:
            if await _agreed(session, person_id) is None:
                return False
            if "round" not in about:
                return not _is_overtaken(await newest_plan(session, person_id), about)
            survey_round = await round_to_answer(session, person_id)
        return survey_round is not None and survey_round.id == about["round"]

    async def fill_plan(self, person_id: str, about: Mapping[str, str | int], ask_on: date | None) -> Filled:
        """Return what the engine receives of a plan's form besides its words."""
        carried = {name: about[name] for name in ("theme", "scenario", "option", "plan") if name in about}
        if ask_on is not None:
            async with self._database.reading() as session:
                person = await find_person(session, person_id)
            zone = ZoneInfo(person.time_zone if person else self._settings.time_zone)
            carried["value"] = datetime.combine(ask_on, self._settings.follow_up.ask_at, zone).isoformat()
        return Filled("make_plan", carried)

    async def begin_survey(self, person_id: str) -> SurveyBegun | None:
        """Return the questions that wait for an answer, or none."""
        async with self._database.reading() as session:
            person = await _agreed(session, person_id)
            survey_round = await round_to_answer(session, person_id) if person else None
            if person is None or survey_round is None:
                return None
            answered = {answer.item for answer in await answers_in(session, survey_round.id)}
        toolkit = self._library.of(person.programme_id)
        left = [entry["item"] for entry in survey_round.items if entry["item"] not in answered and entry["item"] in toolkit.items]
        return SurveyBegun(survey_round.id, tuple(toolkit.items[item] for item in left), toolkit) if left else None

    async def fill_survey(self, person_id: str, round_id: int, answers: Mapping[str, int | None]) -> tuple[str, Filled] | str:
        """Return what a survey's form says, in words and for the engine; or why it comes too late, as a sentence."""
        async with self._database.reading() as session:
            person = await _agreed(session, person_id)
            survey_round = await find_round(session, round_id, person_id)
        toolkit = self._library.of(person.programme_id if person else None)
        if person is None:
            return toolkit.sentences["form.gone"]
        if survey_round is None or survey_round.state is RoundState.CLOSED:
            return toolkit.sentences["survey.already_closed"]
        values = {item: SKIP if value is None else str(value) for item, value in answers.items()}
        given = ",".join(values.get(entry["item"], "") for entry in survey_round.items)
        said = [_label(toolkit, item, value) for item, value in answers.items() if value is not None]
        return ", ".join(said) or toolkit.sentences["choice.skip"], Filled("EXTERNAL_survey", {"survey_round": round_id, "value": given})


async def _agreed(session: AsyncSession, person_id: str) -> Person | None:
    person = await find_person(session, person_id)
    return person if person is not None and person.consent_version == CONSENT_VERSION else None


def _is_overtaken(newest: Plan | None, about: Mapping[str, str | int]) -> bool:
    """Return whether a plan was made since a plan's form was begun."""
    return (newest.id if newest else 0) != about.get("since")


def _unreadable(words: str) -> str | None:
    """Return why words could not be read, as a sentence's key; none when they can be."""
    if not has_words(words):
        return "conversation.no_words"
    return None if is_latin(words) else "conversation.other_script"


def _label(toolkit: Toolkit, item: str, value: int) -> str:
    scale = toolkit.scales[toolkit.items[item].scale]
    return next((point.label for point in scale.points if point.value == value), str(value))
