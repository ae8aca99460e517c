"""Cohorts, trusts and forums, and roles by programme instead of one role for each person"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

POSTS = {'clinical_director': 'director', 'general_manager': 'manager', 'nurse_lead': 'nurse_lead'}


def upgrade() -> None:
    op.create_table('trust',
    sa.Column('id', sa.String(length=120), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_trust'))
    )
    op.create_table('cohort',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('programme_id', sa.String(length=120), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_cohort_programme_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cohort')),
    sa.UniqueConstraint('programme_id', 'title', name=op.f('uq_cohort_programme_id_title'))
    )
    op.create_table('forum',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('programme_id', sa.String(length=120), nullable=False),
    sa.Column('title', sa.String(length=120), nullable=False),
    sa.Column('meets_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_forum_programme_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_forum')),
    sa.UniqueConstraint('programme_id', 'title', name=op.f('uq_forum_programme_id_title'))
    )
    op.create_table('forum_member',
    sa.Column('forum_id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=120), nullable=False),
    sa.ForeignKeyConstraint(['forum_id'], ['forum.id'], name=op.f('fk_forum_member_forum_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_forum_member_person_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('forum_id', 'person_id', name=op.f('pk_forum_member'))
    )
    op.create_index('ix_forum_member_person_id', 'forum_member', ['person_id'], unique=False)
    op.create_table('role_grant',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('person_id', sa.String(length=120), nullable=False),
    sa.Column('role', sa.Enum('forum_lead', 'programme_team', 'administrator', name='role', native_enum=False, length=40), nullable=False),
    sa.Column('programme_id', sa.String(length=120), nullable=True),
    sa.Column('forum_id', sa.Integer(), nullable=True),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('granted_by', sa.String(length=120), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['forum_id'], ['forum.id'], name=op.f('fk_role_grant_forum_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_role_grant_person_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['programme_id'], ['programme.id'], name=op.f('fk_role_grant_programme_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role_grant'))
    )
    op.create_index('ix_role_grant_person_id', 'role_grant', ['person_id'], unique=False)
    # Plain statements, which both databases take: SQLite would otherwise make the table anew, and lose what hangs on its rows.
    op.execute('ALTER TABLE person ADD COLUMN cohort_id INTEGER CONSTRAINT fk_person_cohort_id REFERENCES cohort (id)')
    op.execute('ALTER TABLE person ADD COLUMN trust_id VARCHAR(120) CONSTRAINT fk_person_trust_id REFERENCES trust (id)')
    op.execute("ALTER TABLE person ADD COLUMN kind VARCHAR(40) NOT NULL DEFAULT 'participant'")
    op.execute('ALTER TABLE person ADD COLUMN post VARCHAR(40)')
    op.create_index('ix_person_cohort_id', 'person', ['cohort_id'], unique=False)
    op.create_index('ix_person_trust_id', 'person', ['trust_id'], unique=False)
    for role, post in POSTS.items():
        op.execute(f"UPDATE person SET post = '{post}' WHERE role = '{role}'")
    op.execute("UPDATE person SET kind = 'counterpart' WHERE role = 'counterpart'")
    op.execute("UPDATE person SET kind = 'staff' WHERE role = 'programme_team'")
    op.execute(
        "INSERT INTO role_grant (person_id, role, programme_id, granted_at, granted_by)"
        " SELECT id, role, programme_id, joined_at, 'migration' FROM person WHERE role IN ('forum_lead', 'programme_team')"
    )
    op.execute('ALTER TABLE person DROP COLUMN role')


def downgrade() -> None:
    op.execute("ALTER TABLE person ADD COLUMN role VARCHAR(40) NOT NULL DEFAULT 'participant'")
    for role, post in POSTS.items():
        op.execute(f"UPDATE person SET role = '{role}' WHERE post = '{post}'")
    op.execute("UPDATE person SET role = 'counterpart' WHERE kind = 'counterpart'")
    for role in ('forum_lead', 'programme_team'):
        op.execute(
            f"UPDATE person SET role = '{role}' WHERE id IN"
            f" (SELECT person_id FROM role_grant WHERE role = '{role}' AND ended_at IS NULL)"
        )
    op.drop_index('ix_person_cohort_id', 'person')
    op.drop_index('ix_person_trust_id', 'person')
    for column in ('cohort_id', 'trust_id', 'kind', 'post'):
        op.execute(f'ALTER TABLE person DROP COLUMN {column}')
    for table in ('role_grant', 'forum_member', 'forum', 'cohort', 'trust'):
        op.drop_table(table)
