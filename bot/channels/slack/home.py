"""The home tab: the person's plan, when the coach writes to them, and what they can do about their data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from slack_sdk.web.async_client import AsyncWebClient

from bot.bootstrap import Product
from bot.channels.slack.blocks import Block, fitted
from bot.channels.slack.sending import NAME, SlackChannel
from bot.content.hours import say_availability
from bot.content.toolkit import Sentences
from bot.domain.availability import Availability
from bot.domain.messages import Sender
from bot.domain.wording import say_moment
from bot.services.membership import Membership
from bot.storage.people import find_person
from bot.storage.plans import count_reflections, newest_open_plan, waiting_check_in

# Slack's limit for the text of a section, in characters.
_TEXT = 3000


@dataclass(frozen=True, slots=True)
class HomeState:
    """What the home tab shows of one person; without consent there is nothing to show."""

    has_agreed: bool
    plan: str | None = None
    asked_at: str | None = None
    reflections: int = 0
    availability: Availability | None = None
    snoozed_until: str | None = None
    is_stopped: bool = False


async def publish_home(product: Product, channel: SlackChannel, membership: Membership, sender: Sender) -> None:
    """Put the home tab together and hand it to Slack. Raises NotNow or Unreachable."""
    person_id = await membership.known(NAME, sender.account, sender.user)
    state = await read_home(product, person_id) if person_id else HomeState(has_agreed=False)

    async def publish(client: AsyncWebClient) -> Any:
        return await client.views_publish(user_id=sender.user, view=home_view(product.toolkit.sentences, state))

    await channel.call(sender.account, publish)


async def read_home(product: Product, person_id: str) -> HomeState:
    """Return what the home tab shows of a person."""
    async with product.database.reading() as session:
        person = await find_person(session, person_id)
        if person is None or person.consented_at is None:
            return HomeState(has_agreed=False)
        zone = ZoneInfo(person.time_zone)
        plan = await newest_open_plan(session, person_id)
        check_in = await waiting_check_in(session, plan) if plan else None
        snoozed = person.snoozed_until if person.snoozed_until and person.snoozed_until > product.clock.now() else None
        return HomeState(
            has_agreed=True,
            plan=plan.words if plan else None,
            asked_at=say_moment(check_in.due_at.astimezone(zone)) if check_in else None,
            reflections=await count_reflections(session, person_id),
            availability=Availability.from_json(person.availability)
            if person.availability
            else product.settings.file.follow_up.availability,
            snoozed_until=say_moment(snoozed.astimezone(zone)) if snoozed else None,
            is_stopped=person.stopped_at is not None,
        )


def home_view(sentences: Sentences, state: HomeState) -> dict[str, Any]:
    """Return the home tab as Slack takes it: a pure function."""
    say = sentences.say
    if not state.has_agreed:
        return {"type": "home", "blocks": [_header(say("slack.home_title")), _section(say("slack.home_stranger"))]}
    hours = state.availability
    blocks = [_header(say("slack.home_plan_heading")), _section(state.plan or say("slack.home_no_plan"))]
    if state.asked_at:
        blocks.append(_note(say("slack.home_asked_at", moment=state.asked_at)))
    blocks += [_buttons(sentences, "my_plan", "reflection"), _note(say("slack.home_reflections", count=state.reflections))]
    blocks += [{"type": "divider"}, _header(say("slack.home_hours_heading"))]
    if hours is not None:
        blocks += [_section(say_availability(sentences, hours)), _note(say("availability.how"))]
    if state.is_stopped:
        blocks.append(_note(say("slack.home_stopped")))
    elif state.snoozed_until:
        blocks.append(_note(say("slack.home_snoozed", moment=state.snoozed_until)))
    blocks += [_buttons(sentences, "snooze"), {"type": "divider"}, _header(say("slack.home_data_heading"))]
    blocks += [_section(say("slack.home_data")), _buttons(sentences, "who_sees", "export", "erase")]
    return {"type": "home", "blocks": blocks}


def _header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": text}}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": fitted(text, _TEXT)}}


def _note(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": fitted(text, _TEXT)}]}


def _buttons(sentences: Sentences, *keys: str) -> Block:
    return {
        "type": "actions",
        "elements": [
            {"type": "button", "action_id": f"home-{key}", "text": {"type": "plain_text", "text": sentences[f"slack.home_button_{key}"]}}
            for key in keys
        ],
    }
