"""What a schema cannot see: references between files, and the style that every message keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

import pyphen

from bot.content.library import Library
from bot.content.redaction import Redactor
from bot.content.schema import BUTTON, Lesson, Prompt, Scenario, Technique
from bot.content.toolkit import Toolkit
from bot.settings import SETTINGS_FILE, SettingsFile
from bot.yaml_files import FileError, Problem

# A message on a phone between clinics, in words; first contact has more to say.
LONGEST_MESSAGE = 60
LONGEST_WELCOME = 80
# The highest school year that a message may need, after Flesch and Kincaid; a sceptical reader is tired, not slow.
HARDEST = 12.0
# Of the things that name what a programme hides, so many are told by name.
MOST_NAMED = 5
# How a signpost's source says that nobody has looked there yet.
_UNVERIFIED = re.compile(r"\b(?:before launch|placeholder|not verified|unverified)\b", re.I)
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
    found = (problem for toolkit in toolkits for check in (_wordy, _hard, _cut, _repeated) for problem in check(toolkit))
    dated = (problem for toolkit in toolkits for check in (_overdue, _identifying) for problem in check(toolkit, today))
    return list(dict.fromkeys([*dated, *found]))


def unverified(library: Library) -> list[str]:
    """Return the ids of the signposts whose source says that somebody has yet to check them there."""
    toolkits = (library.common, *library.programmes.values())
    return sorted({each.id for toolkit in toolkits for each in toolkit.signposts.values() if _UNVERIFIED.search(each.source)})


def _broken_references(toolkit: Toolkit, settings: SettingsFile) -> Iterator[Problem]:
    # What a programme hides is told where it hides it, with what still names it: that is the line to change.
    missed: dict[tuple[str, str], list[str]] = {}
    for place, loc, named in _references(toolkit):
        if named in toolkit.hidden:
            missed.setdefault(named, []).append("/".join(place))
        elif named not in toolkit.documents:
            what = f"{named[0].removeprefix('survey_')} '{named[1]}' does not exist"
            yield toolkit.documents[place].problem(loc, what, f"Write one of: {_ids(toolkit, named[0])}")
    for name in settings.survey.instruments:
        if ("instrument", name) in toolkit.hidden:
            missed.setdefault(("instrument", name), []).append("survey.instruments in config/settings.yml")
        elif name not in toolkit.instruments:
            remedy = f"Write one of: {_ids(toolkit, 'instrument')}"
            yield Problem(SETTINGS_FILE, 1, f"survey.instruments: '{name}' does not exist", remedy)
    for named, places in missed.items():
        document, index = toolkit.hidden[named]
        remedy = "Take it out of hides, or hide what names it too"
        yield document.problem(["hides", index], f"hides '{'/'.join(named)}', which is named by {_some(places)}", remedy)
    for identifier in toolkit.identifiers.values():
        if f"removed.{identifier.id}" not in toolkit.sentences:
            remedy = f"Add '{identifier.id}' to toolkit_content/sentences/removed.yaml"
            yield toolkit.documents["identifier", identifier.id].problem(["id"], f"nothing says what '{identifier.id}' is", remedy)
    if not toolkit.prompts:
        yield Problem(SETTINGS_FILE, 1, "there is no reflection prompt", "Add one under toolkit_content/prompts/")


def _references(toolkit: Toolkit) -> Iterator[tuple[tuple[str, str], list[str | int], tuple[str, str]]]:
    """Give the kind and id of each thing that names another, the place where it does, and the other's kind and id."""
    themed: tuple[Mapping[str, Scenario | Technique | Prompt | Lesson], ...] = (
        toolkit.scenarios,
        toolkit.techniques,
        toolkit.prompts,
        toolkit.lessons,
    )
    for thing in (each for things in themed for each in things.values()):
        yield (thing.kind, thing.id), ["theme"], ("theme", thing.theme)
    for scenario in toolkit.scenarios.values():
        yield ("scenario", scenario.id), ["technique"], ("technique", scenario.technique)
        for index, option in enumerate(scenario.options):
            if option.technique is not None:
                yield ("scenario", scenario.id), ["options", index, "technique"], ("technique", option.technique)
    of_kind = {"scenario": "scenario", "prompt": "prompt", "survey": "survey_item"}
    for template in toolkit.broadcast_templates.values():
        if template.thing is not None and template.sends.value in of_kind:
            yield ("broadcast_template", template.id), ["thing"], (of_kind[template.sends.value], template.thing)
    for item in toolkit.items.values():
        yield ("survey_item", item.id), ["scale"], ("scale", item.scale)
    for instrument in toolkit.instruments.values():
        for index, name in enumerate(instrument.rotating):
            yield ("instrument", instrument.id), ["rotating", index], ("survey_item", name)
        for index, name in enumerate(instrument.then):
            yield ("instrument", instrument.id), ["then", index], ("survey_item", name)
        yield ("instrument", instrument.id), ["anchor"], ("survey_item", instrument.anchor)


def _ids(toolkit: Toolkit, kind: str) -> str:
    return ", ".join(sorted(name for known, name in toolkit.documents if known == kind))


def _some(places: list[str]) -> str:
    """Name five at most, and count the rest."""
    places = list(dict.fromkeys(places))
    more = len(places) - MOST_NAMED
    return ", ".join(places[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


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
        yield "scenario", scenario.id, ["view", "because"], scenario.view.because
        for index, option in enumerate(scenario.options):
            yield "scenario", scenario.id, ["options", index, "outcome"], option.outcome
            yield "scenario", scenario.id, ["options", index, "learning"], option.learning
            yield "scenario", scenario.id, ["options", index, "draft"], option.draft
            yield "scenario", scenario.id, ["options", index, "example_plan"], option.example_plan
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
    for note in toolkit.report_notes.values():
        yield "report_note", note.id, ["text"], note.text
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


def _cut(toolkit: Toolkit) -> Iterator[Problem]:
    """A theme's page offers its scenarios and cards on buttons, which end after so many letters."""
    labels: list[tuple[str, str, str, str]] = [("scenario", each.id, "title", each.title) for each in toolkit.scenarios.values()]
    for card in toolkit.techniques.values():
        labels.append(("technique", card.id, "name", toolkit.sentences.say("choice.card", name=card.name)))
    for kind, name, field, label in labels:
        if (over := len(label) - BUTTON) > 0:
            yield toolkit.documents[kind, name].problem([field], f"is cut on its button ('{label}')", f"Shorten it by {over} letter(s)")


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
    """Find what two things both say, and tell it once for the two: a copied file shares every line with its model."""
    seen: dict[str, tuple[str, str]] = {}
    shared: dict[tuple[tuple[str, str], tuple[str, str]], list[list[str | int]]] = {}
    for kind, name, loc, text in _messages(toolkit):
        plain = " ".join(text.lower().split())
        if len(plain.split()) > 6 and seen.get(plain, (kind, name)) != (kind, name):
            shared.setdefault(((kind, name), seen[plain]), []).append(loc)
        seen.setdefault(plain, (kind, name))
    examples: dict[str, tuple[str, str]] = {}
    for scenario in toolkit.scenarios.values():
        place = ("scenario", scenario.id)
        for index, example in enumerate(scenario.examples):
            plain = " ".join(example.lower().split())
            if plain in examples:
                shared.setdefault((place, examples[plain]), []).append(["examples", index])
            examples.setdefault(plain, place)
    for (place, other), locs in shared.items():
        named = "this file" if other == place else f"'{'/'.join(other)}'"
        what = f"stands in {named} too" if len(locs) == 1 else f"is the first of {len(locs)} texts here that stand in {named} too"
        yield toolkit.documents[place].problem(locs[0], what, "Word each for its own place, or keep it where it fits best")
