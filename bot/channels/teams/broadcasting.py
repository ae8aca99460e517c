"""How a forum lead writes a broadcast in their own conversation in Teams, sees whom it reaches, sends it and takes it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.bootstrap import Product
from bot.channels.composing import CHANGE, Composing, Written, read_number
from bot.channels.teams import broadcast_cards as cards
from bot.channels.teams.cards import Card
from bot.channels.teams.form_cards import note_card
from bot.services.broadcasts.refusals import Faulty, Refused


class Broadcasting:
    """Answers what is asked of a broadcast with the card that takes its place. Rights are looked up at each step, by the service."""

    def __init__(self, product: Product) -> None:
        self._composing, self._sentences = Composing(product), product.toolkit.sentences

    def is_asked_for(self, text: str) -> bool:
        """Return whether somebody asks to write a broadcast, or to see one by its number."""
        command, _, number = text.casefold().strip().partition(" ")
        return command == self._sentences["teams.command_broadcast"] and (not number.strip() or read_number(number.strip()) is not None)

    async def open(self, text: str, person_id: str | None) -> Card:
        """Return the form, or the sheet of the broadcast whose number was named; whoever leads nothing is told so."""
        number = read_number(text.strip().partition(" ")[2].strip())
        if number is not None:
            return await self._sheet(number, person_id)
        return await self._form(Written(), person_id)

    async def answer(self, data: Mapping[str, Any], person_id: str | None) -> Card:
        """Do what a card asks for; return the card that takes its place, with why not where it was not done."""
        act, number = data.get("do"), read_number(data.get("broadcast"))
        if act == cards.WRITE:
            return await self._keep(cards.read_written(data), person_id)
        if number is None or not isinstance(act, str) or person_id is None:
            return note_card(self._sentences["composing.unreadable"])
        typed = words if isinstance(words := data.get(cards.COUNT), str) else ""
        try:
            if act == CHANGE:
                return await self._form(await self._composing.written(number, person_id), person_id)
            await self._composing.act(act, number, read_number(data.get("version")) or 0, person_id, typed)
        except Refused as error:
            return await self._sheet(number, person_id, error.words(self._sentences), typed)
        return await self._sheet(number, person_id)

    async def _keep(self, written: Written, person_id: str | None) -> Card:
        try:
            number = await self._composing.keep(written, person_id or "")
        except Faulty as error:
            return await self._form(written, person_id, error.by_field(self._sentences))
        except Refused as error:
            if error.says == "changed_meanwhile" and written.number is not None:
                return await self._overtaken(written, person_id or "", error)
            return await self._form(written, person_id, {cards.AUDIENCE: error.words(self._sentences)})
        return await self._sheet(number, person_id)

    async def _overtaken(self, written: Written, person_id: str, error: Refused) -> Card:
        """Return the form with what was written, to be kept over the other's change by whoever has been told of it."""
        latest = await self._composing.written(written.number or 0, person_id)
        return await self._form(replace(written, version=latest.version), person_id, {"": error.words(self._sentences)})

    async def _form(self, written: Written, person_id: str | None, faults: Mapping[str, str] | None = None) -> Card:
        places = await self._composing.places(person_id, written)
        if not places:
            return note_card(self._sentences["composing.not_yours"])
        return cards.writing_card(self._sentences, written, places, faults)

    async def _sheet(self, number: int, person_id: str | None, said: str | None = None, typed: str = "") -> Card:
        try:
            return cards.sheet_card(self._sentences, await self._composing.sheet(number, person_id or ""), said, typed)
        except Refused as error:
            return note_card(error.words(self._sentences))
