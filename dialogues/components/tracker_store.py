"""Rasa's SQL tracker store, with every event encrypted: what people write stands nowhere in plain text.

The keys are those of the bot's own database (COACH_TRACKER_KEYS, newest first, separated by commas).
"""

from __future__ import annotations

import os
from typing import Any, Optional, Text

import sqlalchemy as sa
from cryptography.fernet import Fernet, MultiFernet
from rasa.core.tracker_store import SQLTrackerStore
from sqlalchemy.ext.declarative import declarative_base
from sqlalchemy.types import TypeDecorator


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
    """The same table, whose `data` cannot be read without the keys."""

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
