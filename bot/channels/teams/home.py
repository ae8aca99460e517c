"""The home card: the person's plan, when the coach writes to them, and what they can do about their data."""

from __future__ import annotations

from bot.bootstrap import Product
from bot.channels.teams.cards import Card, home_card
from bot.content.hours import say_availability
from bot.content.toolkit import Sentences
from bot.domain.wording import say_moment
from bot.services.home import Home, read_home

# What the buttons of the home card say on the person's behalf, by the key of their command.
SAYS = frozenset({"my_plan", "reflect", "snooze", "resume", "who_sees", "export", "erase"})


async def home_of(product: Product, person_id: str | None, member: str) -> Card:
    """Return somebody's home card as it is now; whoever has not agreed is shown nothing of anybody."""
    home = None
    if person_id is not None:
        async with product.database.reading() as session:
            home = await read_home(session, person_id, product.settings.file, product.clock.now())
    return card_of_home(product.toolkit.sentences, home, member)


def card_of_home(sentences: Sentences, home: Home | None, member: str) -> Card:
    """Return the home card: a pure function."""
    say = sentences.say
    if home is None:
        return home_card([(say("home.heading"), [say("teams.stranger")], [])])

    def buttons(*keys: str) -> list[tuple[str, str]]:
        return [(key, say(f"teams.button_{key}")) for key in keys]

    plan = [home.plan or say("home.no_plan")]
    if home.asked_at:
        plan.append(say("home.asked_at", moment=say_moment(home.asked_at)))
    plan.append(say("teams.reflections", count=len(home.reflections)))
    hours = [say_availability(sentences, home.hours), say("availability.how")]
    if home.is_stopped:
        hours.append(say("home.stopped"))
    elif home.snoozed_until:
        hours.append(say("home.snoozed", moment=say_moment(home.snoozed_until)))
    is_quiet = home.is_stopped or home.snoozed_until is not None
    return home_card(
        [
            (say("home.plan_heading"), plan, buttons("my_plan", "reflect") if home.plan else buttons("reflect")),
            (say("home.hours_heading"), hours, buttons("resume" if is_quiet else "snooze")),
            (say("home.data_heading"), [], buttons("who_sees", "export", "erase")),
        ],
        refresh_for=member,
    )
