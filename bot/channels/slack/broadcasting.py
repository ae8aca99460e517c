"""The windows in which a forum lead writes a broadcast in Slack, sees whom it reaches and its very words, and sends it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from slack_bolt.async_app import AsyncAck

from bot.bootstrap import Product
from bot.channels.slack import views
from bot.channels.slack.blocks import blocks_of, fitted, plain
from bot.channels.slack.origin import Payload, account_of, part_at, text_at, user_of
from bot.channels.slack.sending import NAME
from bot.channels.slack.windows import Windows
from bot.domain.broadcasts import Audience, BroadcastKind
from bot.domain.messages import Offered
from bot.services.broadcasts.drafting import Draft
from bot.services.broadcasts.refusals import Faulty, Refused
from bot.services.membership import Membership

# The windows, and the fields of the first; `count` is the second's.
WRITE, SEND = "broadcast-write", "broadcast-send"
TITLE, TEXT, AUDIENCE, CHOICES, COUNT = "title", "text", "audience", "choices", "count"
_FIELDS = frozenset({TITLE, TEXT, AUDIENCE, CHOICES})


class Broadcasting:
    """Opens the windows and takes in what is sent from them; the service decides on everything."""

    def __init__(self, product: Product, membership: Membership, windows: Windows) -> None:
        self._desk, self._sentences, self._membership, self._windows = product.broadcasts, product.toolkit.sentences, membership, windows
        self._zone = product.settings.file.time_zone

    async def open(self, body: Payload) -> None:
        """Open the window in which one is written; whoever leads nothing is told so."""
        person_id = await self._membership.known(NAME, account_of(body), user_of(body))
        places = await self._desk.drafts.places(person_id) if person_id else []
        if not places:
            await self._windows.open(body, views.note_view(self._sentences, self._sentences["slack.broadcast_not_yours"]))
            return
        options = [{"text": plain(title, 75), "value": json.dumps(audience.as_json())} for audience, title in places][:100]
        say = self._sentences
        blocks = [
            _input(TITLE, say["slack.broadcast_title"], {"type": "plain_text_input", "max_length": 80}),
            _input(AUDIENCE, say["slack.broadcast_audience"], {"type": "static_select", "options": options}),
            _input(TEXT, say["slack.broadcast_text"], {"type": "plain_text_input", "multiline": True, "max_length": 1500}),
            _input(CHOICES, say["slack.broadcast_choices"], {"type": "plain_text_input", "multiline": True}, is_optional=True),
        ]
        await self._windows.open(body, self._view(WRITE, blocks, "slack.broadcast_rehearse", {}))

    async def write(self, ack: AsyncAck, body: Payload) -> None:
        """Keep what was written as a draft, and show whom it reaches before anything is sent."""
        view = part_at(body, "view")
        person_id = await self._membership.known(NAME, account_of(body), user_of(body)) or ""
        choices = tuple(_value(view, CHOICES).splitlines())
        kind = BroadcastKind.POLL if any(choice.strip() for choice in choices) else BroadcastKind.TEXT
        try:
            audience = Audience.from_json(json.loads(_value(view, AUDIENCE)))
            draft = Draft(kind, _value(view, TITLE), _value(view, TEXT), audience, self._zone, None, choices)
            kept = await self._desk.drafts.create(draft, person_id)
            found = await self._desk.rehearsing.rehearse(kept.id, person_id)
            reply = await self._desk.rehearsing.words_for(kept.id, person_id)
        except Faulty as error:
            said = error.by_field(self._sentences)
            await ack(response_action="errors", errors={name if name in _FIELDS else TEXT: text for name, text in said.items()})
            return
        except Refused as error:
            await ack(response_action="errors", errors={AUDIENCE: error.words(self._sentences)})
            return
        except (ValueError, KeyError, TypeError, AttributeError):
            await ack(response_action="errors", errors={AUDIENCE: self._sentences["broadcast.refused_audience_not_yours"]})
            return
        shown = Offered(0, reply.text, tuple((choice.label, str(index)) for index, choice in enumerate(reply.choices)))
        to = self._sentences.say(
            "slack.broadcast_to", count=found.count, names=", ".join(found.names[:20]), left_out=sum(found.left_out.values())
        )
        blocks: list[dict[str, Any]] = [_section(to), {"type": "divider"}]
        # Its words alone: in a window its buttons would be pressed for the real ones.
        blocks += [block for block in blocks_of(shown, "") if block["type"] == "section"]
        blocks += [_section("\n".join(f"\N{BULLET} {label}" for label, _ in shown.choices)), {"type": "divider"}]
        blocks.append(_input(COUNT, self._sentences["slack.broadcast_count"], {"type": "plain_text_input"}, is_optional=True))
        about = {"broadcast": kept.id, "version": kept.version}
        await ack(response_action="update", view=self._view(SEND, blocks, "slack.broadcast_send", about))

    async def send(self, ack: AsyncAck, body: Payload) -> None:
        """Send what was rehearsed, or say beside the count why it is not."""
        view = part_at(body, "view")
        person_id = await self._membership.known(NAME, account_of(body), user_of(body)) or ""
        typed = _value(view, COUNT).strip()
        try:
            about = json.loads(text_at(view, "private_metadata"))
            count = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 9 else None
            sent = await self._desk.sending.send(int(about["broadcast"]), int(about["version"]), person_id, count)
        except Refused as error:
            await ack(response_action="errors", errors={COUNT: error.words(self._sentences)})
            return
        except (ValueError, KeyError, TypeError):
            await ack(response_action="errors", errors={COUNT: self._sentences["broadcast.refused_not_yours"]})
            return
        said = self._sentences.say("slack.broadcast_sent", count=sent.recipients, number=sent.id)
        await ack(response_action="update", view=views.note_view(self._sentences, said))

    def _view(self, name: str, blocks: list[dict[str, Any]], submit: str, about: Mapping[str, int]) -> views.View:
        return {
            "type": "modal",
            "callback_id": name,
            "title": plain(self._sentences["slack.broadcast_window"], 24),
            "submit": plain(self._sentences[submit], 24),
            "private_metadata": json.dumps(about),
            "blocks": blocks,
        }


def _input(name: str, label: str, element: dict[str, Any], *, is_optional: bool = False) -> dict[str, Any]:
    field = {**element, "action_id": "value"}
    return {"type": "input", "block_id": name, "label": plain(label, 2000), "element": field, "optional": is_optional}


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": fitted(text, 3000)}}


def _value(view: Payload, name: str) -> str:
    """Return what was written into a field or chosen in it; nothing where nothing was."""
    field = part_at(view, "state", "values", name, "value")
    return text_at(field, "value") or text_at(field, "selected_option", "value")
