"""What Slack's own spelling means in plain words."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.channels.slack.blocks import escape
from bot.channels.slack.markup import own_words, read_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("R&amp;D &lt;now&gt;", "R&D <now>"),
        ("&amp;lt;", "&lt;"),  # what was escaped once is read once
        ("<@U0BOT> hello", "hello"),  # the coach is spoken to
        ("ask <@U1> or <@U2|bob>", "ask a colleague or a colleague"),  # nobody's name or id is kept
        ("see <https://x.example/a|the rota> and <https://x.example>", "see the rota and https://x.example"),
        ("<mailto:a@x.example|a@x.example>", "a@x.example"),  # an address, which is taken out before it is kept
        ("in <#C1|theatres> and <#C2>", "in #theatres and"),
        ("<!here> <!subteam^S1|@managers>", "@managers"),
        ("<!date^1^{date}|tomorrow>", "tomorrow"),
        ("a < b", "a < b"),
    ],
)
def test_what_is_read(text: str, words: str) -> None:
    assert read_words(text, "a colleague", "U0BOT") == words


def test_quoted_lines_are_somebody_elses() -> None:
    assert own_words("&gt; you always cut my list\n that hurt, &gt; 3 times", "a colleague") == "that hurt, > 3 times"


@given(some.text())
def test_what_slack_escapes_is_read_as_it_was_written(text: str) -> None:
    assert read_words(escape(text), "a colleague") == html.unescape(html.escape(text, quote=False)).strip()
