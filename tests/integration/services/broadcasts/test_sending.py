"""Broadcasts from draft to people, on both databases: the guard, the figures that add up, and what is taken back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.domain.access import Grant, Role
from bot.domain.broadcasts import Audience, BroadcastKind, BroadcastState, Every
from bot.services.broadcasts.refusals import Refused
from bot.storage.access import end_role
from bot.storage.hours import stop
from bot.storage.tables import Audit, Broadcast, Delivery, Message, Person
from tests.broadcast_stage import Stage, add_people

pytestmark = pytest.mark.anyio

EVERYONE = Audience("leeds")


async def refusal(work: Any) -> str:
    with pytest.raises(Refused) as raised:
        await work
    return raised.value.says


async def test_it_reaches_channel_and_web_once_and_the_figures_add_up(stage: Stage) -> None:
    await add_people(stage.database, 3)
    await add_people(stage.database, 2, first=3, by_channel=False)
    number = await stage.sent()
    assert await stage.lines(number) == {"queued": 5}
    await stage.later(seconds=59)
    assert stage.channel.taken == [], "nothing goes out while it can be undone"
    await stage.later(seconds=2)
    await stage.later(seconds=2)
    assert sorted(person for person, _ in stage.channel.taken) == ["p0", "p1", "p2"]
    assert "From The lead:" in stage.channel.taken[0][1]
    assert "Pat0, what shall we open with?" in dict(stage.channel.taken)["p0"]
    assert await stage.lines(number) == {"sent": 5}


async def test_undone_in_time_nobody_hears_of_it(stage: Stage) -> None:
    await add_people(stage.database, 2)
    number = await stage.sent()
    await stage.broadcasts.sending.cancel(number, "lead")
    await stage.later(minutes=10)
    assert stage.channel.taken == []
    assert await stage.lines(number) == {"cancelled": 2}


async def test_what_was_sent_is_taken_back_and_what_cannot_be_is_named(stage: Stage) -> None:
    await add_people(stage.database, 3)
    await add_people(stage.database, 1, first=3, by_channel=False)
    stage.channel.stuck = {"p1"}
    stage.channel.refused = {"p2": "user_not_found"}
    number = await stage.sent()
    await stage.later(minutes=2)
    assert await stage.lines(number) == {"sent": 3, "failed": 1}
    await stage.broadcasts.sending.take_back(number, "lead")
    await stage.post()
    assert await stage.lines(number) == {"taken_back": 2, "not_taken_back": 1, "failed": 1}
    assert stage.channel.removed == ["p0"]
    named = {each.name: (each.line.value, each.reason) for each in await stage.broadcasts.tracking.recipients(number, "lead")}
    assert named["Dr Pat1 Lee"] == ("not_taken_back", "cant_delete_message")
    async with stage.database.reading() as session:
        texts = {message.text for message in await session.scalars(select(Message).where(Message.person_id == "p3"))}
    assert texts == {"The lead took this message back."}


async def test_pausing_holds_what_is_queued_for_channels_and_resuming_goes_on(stage: Stage) -> None:
    await add_people(stage.database, 3)
    number = await stage.sent()
    stage.now += timedelta(minutes=2)
    await stage.deliveries.tick(stage.now)
    await stage.broadcasts.sending.pause(number, "lead")
    await stage.post()
    assert stage.channel.taken == []
    assert sum((await stage.lines(number)).values()) == 3
    await stage.broadcasts.sending.resume(number, "lead")
    await stage.later(seconds=1)
    assert len(stage.channel.taken) == 3
    assert await stage.lines(number) == {"sent": 3}


async def test_cancelling_while_sending_ends_the_rest_and_keeps_what_went_out(stage: Stage) -> None:
    await add_people(stage.database, 40)
    number = await stage.sent()
    stage.now += timedelta(minutes=2)
    await stage.deliveries.tick(stage.now)
    sending = asyncio.create_task(stage.post())
    await asyncio.sleep(0)
    await stage.broadcasts.sending.cancel(number, "lead")
    await sending
    await stage.later(minutes=5)
    lines = await stage.lines(number)
    assert lines.get("sent", 0) == len(stage.channel.taken)
    assert set(lines) <= {"sent", "cancelled"}


async def test_the_lines_add_up_at_every_moment(stage: Stage) -> None:
    await add_people(stage.database, 60)
    number = await stage.sent()
    stage.now += timedelta(minutes=2)
    is_over = False

    async def watch() -> int:
        looks = 0
        while not is_over:
            assert sum((await stage.lines(number)).values()) == 60
            looks += 1
        return looks

    watching = asyncio.create_task(watch())
    await asyncio.gather(stage.deliveries.tick(stage.now), stage.deliveries.tick(stage.now))
    await asyncio.gather(stage.post(), stage.broadcasts.sending.pause(number, "lead"))
    await stage.broadcasts.sending.resume(number, "lead")
    await stage.later(seconds=1)
    await stage.broadcasts.sending.take_back(number, "lead")
    await stage.post()
    is_over = True
    assert await watching > 0
    assert len(stage.channel.taken) == len(set(stage.channel.taken)) == 60
    assert await stage.lines(number) == {"taken_back": 60}


async def test_who_deleted_their_data_is_counted_still(stage: Stage) -> None:
    await add_people(stage.database, 2)
    number = await stage.sent()
    async with stage.database.transaction() as session:
        await session.delete(await session.get_one(Delivery, await session.scalar(select(func.min(Delivery.id)))))
    assert await stage.lines(number) == {"queued": 1, "deleted": 1}


async def test_everyone_needs_the_count_typed(stage: Stage) -> None:
    await add_people(stage.database, 3)
    kept = await stage.broadcasts.drafts.create(stage.draft(audience=EVERYONE), "team")
    sending = stage.broadcasts.sending
    assert await refusal(sending.send(kept.id, 1, "team")) == "type_the_count"
    assert await refusal(sending.send(kept.id, 1, "team", 2)) == "type_the_count"
    await sending.send(kept.id, 1, "team", 3)


async def test_above_the_threshold_somebody_else_approves_what_is_sent(stage: Stage) -> None:
    await add_people(stage.database, 3)
    above_two = stage.settings.file.broadcast.model_copy(update={"approve_above": 2})
    stage.settings = replace(stage.settings, file=stage.settings.file.model_copy(update={"broadcast": above_two}))
    stage.__post_init__()
    drafts, sending = stage.broadcasts.drafts, stage.broadcasts.sending
    kept = await drafts.create(stage.draft(), "lead")
    assert await refusal(sending.send(kept.id, 1, "lead")) == "needs_approval"
    assert await refusal(drafts.approve(kept.id, 1, "lead")) == "not_yours", "a forum lead approves nothing"
    own = await drafts.create(stage.draft(), "team")
    assert await refusal(drafts.approve(own.id, 1, "team")) == "own_approval"
    await drafts.approve(kept.id, 1, "team")
    await drafts.change(kept.id, 1, stage.draft(text="Something else"), "lead")
    assert await refusal(sending.send(kept.id, 2, "lead")) == "needs_approval", "a change voids the approval"
    assert await refusal(drafts.approve(kept.id, 1, "team")) == "changed_before_approval"
    await drafts.approve(kept.id, 2, "team")
    await sending.send(kept.id, 2, "lead")
    async with stage.database.reading() as session:
        actions = [(each.actor, each.action) for each in await session.scalars(select(Audit).order_by(Audit.id))]
    assert actions[-2:] == [("team", "broadcast.approve"), ("lead", "broadcast.send")]


async def test_two_leads_on_one_draft_do_not_write_over_each_other(stage: Stage) -> None:
    await add_people(stage.database, 1)
    drafts = stage.broadcasts.drafts
    kept = await drafts.create(stage.draft(), "lead")
    await drafts.change(kept.id, 1, stage.draft(text="Mine"), "team")
    assert await refusal(drafts.change(kept.id, 1, stage.draft(text="Theirs"), "lead")) == "changed_meanwhile"
    assert (await drafts.get(kept.id, "lead")).text == "Mine"


async def test_an_approver_who_changed_it_is_an_author(stage: Stage) -> None:
    await add_people(stage.database, 1)
    kept = await stage.broadcasts.drafts.create(stage.draft(), "lead")
    await stage.broadcasts.drafts.change(kept.id, 1, stage.draft(text="Mine"), "team")
    assert await refusal(stage.broadcasts.drafts.approve(kept.id, 2, "team")) == "own_approval"


WRONG: list[tuple[dict[str, object], str]] = [
    ({"audience": Audience("leeds", forums=frozenset({2}))}, "audience_not_yours"),
    ({"audience": EVERYONE}, "audience_not_yours"),
    ({"audience": Audience("leeds", forums=frozenset({1, 2}))}, "audience_not_yours"),
    ({"title": " "}, "no_title"),
    ({"text": ""}, "no_text"),
    ({"text": "{name}, hello"}, "unknown_field"),
    ({"text": "{first_name.__class__}"}, "unknown_field"),
    ({"text": "a { brace"}, "lone_brace"),
    ({"text": "by {reply_by}"}, "no_reply_by"),
    ({"kind": BroadcastKind.POLL, "choices": ("one",)}, "count_of_choices"),
    ({"kind": BroadcastKind.POLL, "choices": tuple("abcdef")}, "count_of_choices"),
    ({"kind": BroadcastKind.POLL, "choices": ("Yes", "yes")}, "same_choices"),
    ({"kind": BroadcastKind.SCENARIO, "thing": "nothing_there"}, "no_thing"),
]


async def test_what_cannot_be_sent_is_refused_when_it_is_written(stage: Stage) -> None:
    for changes, says in WRONG:
        assert await refusal(stage.broadcasts.drafts.create(stage.draft(**changes), "lead")) == says, changes


async def test_an_audience_that_empties_before_its_moment_is_a_draft_again_with_the_reason(stage: Stage) -> None:
    await add_people(stage.database, 1)
    kept = await stage.broadcasts.drafts.create(stage.draft(), "lead")
    await stage.broadcasts.sending.schedule(kept.id, 1, "lead", stage.now + timedelta(hours=1))
    async with stage.database.transaction() as session:
        await stop(session, await session.get_one(Person, "p0"), stage.now)
    await stage.later(hours=2)
    found = await stage.broadcasts.drafts.get(kept.id, "lead")
    assert (found.state, found.note) == (BroadcastState.DRAFT, "nobody_left")
    assert await refusal(stage.broadcasts.sending.send(kept.id, 1, "lead")) == "nobody"


async def test_a_lead_who_lost_the_role_sends_nothing_more(stage: Stage) -> None:
    await add_people(stage.database, 1)
    running = await stage.sent()
    kept = await stage.broadcasts.drafts.create(stage.draft(), "lead")
    await stage.broadcasts.sending.schedule(kept.id, 1, "lead", stage.now + timedelta(hours=1))
    async with stage.database.transaction() as session:
        assert await end_role(session, "lead", Grant(Role.FORUM_LEAD, "leeds", 1), now=stage.now)
    for work in (stage.broadcasts.sending.cancel(running, "lead"), stage.broadcasts.tracking.track(running, "lead")):
        assert await refusal(work) == "not_yours"
    await stage.later(hours=2)
    assert (await stage.broadcasts.drafts.get(kept.id, "team")).note == "role_lost"
    assert len(stage.channel.taken) == 1, "what they had sent before goes out, and the programme team can end it"
    assert (await stage.broadcasts.tracking.track(running, "team")).recipients == 1


@pytest.mark.parametrize("end", ["cancel", "take_back"])
async def test_ending_one_of_a_series_ends_what_is_scheduled_of_it(stage: Stage, end: str) -> None:
    await add_people(stage.database, 1)
    kept = await stage.broadcasts.drafts.create(stage.draft(), "lead")
    sending = stage.broadcasts.sending
    await sending.schedule(kept.id, 1, "lead", stage.now + timedelta(hours=1), every=Every.WEEK, until=date(2026, 12, 9))
    await stage.later(hours=2)
    await getattr(sending, end)(kept.id, "lead")
    for _ in range(3):
        await stage.later(days=7)
    async with stage.database.reading() as session:
        found = await session.scalars(select(Broadcast).order_by(Broadcast.id))
        states = [(each.number, each.state, each.ended_by) for each in found]
    ended = BroadcastState.CANCELLED if end == "cancel" else BroadcastState.TAKEN_BACK
    assert states == [(1, ended, "lead"), (2, BroadcastState.CANCELLED, "lead")]


async def test_a_series_that_was_made_a_draft_again_is_scheduled_anew_on_its_own_day(stage: Stage) -> None:
    await add_people(stage.database, 1)
    kept = await stage.broadcasts.drafts.create(stage.draft(), "lead")
    sending = stage.broadcasts.sending
    await sending.schedule(kept.id, 1, "lead", stage.now + timedelta(hours=1), every=Every.WEEK, until=date(2026, 12, 9))
    await stage.later(hours=2)
    await sending.unschedule(kept.id + 1, "lead")
    anew = stage.now + timedelta(days=3)
    await sending.schedule(kept.id + 1, 1, "lead", anew, every=Every.WEEK, until=date(2026, 12, 9))
    await stage.later(days=3, seconds=1)
    async with stage.database.reading() as session:
        third = (await session.scalars(select(Broadcast).where(Broadcast.series_of == kept.id + 1))).one()
    assert third.send_at == anew + timedelta(days=7)


async def test_a_series_comes_back_until_its_end(stage: Stage) -> None:
    await add_people(stage.database, 1)
    kept = await stage.broadcasts.drafts.create(stage.draft(), "lead")
    first = stage.now + timedelta(hours=1)
    sending = stage.broadcasts.sending
    assert await refusal(sending.schedule(kept.id, 1, "lead", first, every=Every.WEEK)) == "series_without_end"
    await sending.schedule(kept.id, 1, "lead", first, every=Every.WEEK, until=date(2026, 12, 9))
    for _ in range(5):
        await stage.later(hours=2)
        await stage.later(days=7)
    async with stage.database.reading() as session:
        found = await session.scalars(select(Broadcast).order_by(Broadcast.id))
        states = [(each.number, each.state, each.recipients) for each in found]
    assert states == [(number, BroadcastState.SENDING, 1) for number in (1, 2, 3)]


async def test_a_moment_that_is_over_is_refused(stage: Stage) -> None:
    await add_people(stage.database, 1)
    kept = await stage.broadcasts.drafts.create(stage.draft(), "lead")
    assert await refusal(stage.broadcasts.sending.schedule(kept.id, 1, "lead", stage.now)) == "past"


async def test_rehearsal_says_who_gets_it_who_does_not_and_when(stage: Stage) -> None:
    await add_people(stage.database, 4)
    async with stage.database.transaction() as session:
        (await session.get_one(Person, "p1")).consented_at = None
        await stop(session, await session.get_one(Person, "p2"), stage.now)
        (await session.get_one(Person, "p3")).snoozed_until = stage.now + timedelta(days=1)
    kept = await stage.broadcasts.drafts.create(stage.draft(), "lead")
    found = await stage.broadcasts.rehearsing.rehearse(kept.id, "lead")
    assert (found.count, found.names) == (2, ["Dr Pat0 Lee", "Dr Pat3 Lee"])
    assert dict(found.left_out) == {"not_agreed": 1, "stopped": 1}
    assert dict(found.waits) == {"snoozed": 1}
    assert found.forecast
    assert (found.forecast.start, found.forecast.finish) == (
        stage.now + timedelta(minutes=1),
        stage.now + timedelta(days=1),
    )
    words = await stage.broadcasts.rehearsing.words_for(kept.id, "lead", "p0")
    assert "Pat0, what shall we open with?" in words.text
    assert await refusal(stage.broadcasts.rehearsing.words_for(kept.id, "lead", "team")) == "not_in_audience"
