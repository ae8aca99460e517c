"""A Rasa component that says which theme, and which scenario, a challenge is about.

It learns from the metadata of the `challenge` examples (`theme`, and `scenario` for those that come with a scenario's
file) over whatever features the pipeline has made by then, sparse or dense.
"""

from __future__ import annotations

import json
from typing import Any, Dict, List, Optional, Text, Type

import numpy as np
import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.linear_model import LogisticRegression

# What parse results carry: [{"name": id, "confidence": 0..1}, ...], the most likely first.
THEME_RANKING = "theme_ranking"
SCENARIO_RANKING = "scenario_ranking"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ThemeClassifier(GraphComponent):
    """Logistic regression over (theme, scenario) pairs; a theme's confidence is the sum over its scenarios'."""

    @classmethod
    def required_components(cls) -> List[Type]:
        return [Featurizer]

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"C": 3.0, "max_iter": 300, "ranking_length": 5}

    def __init__(self, config: Dict[Text, Any], storage: ModelStorage, resource: Resource) -> None:
        self._config, self._storage, self._resource = config, storage, resource
        self._pairs: List[List[Optional[Text]]] = []
        self._weights = np.zeros((0, 0))
        self._bias = np.zeros(0)

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> ThemeClassifier:
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        rows, labels = [], []
        for message in training_data.training_examples:
            about = (message.get("metadata") or {}).get("intent") or {}
            if about.get("theme"):
                rows.append(_features(message))
                labels.append(json.dumps([about["theme"], about.get("scenario")]))
        if len(set(labels)) < 2:
            return self._resource
        model = LogisticRegression(C=self._config["C"], max_iter=self._config["max_iter"], class_weight="balanced")
        model.fit(scipy.sparse.vstack(rows).tocsr(), labels)
        self._pairs = [json.loads(label) for label in model.classes_]
        # Two labels make a single row of weights; give the other its mirror so that every label has one.
        self._weights, self._bias = (
            (np.vstack([-model.coef_, model.coef_]), np.concatenate([-model.intercept_, model.intercept_]))
            if len(self._pairs) == 2
            else (model.coef_, model.intercept_)
        )
        self._persist()
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            if self._pairs and message.features:
                self._rank(message)
        return messages

    def _rank(self, message: Message) -> None:
        scores = np.asarray(_features(message) @ self._weights.T).ravel() + self._bias
        likelihoods = np.exp(scores - scores.max())
        likelihoods /= likelihoods.sum()
        themes: Dict[Text, float] = {}
        scenarios: Dict[Text, float] = {}
        for (theme, scenario), likelihood in zip(self._pairs, likelihoods, strict=True):
            themes[str(theme)] = themes.get(str(theme), 0.0) + float(likelihood)
            if scenario:
                scenarios[scenario] = float(likelihood)
        message.set(THEME_RANKING, self._ranking(themes), add_to_output=True)
        message.set(SCENARIO_RANKING, self._ranking(scenarios), add_to_output=True)

    def _ranking(self, confidences: Dict[Text, float]) -> List[Dict[Text, Any]]:
        ordered = sorted(confidences.items(), key=lambda pair: -pair[1])
        return [{"name": name, "confidence": confidence} for name, confidence in ordered[: self._config["ranking_length"]]]

    def _persist(self) -> None:
        with self._storage.write_to(self._resource) as folder:
            # Arrays and JSON only: loading a model must never run code.
            np.savez_compressed(folder / "weights.npz", weights=self._weights, bias=self._bias)
            (folder / "pairs.json").write_text(json.dumps(self._pairs))

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ThemeClassifier:
        component = cls(config, model_storage, resource)
        try:
            with model_storage.read_from(resource) as folder:
                with np.load(folder / "weights.npz", allow_pickle=False) as arrays:
                    component._weights, component._bias = arrays["weights"], arrays["bias"]
                component._pairs = json.loads((folder / "pairs.json").read_text())
        except ValueError:
            pass  # trained without themes: there is nothing to rank
        return component


def _features(message: Message) -> scipy.sparse.csr_matrix:
    """Return one row with all sentence features of the message, sparse and dense side by side."""
    parts = []
    _, sparse = message.get_sparse_features(TEXT)
    if sparse is not None:
        parts.append(scipy.sparse.csr_matrix(sparse.features, dtype=np.float64))
    _, dense = message.get_dense_features(TEXT)
    if dense is not None:
        parts.append(scipy.sparse.csr_matrix(dense.features, dtype=np.float64))
    return scipy.sparse.hstack(parts).tocsr()
