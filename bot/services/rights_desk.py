"""A person's rights as they are asked for in the chat; answered without the engine, so that they hold while it is away."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from bot.content.access import say_access
from bot.content.toolkit import Sentences, Toolkit
from bot.domain.messages import NO, YES, Choice, Reply, payload, read_payload
from bot.domain.wording import say_day
from bot.services import rights
from bot.storage.audit import actions_about
from bot.storage.database import Database
from bot.storage.plans import newest_open_plan, reflections_of
from bot.storage.surveys import Answer, newest_answer
from bot.storage.tables import Audit, Person

# The intent of payloads that are answered here and never reach the engine.
RIGHTS = "rights"
# So many of the staff's newest actions are named in the chat; the page has the rest.
_LOOKED = 5


def is_about_rights(text: str) -> bool:
    """Return whether a payload is answered here."""
    return text == f"/{RIGHTS}" or text.startswith(f"/{RIGHTS}{{")


def say_actions(sentences: Sentences, actions: list[Audit], zone: ZoneInfo) -> list[str]:
    """Return in words what the staff did that concerns one person; what has no sentence is said by its name."""
    return [
        sentences.say(
            "your_data.looked_line",
            day=say_day(each.at.astimezone(zone)),
            who=each.actor.partition(":")[2] or each.actor,
            what=sentences.get(f"your_data.did_{each.action.replace('.', '_')}", each.action.replace(".", ": ").replace("_", " ")),
        )
        for each in actions
    ]


class RightsDesk:
    """Answers what a person asks about their own data."""

    def __init__(self, database: Database, smallest: int, address: str | None) -> None:
        self._database, self._smallest, self._address = database, smallest, address

    async def answer(self, person: Person, toolkit: Toolkit, text: str, now: datetime) -> list[Reply]:
        """Return the answer to a payload of ours."""
        sentences = toolkit.sentences
        carried = read_payload(text)[1]
        about = carried.get("about", "")
        if about == "held":
            return [Reply(await self._held(person, sentences))]
        if about == "access":
            lines = [sentences.say("your_data.sees_text")]
            lines += [
                sentences.say("your_data.access_said", who=who, what="; ".join(what)) for who, what in say_access(sentences, self._smallest)
            ]
            return [Reply("\n".join(lines)), Reply(sentences.say("your_data.sees_server"))]
        if about == "looked":
            return [Reply(await self._looked(person, sentences))]
        if about == "delete":
            return [await self._delete(person, toolkit, carried.get("value", ""))]
        if about == "correct":
            return [await self._correct(person, sentences)]
        if about in {"object", "count"}:
            await rights.object_to_counting(self._database, person.id, now if about == "object" else None)
            key = "your_data.objected_said" if about == "object" else "your_data.counted_said"
            return [Reply(sentences.say(key, smallest=self._smallest))]
        return [Reply(self._with_link(sentences, sentences.say("your_data.copy_said")))]

    async def _held(self, person: Person, sentences: Sentences) -> str:
        held = await rights.count_held(self._database, person.id)
        if not held:
            return sentences.say("your_data.held_nothing")
        lines = "\n".join(f"{say_kind(sentences, name)}: {count}" for name, count in held.items())
        return self._with_link(sentences, sentences.say("your_data.held_said", lines=lines))

    async def _looked(self, person: Person, sentences: Sentences) -> str:
        async with self._database.reading() as session:
            actions = list(await actions_about(session, person.id, _LOOKED))
        if not actions:
            return sentences.say("your_data.looked_none")
        return sentences.say("your_data.looked_said", lines="\n".join(say_actions(sentences, actions, ZoneInfo(person.time_zone))))

    async def _delete(self, person: Person, toolkit: Toolkit, value: str) -> Reply:
        """Ask about the newest plan, reflection or answer to a survey; with a value, delete that one or keep it."""
        sentences = toolkit.sentences
        if value == "keep":
            return Reply(sentences.say("your_data.kept_said"))
        if value:
            named, _, digits = value.partition(":")
            try:
                await rights.delete_one(self._database, person.id, named, int(digits))
            except (rights.NotTheirs, ValueError):
                return Reply(sentences.say("your_data.delete_nothing"))
            return Reply(sentences.say("your_data.deleted_said"))
        newest = await self._newest(person, toolkit)
        if newest is None:
            return Reply(sentences.say("your_data.delete_nothing"))
        kind, number, words = newest
        return Reply(
            sentences.say("your_data.delete_which", words=words),
            (
                Choice(sentences["your_data.delete_it"], payload(RIGHTS, {"about": "delete", "value": f"{kind}:{number}"}), YES),
                Choice(sentences["your_data.delete_not"], payload(RIGHTS, {"about": "delete", "value": "keep"}), NO),
            ),
        )

    async def _correct(self, person: Person, sentences: Sentences) -> Reply:
        newest = await self._newest(person)
        if newest is None:
            return Reply(sentences.say("your_data.correct_nothing"))
        return Reply(self._with_link(sentences, sentences.say("your_data.correct_said", words=newest[2])))

    async def _newest(self, person: Person, toolkit: Toolkit | None = None) -> tuple[str, int, str] | None:
        """Return kind, number and words of whatever the person kept last, or none; with a toolkit, of their answers to surveys too."""
        async with self._database.reading() as session:
            plan = await newest_open_plan(session, person.id)
            reflection = next(iter(await reflections_of(session, person.id, 1)), None)
            given = await newest_answer(session, person.id) if toolkit else None
        kept = [*([plan.made_at] if plan else []), *([reflection.kept_at] if reflection else [])]
        if toolkit and given and given[0].value is not None and all(given[0].answered_at >= at for at in kept):
            return f"{rights.ANSWER}{given[0].item}", given[1].id, say_answer(toolkit, given[0])
        if reflection is not None and (plan is None or reflection.kept_at >= plan.made_at):
            return "reflection", reflection.id, reflection.words
        return ("plan", plan.id, plan.words) if plan is not None else None

    def _with_link(self, sentences: Sentences, text: str) -> str:
        return f"{text}\n{sentences.say('your_data.held_link', address=self._address)}" if self._address else text


def say_answer(toolkit: Toolkit, answer: Answer) -> str:
    """Return an answer to a survey in words: what was asked, and what was answered; by its name where it is asked no more."""
    item = toolkit.items.get(answer.item)
    if item is None:
        return f"{answer.item}: {answer.value}"
    label = next((point.label for point in toolkit.scales[item.scale].points if point.value == answer.value), answer.value)
    return f"{item.text} {label}"


def say_kind(sentences: Sentences, table: str) -> str:
    """Return what a table holds, in words; one that has no sentence yet by its name."""
    return sentences.get(f"your_data.kind_{table}", table.replace("_", " ").capitalize())
