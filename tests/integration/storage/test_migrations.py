"""Migrations run while processes of the version before go on: they add, and take nothing away."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.storage.database import MIGRATIONS, Database

pytestmark = pytest.mark.anyio
# The first that were made since several processes may run beside each other.
SINCE = "0009"
TAKES_AWAY = {"drop_table", "drop_column", "rename_table", "drop_constraint", "alter_column"}


def upgrades() -> Iterator[tuple[str, ast.FunctionDef]]:
    for path in sorted((MIGRATIONS / "versions").glob("[0-9]*.py")):
        if path.name >= SINCE:
            for each in ast.parse(path.read_text()).body:
                if isinstance(each, ast.FunctionDef) and each.name == "upgrade":
                    yield path.name, each


def faults_of(function: ast.FunctionDef) -> list[str]:
    """Return what in an upgrade a process of the version before could not live with."""
    found = []
    for call in (each for each in ast.walk(function) if isinstance(each, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        words = ast.unparse(call)
        if name in TAKES_AWAY:
            found.append(words)
        if name == "add_column" and "nullable=False" in words and "server_default" not in words:
            found.append(words)
        if name == "execute" and any(taken in words.upper() for taken in ("DROP ", "RENAME ", "ALTER COLUMN")):
            found.append(words)
    return found


def test_no_migration_takes_away_what_the_version_before_uses() -> None:
    assert {name: faults for name, function in upgrades() if (faults := faults_of(function))} == {}


@pytest.mark.parametrize(
    ("source", "is_fault"),
    [
        ("op.create_table('t', sa.Column('id', sa.Integer(), nullable=False))", False),
        ("op.add_column('person', sa.Column('x', sa.Integer(), nullable=True))", False),
        ("op.add_column('person', sa.Column('x', sa.Integer(), nullable=False, server_default='0'))", False),
        ("op.add_column('person', sa.Column('x', sa.Integer(), nullable=False))", True),
        ("op.drop_column('person', 'name')", True),
        ("op.execute('ALTER TABLE person RENAME COLUMN a TO b')", True),
    ],
)
def test_what_a_migration_may_do(source: str, is_fault: bool) -> None:
    (function,) = ast.parse(f"def upgrade():\n    {source}").body
    assert isinstance(function, ast.FunctionDef)
    assert bool(faults_of(function)) is is_fault


async def test_a_process_goes_on_beside_a_later_version(database: Database) -> None:
    assert await database.is_current()
    async with database.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = 'of_a_later_version'"))
    assert await database.is_current()


async def test_a_process_does_not_serve_what_lacks_migrations(database: Database, tmp_path: Path) -> None:
    async with database.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '0003'"))
    assert not await database.is_current()
    empty = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}", ["A" * 43 + "="])
    assert not await empty.is_current()
    await empty.close()
