"""Deliveries decided on by hours, addresses of channels, and postings to them"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('budget',
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('free_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_budget'))
    )
    op.create_table('audit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor', sa.String(length=120), nullable=False),
    sa.Column('action', sa.String(length=120), nullable=False),
    sa.Column('subject', sa.String(length=120), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit'))
    )
    op.create_table('lease',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('holder', sa.String(length=120), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_lease'))
    )
    op.create_table('address',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=120), nullable=False),
    sa.Column('channel', sa.String(length=120), nullable=False),
    sa.Column('account', sa.String(length=120), nullable=False),
    sa.Column('user', sa.String(length=120), nullable=False),
    sa.Column('place', sa.LargeBinary(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('closed_reason', sa.String(length=120), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_address_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_address')),
    sa.UniqueConstraint('channel', 'account', 'user', name=op.f('uq_address_channel_account_user'))
    )
    with op.batch_alter_table('address', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_address_person_id'), ['person_id'], unique=False)

    op.create_table('schedule',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.Enum('check_in', 'reminder', 'survey', 'reflection', 'go_on', name='deliverykind', native_enum=False, length=40), nullable=False),
    sa.Column('source', sa.String(length=120), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_schedule_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_schedule')),
    sa.UniqueConstraint('person_id', 'source', name=op.f('uq_schedule_person_id_source'))
    )
    with op.batch_alter_table('schedule', schema=None) as batch_op:
        batch_op.create_index('ix_schedule_due_at', ['due_at'], unique=False)

    op.create_table('posting',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=120), nullable=False),
    sa.Column('address_id', sa.Integer(), nullable=False),
    sa.Column('message_id', sa.Integer(), nullable=False),
    sa.Column('delivery_id', sa.Integer(), nullable=True),
    sa.Column('state', sa.Enum('queued', 'sending', 'sent', 'failed', 'uncertain', name='postingstate', native_enum=False, length=40), nullable=False),
    sa.Column('reason', sa.String(length=120), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('external_id', sa.String(length=120), nullable=True),
    sa.Column('is_settled', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['address_id'], ['address.id'], name=op.f('fk_posting_address_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['delivery_id'], ['delivery.id'], name=op.f('fk_posting_delivery_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['message_id'], ['message.id'], name=op.f('fk_posting_message_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_posting_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posting')),
    sa.UniqueConstraint('message_id', 'address_id', name=op.f('uq_posting_message_id_address_id'))
    )
    with op.batch_alter_table('posting', schema=None) as batch_op:
        batch_op.create_index('ix_posting_address_id_id', ['address_id', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_posting_delivery_id'), ['delivery_id'], unique=False)
        batch_op.create_index('ix_posting_is_settled_state', ['is_settled', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_posting_person_id'), ['person_id'], unique=False)
        batch_op.create_index('ix_posting_state_not_before', ['state', 'not_before'], unique=False)

    with op.batch_alter_table('check_in', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_check_in_state'))
        batch_op.create_index('ix_check_in_state_due_at', ['state', 'due_at'], unique=False)

    # Column by column, not as a batch: on SQLite that makes the table anew, upon which messages would forget their delivery.
    epoch = sa.text("'2000-01-01 00:00:00'")
    op.add_column('delivery', sa.Column('not_before', sa.DateTime(timezone=True), nullable=False, server_default=epoch))
    op.add_column('delivery', sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False, server_default=epoch))
    op.add_column('delivery', sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True))
    # What was sent before had its turn at the engine begun then.
    op.add_column('delivery', sa.Column('is_told', sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute('UPDATE delivery SET not_before = due_at, queued_at = due_at')
    op.execute("UPDATE delivery SET state = 'cancelled' WHERE state = 'dropped'")
    op.execute(
        "UPDATE check_in SET state = 'queued' WHERE state = 'due' AND id IN"
        " (SELECT subject_id FROM delivery WHERE kind = 'check_in' AND state = 'queued')"
    )
    op.drop_index('ix_delivery_state_due', 'delivery')
    op.create_index('ix_delivery_person_id_sent_at', 'delivery', ['person_id', 'sent_at'], unique=False)
    op.create_index('ix_delivery_state_not_before', 'delivery', ['state', 'not_before'], unique=False)
    op.drop_column('delivery', 'attempts')
    op.drop_column('delivery', 'claimed_until')

    with op.batch_alter_table('inbound', schema=None) as batch_op:
        batch_op.add_column(sa.Column('address_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_inbound_address_id'), 'address', ['address_id'], ['id'], ondelete='SET NULL')

    with op.batch_alter_table('person', schema=None) as batch_op:
        batch_op.add_column(sa.Column('availability', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('was_asked_to_go_on_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('email_key', sa.String(length=120), nullable=True))
    # A unique index says the same as a constraint, and SQLite can add it to the table as it stands.
    op.create_index('uq_person_email_key', 'person', ['email_key'], unique=True)



def downgrade() -> None:
    op.drop_index('uq_person_email_key', 'person')
    for column in ('email_key', 'was_asked_to_go_on_at', 'availability'):
        op.drop_column('person', column)

    with op.batch_alter_table('inbound', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_inbound_address_id'), type_='foreignkey')
        batch_op.drop_column('address_id')

    op.add_column('delivery', sa.Column('claimed_until', sa.DateTime(timezone=True), nullable=True))
    op.add_column('delivery', sa.Column('attempts', sa.Integer(), nullable=False, server_default='0'))
    op.execute("UPDATE delivery SET state = 'dropped' WHERE state NOT IN ('queued', 'sent')")
    op.execute("UPDATE check_in SET state = 'due' WHERE state = 'queued'")
    op.drop_index('ix_delivery_state_not_before', 'delivery')
    op.drop_index('ix_delivery_person_id_sent_at', 'delivery')
    op.create_index('ix_delivery_state_due', 'delivery', ['state', 'due_at'], unique=False)
    for column in ('is_told', 'answered_at', 'queued_at', 'not_before'):
        op.drop_column('delivery', column)

    with op.batch_alter_table('check_in', schema=None) as batch_op:
        batch_op.drop_index('ix_check_in_state_due_at')
        batch_op.create_index(batch_op.f('ix_check_in_state'), ['state'], unique=False)

    with op.batch_alter_table('posting', schema=None) as batch_op:
        batch_op.drop_index('ix_posting_state_not_before')
        batch_op.drop_index(batch_op.f('ix_posting_person_id'))
        batch_op.drop_index('ix_posting_is_settled_state')
        batch_op.drop_index(batch_op.f('ix_posting_delivery_id'))
        batch_op.drop_index('ix_posting_address_id_id')

    op.drop_table('posting')
    with op.batch_alter_table('schedule', schema=None) as batch_op:
        batch_op.drop_index('ix_schedule_due_at')

    op.drop_table('schedule')
    with op.batch_alter_table('address', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_address_person_id'))

    op.drop_table('address')
    op.drop_table('lease')
    op.drop_table('audit')
    op.drop_table('budget')
