"""Which post somebody holds, as far as the roster or they themselves have said."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from bot.domain.posts import Post
from bot.storage.counterparts import rated_by
from bot.storage.tables import Person, PersonKind, Relation

_OF_RELATION = {Relation.GENERAL_MANAGER: Post.MANAGER, Relation.NURSE_LEAD: Post.NURSE_LEAD}


async def post_of(session: AsyncSession, person: Person) -> Post | None:
    """Return somebody's post: as it is noted, or by what they are to whoever invited them; none when nobody has said."""
    if person.post is not None:
        return person.post
    return next((_OF_RELATION[counterpart.relation] for counterpart, _ in await rated_by(session, person.id)), None)


def note_post(person: Person, post: Post) -> None:
    """Keep the post that a participant says they hold; of others the roster alone says it."""
    if person.kind is PersonKind.PARTICIPANT:
        person.post = post


def forget_post(person: Person) -> None:
    """Forget a participant's post with everything else that they said."""
    if person.kind is PersonKind.PARTICIPANT:
        person.post = None
