"""Slack in several workspaces: installations, and those under way"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('installation',
    sa.Column('account', sa.String(length=120), nullable=False),
    sa.Column('team_id', sa.String(length=120), nullable=True),
    sa.Column('enterprise_id', sa.String(length=120), nullable=True),
    sa.Column('is_enterprise_install', sa.Boolean(), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=True),
    sa.Column('app_id', sa.String(length=120), nullable=True),
    sa.Column('bot_id', sa.String(length=120), nullable=True),
    sa.Column('bot_user_id', sa.String(length=120), nullable=True),
    sa.Column('scopes', sa.String(length=2000), nullable=False),
    sa.Column('bot_token', sa.LargeBinary(), nullable=True),
    sa.Column('refresh_token', sa.LargeBinary(), nullable=True),
    sa.Column('token_expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('installed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_reason', sa.String(length=120), nullable=True),
    sa.PrimaryKeyConstraint('account', name=op.f('pk_installation'))
    )
    op.create_index('ix_installation_enterprise_id', 'installation', ['enterprise_id'], unique=False)
    op.create_table('install_state',
    sa.Column('digest', sa.String(length=120), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_install_state'))
    )
    op.create_table('receipt',
    sa.Column('channel', sa.String(length=120), nullable=False),
    sa.Column('event_id', sa.String(length=120), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'event_id', name=op.f('pk_receipt'))
    )
    op.create_index('ix_receipt_at', 'receipt', ['at'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_receipt_at', 'receipt')
    op.drop_table('receipt')
    op.drop_table('install_state')
    op.drop_index('ix_installation_enterprise_id', 'installation')
    op.drop_table('installation')
