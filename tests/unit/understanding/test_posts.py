from __future__ import annotations

import pytest

from bot.domain.posts import Post
from bot.understanding.posts import is_only_post, understand_post

NURSE, MANAGER, DIRECTOR = Post.NURSE_LEAD, Post.MANAGER, Post.DIRECTOR


@pytest.mark.parametrize(
    ("text", "post", "is_only", "reason"),
    [
        ("I'm the matron", NURSE, True, "plainly"),
        ("im a GM", MANAGER, True, "as it is typed"),
        ("as the GM here I never get told anything", MANAGER, False, "with a challenge"),
        ("as the GM said, there is no money", None, False, "somebody else's words"),
        ("I'm the GM's deputy", None, False, "somebody else's deputy"),
        ("I'm not the director, I'm the matron", NURSE, True, "a correction"),
        ("I'm a nurse, not a doctor", NURSE, True, "the other way round"),
        ("i am a lead nurse in surgery and nobody tells me anything", NURSE, False, "a challenge follows"),
        ("I am the clinical director and the GM has cut my list", DIRECTOR, False, "two posts, one of them the writer's"),
        ("my matron says I'm useless", None, False, "about a matron"),
        ("I'm seeing the matron on Tuesday", None, False, "an appointment"),
        ("I'm meeting the general manager on Friday", None, False, "another"),
        ("I'm with the GM on this", None, False, "on somebody's side"),
        ("I'm told the matron knew", None, False, "hearsay"),
        ("I heard it from the GM", None, False, "hearsay"),
        ("she treats me as a nurse", None, False, "somebody's view of the writer"),
        ("speaking as a ward manager, this is unsafe", NURSE, False, "in so many words"),
        ("Hi, I'm the service manager for imaging", MANAGER, True, "an introduction"),
        ("general manager here, the CD never replies", MANAGER, False, "without a verb"),
        ("I'm the cardiology ward manager", NURSE, True, "with what they lead"),
        ("I am trying to be a good manager", None, False, "a wish"),
        ("I'm not the director", None, True, "which is it, then"),
        ("I'm not a doctor.", None, True, "the same"),
        ("I'm not the manager he wants", None, False, "about somebody's wish"),
        ("the manager, again", None, False, "about a manager"),
        ("I\u2019m head of nursing by the way", NURSE, True, "a phone's apostrophe"),
    ],
)
def test_a_post_is_read_only_where_somebody_says_it_is_theirs(text: str, post: Post | None, is_only: bool, reason: str) -> None:
    assert understand_post(text) is post, reason
    assert is_only_post(text) is is_only, reason
