"""Rasa over its REST channel and HTTP API, in our own words."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from bot.domain.messages import Choice, Reply
from bot.tracing import span, traceparent

log = logging.getLogger(__name__)


class EngineUnavailable(Exception):
    """Raised when the engine cannot be reached, is too slow, or failed while it was working."""


class TurnFailed(EngineUnavailable):
    """Raised when the engine answers, but not to this message."""


class RasaClient:
    """One engine, reached at `url`; `token` is its API token, when it has one. Close it when done."""

    def __init__(self, url: str, token: str | None, timeout: float, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._http = httpx.AsyncClient(
            base_url=url,
            timeout=timeout,
            params={"token": token} if token else None,
            transport=transport,
            trust_env=False,
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def is_ready(self) -> bool:
        """Return whether a model answers."""
        try:
            status = await self._http.get("/status", timeout=5)
            return status.status_code == 200 and bool(status.json().get("model_file"))
        except (httpx.HTTPError, json.JSONDecodeError):
            return False

    async def send(self, conversation: str, text: str, inbound: int) -> list[Reply]:
        """Hand in one message and return what the coach says to it; raises EngineUnavailable.

        `inbound` travels as metadata, so that `recall` can find the answers of a turn whose response was lost.
        Rasa answers with an empty list after an exception: every turn of ours says something, so empty is a failure.
        """
        with span("engine.turn"):
            # The engine hands a message's metadata on to the actions that it calls.
            metadata = {"inbound": inbound} | ({"traceparent": present} if (present := traceparent()) else {})
            body = {"sender": conversation, "message": text, "metadata": metadata}
            replies = [_reply(message) for message in await self._post("/webhooks/rest/webhook", body)]
        if not replies:
            raise TurnFailed("the engine answered with nothing")
        return replies

    async def recall(self, conversation: str, inbound: int) -> list[Reply]:
        """Return what was already said to the message `inbound`, or nothing when the engine never finished it."""
        tracker = await self._get(f"/conversations/{conversation}/tracker", {"include_events": "APPLIED"})
        events: Sequence[Mapping[str, Any]] = tracker.get("events") or []
        start = next(
            (
                index
                for index, event in enumerate(events)
                if event.get("event") == "user" and (event.get("metadata") or {}).get("inbound") == inbound
            ),
            None,
        )
        if start is None:
            return []
        replies: list[Reply] = []
        for event in events[start + 1 :]:
            if event.get("event") == "user":
                break
            if event.get("event") == "bot":
                replies.append(_reply({"text": event.get("text"), **(event.get("data") or {})}))
        finished = any(e.get("event") == "action" and e.get("name") == "action_listen" for e in events[start + 1 :])
        return replies if finished else []

    async def is_asking(self, conversation: str) -> bool:
        """Return whether a form is waiting for an answer. Raises EngineUnavailable."""
        tracker = await self._get(f"/conversations/{conversation}/tracker", {"include_events": "NONE"})
        return bool((tracker.get("active_loop") or {}).get("name"))

    async def trigger(self, conversation: str, intent: str, entities: Mapping[str, int | str]) -> list[Reply]:
        """Begin a turn of the coach's own accord; whatever form was asking is left. Raises EngineUnavailable."""
        await self._post(
            f"/conversations/{conversation}/tracker/events",
            [
                {"event": "active_loop", "name": None},
                {"event": "slot", "name": "requested_slot", "value": None},
            ],
        )
        body = {"name": intent, "entities": {name: str(value) for name, value in entities.items()}}
        result = await self._post(f"/conversations/{conversation}/trigger_intent", body, {"output_channel": "collector"})
        replies = [_reply(message) for message in result.get("messages") or []]
        if not replies:
            raise TurnFailed("the engine answered with nothing")
        return replies

    async def parse(self, text: str) -> dict[str, Any]:
        """Return the engine's reading of one message: Rasa's parse result. Raises EngineUnavailable."""
        return dict(await self._post("/model/parse", {"text": text}))

    async def _post(self, path: str, body: object, params: Mapping[str, str] | None = None) -> Any:
        return await self._ask("POST", path, json=body, params=params)

    async def _get(self, path: str, params: Mapping[str, str]) -> Any:
        return await self._ask("GET", path, params=params)

    async def _ask(self, method: str, path: str, **options: Any) -> Any:
        options["params"] = {**dict(self._http.params), **(options.get("params") or {})}
        try:
            response = await self._http.request(method, path, **options)
            response.raise_for_status()
            return response.json()
        except httpx.HTTPStatusError as error:
            raise EngineUnavailable(f"the engine answered {error.response.status_code}") from None
        except RuntimeError:
            # Closed in the middle of a turn: this process ends, and another goes on with the message.
            raise EngineUnavailable("the way to the engine is closed") from None
        except (httpx.HTTPError, json.JSONDecodeError) as error:
            raise EngineUnavailable(f"the engine did not answer ({type(error).__name__})") from None


def _reply(message: Mapping[str, Any]) -> Reply:
    buttons = message.get("buttons") or ()
    return Reply(
        text=str(message.get("text") or ""),
        choices=tuple(Choice(str(button["title"]), str(button["payload"]), button.get("means")) for button in buttons),
    )
