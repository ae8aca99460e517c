"""What a schema cannot see: references between files, and the style that every message keeps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

from bot.content.toolkit import Toolkit
from bot.settings import SETTINGS_FILE, SettingsFile
from bot.yaml_files import FileError, Problem

# A message on a phone between clinics, in words; first contact has more to say.
LONGEST_MESSAGE = 60
LONGEST_WELCOME = 80
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")
_PRAISE = re.compile(r"\b(?:well done|great job|good for you|proud of you|amazing|awesome|fantastic|i hear you|brilliant)\b", re.I)
_AMERICAN = re.compile(r"\b\w*(?:ization|izing|ized|izes?)\b|\b(?:behavior|color|center|labor|favor|program)s?\b", re.I)
_NOT_AMERICAN = {"size", "sized", "sizes", "sizing", "prize", "prizes", "seize", "seized", "seizes", "downsize", "resize", "capsize"}


def check_references(toolkit: Toolkit, settings: SettingsFile) -> None:
    """Raise FileError when one thing names another that does not exist: the product could not run with it."""
    problems = list(_broken_references(toolkit, settings))
    if problems:
        raise FileError(problems)


def check_style(toolkit: Toolkit, today: date) -> list[Problem]:
    """Return what is wrong with the wording and the review dates of the content."""
    return [*_overdue(toolkit, today), *_wordy(toolkit), *_repeated(toolkit)]


def _broken_references(toolkit: Toolkit, settings: SettingsFile) -> Iterator[Problem]:
    def problem(kind: str, thing: str, loc: list[str | int], what: str, known: Iterable[str]) -> Problem:
        return toolkit.documents[kind, thing].problem(loc, what, f"Write one of: {', '.join(sorted(known))}")

    for kind, things in (("scenario", toolkit.scenarios), ("prompt", toolkit.prompts), ("lesson", toolkit.lessons)):
        for thing in things.values():
            if thing.theme not in toolkit.themes:
                yield problem(kind, thing.id, ["theme"], f"theme '{thing.theme}' has no file", toolkit.themes)
    for item in toolkit.items.values():
        if item.scale not in toolkit.scales:
            yield problem("survey_item", item.id, ["scale"], f"scale '{item.scale}' does not exist", toolkit.scales)
    for instrument in toolkit.instruments.values():
        for index, name in enumerate(instrument.rotating):
            if name not in toolkit.items:
                yield problem("instrument", instrument.id, ["rotating", index], f"item '{name}' does not exist", toolkit.items)
        if instrument.anchor not in toolkit.items:
            yield problem("instrument", instrument.id, ["anchor"], f"item '{instrument.anchor}' does not exist", toolkit.items)
    if settings.survey.instrument not in toolkit.instruments:
        name = settings.survey.instrument
        yield Problem(
            SETTINGS_FILE,
            1,
            f"survey.instrument '{name}' does not exist",
            f"Write one of: {', '.join(sorted(toolkit.instruments))}",
        )
    if not toolkit.prompts:
        yield Problem(SETTINGS_FILE, 1, "there is no reflection prompt", "Add one under toolkit_content/prompts/")


def _overdue(toolkit: Toolkit, today: date) -> Iterator[Problem]:
    for (kind, name), document in toolkit.documents.items():
        thing = document.data
        if isinstance(thing.get("review_by"), date) and thing["review_by"] < today:
            yield document.problem(
                ["review_by"],
                f"{kind} '{name}' was to be reviewed by {thing['review_by']}",
                "Have it reviewed, then write new 'reviewed' and 'review_by' dates",
            )


def _messages(toolkit: Toolkit) -> Iterator[tuple[str, str, list[str | int], str]]:
    """Give every text that a person is shown as one message: its kind, id, place and words."""
    for theme in toolkit.themes.values():
        yield "theme", theme.id, ["opening"], f"{theme.opening} {theme.question}"
        yield "theme", theme.id, ["summary"], theme.summary
    for scenario in toolkit.scenarios.values():
        yield "scenario", scenario.id, ["situation"], scenario.situation
        yield "scenario", scenario.id, ["opening"], f"{scenario.opening} {scenario.question}"
        yield "scenario", scenario.id, ["reflection"], scenario.reflection
        yield "scenario", scenario.id, ["technique"], scenario.technique.draft
        yield "scenario", scenario.id, ["technique"], "\n".join(scenario.technique.steps)
        for index, option in enumerate(scenario.options):
            yield "scenario", scenario.id, ["options", index, "outcome"], option.outcome
            yield "scenario", scenario.id, ["options", index, "learning"], option.learning
    for prompt in toolkit.prompts.values():
        yield "prompt", prompt.id, ["text"], prompt.text
    for lesson in toolkit.lessons.values():
        for index, paragraph in enumerate(lesson.body):
            yield "lesson", lesson.id, ["body", index], paragraph
        yield "lesson", lesson.id, ["try_this"], lesson.try_this
    for item in toolkit.items.values():
        yield "survey_item", item.id, ["text"], item.text
    for signpost in toolkit.signposts.values():
        yield "signpost", signpost.id, ["line"], signpost.line
    for key, text in toolkit.sentences.items():
        if not key.startswith("web."):
            yield "sentence", key, ["sentences", key.partition(".")[2]], text


def _wordy(toolkit: Toolkit) -> Iterator[Problem]:
    for kind, name, loc, text in _messages(toolkit):
        document = toolkit.documents[kind, name]
        longest = LONGEST_WELCOME if name == "conversation.welcome" else LONGEST_MESSAGE
        count = len(text.split())
        if count > longest:
            yield document.problem(loc, f"has {count} words", f"Cut it to {longest} words or fewer")
        if text.count("?") > 1:
            yield document.problem(loc, "asks more than one question", "Keep the one that matters")
        if "!" in text:
            yield document.problem(loc, "has an exclamation mark", "End the sentence with a full stop")
        if _EMOJI.search(text):
            yield document.problem(loc, "has an emoji", "Say it in words")
        if found := _PRAISE.search(text):
            yield document.problem(loc, f"says '{found[0]}'", "Leave praise and echoes out")
        if american := next((word for word in _AMERICAN.findall(text) if word.lower() not in _NOT_AMERICAN), None):
            yield document.problem(loc, f"is spelt the American way ('{american}')", "Use British spelling")


def _repeated(toolkit: Toolkit) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for kind, name, loc, text in _messages(toolkit):
        plain = " ".join(text.lower().split())
        if len(plain.split()) > 6 and plain in seen and seen[plain] != name:
            yield toolkit.documents[kind, name].problem(loc, f"says the same as '{seen[plain]}'", "Word it for its own place")
        seen.setdefault(plain, name)
    examples: dict[str, str] = {}
    for scenario in toolkit.scenarios.values():
        for index, example in enumerate(scenario.examples):
            plain = " ".join(example.lower().split())
            if plain in examples:
                yield toolkit.documents["scenario", scenario.id].problem(
                    ["examples", index], f"stands in '{examples[plain]}' too", "Keep it where it fits best"
                )
            examples.setdefault(plain, scenario.id)
