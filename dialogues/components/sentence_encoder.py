"""A Rasa featurizer that turns a message into one vector with a pretrained sentence encoder, on the CPU, from local files.

Which encoder is an operator's setting (`understanding.encoder` in config/settings.yml): a folder that holds encoder.onnx
and tokenizer.json, or the files of a sentence-transformers model of the BERT or MPNet family, from which the former are
made beside them on first use.
"""

from __future__ import annotations

import hashlib
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Set, Text, Tuple

import numpy as np
import onnxruntime
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from tokenizers import Tokenizer

from components.transformer_graph import LONGEST, write_graph

FOLDER = Path(os.environ.get("COACH_ENCODER") or Path(__file__).parents[1] / ".venv" / "encoder")
# A message cut in two where it may turn to another thing, each way of cutting it: [(words, vector), (words, vector)]; read
# only when somebody asks, since each part takes as long as the message.
CUTS = "cuts"
_SHORTEST_PART = 4  # words
_MOST_CUTS = 3  # each takes two more vectors
# Where a message may turn to another thing: words that say so, then ends of sentences, then "and" before a new subject.
_JOINTS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        r"[.;,]?\s+(?:and\s+|but\s+)?(?:also|plus|besides(?:\s+which)?|meanwhile|separately|at\s+the\s+same\s+time|on\s+top\s+of\s+(?:that|this|it\s+all)"
        r"|another\s+thing(?:\s+is(?:\s+that)?)?|then\s+there'?s|different\s+matter|in\s+other\s+news)\b[,:.]?\s+|\s+\(?\d\)\s*|\n+",
        r"[.;:?!]+[\"')]*\s+|\s+[-\u2013\u2014]+\s+",
        r",?\s+(?:and|while|whereas)\s+(?=(?:i|i'm|i've|i'd|we|we've|he|she|they|it|my|our|his|her|their|the|a|an|one|two|three|who|when|where|how|nobody|no"
        r"|now|every\w*|half|most|some|there|this|these|matron|sister|ops|finance|radiology|ed|execs?|gm|medicine|surgeons?)\b)",
    )
)
# Vectors of the training examples, kept from one training to the next.
VECTORS = FOLDER / "vectors.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(DenseFeaturizer, GraphComponent):
    """One vector of length 1 a message; two messages of one meaning lie close together, whatever their words."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        # Threads that training uses. A message is read by one: a second one finishes it hardly sooner, and takes more than
        # twice the processor's time, as it waits by turning round.
        return {**DenseFeaturizer.get_default_config(), "threads": 2}

    @staticmethod
    def required_packages() -> List[Text]:
        return ["onnxruntime", "tokenizers"]

    @classmethod
    def validate_config(cls, config: Dict[Text, Any]) -> None:
        pass

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> SentenceEncoder:
        return cls(execution_context.node_name, config)

    def __init__(self, name: Text, config: Dict[Text, Any]) -> None:
        super().__init__(name, config)
        graph = FOLDER / "encoder.onnx"
        if not graph.exists():
            write_graph(FOLDER, graph)
        self._session = _session(graph)
        self._tokenizer = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            if text := message.get(TEXT):
                self._add_vector(message, self._encode(text))
                if cuts := cuts_of(text):
                    message.set(CUTS, self._parts(cuts))
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        # Only what people say is classified: vectors of intents' names would cost time and serve nothing.
        messages = [message for message in training_data.training_examples if message.get(TEXT)]
        vectors = _read_vectors()
        vectors.update(self._encode_all({message.get(TEXT) for message in messages if _key(message.get(TEXT)) not in vectors}))
        for message in messages:
            self._add_vector(message, vectors[_key(message.get(TEXT))].astype(np.float32))
        _write_vectors({_key(message.get(TEXT)): vectors[_key(message.get(TEXT))] for message in messages})
        return training_data

    def _encode_all(self, texts: Set[Text]) -> Dict[Text, np.ndarray]:
        """Return the vectors of many texts by their keys; side by side, since one text alone does not keep two cores at work."""
        if not texts:
            return {}
        session = _session(FOLDER / "encoder.onnx")
        with ThreadPoolExecutor(self._config["threads"]) as pool:
            return dict(pool.map(lambda text: (_key(text), self._encode(text, session)), sorted(texts)))

    def _parts(self, cuts: List[Tuple[Text, Text]]) -> Iterator[List[Tuple[Text, np.ndarray]]]:
        for cut in cuts:
            yield [(part, self._encode(part)) for part in cut]

    def _add_vector(self, message: Message, vector: np.ndarray) -> None:
        message.add_features(Features(vector.reshape(1, -1), FEATURE_TYPE_SENTENCE, TEXT, self._config["alias"]))

    def _encode(self, text: Text, session: Optional[onnxruntime.InferenceSession] = None) -> np.ndarray:
        """Return the vector of one text; texts go in one by one, since those of 8 bits that go in together change each other's."""
        ids = self._tokenizer.encode(text).ids
        inputs = {"ids": np.array([ids], np.int64), "mask": np.ones((1, len(ids)), np.float32)}
        return np.asarray((session or self._session).run(["embedding"], inputs)[0][0])


def _session(graph: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


def cuts_of(text: Text) -> List[Tuple[Text, Text]]:
    """Return the ways to cut a message in two where it may turn to another thing, the likeliest first; both parts have some length."""
    cuts: Dict[Text, Tuple[Text, Text]] = {}
    for joint in _JOINTS:
        for found in joint.finditer(text):
            before, after = text[: found.start()].strip(), text[found.end() :].strip()
            if min(len(before.split()), len(after.split())) >= _SHORTEST_PART:
                cuts.setdefault(after, (before, after))
    return list(cuts.values())[:_MOST_CUTS]


def _key(text: Text) -> Text:
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _read_vectors() -> Dict[Text, np.ndarray]:
    """Return the vectors of examples that this encoder met in an earlier training; encoding all takes minutes."""
    try:
        with np.load(VECTORS, allow_pickle=False) as arrays:
            return dict(zip(arrays["keys"].tolist(), arrays["vectors"], strict=True))
    except (OSError, KeyError, ValueError):
        return {}


def _write_vectors(vectors: Dict[Text, np.ndarray]) -> None:
    """Keep the vectors beside the encoder for the next training, where its folder can be written to."""
    try:
        draft = VECTORS.with_suffix(f".{os.getpid()}.npz")
        np.savez(draft, keys=np.array(list(vectors)), vectors=np.vstack([vector.reshape(1, -1) for vector in vectors.values()]))
        draft.replace(VECTORS)
    except OSError:
        pass
