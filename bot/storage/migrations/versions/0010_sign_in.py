"""Sessions on the server, accounts at identity providers, and links to come back by"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('web_session',
    sa.Column('digest', sa.String(length=120), nullable=False),
    sa.Column('person_id', sa.String(length=120), nullable=False),
    sa.Column('way', sa.String(length=120), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('provider', sa.String(length=120), nullable=True),
    sa.Column('id_token', sa.LargeBinary(), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_web_session_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_web_session'))
    )
    op.create_index('ix_web_session_person_id', 'web_session', ['person_id'], unique=False)
    op.create_index('ix_web_session_ends_at', 'web_session', ['ends_at'], unique=False)
    op.create_table('sign_in_attempt',
    sa.Column('digest', sa.String(length=120), nullable=False),
    sa.Column('provider', sa.String(length=120), nullable=False),
    sa.Column('carried', sa.LargeBinary(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('digest', name=op.f('pk_sign_in_attempt'))
    )
    op.create_table('identity',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=120), nullable=False),
    sa.Column('issuer', sa.String(length=500), nullable=False),
    sa.Column('subject', sa.String(length=255), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_identity_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identity')),
    sa.UniqueConstraint('issuer', 'subject', name=op.f('uq_identity_issuer_subject'))
    )
    op.create_index('ix_identity_person_id', 'identity', ['person_id'], unique=False)
    op.create_table('return_link',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=120), nullable=False),
    sa.Column('secret_key', sa.String(length=120), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_return_link_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_return_link')),
    sa.UniqueConstraint('secret_key', name=op.f('uq_return_link_secret_key'))
    )
    op.create_index('ix_return_link_person_id', 'return_link', ['person_id'], unique=False)


def downgrade() -> None:
    for table in ('return_link', 'identity', 'sign_in_attempt', 'web_session'):
        op.drop_table(table)
