"""Rasa's SQL tracker store, with every event encrypted, and with sessions that stay short.

What people write stands nowhere in plain text; the keys are those of the bot's own database (COACH_TRACKER_KEYS, newest
first, separated by commas). Rasa reads all events of a session at every turn, so a long one makes every turn slower.
"""

from __future__ import annotations

import itertools
import json
import os
import time
from typing import Any, Iterator, List, Optional, Text

import sqlalchemy as sa
from cryptography.fernet import Fernet, MultiFernet
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.ext.declarative import declarative_base
from sqlalchemy.types import TypeDecorator

LONGEST = 150  # events of a session, about a dozen turns


class EncryptedText(TypeDecorator):
    """Text that is encrypted on the way in and decrypted on the way out."""

    impl = sa.Text
    cache_ok = True

    def __init__(self) -> None:
        super().__init__()
        self._cipher: Optional[MultiFernet] = None

    @property
    def cipher(self) -> MultiFernet:
        if self._cipher is None:
            self._cipher = MultiFernet([Fernet(key) for key in os.environ["COACH_TRACKER_KEYS"].split(",")])
        return self._cipher

    def process_bind_param(self, value: Optional[Text], dialect: Any) -> Optional[Text]:
        return None if value is None else self.cipher.encrypt(value.encode()).decode()

    def process_result_value(self, value: Optional[Text], dialect: Any) -> Optional[Text]:
        return None if value is None else self.cipher.decrypt(value.encode()).decode()


class EncryptedTrackerStore(SQLTrackerStore):
    """The same table, whose `data` cannot be read without the keys; a long session goes on as a new one."""

    Base = declarative_base()

    class SQLEvent(Base):
        """One event of a conversation, as Rasa's own table has it."""

        __tablename__ = "events"

        id = sa.Column(sa.Integer, primary_key=True)
        sender_id = sa.Column(sa.String(255), nullable=False, index=True)
        type_name = sa.Column(sa.String(255), nullable=False)
        timestamp = sa.Column(sa.Float)
        intent_name = sa.Column(sa.String(255))
        action_name = sa.Column(sa.String(255))
        data = sa.Column(EncryptedText)

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        events = self.SQLEvent.__table__
        with self.engine.begin() as connection:
            # Also where the table was made before these were: a session is found by its start, and read from there on.
            for name, columns in (("ix_events_kind", "sender_id, type_name, id"), ("ix_events_session", "sender_id, id")):
                connection.execute(sa.text(f"CREATE INDEX IF NOT EXISTS {name} ON {events.name} ({columns})"))

    def _session_of(self, session: Any, sender_id: Text, is_whole: bool) -> Any:
        """Return what a conversation's events are found by: those of its latest session, which costs the same however many came before."""
        event = self.SQLEvent
        mine = event.sender_id == sender_id
        if is_whole:
            return mine
        # All its columns are in the index, so that the database goes straight to the last entry.
        start = sa.select(event.id).where(mine, event.type_name == SessionStarted.type_name)
        latest = session.execute(start.order_by(event.sender_id.desc(), event.type_name.desc(), event.id.desc()).limit(1)).scalar()
        return mine if latest is None else sa.and_(mine, event.id >= latest)

    async def _retrieve(self, sender_id: Text, fetch_events_from_all_sessions: bool) -> Optional[DialogueStateTracker]:
        # The one column that is needed, without an object a row.
        with self.session_scope() as session:
            which = self._session_of(session, sender_id, fetch_events_from_all_sessions)
            data = session.execute(sa.select(self.SQLEvent.data).where(which).order_by(self.SQLEvent.id)).scalars().all()
        if not data or not self.domain:
            return None
        return DialogueStateTracker.from_dict(sender_id, [json.loads(each) for each in data], self.domain.slots)

    def _additional_events(self, session: Any, tracker: DialogueStateTracker) -> Iterator[Event]:
        """Return the tracker's events that are not kept yet."""
        which = self._session_of(session, tracker.sender_id, False)
        kept = session.execute(sa.select(sa.func.count()).select_from(self.SQLEvent).where(which)).scalar()
        return itertools.islice(tracker.events, kept, None)

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """Return the conversation's latest session; when that has become long and nothing is being asked, begin another."""
        tracker = await super().retrieve(sender_id)
        if tracker is None or len(tracker.events) <= LONGEST:
            return tracker
        if tracker.active_loop_name or tracker.latest_action_name != ACTION_LISTEN_NAME:
            return tracker
        for event in _new_session(tracker):
            tracker.update(event)
        await self.save(tracker)
        return await super().retrieve(sender_id)


def _new_session(tracker: DialogueStateTracker) -> List[Event]:
    """Return the events that begin a session with what is remembered and with the last turn, which may have to be told again."""
    events = list(tracker.events)
    last = next((index for index in reversed(range(len(events))) if isinstance(events[index], UserUttered)), len(events))
    slots = {name: value for name, value in tracker.current_slot_values().items() if value is not None}
    begun: List[Event] = [
        ActionExecuted(ACTION_SESSION_START_NAME),
        SessionStarted(),
        *(SlotSet(name, value) for name, value in slots.items()),
        ActionExecuted(ACTION_LISTEN_NAME),
        *(Event.from_parameters(event.as_dict()) for event in events[last:]),
    ]
    # A session is what was said from its start on, by the clock.
    now = time.time()
    for event in begun:
        event.timestamp = now
    return begun
