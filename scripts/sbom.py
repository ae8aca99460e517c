"""Prints what the product is made of, from its locks: a CycloneDX 1.6 list of every package with its version and hashes."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).resolve().parent.parent
# What runs; the tests' own tools are not among it.
LOCKS = ("bot", "engine")
_PACKAGE = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)([^\n]*(?:\\\n[^\n]*)*)", re.M)


def components(lock: str) -> list[Component]:
    """Return the packages of one lock's text."""
    found = []
    for name, version, rest in _PACKAGE.findall(lock):
        hashes = [HashType(alg=HashAlgorithm.SHA_256, content=each) for each in re.findall(r"sha256:([0-9a-f]{64})", rest)]
        url = PackageURL("pypi", None, name.lower().replace("_", "-"), version)
        found.append(Component(name=name, version=version, type=ComponentType.LIBRARY, purl=url, bom_ref=str(url), hashes=hashes))
    return found


def main() -> None:
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.M)
    bom = Bom()
    bom.metadata.component = Component(name="coach", version=version[1] if version else "", type=ComponentType.APPLICATION, bom_ref="coach")
    seen: dict[str, Component] = {}
    for name in LOCKS:
        for each in components((ROOT / "locks" / f"{name}.txt").read_text()):
            seen.setdefault(str(each.purl), each)
    for each in seen.values():
        bom.components.add(each)
    bom.register_dependency(bom.metadata.component, list(seen.values()))
    sys.stdout.write(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1) + "\n")


if __name__ == "__main__":
    main()
