"""Counterparts, invited to say how working with a person is"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('counterpart',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=120), nullable=False),
    sa.Column('relation', sa.Enum('general_manager', 'nurse_lead', name='relation', native_enum=False, length=40), nullable=False),
    sa.Column('code_key', sa.String(length=120), nullable=False),
    sa.Column('invited_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('rater_id', sa.String(length=120), nullable=True),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_counterpart_person_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['rater_id'], ['person.id'], name=op.f('fk_counterpart_rater_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_counterpart')),
    sa.UniqueConstraint('code_key', name=op.f('uq_counterpart_code_key'))
    )
    op.create_index('ix_counterpart_person_id', 'counterpart', ['person_id'], unique=False)
    op.create_index('ix_counterpart_rater_id', 'counterpart', ['rater_id'], unique=False)


def downgrade() -> None:
    op.execute("DELETE FROM survey_answer WHERE round_id IN (SELECT id FROM survey_round WHERE instrument LIKE 'counterpart:%')")
    op.execute("DELETE FROM survey_round WHERE instrument LIKE 'counterpart:%'")
    op.execute("DELETE FROM schedule WHERE kind IN ('digest', 'report') OR source LIKE 'survey:counterpart:%'")
    op.execute("DELETE FROM delivery WHERE kind IN ('digest', 'report') OR source LIKE 'survey:counterpart:%'")
    op.execute("UPDATE person SET role = 'participant' WHERE role = 'counterpart'")
    op.drop_index('ix_counterpart_rater_id', 'counterpart')
    op.drop_index('ix_counterpart_person_id', 'counterpart')
    op.drop_table('counterpart')
