"""A Rasa component that says what a message wants (its intent), which theme a challenge is about, and which scenario is meant.

It learns from the examples' own metadata: `theme` on those of `challenge`, and `scenario` on those that come with a
scenario's file. What a message means (the sentence encoder's vector) and how it is spelt (weighted parts of words) stand
side by side. One linear decision among all intents, with each theme an intent of its own, gives every likelihood; that of
`challenge` is the sum over the themes. A second one, among the scenarios, says how likely each is, given that its theme is
the one meant.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List, Text, Type

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from components.sentence_encoder import CUTS

INTENT_RANKING = "intent_ranking"
# What parse results carry: [{"name": id, "confidence": 0..1}, ...], the most likely first; scenarios those of the first themes.
THEME_RANKING = "theme_ranking"
SCENARIO_RANKING = "scenario_ranking"
# The two themes of a message that holds two things.
TWO_THEMES = "two_themes"
THEMES_WITH_SCENARIOS = 3  # of the most likely themes the scenarios are given


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MessageClassifier(IntentClassifier, GraphComponent):
    """Intent, theme and scenario of a message, each with a confidence."""

    @classmethod
    def required_components(cls) -> List[Type]:
        return [Featurizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {
            "C": 0.3,
            # How much spelling counts beside the encoder's vector, which has length 1.
            "spelling_weight": 1.2,
            "longest_part": 5,  # letters
            # What scores are multiplied by before they become likelihoods.
            "sharpness": 4.0,
            "ranking_length": 5,
            # From this likelihood on, two parts of a message are about two things: that of the less likely theme, less what
            # either part has of the other's.
            "sure_of_two": 0.6,
            # Groups of intents that are given the benefit of the doubt: from this likelihood of all of them together on, the
            # likeliest of them is taken, whatever else is likelier, and a message of fewer than `words` words is never taken
            # for any of them: [{"intents": [...], "least": 0..1, "words": 1..}], the gravest first.
            "cautious": [],
        }

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> MessageClassifier:
        return cls(config, model_storage, resource)

    def __init__(self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._spelling = _Spelling(config["longest_part"])
        # Labels are (intent, none) or (challenge, theme); those of scenarios (theme, scenario).
        self._intents, self._scenarios = _Decision(), _Decision()

    def train(self, training_data: TrainingData) -> Resource:
        examples = [message for message in training_data.training_examples if message.get(INTENT) and message.get(TEXT)]
        about = [(message.get("metadata") or {}).get("intent") or {} for message in examples]
        self._spelling.learn([message.get(TEXT) for message in examples])
        features = self._features(examples)
        self._intents.learn(
            features, [(message.get(INTENT), each.get("theme")) for message, each in zip(examples, about, strict=True)], self._config["C"]
        )
        scened = [index for index, each in enumerate(about) if each.get("scenario")]
        self._scenarios.learn(features[scened], [(about[index]["theme"], about[index]["scenario"]) for index in scened], self._config["C"])
        self._persist()
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            if message.get(TEXT) and self._intents.labels:
                self._read(message)
        return messages

    def _read(self, message: Message) -> None:
        intents: Dict[Text, float] = {}
        themes: Dict[Text, float] = {}
        features = self._features([message])
        for (intent, theme), likelihood in zip(
            self._intents.labels, self._intents.likelihoods(features, self._config["sharpness"]), strict=True
        ):
            intents[intent] = intents.get(intent, 0.0) + likelihood
            if theme:
                themes[theme] = likelihood
        ranking = self._with_caution(_ranked(intents), len(message.get(TEXT).split()))
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING, ranking[:10], add_to_output=True)
        # How likely each theme is, given that the message is a challenge.
        total = sum(themes.values()) or 1.0
        likely = _ranked({name: value / total for name, value in themes.items()})
        message.set(THEME_RANKING, likely[: self._config["ranking_length"]], add_to_output=True)
        if self._has_theme(ranking) and (two := self._two_themes(message)):
            message.set(TWO_THEMES, two, add_to_output=True)
        first = [guess["name"] for guess in likely[:THEMES_WITH_SCENARIOS]]
        message.set(SCENARIO_RANKING, _ranked(self._scenarios_of(features, first)), add_to_output=True)

    def _has_theme(self, ranking: List[Dict[Text, Any]]) -> bool:
        """Return whether a message, leaving aside the intents that are given the benefit of the doubt, is one that is about a theme."""
        aside = {name for group in self._config["cautious"] for name in group["intents"]}
        likeliest = next((guess["name"] for guess in ranking if guess["name"] not in aside), None)
        return any(theme for intent, theme in self._intents.labels if intent == likeliest)

    def _with_caution(self, ranking: List[Dict[Text, Any]], words: int) -> List[Dict[Text, Any]]:
        """Return the ranking with an intent of a cautious group in front when it is due there, and with none when it is not."""
        for group in self._config["cautious"]:
            of_group = [guess for guess in ranking if guess["name"] in group["intents"]]
            others = [guess for guess in ranking if guess["name"] not in group["intents"]]
            if words < group["words"]:
                ranking = [*others, *of_group]
            elif sum(guess["confidence"] for guess in of_group) >= group["least"]:
                # Certain from here on, so that no later component weighs it against what seemed likelier.
                return [{"name": of_group[0]["name"], "confidence": 1.0}, *others, *of_group[1:]]
        return ranking

    def _two_themes(self, message: Message) -> List[Text]:
        """Return the themes of the two parts of a message that is about two things without doubt, in their order; else nothing."""
        surest, two = self._config["sure_of_two"], []
        for cut in message.get(CUTS) or []:
            before, after = (self._likely_themes(text, vector) for text, vector in cut)
            if not before:
                continue
            first, second = (max(part, key=part.__getitem__) for part in (before, after))
            sure = min(before[first], after[second]) * (1 - before[second]) * (1 - after[first])
            if first != second and sure >= surest:
                surest, two = sure, [first, second]
        return two

    def _likely_themes(self, text: Text, vector: np.ndarray) -> Dict[Text, float]:
        likelihoods = self._intents.likelihoods(self._side_by_side(vector.reshape(1, -1), [text]), self._config["sharpness"])
        return {theme: likelihood for (_, theme), likelihood in zip(self._intents.labels, likelihoods, strict=True) if theme}

    def _scenarios_of(self, features: scipy.sparse.csr_matrix, themes: List[Text]) -> Dict[Text, float]:
        """Return, for each scenario of the themes, how likely it is, given that its theme is meant."""
        found: Dict[Text, float] = {}
        likelihoods = self._scenarios.likelihoods(features, self._config["sharpness"])
        for wanted in themes:
            of_theme = {name: value for (theme, name), value in zip(self._scenarios.labels, likelihoods, strict=True) if theme == wanted}
            total = sum(of_theme.values()) or 1.0
            found.update((name, value / total) for name, value in of_theme.items())
        return found

    def _features(self, messages: List[Message]) -> scipy.sparse.csr_matrix:
        """Return one row a message: the encoder's vector, then the weighted parts of words."""
        return self._side_by_side(np.vstack([_vector(message) for message in messages]), [message.get(TEXT) for message in messages])

    def _side_by_side(self, vectors: np.ndarray, texts: List[Text]) -> scipy.sparse.csr_matrix:
        spelling = self._config["spelling_weight"] * self._spelling.features(texts)
        return scipy.sparse.hstack([scipy.sparse.csr_matrix(vectors), spelling]).tocsr()

    def _persist(self) -> None:
        # Arrays and JSON only: loading a model must never run code.
        with self._storage.write_to(self._resource) as folder:
            self._spelling.save(folder)
            self._intents.save(folder, "intents")
            self._scenarios.save(folder, "scenarios")

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MessageClassifier:
        component = cls(config, model_storage, resource)
        with model_storage.read_from(resource) as folder:
            component._spelling.load(folder)
            component._intents.load(folder, "intents")
            component._scenarios.load(folder, "scenarios")
        return component


class _Decision:
    """One linear decision among labels, each a pair of names of which the second may be none."""

    def __init__(self) -> None:
        self.labels: List[List[Any]] = []
        # One column a label, as they are multiplied: any other way each message has them copied.
        self._columns = np.zeros((0, 0))
        self._bias = np.zeros(0, np.float32)

    def learn(self, features: scipy.sparse.csr_matrix, labels: List[Any], strength: float) -> None:
        """Learn from one row of features a label; with fewer than two different labels there is nothing to decide."""
        named = [json.dumps(label) for label in labels]
        if len(set(named)) < 2:
            return
        model = LinearSVC(C=strength, class_weight="balanced", random_state=0).fit(features, named)
        self.labels = [json.loads(label) for label in model.classes_]
        # Two labels have one row between them; here each has its own.
        both = len(self.labels) == 2
        self._take(np.vstack([-model.coef_, model.coef_]) if both else model.coef_)
        self._bias = (np.concatenate([-model.intercept_, model.intercept_]) if both else model.intercept_).astype(np.float32)

    def _take(self, weights: np.ndarray) -> None:
        """Take weights of 32 bits, one row a label."""
        self._columns = np.ascontiguousarray(weights.astype(np.float32).T, np.float64)

    def likelihoods(self, features: scipy.sparse.csr_matrix, sharpness: float) -> List[float]:
        """Return the likelihood of each label for one row of features."""
        if not self.labels:
            return []
        scores = sharpness * (np.asarray(features @ self._columns).ravel() + self._bias)
        likelihoods = np.exp(scores - scores.max())
        return [float(value) for value in likelihoods / likelihoods.sum()]

    def save(self, folder: Path, name: Text) -> None:
        np.savez(folder / f"{name}.npz", weights=self._columns.T.astype(np.float32), bias=self._bias)
        (folder / f"{name}.json").write_text(json.dumps(self.labels))

    def load(self, folder: Path, name: Text) -> None:
        with np.load(folder / f"{name}.npz", allow_pickle=False) as arrays:
            self._bias = arrays["bias"]
            self._take(arrays["weights"])
        self.labels = json.loads((folder / f"{name}.json").read_text())


class _Spelling:
    """Parts of words, each weighted by how rare it is."""

    def __init__(self, longest: int) -> None:
        self._options: Dict[Text, Any] = {"analyzer": "char_wb", "ngram_range": (2, longest), "sublinear_tf": True}
        self._vectorizer = TfidfVectorizer(**self._options, min_df=3)

    def learn(self, texts: List[Text]) -> None:
        self._vectorizer.fit(texts)

    def features(self, texts: List[Text]) -> scipy.sparse.csr_matrix:
        return self._vectorizer.transform(texts)

    def save(self, folder: Path) -> None:
        vocabulary = self._vectorizer.vocabulary_
        (folder / "parts.json").write_text(json.dumps(sorted(vocabulary, key=vocabulary.__getitem__)))
        np.save(folder / "rarity.npy", self._vectorizer.idf_)

    def load(self, folder: Path) -> None:
        self._vectorizer = TfidfVectorizer(**self._options, vocabulary=json.loads((folder / "parts.json").read_text()))
        self._vectorizer.idf_ = np.load(folder / "rarity.npy", allow_pickle=False)


def _ranked(likelihoods: Dict[Text, float]) -> List[Dict[Text, Any]]:
    return [{"name": name, "confidence": value} for name, value in sorted(likelihoods.items(), key=lambda pair: -pair[1])]


def _vector(message: Message) -> np.ndarray:
    """Return the encoder's vector of the message, one row."""
    _, dense = message.get_dense_features(TEXT)
    if dense is None:
        raise ValueError("MessageClassifier needs the sentence encoder before it in config/rasa/config.yml")
    return np.asarray(dense.features).reshape(1, -1)
