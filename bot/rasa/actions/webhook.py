"""The action server's side of Rasa's protocol; it listens on loopback, apart from everything that the world can reach."""

from __future__ import annotations

import hmac
import logging
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionNotFoundException

from bot.rasa.actions import (
    amending,
    asides,
    check_ins,
    danger,
    editing,
    plans,
    reflections,
    rights,
    scenarios,
    structures,
    surveys,
    topics,
    ways_on,
)
from bot.rasa.actions.desk import Desk
from bot.rasa.actions.turn import CoachAction
from bot.tracing import span, traceparent_in

log = logging.getLogger(__name__)

ACTIONS: tuple[type[CoachAction], ...] = (
    scenarios.HearChallenge,
    scenarios.AskSituation,
    scenarios.ReadSituation,
    scenarios.OfferThemes,
    scenarios.OfferOptions,
    scenarios.FollowOption,
    scenarios.ShowTechnique,
    topics.OfferTopics,
    topics.ReadLesson,
    plans.BeginPlan,
    plans.AskPlanWords,
    plans.AskPlanDate,
    plans.ReadPlan,
    plans.KeepPlan,
    plans.BeginSmallerStep,
    plans.BeginSameAgain,
    plans.DropPlan,
    plans.SwitchTopic,
    reflections.BeginReflection,
    reflections.AskReflection,
    reflections.ReadReflection,
    reflections.OfferKeeping,
    reflections.KeepReflection,
    reflections.DiscardReflection,
    reflections.ShowReflection,
    check_ins.OpenCheckIn,
    check_ins.TakeUpCheckIn,
    check_ins.PostponeCheckIn,
    check_ins.AskOutcome,
    check_ins.AskRating,
    check_ins.ReadCheckIn,
    check_ins.CloseCheckIn,
    surveys.OpenSurvey,
    surveys.AskSurveyItem,
    surveys.ReadSurveyAnswer,
    surveys.CloseSurvey,
    structures.BeginStructure,
    structures.AskStructureAnswer,
    structures.ReadStructureAnswer,
    structures.CloseStructure,
    editing.KeepCloseness,
    editing.Teach,
    danger.AnswerSafety,
    asides.AnswerAside,
    rights.Stop,
    rights.AskDeletion,
    rights.DeleteEverything,
    amending.Amend,
    ways_on.OfferWaysOn,
    ways_on.Cancel,
)


def action_app(desk: Desk, token: str) -> FastAPI:
    """Return the webhook that Rasa calls; a call without the token is refused."""
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action(desk))
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.post("/webhook")
    async def webhook(request: Request) -> dict[str, Any]:
        if not hmac.compare_digest(request.query_params.get("token", ""), token):
            raise HTTPException(401)
        call = await request.json()
        # Our actions need no domain, and an engine may leave it out.
        call["domain"] = call.get("domain") or {}
        metadata = ((call.get("tracker") or {}).get("latest_message") or {}).get("metadata") or {}
        try:
            with span("action", traceparent_in(metadata), action=str(call.get("next_action"))):
                result = await executor.run(call)
        except (ActionExecutionRejection, ActionNotFoundException) as refusal:
            log.error("action %s was refused: %s", call.get("next_action"), type(refusal).__name__)
            raise HTTPException(400) from None
        return result.model_dump() if result else {"events": [], "responses": []}

    return app
