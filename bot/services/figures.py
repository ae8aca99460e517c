"""Figures in chat: the same as on the pages, refusals included, and only for those who may see them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot.content.toolkit import Toolkit
from bot.domain.access import Right
from bot.domain.disclosure import POLICY, Why
from bot.domain.messages import Reply
from bot.services.views.reading import read_view, shelf_of
from bot.services.views.section import Section
from bot.storage.access import access_of
from bot.storage.audit import note_action
from bot.storage.tables import Person
from bot.understanding.figures import FigureQuestion


async def answer_about_figures(
    session: AsyncSession, toolkit: Toolkit, person: Person, question: FigureQuestion, smallest: int, now: datetime
) -> list[Reply]:
    """Return what somebody is told who asks about their programme's figures."""
    few = {"smallest": max(smallest, POLICY.smallest), "raised_by": POLICY.raised_by}

    def say(key: str, **values: object) -> str:
        return toolkit.sentences.say(f"statistics.{key}", **{**few, **values})

    access = await access_of(session, person.id)
    if not access.may_somewhere(Right.SEE_STATISTICS):
        return [Reply(say("chat_not_yours"))]
    shelf = await shelf_of(session, access)
    if not shelf.programmes:
        return [Reply(say("chat_none"))]
    split = question.by if question.is_split else None
    note_action(session, person.id, "figures.chat", f"{shelf.programmes[0]} {split or ''}".strip(), now)
    if question.is_split and question.count is not None and question.count < few["smallest"]:
        return [Reply(say("chat_small", count=question.count))]
    view = await read_view(session, toolkit, shelf, "change", "", split or "", now, ZoneInfo(person.time_zone))
    if question.is_split:
        found = next((section for section in view.sections if section.name == "split"), None)
        return [Reply(_split(found, view.programme, split, say))]
    told = [
        (name, cells[0])
        for section in view.sections
        if section.name == "paired"
        for name, cells in section.rows
        if cells[0].value is not None and cells[0].low is not None and cells[0].high is not None
    ]
    if not told:
        return [Reply(say("chat_none"))]
    name, cell = told[-1]
    assert cell.low is not None
    assert cell.high is not None
    key = "chat_noise_noise" if cell.low <= 0 <= cell.high else "chat_noise_real"
    shown = {"value": f"{cell.value:+.1f}", "low": f"{cell.low:+.1f}", "high": f"{cell.high:+.1f}", "people": cell.people}
    return [Reply(say("chat_noise_why")), Reply(say(key, what=name, programme=view.programme, **shown))]


def _split(section: Section | None, programme: str, split: str | None, say: object) -> str:
    assert callable(say)
    told = [] if section is None else [(name, cells) for name, cells in section.rows if all(cell.value is not None for cell in cells)]
    if section is None or not told:
        whys = section.whys if section is not None and section.whys else (Why.FEW.value,)
        return str(say("chat_split_refused", reasons=f"{say('or')} ".join(say(f"why_{why}") for why in whys)))
    name, cells = told[-1]
    figures = "; ".join(f"{column} {cell.text}" for column, cell in zip(section.columns, cells, strict=True))
    return str(say("chat_split_told", split=say(f"split_{split}"), programme=programme, what=name, figures=figures))
