"""What a schema cannot see: references between files, and the style that every message keeps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date

import pyphen

from bot.content.library import Library
from bot.content.redaction import Redactor
from bot.content.toolkit import Toolkit
from bot.settings import SETTINGS_FILE, SettingsFile
from bot.yaml_files import FileError, Problem

# A message on a phone between clinics, in words; first contact has more to say.
LONGEST_MESSAGE = 60
LONGEST_WELCOME = 80
# The highest school year that a message may need, after Flesch and Kincaid; a sceptical reader is tired, not slow.
HARDEST = 12.0
_SYLLABLES = pyphen.Pyphen(lang="en_GB")
_EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")
_PRAISE = re.compile(r"\b(?:well done|great job|good for you|proud of you|amazing|awesome|fantastic|i hear you|brilliant)\b", re.I)
_AMERICAN = re.compile(r"\b\w*(?:ization|izing|ized|izes?)\b|\b(?:behavior|color|center|labor|favor|program)s?\b", re.I)
_NOT_AMERICAN = {"size", "sized", "sizes", "sizing", "prize", "prizes", "seize", "seized", "seizes", "downsize", "resize", "capsize"}


def check_references(library: Library, settings: SettingsFile) -> None:
    """Raise FileError when one thing names another that does not exist: the product could not run with it."""
    toolkits = (library.common, *library.programmes.values())
    # What programmes have in common is said once.
    problems = list(dict.fromkeys(problem for toolkit in toolkits for problem in _broken_references(toolkit, settings)))
    if problems:
        raise FileError(problems)


def check_style(library: Library, today: date) -> list[Problem]:
    """Return what is wrong with the wording and the review dates of the content, in whichever programme it is shown."""
    toolkits = (library.common, *library.programmes.values())
    found = (problem for toolkit in toolkits for check in (_wordy, _hard, _repeated) for problem in check(toolkit))
    dated = (problem for toolkit in toolkits for check in (_overdue, _identifying) for problem in check(toolkit, today))
    return list(dict.fromkeys([*dated, *found]))


def _broken_references(toolkit: Toolkit, settings: SettingsFile) -> Iterator[Problem]:
    def problem(kind: str, thing: str, loc: list[str | int], what: str, known: Iterable[str]) -> Problem:
        return toolkit.documents[kind, thing].problem(loc, what, f"Write one of: {', '.join(sorted(known))}")

    for kind, things in (
        ("scenario", toolkit.scenarios),
        ("technique", toolkit.techniques),
        ("prompt", toolkit.prompts),
        ("lesson", toolkit.lessons),
    ):
        for thing in things.values():
            if thing.theme not in toolkit.themes:
                yield problem(kind, thing.id, ["theme"], f"theme '{thing.theme}' has no file", toolkit.themes)
    for scenario in toolkit.scenarios.values():
        if scenario.technique not in toolkit.techniques:
            yield problem("scenario", scenario.id, ["technique"], f"technique '{scenario.technique}' does not exist", toolkit.techniques)
    for item in toolkit.items.values():
        if item.scale not in toolkit.scales:
            yield problem("survey_item", item.id, ["scale"], f"scale '{item.scale}' does not exist", toolkit.scales)
    for instrument in toolkit.instruments.values():
        for index, name in enumerate(instrument.rotating):
            if name not in toolkit.items:
                yield problem("instrument", instrument.id, ["rotating", index], f"item '{name}' does not exist", toolkit.items)
        if instrument.anchor not in toolkit.items:
            yield problem("instrument", instrument.id, ["anchor"], f"item '{instrument.anchor}' does not exist", toolkit.items)
    for identifier in toolkit.identifiers.values():
        if f"removed.{identifier.id}" not in toolkit.sentences:
            remedy = f"Add '{identifier.id}' to toolkit_content/sentences/removed.yaml"
            yield toolkit.documents["identifier", identifier.id].problem(["id"], f"nothing says what '{identifier.id}' is", remedy)
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
        yield "theme", theme.id, ["evidence"], theme.evidence
    for scenario in toolkit.scenarios.values():
        yield "scenario", scenario.id, ["situation"], scenario.situation
        yield "scenario", scenario.id, ["opening"], f"{scenario.opening} {scenario.question}"
        yield "scenario", scenario.id, ["reflection"], scenario.reflection
        yield "scenario", scenario.id, ["draft"], scenario.draft
        for index, option in enumerate(scenario.options):
            yield "scenario", scenario.id, ["options", index, "outcome"], option.outcome
            yield "scenario", scenario.id, ["options", index, "learning"], option.learning
    for technique in toolkit.techniques.values():
        yield "technique", technique.id, ["helps_when"], technique.helps_when
        yield "technique", technique.id, ["steps"], "\n".join(technique.steps)
        yield "technique", technique.id, ["example"], technique.example
        yield "technique", technique.id, ["draft"], technique.draft
    for structure in toolkit.structures.values():
        yield "structure", structure.id, ["opening"], structure.opening
        yield "structure", structure.id, ["closing"], structure.closing
        for index, step in enumerate(structure.steps):
            yield "structure", structure.id, ["steps", index, "ask"], step.ask
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


def _hard(toolkit: Toolkit) -> Iterator[Problem]:
    for kind, name, loc, text in _messages(toolkit):
        if kind not in {"sentence", "signpost"} and (grade := school_year(text)) > HARDEST:
            remedy = f"Shorten sentences and words until it needs year {HARDEST:g} or less"
            yield toolkit.documents[kind, name].problem(loc, f"needs reading of school year {grade:.0f}", remedy)


def school_year(text: str) -> float:
    """Return the school year whose reading a text needs: Flesch and Kincaid's grade level (Kincaid and others, 1975)."""
    sentences = [part for part in re.split(r"[.?:;]\s|\n", text) if part.strip()]
    words = re.findall(r"[a-z][a-z']*", text.lower())
    if not words:
        return 0.0
    syllables = sum(len(_SYLLABLES.positions(word)) + 1 for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * syllables / len(words) - 15.59


def _identifying(toolkit: Toolkit, today: date) -> Iterator[Problem]:
    """Nobody who could be recognised stands in invented scenes; sources name their authors, and are not looked at."""
    redactor = Redactor(tuple(toolkit.identifiers.values()))
    for kind, name, loc, text in _messages(toolkit):
        if kind not in {"sentence", "signpost", "theme", "lesson"} and (found := redactor.redact(text, today)).kinds:
            named = ", ".join(found.kinds).replace("_", " ")
            yield toolkit.documents[kind, name].problem(loc, f"seems to identify somebody ({named})", "Name the role instead")
    for scenario in toolkit.scenarios.values():
        for index, example in enumerate(scenario.examples):
            if kinds := redactor.redact(example, today).kinds:
                yield toolkit.documents["scenario", scenario.id].problem(
                    ["examples", index], f"seems to identify somebody ({', '.join(kinds)})", "Name the role instead"
                )


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
