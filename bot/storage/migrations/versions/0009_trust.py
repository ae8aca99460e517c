"""A chain of what the staff did, erasures that outlive a backup, consent by version, and objections"""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('erasure',
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_erasure'))
    )
    op.create_table('consent',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=120), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('text_digest', sa.String(length=120), nullable=False),
    sa.Column('channel', sa.String(length=120), nullable=False),
    sa.Column('given_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_consent_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_consent'))
    )
    op.create_index('ix_consent_person_id', 'consent', ['person_id'], unique=False)
    is_postgresql = op.get_bind().dialect.name == 'postgresql'
    op.execute(f"ALTER TABLE person ADD COLUMN objected_at {'TIMESTAMP WITH TIME ZONE' if is_postgresql else 'DATETIME'}")
    op.execute("ALTER TABLE audit ADD COLUMN digest VARCHAR(120) NOT NULL DEFAULT ''")
    _chain_old_entries()
    if is_postgresql:
        op.execute(
            "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'audit is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit"
            " FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )
    else:
        for verb in ('UPDATE', 'DELETE'):
            op.execute(
                f"CREATE TRIGGER audit_is_append_only_{verb.lower()} BEFORE {verb} ON audit"
                " BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END"
            )


def _chain_old_entries() -> None:
    """Seal what was recorded before there was a chain; a change made before today cannot be found by it."""
    connection = op.get_bind()
    key: bytes = getattr(connection.dialect, 'coach_chain_key')
    audit = sa.table('audit', *(sa.column(name) for name in ('id', 'actor', 'action', 'subject', 'digest')),
                     sa.column('at', sa.DateTime(timezone=True)))
    digest, number = '', 0
    for row in connection.execute(sa.select(audit).order_by(audit.c.id)).mappings().all():
        at: datetime = row['at'] if row['at'].tzinfo else row['at'].replace(tzinfo=UTC)
        number = row['id']
        said = [digest, number, at.astimezone(UTC).isoformat(timespec='microseconds'), row['actor'], row['action'], row['subject']]
        digest = hmac.new(key, json.dumps(said).encode(), hashlib.sha256).hexdigest()
        connection.execute(sa.update(audit).where(audit.c.id == number).values(digest=digest))
    if number:
        setting = sa.table('setting', sa.column('key'), sa.column('value'))
        connection.execute(sa.insert(setting).values(key='audit.head', value=f'{number}:{digest}'))


def downgrade() -> None:
    if op.get_bind().dialect.name == 'postgresql':
        op.execute('DROP TRIGGER audit_is_append_only ON audit')
        op.execute('DROP FUNCTION audit_is_append_only()')
    else:
        for verb in ('update', 'delete'):
            op.execute(f'DROP TRIGGER audit_is_append_only_{verb}')
    op.execute("DELETE FROM setting WHERE key = 'audit.head'")
    op.execute('ALTER TABLE audit DROP COLUMN digest')
    op.execute('ALTER TABLE person DROP COLUMN objected_at')
    op.drop_index('ix_consent_person_id', 'consent')
    op.drop_table('consent')
    op.drop_table('erasure')
