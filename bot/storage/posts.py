"""Which post somebody holds, as far as the roster or they themselves have said."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.posts import Post
from bot.storage.counterparts import rated_by
from bot.storage.tables import Person, Relation, Role

_OF_ROLE = {Role.CLINICAL_DIRECTOR: Post.DIRECTOR, Role.GENERAL_MANAGER: Post.MANAGER, Role.NURSE_LEAD: Post.NURSE_LEAD}
_OF_RELATION = {Relation.GENERAL_MANAGER: Post.MANAGER, Relation.NURSE_LEAD: Post.NURSE_LEAD}
_ROLE_OF = {post: role for role, post in _OF_ROLE.items()}


async def post_of(session: AsyncSession, person: Person) -> Post | None:
    """Return somebody's post: by their role, or by what they are to whoever invited them; none when nobody has said."""
    if person.role in _OF_ROLE:
        return _OF_ROLE[person.role]
    return next((_OF_RELATION[counterpart.relation] for counterpart, _ in await rated_by(session, person.id)), None)


def note_post(person: Person, post: Post) -> None:
    """Keep the post that a participant says they hold; who is on the roster as something else than a participant stays that."""
    if person.role is Role.PARTICIPANT or person.role in _OF_ROLE:
        person.role = _ROLE_OF[post]


def forget_post(person: Person) -> None:
    """Forget a participant's post with everything else that they said."""
    if person.role in _OF_ROLE:
        person.role = Role.PARTICIPANT
