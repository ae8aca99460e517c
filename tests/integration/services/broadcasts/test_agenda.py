"""The agenda: one page whatever came back, and nothing on it that the results do not tell."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pypdf
import pytest
from sqlalchemy import update

from bot.domain.broadcasts import LONGEST_CHOICE, LONGEST_TEXT, LONGEST_TITLE, BroadcastKind, Sharing
from bot.services.broadcasts.agenda import MOST_SHARED, Agenda, Bar, Theme
from bot.services.broadcasts.refusals import Refused
from bot.storage.tables import BroadcastAnswer, Delivery, DeliveryState
from bot.web.agenda import write_agenda
from tests.broadcast_stage import NOON, Stage, add_people

pytestmark = pytest.mark.anyio

POLL = {"kind": BroadcastKind.POLL, "choices": ("Time", "Money", "Beds")}


async def answer(
    stage: Stage,
    number: int,
    *,
    choices: Mapping[int, int] | None = None,
    themes: Sequence[str] = (),
    shared: Sequence[tuple[str, Sharing]] = (),
) -> None:
    """Have people answer, the first ones first: so many by each choice, one for each theme, and one for each that is shared."""
    given: list[dict[str, object]] = []
    given += [{"choice": choice} for choice, count in (choices or {}).items() for _ in range(count)]
    given += [{"theme": theme} for theme in themes]
    given += [{"words": words, "sharing": sharing} for words, sharing in shared]
    async with stage.database.transaction() as session:
        await session.execute(update(Delivery).values(state=DeliveryState.SENT))
        session.add_all(
            BroadcastAnswer(broadcast_id=number, person_id=f"p{place}", answered_at=NOON, **each) for place, each in enumerate(given)
        )


async def test_a_poll_stands_as_bars_and_the_forum_with_its_day(stage: Stage) -> None:
    await add_people(stage.database, 50)
    number = await stage.sent(**POLL)
    await answer(stage, number, choices={0: 20, 1: 15})
    found = await stage.broadcasts.agendas.agenda(number, "lead")
    assert found.whom == "CD Forum, Thursday 26 November at 12:00"
    assert found.asked == "Colleagues, what shall we open with?"
    assert found.answered == "35 of 50 people answered."
    assert found.choices == [Bar("Time", "20", 20 / 35), Bar("Money", "15", 15 / 35), Bar("Beds", "not shown", None)]


async def test_the_two_themes_that_most_raise_come_with_the_toolkits_questions(stage: Stage) -> None:
    await add_people(stage.database, 30)
    number = await stage.sent()
    await answer(stage, number, themes=["time_role"] * 8 + ["gm_trust"] * 6 + ["peers"] * 5 + ["identity"] * 4)
    found = await stage.broadcasts.agendas.agenda(number, "lead")
    themes = stage.library.common.themes
    assert [(each.title, each.question) for each in found.themes] == [
        (themes["time_role"].title, themes["time_role"].question),
        (themes["gm_trust"].title, themes["gm_trust"].question),
    ]
    assert found.themes[0].raised == "raised by 8"
    assert found.choices == []


@pytest.mark.parametrize(
    ("people", "choices", "reason"),
    [
        (50, {0: 10}, "ten are too few"),
        (17, {0: 6, 1: 6}, "five did not answer"),
        (50, {}, "nobody answered"),
    ],
)
async def test_what_may_not_be_told_is_not_on_it(stage: Stage, people: int, choices: dict[int, int], reason: str) -> None:
    await add_people(stage.database, people)
    number = await stage.sent(**POLL)
    await answer(stage, number, choices=choices)
    found = await stage.broadcasts.agendas.agenda(number, "lead")
    assert (found.choices, found.themes) == ([], []), reason
    assert "is not shown" in found.answered, reason


async def test_shared_answers_are_on_it_as_they_are_shared(stage: Stage) -> None:
    await add_people(stage.database, 8)
    number = await stage.sent()
    shared = [(f"Thing {place}", Sharing.NAMED if place == 0 else Sharing.UNNAMED) for place in range(MOST_SHARED + 2)]
    await answer(stage, number, shared=[("Kept private", Sharing.PRIVATE), *shared])
    found = await stage.broadcasts.agendas.agenda(number, "lead")
    assert found.shared[:2] == [("Thing 0", "Dr Pat1 Lee"), ("Thing 1", "Without a name")]
    assert found.more_shared == "And 2 more, on the page of what came back."
    assert "Kept private" not in str(found)
    for stranger in ("p0", "nobody"):
        with pytest.raises(Refused):
            await stage.broadcasts.agendas.agenda(number, stranger)


async def test_it_is_one_page_whatever_came_back(stage: Stage) -> None:
    await add_people(stage.database, 40)
    number = await stage.sent(**POLL, title="T" * LONGEST_TITLE, text="A long question of many words. " * (LONGEST_TEXT // 31))
    hostile = '#panic("x") = $1/0$ <script>alert(1)</script> \\ " [ _*'
    await answer(stage, number, shared=[(f"{place} {hostile} {'word ' * 400}", Sharing.NAMED) for place in range(20)])
    found = await stage.broadcasts.agendas.agenda(number, "lead")
    long = max((each for each in stage.library.common.themes.values()), key=lambda each: len(each.title + each.question))
    fullest = replace(
        found,
        themes=[Theme(long.title, long.question, "raised by 1,000")] * 2,
        choices=[Bar("C" * LONGEST_CHOICE, "1,000", 1.0)] * 5,
    )
    written = pypdf.PdfReader(io.BytesIO(await write_agenda(fullest, stage.library.common.sentences)))
    assert len(written.pages) == 1
    text = written.pages[0].extract_text()
    assert "<script>alert(1)</script>" in text.replace("\n", " "), "markup is words"
    assert "What we agree" in text


async def test_an_empty_one_is_one_page_too(stage: Stage) -> None:
    bare = Agenda("Bare", "Forum", "Asked", "Nobody", [], "None stands out", [], [], "", "As of now.")
    written = pypdf.PdfReader(io.BytesIO(await write_agenda(bare, stage.library.common.sentences)))
    assert len(written.pages) == 1
    assert "None stands out" in written.pages[0].extract_text()
