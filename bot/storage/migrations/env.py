"""Alembic's entry: runs on the connection it is given, or offline on the address in its configuration."""

from __future__ import annotations

from typing import Literal

from alembic import context
from sqlalchemy.types import TypeDecorator

from bot.storage.tables import Base


def render_plainly(kind: str, thing: object, _context: object) -> str | Literal[False]:
    """Write our own column types into migrations as what the database sees, so that old migrations need no new code."""
    return repr(thing.impl_instance).join(("sa.", "")) if kind == "type" and isinstance(thing, TypeDecorator) else False


connection = context.config.attributes.get("connection")
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    render_item=render_plainly,
)
with context.begin_transaction():
    context.run_migrations()
