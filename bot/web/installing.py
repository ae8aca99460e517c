"""Where an administrator installs the Slack app in a workspace of theirs."""

from __future__ import annotations

import logging
from urllib.parse import urlencode

import aiohttp
from fastapi import APIRouter, Request, Response
from itsdangerous import BadSignature, URLSafeTimedSerializer
from slack_bolt.adapter.starlette.async_handler import to_async_bolt_request, to_starlette_response
from slack_bolt.oauth.async_oauth_flow import AsyncOAuthFlow
from slack_bolt.response import BoltResponse
from slack_sdk.errors import SlackClientError

from bot.bootstrap import Product
from bot.channels.slack.oauth import INSTALL_PATH, INSTALLED, REDIRECT_PATH
from bot.domain.access import Right
from bot.web.pages import Pages
from bot.web.visitors import Visitors

log = logging.getLogger(__name__)

# How long an invitation to install can be used, in seconds.
INVITATION_LASTS = 14 * 24 * 3600
# What is said of each of the flow's reasons; of any other, that Slack refused.
_SAID_AS = {
    INSTALLED: "install_done",
    "access_denied": "install_cancelled",
    "invalid_state": "install_stale",
    "invalid_browser": "install_stale",
    "missing_code": "install_stale",
    "unavailable": "install_unavailable",
}


def install_invitation(session_key: str, address: str) -> str:
    """Return the link with which an administrator installs the app, without an account here."""
    return f"{address}{INSTALL_PATH}?{urlencode({'invitation': _signer(session_key).dumps('install')})}"


def install_router(product: Product, pages: Pages, visitors: Visitors, flow: AsyncOAuthFlow) -> APIRouter:
    """Return the two routes of an installation.

    It takes an invitation, or somebody who may install: people are recognised by what a workspace says of their e-mail
    addresses, so nobody may bring a workspace in which they could say anything.
    """
    router = APIRouter()
    words = pages.words

    @router.get(INSTALL_PATH)
    async def begin(request: Request, invitation: str = "") -> Response:
        if not _is_ours(product.settings.session_key, invitation):
            administrator = await visitors.staff(request, Right.INSTALL_CHANNELS)
            if isinstance(administrator, Response):
                return administrator
        return to_starlette_response(await flow.handle_installation(to_async_bolt_request(request, b"")))

    @router.get(REDIRECT_PATH)
    async def finish(request: Request) -> Response:
        try:
            answer = await flow.handle_callback(to_async_bolt_request(request, b""))
        except (SlackClientError, aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.error("the Slack app could not be installed: %s", type(error).__name__)
            answer = BoltResponse(status=502, body="unavailable")
        key = _SAID_AS.get(answer.body, "install_refused")
        page = pages.render("notice.html", answer.status, heading=words[f"{key}_heading"], text=words[f"{key}_text"])
        page.headers.update({name: value for name, value in to_starlette_response(answer).headers.items() if name == "set-cookie"})
        return page

    return router


def _is_ours(session_key: str, invitation: str) -> bool:
    try:
        _signer(session_key).loads(invitation, max_age=INVITATION_LASTS)
    except BadSignature:
        return False
    return True


def _signer(session_key: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(session_key, salt="slack-install")
