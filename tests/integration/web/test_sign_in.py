"""Signing in at an identity provider, by links, and out again; sessions that end; and forms that carry a token."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import re
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
import yaml
from cryptography.hazmat.primitives import serialization
from sqlalchemy import select, update

from bot.domain.access import Grant, Role
from bot.rasa.engine import free_port
from bot.services.membership import email_key
from bot.services.recognition import Account
from bot.storage.access import end_role
from bot.storage.addresses import expect_address
from bot.storage.people import enrol
from bot.storage.tables import Audit, Identity, PersonKind, SignInAttempt, WebSession
from bot.web.providers import read_sign_in
from bot.web.visitors import invitation
from tests.browsers import follow, token_in
from tests.conftest import NOON
from tests.integration.web.conftest import Web, open_web
from tests.oidc_peer import CLIENT, SECRET, Issuer

pytestmark = pytest.mark.anyio

TENANT, OBJECT = "11111111-2222-3333-4444-555555555555", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"


async def open_closed(var: Path, issuer: str, **entry: Any) -> AsyncIterator[Web]:
    """Give the application outside the demonstration, with one provider."""
    named = {"id": "trust", "name": "your trust account", "kind": "openid", "issuer": issuer, **entry}
    file = var / "sign-in.yml"
    file.write_text(yaml.safe_dump({"contact": "programme@example.nhs.uk", "providers": [named]}))
    secret = var / "client.secret"
    secret.write_text(SECRET)
    environment = {"COACH_OPENID_TRUST_CLIENT_ID": CLIENT, "COACH_OPENID_TRUST_CLIENT_SECRET_FILE": str(secret)}
    async for web in open_web(var, is_demo=False, sign_in=read_sign_in(environment, file)):
        yield web


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    started = Issuer()
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def at_issuer(tmp_path: Path, issuer: Issuer) -> AsyncIterator[Web]:
    async for web in open_closed(tmp_path, issuer.address):
        await add_anna(web)
        yield web


async def add_anna(web: Web, kind: PersonKind = PersonKind.PARTICIPANT) -> None:
    """Put somebody on the roster who is known by an e-mail address."""
    async with web.product.database.transaction() as session:
        anna = await enrol(session, "anna", name="Anna", time_zone="Europe/London", now=NOON, kind=kind)
        anna.email_key = email_key("anna@example.nhs.uk", web.product.settings.pseudonym_key)


async def sign_in(browser: httpx.AsyncClient, issuer: Issuer) -> httpx.Response:
    """Go to the provider and come back from it."""
    begun = await browser.get("/sign-in/with/trust")
    assert begun.status_code == 303, begun.text
    return await browser.get(f"/sign-in/back/trust?{issuer.approve(begun.headers['location'])}")


async def audited(web: Web) -> list[tuple[str, str]]:
    async with web.product.database.reading() as session:
        return [(each.action, each.actor) for each in await session.scalars(select(Audit).order_by(Audit.id))]


async def is_signed_in(browser: httpx.AsyncClient) -> bool:
    return (await browser.get("/chat")).status_code == 200


@contextlib.contextmanager
def provider_mock(folder: Path) -> Iterator[str]:
    """Run the provider, a process of its own, and give its address."""
    port = free_port()
    program = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), "--require-nonce"]
    environment = {**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"}
    with (folder / "provider.log").open("wb") as log:
        process = subprocess.Popen(program, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        address, end = f"http://localhost:{port}", time.monotonic() + 30
        try:
            while True:
                with contextlib.suppress(httpx.HTTPError):
                    httpx.get(f"{address}/jwks", trust_env=False)
                    break
                assert process.poll() is None, (folder / "provider.log").read_text()
                assert time.monotonic() < end, "the provider did not start"
                time.sleep(0.1)
            yield address
        finally:
            process.terminate()
            process.wait(timeout=10)


async def test_somebody_signs_in_and_out_at_a_provider_that_nobody_here_wrote(tmp_path: Path) -> None:
    claims = {"email": "Anna@example.nhs.uk", "email_verified": True}
    with provider_mock(tmp_path) as address:
        async with httpx.AsyncClient(trust_env=False) as operator:
            (await operator.put(f"{address}/users/anna-there", json=claims)).raise_for_status()
        async for web in open_closed(tmp_path, address):
            await add_anna(web)
            async with web.visitor() as browser, httpx.AsyncClient(trust_env=False) as there:
                assert (await browser.get("/home")).headers["location"] == "/sign-in"
                assert "Sign in with your trust account" in (await browser.get("/sign-in")).text
                begun = (await browser.get("/sign-in/with/trust")).headers["location"]
                asked = parse_qs(urlsplit(begun).query)
                assert asked["code_challenge_method"] == ["S256"]
                assert asked["redirect_uri"] == [f"{web.address}/sign-in/back/trust"]
                back = (await there.post(begun, data={"sub": "anna-there"})).headers["location"]
                done = await browser.get(back)
                assert done.headers["location"] == "/home", "the page that was asked for first"
                assert await is_signed_in(browser)
                assert (await browser.get(back)).status_code == 400, "a way back is good once"
                left = (await browser.post("/sign-out", data={"where": "here"})).headers["location"]
                assert left.startswith(f"{address}/oauth2/end_session?"), "the provider signs them out too"
                assert "id_token_hint=" in left
                assert not await is_signed_in(browser)
            assert await audited(web) == [("sign_in.openid", "anna"), ("sign_out.here", "anna")]


async def test_the_code_is_tied_to_the_browser_and_to_a_verifier(at_issuer: Web, issuer: Issuer) -> None:
    issuer.claims = {"email": "anna@example.nhs.uk", "email_verified": True}
    async with at_issuer.visitor() as browser, at_issuer.visitor() as other:
        begun = (await browser.get("/sign-in/with/trust")).headers["location"]
        query = issuer.approve(begun)
        # Who is sent somebody else's way back, or makes one up, is signed in as nobody.
        assert (await other.get(f"/sign-in/back/trust?{query}")).status_code == 400
        assert (await browser.get("/sign-in/back/trust?code=the-code&state=made-up")).status_code == 400
        begun = (await browser.get("/sign-in/with/trust")).headers["location"]
        assert (await browser.get(f"/sign-in/back/trust?{issuer.approve(begun)}")).headers["location"] == "/chat"
    verifier = issuer.shown["code_verifier"]
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    assert issuer.asked["code_challenge"] == challenge
    assert issuer.shown["client_secret"] == SECRET
    assert SECRET not in str(issuer.asked), "the browser carries no secret"


async def test_a_sign_in_that_took_too_long_or_was_left_signs_nobody_in(at_issuer: Web, issuer: Issuer) -> None:
    async with at_issuer.visitor() as browser:
        begun = (await browser.get("/sign-in/with/trust")).headers["location"]
        async with at_issuer.product.database.transaction() as session:
            await session.execute(update(SignInAttempt).values(expires_at=NOON - timedelta(days=4000)))
        late = await browser.get(f"/sign-in/back/trust?{issuer.approve(begun)}")
        assert (late.status_code, "within ten minutes" in late.text) == (400, True)
        begun = (await browser.get("/sign-in/with/trust")).headers["location"]
        state = parse_qs(urlsplit(begun).query)["state"][0]
        left = await browser.get(f"/sign-in/back/trust?error=access_denied&state={state}")
        assert "without signing in" in left.text
        assert (await browser.get("/sign-in/with/nowhere")).status_code == 404
        assert not await is_signed_in(browser)


FORGERIES: list[tuple[dict[str, Any], str]] = [
    ({"iss": "https://evil.example"}, "another issuer"),
    ({"aud": "another-client"}, "for another client"),
    ({"aud": [CLIENT, "another-client"], "azp": "another-client"}, "given to another client"),
    ({"exp": 1_000_000_000}, "expired"),
    ({"exp": None}, "without an end"),
    ({"iat": None}, "without a beginning"),
    ({"nonce": "another"}, "of another sign-in"),
    ({"nonce": None}, "of no sign-in"),
    ({"sub": None}, "nobody's"),
]


async def test_a_forged_token_signs_nobody_in(at_issuer: Web, issuer: Issuer) -> None:
    good: dict[str, Any] = {"email": "anna@example.nhs.uk", "email_verified": True}
    signed_otherwise: list[tuple[tuple[Any, str, dict[str, Any]], str]] = [
        ((issuer.stranger, "RS256", {"kid": "one"}), "with a stranger's key"),
        ((None, "none", {}), "not signed"),
        ((SECRET, "HS256", {"kid": "one"}), "with the client's own secret"),
        ((issuer.stranger, "RS256", {"kid": "two"}), "with a key that nobody knows"),
    ]
    forged: list[tuple[dict[str, Any], tuple[Any, str, dict[str, Any]] | None, str]] = [
        ({**good, **claims}, None, reason) for claims, reason in FORGERIES
    ]
    forged += [(good, signed_with, reason) for signed_with, reason in signed_otherwise]
    async with at_issuer.visitor() as browser:
        for claims, signed_with, reason in forged:
            issuer.claims, issuer.signed_with = claims, signed_with
            answer = await sign_in(browser, issuer)
            assert (answer.status_code, "could not be proved" in answer.text) == (401, True), reason
            assert not await is_signed_in(browser), reason
        assert await audited(at_issuer) == [("sign_in.refused", "nobody")] * len(forged)
        issuer.claims, issuer.signed_with = good, None
        assert (await sign_in(browser, issuer)).status_code == 303, "and what is not forged does"


async def test_a_discovery_document_of_another_issuer_is_not_taken(at_issuer: Web, issuer: Issuer) -> None:
    issuer.document = {"issuer": "https://evil.example"}
    async with at_issuer.visitor() as browser:
        assert (await browser.get("/sign-in/with/trust")).status_code == 502


UNKNOWN: list[tuple[dict[str, Any], str]] = [
    ({"email": "stranger@example.nhs.uk", "email_verified": True}, "an address that nobody has"),
    ({"email": "anna@example.nhs.uk", "email_verified": False}, "an address that was not verified"),
    ({"email": "anna@example.nhs.uk"}, "an address of which nobody says that it was verified"),
    ({"email": "anna@example.nhs.uk", "email_verified": "true"}, "words instead of a yes"),
    ({}, "no address"),
]


async def test_whoever_is_not_on_the_roster_is_told_how_to_ask(at_issuer: Web, issuer: Issuer) -> None:
    async with at_issuer.visitor() as browser:
        for claims, reason in UNKNOWN:
            issuer.claims = claims
            answer = await sign_in(browser, issuer)
            assert answer.status_code == 403, reason
            assert "mailto:programme%40example.nhs.uk?subject=" in answer.text
            assert f"{issuer.address} one" in answer.text, "what the roster needs to know"
            assert not await is_signed_in(browser)
    async with at_issuer.product.database.reading() as session:
        assert (await session.scalars(select(Identity))).all() == [], "nothing about them is kept"


async def test_an_address_that_was_given_to_somebody_new_opens_nothing(at_issuer: Web, issuer: Issuer) -> None:
    issuer.claims = {"email": "anna@example.nhs.uk", "email_verified": True}
    async with at_issuer.visitor() as browser, at_issuer.visitor() as later, at_issuer.visitor() as new:
        assert (await sign_in(browser, issuer)).status_code == 303
        issuer.claims = {"email": "anna.archer@example.nhs.uk", "email_verified": True}
        assert (await sign_in(later, issuer)).status_code == 303, "it is the account that is known"
        issuer.claims = {"sub": "two", "email": "anna@example.nhs.uk", "email_verified": True}
        assert (await sign_in(new, issuer)).status_code == 403


ENTRA: list[tuple[dict[str, Any], int, str]] = [
    ({"tid": "99999999-2222-3333-4444-555555555555", "oid": OBJECT}, 401, "an object of another tenant"),
    ({"tid": "", "oid": OBJECT}, 401, "of no tenant"),
    ({"tid": TENANT}, 401, "no object"),
    ({"tid": TENANT, "oid": "another", "email": "ben@elsewhere.example"}, 403, "an address that its owner wrote there"),
    ({"tid": TENANT, "oid": OBJECT}, 303, "an object that the roster names"),
    ({"tid": TENANT, "oid": "another", "preferred_username": "cleo@example.nhs.uk"}, 303, "an address of the trust's own"),
]


async def test_entras_people_are_known_by_tenant_and_object(tmp_path: Path, issuer: Issuer) -> None:
    address = f"{issuer.address}/{TENANT}"
    issuer.document = {"issuer": address}
    async for web in open_closed(tmp_path, address, kind="entra", email_domains=["example.nhs.uk"]):
        await add_anna(web)
        async with web.product.database.transaction() as session:
            for name, email in (("ben", "ben@elsewhere.example"), ("cleo", "cleo@example.nhs.uk")):
                added = await enrol(session, name, name=name, time_zone="Europe/London", now=NOON)
                added.email_key = email_key(email, web.product.settings.pseudonym_key)
            await expect_address(session, "anna", channel="teams", account=TENANT, user=OBJECT, now=NOON)
        for claims, status, reason in ENTRA:
            issuer.claims = {"iss": address, **claims}
            async with web.visitor() as browser:
                assert (await sign_in(browser, issuer)).status_code == status, reason


async def test_a_level_of_proof_that_is_asked_for_has_to_be_there(tmp_path: Path, issuer: Issuer) -> None:
    wanted = {"accepted_acr": ["AAL3"], "parameters": {"acr_values": "AAL3"}, "subject": "nhsid_useruid"}
    async for web in open_closed(tmp_path, issuer.address, **wanted):
        await add_anna(web)
        issuer.claims = {"acr": "AAL1", "nhsid_useruid": "555"}
        async with web.visitor() as browser:
            assert (await sign_in(browser, issuer)).status_code == 401
            assert issuer.asked["acr_values"] == "AAL3"
            issuer.claims = {"acr": "AAL3", "nhsid_useruid": "555"}
            assert f"{issuer.address} 555" in (await sign_in(browser, issuer)).text


async def test_a_client_can_sign_for_itself_instead_of_showing_a_secret(tmp_path: Path, issuer: Issuer) -> None:
    encoding, kind = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    pem = issuer.key.private_bytes(encoding, kind, serialization.NoEncryption()).decode()
    file = tmp_path / "sign-in.yml"
    entry = {"id": "nhs", "name": "NHS login", "kind": "openid", "issuer": issuer.address, "authentication": "private_key_jwt"}
    file.write_text(yaml.safe_dump({"providers": [entry]}))
    given = read_sign_in({"COACH_OPENID_NHS_CLIENT_ID": CLIENT, "COACH_OPENID_NHS_PRIVATE_KEY": pem}, file)
    issuer.document = {"token_endpoint_auth_signing_alg_values_supported": ["RS512"]}
    issuer.claims = {"email": "anna@example.nhs.uk", "email_verified": True}
    async for web in open_web(tmp_path, is_demo=False, sign_in=given):
        await add_anna(web)
        async with web.visitor() as browser:
            begun = (await browser.get("/sign-in/with/nhs")).headers["location"]
            assert (await browser.get(f"/sign-in/back/nhs?{issuer.approve(begun)}")).status_code == 303
    assertion = issuer.shown["client_assertion"]
    assert jwt.get_unverified_header(assertion)["alg"] == "RS512"
    claims = jwt.decode(assertion, issuer.key.public_key(), ["RS512"], audience=f"{issuer.address}/token")
    assert (claims["iss"], claims["sub"]) == (CLIENT, CLIENT)
    assert "client_secret" not in issuer.shown


# Sessions


async def test_whoever_signs_in_has_a_cookie_that_nobody_saw_before(web: Web) -> None:
    async with web.visitor() as browser:
        before = (await browser.get("/sign-in")).cookies["coach"]
        answer = await browser.post("/sign-in", data={"person": "surgeon"})
        given = answer.headers["set-cookie"]
        assert before not in given
        assert "HttpOnly" in given
        assert "SameSite=Lax" in given
        async with web.visitor(cookies={"coach": before}) as thief:
            assert (await thief.get("/chat")).headers["location"] == "/sign-in"


async def test_over_https_the_cookie_belongs_to_this_host_alone(tmp_path: Path) -> None:
    async for web in open_web(tmp_path, is_demo=True, is_https=True):
        async with web.visitor() as browser:
            given = (await browser.get("/sign-in")).headers["set-cookie"]
    assert re.match(r"__Host-coach=[\w-]{43}; Path=/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$", given)


ENDS = [
    ("surgeon", timedelta(days=6), timedelta(days=6), True, "used within the week"),
    ("surgeon", timedelta(days=7, minutes=1), timedelta(days=7, minutes=1), False, "not used for a week"),
    ("surgeon", timedelta(days=30, minutes=1), timedelta(0), False, "a month old, however often it is used"),
    ("programme-team", timedelta(hours=2), timedelta(minutes=59), True, "staff, used within the hour"),
    ("programme-team", timedelta(hours=2), timedelta(minutes=61), False, "staff, not used for an hour"),
    ("programme-team", timedelta(hours=12, minutes=1), timedelta(0), False, "staff, half a day old"),
    ("forum-lead", timedelta(hours=2), timedelta(minutes=61), False, "somebody who takes part and has a role"),
]


async def test_sessions_end(web: Web) -> None:
    for person, began, seen, is_in, reason in ENDS:
        async with web.visitor() as browser:
            await browser.post("/sign-in", data={"person": person})
            async with web.product.database.transaction() as session:
                kept = (await session.scalars(select(WebSession).order_by(WebSession.began_at.desc()))).first()
                assert kept is not None
                kept.began_at, kept.seen_at, kept.ends_at = kept.began_at - began, kept.seen_at - seen, kept.ends_at - began
            assert ((await browser.get("/sign-out")).status_code == 200) == is_in, reason


async def test_a_lost_role_and_an_erasure_sign_somebody_out_everywhere(web: Web) -> None:
    product = web.product
    async with web.visitor() as team, web.visitor() as again, web.visitor() as surgeon:
        for browser in (team, again):
            await browser.post("/sign-in", data={"person": "programme-team"})
        async with product.database.transaction() as session:
            assert await end_role(session, "programme-team", Grant(Role.PROGRAMME_TEAM), now=product.clock.now())
        for browser in (team, again):
            assert (await browser.get("/dashboard")).headers["location"] == "/sign-in"
        await surgeon.post("/sign-in", data={"person": "surgeon"})
        await surgeon.post("/home/erase", data={"confirm": "yes"})
        assert (await surgeon.get("/chat")).headers["location"] == "/sign-in"


async def test_signing_out_everywhere_ends_the_others_and_their_streams(web: Web) -> None:
    async with web.visitor() as here, web.visitor() as phone, web.visitor() as other:
        for browser, person in ((here, "surgeon"), (phone, "surgeon"), (other, "nurse-lead")):
            await browser.post("/sign-in", data={"person": person})
        assert (await here.get("/sign-out")).text.count("unsafe sign-in, since") == 2
        async with phone.stream("GET", "/chat/events?after=0") as stream:
            lines = stream.aiter_lines()
            await anext(lines)
            await here.post("/sign-out", data={"where": "everywhere"})
            async for _ in lines:
                pass  # it ends: nobody who was signed out reads on
        for browser in (here, phone):
            assert (await browser.get("/chat")).headers["location"] == "/sign-in"
        assert await is_signed_in(other)


async def test_nothing_in_the_database_signs_anybody_in(web: Web) -> None:
    async with web.visitor() as browser:
        await browser.post("/sign-in", data={"person": "surgeon"})
        secret = browser.cookies["coach"]
        async with web.product.database.reading() as session:
            kept = (await session.scalars(select(WebSession))).one()
        assert kept.digest != secret
        async with web.visitor(cookies={"coach": kept.digest[:43]}) as thief:
            assert (await thief.get("/chat")).headers["location"] == "/sign-in"


# Links


async def test_a_link_signs_in_only_whoever_goes_on(closed_web: Web) -> None:
    link = invitation(closed_web.product.settings.session_key, closed_web.address, "surgeon")
    async with closed_web.visitor() as browser:
        page = await browser.get(link)
        assert "Go on as A surgeon?" in page.text
        assert not await is_signed_in(browser), "a link that another sent signs nobody in by itself"
        assert (await follow(browser, link)).headers["location"] == "/chat"
        assert await is_signed_in(browser)
        assert (await browser.get(f"{link}x")).status_code == 400
        assert (await browser.post("/sign-in/link", data={"ticket": "x"})).status_code == 400


# Who goes where


async def test_whoever_only_works_here_has_a_first_page_of_their_own(web: Web) -> None:
    async with web.visitor() as browser:
        assert (await browser.post("/sign-in", data={"person": "administrator"})).headers["location"] == "/staff"
        assert (await browser.get("/")).headers["location"] == "/staff"
        page = (await browser.get("/staff")).text
        assert 'href="/dashboard/queue"' in page
        assert 'href="/dashboard"' not in page, "an administrator sees no figures"
        for path in ("/chat", "/home"):
            told = await browser.get(path)
            assert "takes no part in conversations" in told.text
        said = await browser.post("/chat/messages", data={"event_id": "1", "text": "hello"})
        assert said.status_code == 403
    assert web.engine.heard == []


PLACES = {
    "surgeon": {"/chat", "/home", "/help", "/help#who-sees", "/sign-out"},
    "forum-lead": {"/chat", "/home", "/staff", "/help", "/help#who-sees", "/sign-out"},
    "programme-team": {"/staff", "/help", "/help#who-sees", "/dashboard", "/dashboard/queue", "/sign-out"},
    "administrator": {"/staff", "/help", "/help#who-sees", "/dashboard/queue", "/sign-out"},
}


async def test_the_header_leads_where_somebody_may_go(web: Web) -> None:
    for person, addresses in PLACES.items():
        async with web.visitor() as browser:
            await browser.post("/sign-in", data={"person": person})
            header = re.search(r"<nav.*?</nav>", (await browser.get("/help")).text, re.S)
            assert header
            leads = set(re.findall(r'href="([^"]+)"', header[0]))
            assert addresses <= leads
            assert {(await browser.get(address)).status_code for address in leads} == {200}, person


# Forms


async def test_every_form_of_every_page_carries_the_token(surgeon: httpx.AsyncClient, web: Web) -> None:
    async with web.visitor() as stranger:
        pages = [await surgeon.get(path) for path in ("/home", "/chat", "/demo", "/sign-out")] + [await stranger.get("/sign-in")]
    for page in pages:
        forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", page.text, re.S)
        assert forms, page.url
        for form in forms:
            assert form.count(f'name="form_token" value="{token_in(page.text)}"') == 1


async def test_a_form_without_its_token_does_nothing(web: Web, surgeon: httpx.AsyncClient) -> None:
    async with web.visitor() as other:
        await other.post("/sign-in", data={"person": "nurse-lead"})
        anothers = token_in((await other.get("/help")).text)
    fields = {"action": "stop", "confirm": "yes", "event_id": "1", "text": "x", "step": "day"}
    for token, reason in (("", "none"), ("0" * 64, "made up"), (anothers, "another browser's")):
        for path in ("/home/quiet", "/home/erase", "/chat/messages", "/demo/clock", "/sign-out"):
            answer = await surgeon.post(path, data=fields, headers={"x-form-token": token})
            assert answer.status_code == 403, (path, reason)
            assert "copy what you wrote" in answer.text
    held = (await surgeon.get("/home/export")).json()
    assert held["person"]["stopped_at"] is None
    assert await is_signed_in(surgeon)


async def test_the_token_may_come_with_the_form_itself(web: Web, surgeon: httpx.AsyncClient) -> None:
    token = token_in((await surgeon.get("/help")).text)
    async with httpx.AsyncClient(base_url=web.address, trust_env=False, cookies=surgeon.cookies) as plain:
        assert (await plain.post("/home/quiet", data={"action": "stop", "form_token": token})).status_code == 303
        assert (await plain.post("/home/quiet", data={"action": "resume"})).status_code == 403


def test_an_account_is_named_as_the_roster_takes_it() -> None:
    assert Account("https://x", "s", tenant=TENANT, object_id=OBJECT).reference == f"{TENANT}/{OBJECT}"
    assert Account("https://x", "s").reference == "https://x s"
