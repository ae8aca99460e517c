"""The home tab: the person's plan, what waits for them, when the coach writes to them, and what they can do about their data."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.bootstrap import Product
from bot.channels.slack.blocks import BUTTON_TEXT, SECTION_TEXT, Block, blocks_of, fitted, plain
from bot.channels.slack.sending import NAME, SlackChannel
from bot.content.hours import say_availability
from bot.content.toolkit import Sentences
from bot.domain.availability import Availability
from bot.domain.channel import NotNow, Unreachable
from bot.domain.messages import Offered, Sender
from bot.domain.wording import say_moment
from bot.services.home import read_home
from bot.services.membership import Membership
from bot.storage import messages as kept
from bot.storage.plans import count_reflections
from bot.storage.surveys import answers_in, round_to_answer

log = logging.getLogger(__name__)

# What the buttons of the home tab say on the person's behalf, by the key of their sentence.
HOME_SAYS = frozenset({"my_plan", "reflection", "show_reflection", "snooze", "resume", "export", "erase"})
# So many of the coach's open questions are shown, the newest first.
_MOST_WAITING = 3


@dataclass(frozen=True, slots=True)
class HomeState:
    """What the home tab shows of one person; without consent there is nothing to show.

    `waiting` is what the coach asked and has no answer to, `questions` how many of a survey's wait.
    """

    has_agreed: bool
    plan: str | None = None
    asked_at: str | None = None
    reflections: int = 0
    hours: Availability | None = None
    snoozed_until: str | None = None
    is_stopped: bool = False
    waiting: tuple[Offered, ...] = ()
    questions: int = 0


class Home:
    """Puts home tabs together and hands them to Slack."""

    def __init__(self, product: Product, channel: SlackChannel, membership: Membership) -> None:
        self._product, self._channel, self._membership = product, channel, membership

    async def publish(self, sender: Sender, *, was_answered: bool = True) -> None:
        """Show a person their home tab as it is now; with `was_answered` it says where the answer to a press of theirs is."""
        person_id = await self._membership.known(NAME, sender.account, sender.user)
        state = await self.read(person_id) if person_id else HomeState(has_agreed=False)
        view = home_view(self._product.toolkit.sentences, state, was_answered=was_answered)

        async def publish(client: AsyncWebClient) -> Any:
            return await client.views_publish(user_id=sender.user, view=view)

        try:
            await self._channel.call(sender.account, publish)
        except (NotNow, Unreachable) as error:
            log.info("a home tab could not be shown: %s", error.reason)

    async def read(self, person_id: str) -> HomeState:
        """Return what the home tab shows of a person."""
        product, now = self._product, self._product.clock.now()
        async with product.database.reading() as session:
            home = await read_home(session, person_id, product.settings.file, now)
            if home is None:
                return HomeState(has_agreed=False)
            survey_round = await round_to_answer(session, person_id)
            answered = {answer.item for answer in await answers_in(session, survey_round.id)} if survey_round else set()
            waiting = [kept.offered(message) for message in await kept.standing_offers(session, person_id, _MOST_WAITING)]
            return HomeState(
                has_agreed=True,
                plan=home.plan,
                asked_at=say_moment(home.asked_at) if home.asked_at else None,
                reflections=await count_reflections(session, person_id),
                hours=home.hours,
                snoozed_until=say_moment(home.snoozed_until) if home.snoozed_until else None,
                is_stopped=home.is_stopped,
                waiting=tuple(waiting),
                questions=sum(entry["item"] not in answered for entry in survey_round.items) if survey_round else 0,
            )


def home_view(sentences: Sentences, state: HomeState, *, was_answered: bool = False) -> dict[str, Any]:
    """Return the home tab as Slack takes it: a pure function."""
    say = sentences.say
    blocks = [_note(say("slack.home_answered"))] if was_answered else []
    if not state.has_agreed:
        return {"type": "home", "blocks": [*blocks, _header(say("slack.home_title")), _section(say("slack.home_stranger"))]}
    blocks += [_header(say("slack.home_plan_heading")), _section(state.plan or say("slack.home_no_plan"))]
    if state.asked_at:
        blocks.append(_note(say("slack.home_asked_at", moment=state.asked_at)))
    plan_button = _button("home-my_plan", say("slack.home_button_my_plan")) if state.plan else _window(sentences, "plan")
    own = ["reflection", "show_reflection"] if state.reflections else ["reflection"]
    blocks += [_buttons(plan_button, *(_button(f"home-{key}", say(f"slack.home_button_{key}")) for key in own))]
    blocks += [_note(say("slack.home_reflections", count=state.reflections))]
    if state.waiting or state.questions:
        blocks += [{"type": "divider"}, _header(say("slack.home_waiting_heading"))]
        blocks += [block for message in state.waiting for block in blocks_of(message, say("choice.pick"))]
    if state.questions:
        blocks += [_section(say("slack.home_survey", count=state.questions)), _buttons(_window(sentences, "survey"))]
    blocks += [{"type": "divider"}, _header(say("slack.home_hours_heading"))]
    if state.hours is not None:
        blocks += [_section(say_availability(sentences, state.hours)), _note(say("availability.how"))]
    if state.is_stopped:
        blocks.append(_note(say("home.stopped")))
    elif state.snoozed_until:
        blocks.append(_note(say("slack.home_snoozed", moment=state.snoozed_until)))
    silence = "resume" if state.is_stopped or state.snoozed_until else "snooze"
    blocks += [_buttons(_button(f"home-{silence}", say(f"slack.home_button_{silence}")))]
    blocks += [{"type": "divider"}, _header(say("slack.home_data_heading")), _section(say("slack.home_data"))]
    rights = [_button(f"home-{key}", say(f"slack.home_button_{key}")) for key in ("export", "erase")]
    return {"type": "home", "blocks": [*blocks, _buttons(_window(sentences, "who_sees"), *rights)]}


def _header(text: str) -> Block:
    return {"type": "header", "text": {"type": "plain_text", "text": text}}


def _section(text: str) -> Block:
    return {"type": "section", "text": {"type": "mrkdwn", "text": fitted(text, SECTION_TEXT)}}


def _note(text: str) -> Block:
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": fitted(text, SECTION_TEXT)}]}


def _buttons(*buttons: Block) -> Block:
    return {"type": "actions", "elements": list(buttons)}


def _button(action_id: str, label: str) -> Block:
    return {"type": "button", "action_id": action_id, "text": plain(label, BUTTON_TEXT)}


def _window(sentences: Sentences, name: str) -> Block:
    """Return the button that opens a window."""
    return _button(f"window-{name}", sentences[f"slack.window_{name}"])
