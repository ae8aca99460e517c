"""`coach content preview` shows what the chat says, word for word and choice for choice."""

from __future__ import annotations

from collections.abc import Callable

from bot.content.preview import preview
from bot.content.toolkit import Toolkit
from tests.acceptance.conftest import Chat


def test_a_scenario_is_previewed_as_the_chat_shows_it(talking: Callable[[str], Chat], toolkit: Toolkit) -> None:
    scenario = toolkit.scenarios["list_cut"]
    person = talking("previewing")
    person.say("I am the clinical director")
    person.say("what topics are there")
    person.choose(toolkit.themes["gm_trust"].title)
    heard: list[tuple[str, list[str]]] = []

    def note(said: str) -> None:
        heard.append((said, list(person.offered)))

    note(person.choose(scenario.title))
    note(person.choose("Show me the options"))
    for number, option in enumerate(scenario.options):
        note(person.choose(option.label))
        note(person.choose("How to do it"))
        if number + 1 < len(scenario.options):
            note(person.choose("Try another option"))
    note(person.choose("Make it a plan"))
    shown = preview(toolkit, scenario.id)
    texts = [reply.text for reply in shown]
    for said, offered in heard:
        at = next(index for index, text in enumerate(texts) if said.startswith(text))
        # One turn says one message or several of those that the preview shows in a row.
        end = next(end for end in range(at + 1, len(texts) + 1) if "\n".join(texts[at:end]) == said)
        if labels := [choice.label for choice in shown[end - 1].choices]:
            assert labels == offered, said
