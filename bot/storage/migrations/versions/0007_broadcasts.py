"""Broadcasts, and what people answer to them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('broadcast',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('programme_id', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.Enum('text', 'scenario', 'prompt', 'survey', 'poll', name='broadcastkind', native_enum=False, length=40), nullable=False),
    sa.Column('title', sa.LargeBinary(), nullable=False),
    sa.Column('text', sa.LargeBinary(), nullable=False),
    sa.Column('thing', sa.String(length=120), nullable=True),
    sa.Column('choices', sa.JSON(), nullable=False),
    sa.Column('audience', sa.JSON(), nullable=False),
    sa.Column('time_zone', sa.String(length=120), nullable=False),
    sa.Column('reply_by', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.Enum('draft', 'scheduled', 'sending', 'paused', 'cancelled', 'taken_back', name='broadcaststate', native_enum=False, length=40), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('author_id', sa.String(length=120), nullable=False),
    sa.Column('editors', sa.JSON(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('approved_by', sa.String(length=120), nullable=True),
    sa.Column('approved_version', sa.Integer(), nullable=True),
    sa.Column('sender_id', sa.String(length=120), nullable=True),
    sa.Column('confirmed_count', sa.Integer(), nullable=True),
    sa.Column('send_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('recipients', sa.Integer(), nullable=False),
    sa.Column('left_out', sa.JSON(), nullable=False),
    sa.Column('ended_by', sa.String(length=120), nullable=True),
    sa.Column('note', sa.String(length=120), nullable=True),
    sa.Column('every', sa.Enum('week', 'fortnight', 'month', name='every', native_enum=False, length=40), nullable=True),
    sa.Column('until', sa.Date(), nullable=True),
    sa.Column('series_of', sa.Integer(), nullable=True),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_broadcast_programme_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_broadcast'))
    )
    op.create_index('ix_broadcast_programme_id', 'broadcast', ['programme_id'], unique=False)
    op.create_index('ix_broadcast_state_send_at', 'broadcast', ['state', 'send_at'], unique=False)
    op.create_table('broadcast_answer',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('broadcast_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=120), nullable=False),
    sa.Column('choice', sa.Integer(), nullable=True),
    sa.Column('reflection_id', sa.Integer(), nullable=True),
    sa.Column('theme', sa.String(length=120), nullable=True),
    sa.Column('sharing', sa.Enum('private', 'unnamed', 'named', name='sharing', native_enum=False, length=40), nullable=False),
    sa.Column('words', sa.LargeBinary(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['broadcast_id'], ['broadcast.id'], name=op.f('fk_broadcast_answer_broadcast_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_broadcast_answer_person_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['reflection_id'], ['reflection.id'], name=op.f('fk_broadcast_answer_reflection_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_broadcast_answer'))
    )
    op.create_index('ix_broadcast_answer_broadcast_id', 'broadcast_answer', ['broadcast_id', 'person_id'], unique=False)
    op.create_index('ix_broadcast_answer_person_id', 'broadcast_answer', ['person_id'], unique=False)
    op.create_index('ix_delivery_source', 'delivery', ['source', 'state'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_delivery_source', 'delivery')
    op.drop_table('broadcast_answer')
    op.drop_table('broadcast')
