"""A Rasa component that says what a message wants (its intent), which theme a challenge is about, and which scenario is nearest.

It learns from the examples' own metadata: `theme` on those of `challenge`, and `scenario` on those that come with a
scenario's file. What a message means (the sentence encoder's vector) and how it is spelt (weighted parts of words) stand
side by side. One linear decision among all intents, with each theme an intent of its own, gives every likelihood; that of
`challenge` is the sum over the themes. A scenario's figure is the mean likeness, 0 to 1, of the message to the scenario's
three nearest examples, so that a new file needs no more than a few.
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

from components.sentence_encoder import PARTS

INTENT_RANKING = "intent_ranking"
# What parse results carry: [{"name": id, "confidence": 0..1}, ...], the most likely first.
THEME_RANKING = "theme_ranking"
SCENARIO_RANKING = "scenario_ranking"
# The two themes of a message that holds two things.
TWO_THEMES = "two_themes"
CHALLENGE = "challenge"
NEAREST = 3  # examples of a scenario that are compared


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
            # From this likelihood on, a part of a message is about another theme than the whole.
            "sure_of_part": 0.9,
            # Groups of intents that are given the benefit of the doubt: from this likelihood of all of them together on, the
            # likeliest of them is taken, whatever else is likelier: [{"intents": [...], "least": 0..1}], the gravest first.
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
        # One row of weights a label: (intent, none) or (challenge, theme).
        self._labels: List[List[Any]] = []
        self._weights = np.zeros((0, 0), np.float32)
        self._bias = np.zeros(0, np.float32)
        self._scenarios: List[Text] = []
        self._scenario_vectors = np.zeros((0, 0), np.float32)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [message for message in training_data.training_examples if message.get(INTENT) and message.get(TEXT)]
        about = [(message.get("metadata") or {}).get("intent") or {} for message in examples]
        self._spelling.learn([message.get(TEXT) for message in examples])
        labels = [json.dumps([message.get(INTENT), each.get("theme")]) for message, each in zip(examples, about, strict=True)]
        model = LinearSVC(C=self._config["C"], class_weight="balanced", random_state=0).fit(self._features(examples), labels)
        self._labels = [json.loads(label) for label in model.classes_]
        self._weights, self._bias = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
        scened = [index for index, each in enumerate(about) if each.get("scenario")]
        self._scenarios = [about[index]["scenario"] for index in scened]
        if scened:
            self._scenario_vectors = np.vstack([_vector(examples[index]) for index in scened]).astype(np.float32)
        self._persist()
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            if message.get(TEXT) and self._labels:
                self._read(message)
        return messages

    def _read(self, message: Message) -> None:
        intents: Dict[Text, float] = {}
        themes: Dict[Text, float] = {}
        for (intent, theme), likelihood in zip(self._labels, self._likelihoods(message), strict=True):
            intents[intent] = intents.get(intent, 0.0) + likelihood
            if theme:
                themes[theme] = likelihood
        ranking = _ranked(intents)
        for group in self._config["cautious"]:
            if sum(intents.get(name, 0.0) for name in group["intents"]) >= group["least"]:
                name = next(guess["name"] for guess in ranking if guess["name"] in group["intents"])
                # Certain from here on, so that no later component weighs it against what seemed likelier.
                ranking = [{"name": name, "confidence": 1.0}, *(guess for guess in ranking if guess["name"] != name)]
                break
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING, ranking[:10], add_to_output=True)
        # How likely each theme is, given that the message is a challenge.
        total = sum(themes.values()) or 1.0
        length = self._config["ranking_length"]
        message.set(THEME_RANKING, _ranked({name: value / total for name, value in themes.items()})[:length], add_to_output=True)
        if two := self._two_themes(message, themes):
            message.set(TWO_THEMES, two, add_to_output=True)
        message.set(SCENARIO_RANKING, _ranked(self._likeness(_vector(message)))[:length], add_to_output=True)

    def _two_themes(self, message: Message, themes: Dict[Text, float]) -> List[Text]:
        """Return the message's own theme and another one that a part of it is about without doubt; nothing when there is none."""
        if not themes:
            return []
        own = max(themes, key=themes.__getitem__)
        for text, vector in message.get(PARTS) or []:
            for (intent, theme), likelihood in zip(self._labels, self._likelihoods_of(vector.reshape(1, -1), text), strict=True):
                if intent == CHALLENGE and theme not in {own, None} and likelihood >= self._config["sure_of_part"]:
                    return [own, theme]
        return []

    def _likelihoods(self, message: Message) -> List[float]:
        return self._likelihoods_of(_vector(message), message.get(TEXT))

    def _likelihoods_of(self, vector: np.ndarray, text: Text) -> List[float]:
        spelling = self._config["spelling_weight"] * self._spelling.features([text])
        features = scipy.sparse.hstack([scipy.sparse.csr_matrix(vector), spelling]).tocsr()
        scores = self._config["sharpness"] * (np.asarray(features @ self._weights.T).ravel() + self._bias)
        likelihoods = np.exp(scores - scores.max())
        return [float(value) for value in likelihoods / likelihoods.sum()]

    def _likeness(self, vector: np.ndarray) -> Dict[Text, float]:
        """Return, for each scenario, how like its nearest examples the message is."""
        if not self._scenarios:
            return {}
        likeness: Dict[Text, List[float]] = {}
        for name, value in zip(self._scenarios, (self._scenario_vectors @ vector.ravel()).tolist(), strict=True):
            likeness.setdefault(name, []).append(value)
        return {name: max(0.0, float(np.mean(sorted(values)[-NEAREST:]))) for name, values in likeness.items()}

    def _features(self, messages: List[Message]) -> scipy.sparse.csr_matrix:
        """Return one row a message: the encoder's vector, then the weighted parts of words."""
        meaning = scipy.sparse.csr_matrix(np.vstack([_vector(message) for message in messages]))
        spelling = self._spelling.features([message.get(TEXT) for message in messages])
        return scipy.sparse.hstack([meaning, self._config["spelling_weight"] * spelling]).tocsr()

    def _persist(self) -> None:
        # Arrays and JSON only: loading a model must never run code.
        with self._storage.write_to(self._resource) as folder:
            self._spelling.save(folder)
            np.savez(folder / "arrays.npz", weights=self._weights, bias=self._bias, scenario_vectors=self._scenario_vectors)
            (folder / "names.json").write_text(json.dumps({"labels": self._labels, "scenarios": self._scenarios}))

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
            with np.load(folder / "arrays.npz", allow_pickle=False) as arrays:
                component._weights, component._bias = arrays["weights"], arrays["bias"]
                component._scenario_vectors = arrays["scenario_vectors"]
            names = json.loads((folder / "names.json").read_text())
            component._labels, component._scenarios = names["labels"], names["scenarios"]
        return component


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
