"""Survey answers under pseudonyms, what somebody tapped encrypted, and the figures that were released"""

from __future__ import annotations

from itertools import groupby

import sqlalchemy as sa
from alembic import op

from bot.storage.encryption import EncryptedJSON, Number, Words

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

# So many rows are read at once.
BATCH = 2000


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == 'sqlite':
        # What is deleted here must not be found in the file's free pages afterwards.
        op.execute('PRAGMA secure_delete=ON')
    blob = 'BLOB' if connection.dialect.name == 'sqlite' else 'BYTEA'
    op.create_table('filed_answer',
    sa.Column('pseudonym', sa.String(length=120), nullable=False),
    sa.Column('instrument', sa.String(length=120), nullable=False),
    sa.Column('wave', sa.Integer(), nullable=True),
    sa.Column('quarter', sa.String(length=120), nullable=False),
    sa.Column('item', sa.String(length=120), nullable=False),
    sa.Column('item_version', sa.Integer(), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('pseudonym', name=op.f('pk_filed_answer')),
    sqlite_with_rowid=False,
    )
    op.create_index('ix_filed_answer_instrument_item_wave_quarter', 'filed_answer', ['instrument', 'item', 'wave', 'quarter'])
    op.create_table('released',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=120), nullable=False),
    sa.Column('programme', sa.String(length=120), nullable=False),
    sa.Column('split', sa.String(length=120), nullable=False),
    sa.Column('period', sa.String(length=120), nullable=False),
    sa.Column('figures', sa.JSON(), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_released')),
    sa.UniqueConstraint('subject', 'programme', 'split', 'period', name=op.f('uq_released_subject_programme_split_period'))
    )
    op.create_index('ix_released_programme_period', 'released', ['programme', 'period'])
    op.create_table('told_group',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ledger', sa.String(length=120), nullable=False),
    sa.Column('members', sa.LargeBinary(), nullable=False),
    sa.Column('told_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_told_group'))
    )
    op.create_index('ix_told_group_ledger', 'told_group', ['ledger'])
    false = '0' if connection.dialect.name == 'sqlite' else 'false'
    op.execute(f'ALTER TABLE survey_round ADD COLUMN answers {blob}')
    op.execute(f'ALTER TABLE survey_round ADD COLUMN is_filed BOOLEAN NOT NULL DEFAULT {false}')
    op.create_index('ix_survey_round_is_filed_due_at', 'survey_round', ['is_filed', 'due_at'])
    op.execute(f'ALTER TABLE message ADD COLUMN taken {blob}')
    op.execute(f'ALTER TABLE inbound ADD COLUMN tapped {blob}')
    op.execute(f'ALTER TABLE inbound ADD COLUMN stands_for {blob}')
    _move_answers(connection)
    _hide(connection, 'message', {'chosen': ('taken', Number())})
    _hide(connection, 'inbound', {'choice': ('tapped', Words()), 'payload': ('stands_for', Words())})
    # Overwritten first: on PostgreSQL a dropped column's values stay in the rows.
    for column in ('choice', 'payload'):
        op.execute(f'UPDATE inbound SET {column} = NULL WHERE {column} IS NOT NULL')
        op.execute(f'ALTER TABLE inbound DROP COLUMN {column}')
    op.execute('UPDATE message SET chosen = NULL WHERE chosen IS NOT NULL')
    op.execute('ALTER TABLE message DROP COLUMN chosen')
    op.drop_table('survey_answer')


def _move_answers(connection: sa.Connection) -> None:
    """Put every answer with its round, encrypted; the next tick files those whose quarter is over."""
    rows = connection.execute(
        sa.text('SELECT round_id, item, item_version, value, answered_at FROM survey_answer ORDER BY round_id, id')
        .columns(answered_at=sa.DateTime(timezone=True))
    ).fetchall()
    table = sa.table('survey_round', sa.column('id'), sa.column('answers', EncryptedJSON()))
    written = [
        {
            'round': number,
            'kept': {row.item: [row.item_version, row.value, row.answered_at.isoformat() + ('' if row.answered_at.tzinfo else '+00:00'), False]
                     for row in answers},
        }
        for number, answers in groupby(rows, key=lambda row: row.round_id)
    ]
    statement = sa.update(table).where(table.c.id == sa.bindparam('round')).values(answers=sa.bindparam('kept', type_=EncryptedJSON()))
    for start in range(0, len(written), BATCH):
        connection.execute(statement, written[start:start + BATCH])


def _hide(connection: sa.Connection, name: str, columns: dict[str, tuple[str, Number | Words]]) -> None:
    """Write columns anew, encrypted, under another name."""
    for old, (new, kind) in columns.items():
        table = sa.table(name, sa.column('id'), sa.column(old), sa.column(new, kind))
        after = 0
        while rows := connection.execute(
            sa.select(table.c.id, table.c[old]).where(table.c[old].is_not(None), table.c.id > after).order_by(table.c.id).limit(BATCH)
        ).fetchall():
            connection.execute(
                sa.update(table).where(table.c.id == sa.bindparam('row')).values({new: sa.bindparam('hidden', type_=kind)}),
                [{'row': row[0], 'hidden': row[1]} for row in rows],
            )
            after = rows[-1][0]


def downgrade() -> None:
    raise NotImplementedError('answers that were made unlinkable cannot be tied to people again: restore a backup')
