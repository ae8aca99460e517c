"""What is under way is found by an index of its own"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0010'
branch_labels = None
depends_on = None

PARTS = {
    'ix_posting_under_way': (['id'], "state IN ('queued', 'sending')"),
    'ix_posting_address_id_under_way': (['address_id', 'id'], "state IN ('queued', 'sending')"),
    'ix_posting_recalling': (['not_before', 'id'], "state = 'recalling'"),
}


def upgrade() -> None:
    for name, (columns, condition) in PARTS.items():
        op.create_index(name, 'posting', columns, postgresql_where=sa.text(condition), sqlite_where=sa.text(condition))
    op.drop_index('ix_posting_state_not_before', 'posting')


def downgrade() -> None:
    op.create_index('ix_posting_state_not_before', 'posting', ['state', 'not_before'])
    for name in PARTS:
        op.drop_index(name, 'posting')
