"""Writes a sentence encoder of the BERT or MPNet family as an ONNX graph with weights of 8 bits, from its weights alone.

The folder is laid out as sentence-transformers does: config.json, tokenizer.json and model.safetensors. The graph's inputs
are `ids` (int64, [messages, tokens], padded on the right) and `mask` (float, the same shape, 1 where a token is); its
output `embedding` is the mean over the tokens, scaled to length 1. Nothing of torch is needed to make or to run it.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any, Dict, List, Optional, Text

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, helper, numpy_helper, save
from onnxruntime.quantization import QuantType, quantize_dynamic
from safetensors.numpy import load_file

# Longer messages are cut here; a message of 4,000 characters has its point well before.
LONGEST = 256  # tokens
OPSET = 17
# Positions of MPNet begin after its padding index.
_MPNET_FIRST_POSITION = 2
_MPNET_FURTHEST = 128  # tokens beyond which a relative distance counts as far


class UnknownArchitecture(Exception):
    """Raised when a folder's config.json names a kind of model that this module cannot write."""


def write_graph(folder: Path, target: Path, adapter: Optional[Path] = None) -> None:
    """Write the encoder in `folder` to `target`, its weights shifted by an adapter's; raises UnknownArchitecture."""
    weights = load_file(folder / "model.safetensors")
    if adapter is not None:
        _shift(weights, load_file(adapter))
    draft = target.with_suffix(".draft")
    with tempfile.TemporaryDirectory() as scratch:
        exact = Path(scratch) / "exact.onnx"
        save(_Graph(json.loads((folder / "config.json").read_text()), weights).model(), str(exact))
        # Two and a half times as fast, with less than half the memory (docs/understanding.md). The reduced
        # range keeps processors without 8-bit instructions of their own from overflowing, so that all get the same vectors.
        quantize_dynamic(
            str(exact), str(draft), op_types_to_quantize=["MatMul"], per_channel=True, reduce_range=True, weight_type=QuantType.QInt8
        )
    draft.replace(target)


def _shift(weights: Dict[Text, np.ndarray], adapter: Dict[Text, np.ndarray]) -> None:
    """Add each low-rank change (Hu and others, 2021, "LoRA") to the weight it is for: NAME.up @ NAME.down."""
    for name in {key.rpartition(".")[0] for key in adapter}:
        change = adapter[f"{name}.up"].astype(np.float32) @ adapter[f"{name}.down"].astype(np.float32)
        weights[f"{name}.weight"] = weights[f"{name}.weight"] + change


class _Graph:
    """The graph under construction; each method adds nodes and returns the name of their output."""

    def __init__(self, config: Dict[Text, Any], weights: Dict[Text, np.ndarray]) -> None:
        self._kind = config["model_type"]
        if self._kind not in {"bert", "mpnet"}:
            raise UnknownArchitecture(f"model_type '{self._kind}' is neither bert nor mpnet")
        self._weights = weights
        self._layers, self._heads, self._width = config["num_hidden_layers"], config["num_attention_heads"], config["hidden_size"]
        self._epsilon = config["layer_norm_eps"]
        self._buckets = config.get("relative_attention_num_buckets", 32)
        self._nodes: List[NodeProto] = []
        self._constants: Dict[Text, TensorProto] = {}

    def model(self) -> ModelProto:
        hidden, attention = self._embeddings(), self._attention_bias()
        for layer in range(self._layers):
            hidden = self._layer(hidden, attention, f"encoder.layer.{layer}.")
        self._pool(hidden)
        graph = helper.make_graph(
            self._nodes,
            "sentence_encoder",
            [
                helper.make_tensor_value_info("ids", TensorProto.INT64, ["messages", "tokens"]),
                helper.make_tensor_value_info("mask", TensorProto.FLOAT, ["messages", "tokens"]),
            ],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["messages", self._width])],
            list(self._constants.values()),
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])
        model.ir_version = 8
        return model

    def _op(self, kind: Text, *inputs: Text, to: Text = "", **attributes: Any) -> Text:
        output = to or f"{kind}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def _constant(self, name: Text, value: Any) -> Text:
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def _number(self, value: float) -> Text:
        return self._constant(f"number_{value}", np.float32(value))

    def _indices(self, *values: int) -> Text:
        return self._constant("indices_" + "_".join(map(str, values)), np.array(values, np.int64))

    def _weight(self, name: Text, *, is_transposed: bool = False) -> Text:
        return self._constant(name, self._weights[name].T if is_transposed else self._weights[name])

    def _linear(self, hidden: Text, name: Text) -> Text:
        product = self._op("MatMul", hidden, self._weight(f"{name}.weight", is_transposed=True))
        return self._op("Add", product, self._weight(f"{name}.bias"))

    def _normalise(self, hidden: Text, name: Text) -> Text:
        weight, bias = self._weight(f"{name}.weight"), self._weight(f"{name}.bias")
        return self._op("LayerNormalization", hidden, weight, bias, axis=-1, epsilon=self._epsilon)

    def _token_count(self) -> Text:
        return self._op("Gather", self._op("Shape", "ids"), self._indices(1))

    def _embeddings(self) -> Text:
        words = self._op("Gather", self._weight("embeddings.word_embeddings.weight"), "ids")
        positions = self._weights["embeddings.position_embeddings.weight"]
        if self._kind == "mpnet":
            positions = positions[_MPNET_FIRST_POSITION : _MPNET_FIRST_POSITION + LONGEST]
        else:
            positions = positions[:LONGEST] + self._weights["embeddings.token_type_embeddings.weight"][0]
        places = self._op("Slice", self._constant("positions", positions), self._indices(0), self._token_count(), self._indices(0))
        return self._normalise(self._op("Add", words, places), "embeddings.LayerNorm")

    def _attention_bias(self) -> Text:
        absent = self._op("Sub", self._number(1.0), self._op("Unsqueeze", "mask", self._indices(1, 2)))
        bias = self._op("Mul", absent, self._number(-1e9))
        if self._kind != "mpnet":
            return bias
        table = self._weights["encoder.relative_attention_bias.weight"][self._relative_buckets()].transpose(2, 0, 1)[None]
        count = self._token_count()
        size = self._op("Concat", count, count, axis=0)
        near = self._op("Slice", self._constant("relative_bias", table.astype(np.float32)), self._indices(0, 0), size, self._indices(2, 3))
        return self._op("Add", bias, near)

    def _relative_buckets(self) -> np.ndarray:
        """Return, for each pair of places, which of MPNet's distance buckets it falls into: near ones singly, far ones by logarithm."""
        place = np.arange(LONGEST)
        distance = place[:, None] - place[None, :]
        half = self._buckets // 2
        exact = half // 2
        size = np.abs(distance)
        far = exact + (np.log(np.maximum(size, 1) / exact) / np.log(_MPNET_FURTHEST / exact) * (half - exact)).astype(int)
        return np.where(distance < 0, half, 0) + np.where(size < exact, size, np.minimum(far, half - 1))

    def _layer(self, hidden: Text, bias: Text, name: Text) -> Text:
        attention = f"{name}attention."
        query, key, value, out, norm = (
            ("attn.q", "attn.k", "attn.v", "attn.o", "LayerNorm")
            if self._kind == "mpnet"
            else ("self.query", "self.key", "self.value", "output.dense", "output.LayerNorm")
        )
        split = self._indices(0, 0, self._heads, self._width // self._heads)

        def heads(part: Text, order: List[int]) -> Text:
            return self._op("Transpose", self._op("Reshape", self._linear(hidden, attention + part), split), perm=order)

        scores = self._op("MatMul", heads(query, [0, 2, 1, 3]), heads(key, [0, 2, 3, 1]))
        scaled = self._op("Mul", scores, self._number(float((self._width // self._heads) ** -0.5)))
        shares = self._op("Softmax", self._op("Add", scaled, bias), axis=-1)
        mixed = self._op("Transpose", self._op("MatMul", shares, heads(value, [0, 2, 1, 3])), perm=[0, 2, 1, 3])
        attended = self._linear(self._op("Reshape", mixed, self._indices(0, 0, self._width)), attention + out)
        hidden = self._normalise(self._op("Add", hidden, attended), attention + norm)
        wide = self._gelu(self._linear(hidden, f"{name}intermediate.dense"))
        return self._normalise(self._op("Add", hidden, self._linear(wide, f"{name}output.dense")), f"{name}output.LayerNorm")

    def _gelu(self, hidden: Text) -> Text:
        """Add the exact form; opset 17 has no operator for it."""
        error = self._op("Erf", self._op("Mul", hidden, self._number(float(0.5**0.5))))
        return self._op("Mul", self._op("Mul", hidden, self._number(0.5)), self._op("Add", error, self._number(1.0)))

    def _pool(self, hidden: Text) -> None:
        present = self._op("Unsqueeze", "mask", self._indices(2))
        total = self._op("ReduceSum", self._op("Mul", hidden, present), self._indices(1), keepdims=0)
        mean = self._op("Div", total, self._op("ReduceSum", present, self._indices(1), keepdims=0))
        self._op("LpNormalization", mean, axis=-1, p=2, to="embedding")
