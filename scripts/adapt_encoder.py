"""Turn the sentence encoder towards the training examples: learn a low-rank change of its attention weights.

Usage: python scripts/adapt_encoder.py FOLDER [--epochs 2]

FOLDER holds sentence-transformers/all-mpnet-base-v2 (config.json, tokenizer.json, model.safetensors). Writes
dialogues/encoder/adapter.safetensors (about a megabyte), which `make setup` adds to the weights. This is run by hand, when
the examples have changed much, in an environment of its own with torch, transformers, safetensors and PyYAML; neither set-up
nor the running product needs any of them. It reads the training examples only, never the test files. Half an hour on two cores.
"""

from __future__ import annotations

import argparse
import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import torch
import yaml
from safetensors.torch import save_file
from torch import nn
from transformers import AutoModel, AutoTokenizer

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "dialogues" / "encoder" / "adapter.safetensors"
RANK = 8
BATCH = 32
LONGEST = 96  # tokens; all but a handful of examples are shorter
TEMPERATURE = 16.0
SMOOTHING = 0.1


class LowRank(nn.Module):  # type: ignore[misc]  # torch is not installed where types are checked
    """A linear layer that stays as it is, plus a change of low rank that is learned (Hu and others, 2021)."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base
        self.down = nn.Parameter(torch.randn(RANK, base.in_features) / base.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(base.out_features, RANK))
        self.dropout = nn.Dropout(0.1)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        return self.base(values) + self.dropout(values) @ self.down.T @ self.up.T


def examples() -> Iterator[tuple[str, str]]:
    """Give each training example with its label: a challenge's theme, else the intent."""
    for path in sorted((ROOT / "dialogues" / "data" / "nlu").rglob("*.yml")):
        for block in yaml.safe_load(path.read_text())["nlu"]:
            label = (block.get("metadata") or {}).get("theme") or block.get("intent")
            for line in re.findall(r"^\s*- (.+)$", block.get("examples", ""), re.MULTILINE) if label else ():
                yield line.strip(), label
    for path in sorted((ROOT / "toolkit_content" / "scenarios").glob("*.yaml")):
        scenario = yaml.safe_load(path.read_text())
        for line in scenario["examples"]:
            yield " ".join(line.split()), scenario["theme"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=2)
    arguments = parser.parse_args()
    random.seed(0)
    torch.manual_seed(0)
    tokenizer, model = AutoTokenizer.from_pretrained(arguments.folder), AutoModel.from_pretrained(arguments.folder)
    for parameter in model.parameters():
        parameter.requires_grad = False
    layers: dict[str, LowRank] = {}
    for number, layer in enumerate(model.encoder.layer):
        attention = layer.attention.attn
        for part in "qkvo":
            changed = LowRank(getattr(attention, part))
            setattr(attention, part, changed)
            layers[f"encoder.layer.{number}.attention.attn.{part}"] = changed

    rows = list(dict.fromkeys(examples()))
    labels = sorted({label for _, label in rows})
    counts = Counter(label for _, label in rows)
    print(f"{len(rows)} examples of {len(labels)} labels", flush=True)
    head = nn.Linear(model.config.hidden_size, len(labels), bias=False)
    # Rare labels weigh more, though not in full: a few of them are also easy.
    weights = torch.tensor([(len(rows) / len(labels) / counts[label]) ** 0.5 for label in labels])
    loss_of = nn.CrossEntropyLoss(weight=weights, label_smoothing=SMOOTHING)
    changes = [parameter for layer in layers.values() for parameter in (layer.down, layer.up)]
    optimiser = torch.optim.AdamW([{"params": changes, "lr": 1e-3}, {"params": head.parameters(), "lr": 5e-3, "weight_decay": 0.0}])
    steps = arguments.epochs * (len(rows) // BATCH + 1)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1.0, (step + 1) / 30) * max(0.05, 1 - step / steps))
    model.train()
    started, step = time.monotonic(), 0
    for _ in range(arguments.epochs):
        for batch in batches(rows):
            encoded = tokenizer([text for text, _ in batch], padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
            mask = encoded["attention_mask"][..., None].float()
            mean = (model(**encoded).last_hidden_state * mask).sum(1) / mask.sum(1)
            scores = TEMPERATURE * nn.functional.normalize(mean, dim=-1) @ nn.functional.normalize(head.weight, dim=-1).T
            loss = loss_of(scores, torch.tensor([labels.index(label) for _, label in batch]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            step += 1
            if step % 20 == 0:
                print(f"step {step} of {steps}: loss {loss.item():.2f}, {time.monotonic() - started:.0f} s", flush=True)
    TARGET.parent.mkdir(exist_ok=True)
    save_file(
        {f"{name}.{part}": getattr(layer, part).detach().half().contiguous() for name, layer in layers.items() for part in ("down", "up")},
        TARGET,
    )
    print(f"written to {TARGET.relative_to(ROOT)}")


def batches(rows: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    """Give every row once, in random order, but rows of like length together, so that little is padded."""
    order = random.sample(rows, len(rows))
    chunks = [sorted(order[start : start + BATCH * 8], key=lambda row: len(row[0])) for start in range(0, len(order), BATCH * 8)]
    found = [chunk[start : start + BATCH] for chunk in chunks for start in range(0, len(chunk), BATCH)]
    yield from random.sample(found, len(found))


if __name__ == "__main__":
    main()
