"""Codes to join by, rosters that wait to be imported, and the zone of a forum's next meeting"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute('ALTER TABLE forum ADD COLUMN time_zone VARCHAR(120)')
    op.create_table('join_code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code_key', sa.String(length=120), nullable=False),
    sa.Column('programme_id', sa.String(length=120), nullable=False),
    sa.Column('cohort_id', sa.Integer(), nullable=True),
    sa.Column('forum_id', sa.Integer(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('most_uses', sa.Integer(), nullable=False),
    sa.Column('uses', sa.Integer(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['cohort_id'], ['cohort.id'], name=op.f('fk_join_code_cohort_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['forum_id'], ['forum.id'], name=op.f('fk_join_code_forum_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_join_code_programme_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_join_code')),
    sa.UniqueConstraint('code_key', name=op.f('uq_join_code_code_key'))
    )
    op.create_index('ix_join_code_programme_id', 'join_code', ['programme_id'], unique=False)
    op.create_table('wrong_code',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(length=120), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_wrong_code'))
    )
    op.create_index('ix_wrong_code_source', 'wrong_code', ['source'], unique=False)
    op.create_table('roster_draft',
    sa.Column('id', sa.String(length=120), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=120), nullable=False),
    sa.Column('may_add', sa.Boolean(), nullable=False),
    sa.Column('has_changed', sa.Boolean(), nullable=False),
    sa.Column('state', sa.String(length=120), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('report', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_draft'))
    )


def downgrade() -> None:
    for table in ('roster_draft', 'wrong_code', 'join_code'):
        op.drop_table(table)
    op.execute('ALTER TABLE forum DROP COLUMN time_zone')
