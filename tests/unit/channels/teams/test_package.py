"""The package that is uploaded to Teams: valid under Microsoft's own validator, with icons as they have to be."""

from __future__ import annotations

import io
import json
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path
from typing import Any

import pytest

from bot.channels.teams.package import COMMANDS, manifest, write_package
from bot.channels.teams.settings import read_teams_file
from bot.content.toolkit import Toolkit
from bot.settings import ROOT
from tests.playground import NODE
from tests.teams_peer import APP

VALIDATOR = ROOT / "tests" / "peers" / "node_modules" / "@microsoft" / "app-manifest" / "build" / "generated-types"
SCRIPT = """
const { AppManifestUtils } = require(process.argv[1]);
const manifest = JSON.parse(require("fs").readFileSync(0));
AppManifestUtils.validateAgainstSchema(manifest).then((faults) => console.log(JSON.stringify(faults)));
"""


def faults(written: dict[str, Any]) -> list[str]:
    """Return what Microsoft's validator finds; nothing when Teams takes the manifest."""
    ran = subprocess.run([NODE, "-e", SCRIPT, VALIDATOR], input=json.dumps(written), capture_output=True, text=True, check=True, timeout=60)
    return list(json.loads(ran.stdout))


def test_microsofts_validator_takes_the_manifest(toolkit: Toolkit) -> None:
    written = manifest(read_teams_file().package, APP, toolkit.sentences)
    assert faults(written) == []
    assert (written["id"], written["bots"][0]["botId"]) == (APP, APP)
    assert faults({**written, "icons": {"color": "color.png"}}), "the validator knows what is wrong"


def test_with_an_address_the_page_of_ones_own_is_a_tab_that_teams_signs_in(toolkit: Toolkit) -> None:
    package, address = read_teams_file().package, "https://coach.example.nhs.uk"
    written = manifest(package, APP, toolkit.sentences, address)
    assert faults(written) == []
    assert written["webApplicationInfo"] == {"id": APP, "resource": f"api://coach.example.nhs.uk/botid-{APP}"}
    assert [each["entityId"] for each in written["staticTabs"]] == ["conversations", "home"]
    assert written["staticTabs"][1]["contentUrl"] == f"{address}/teams/tab"
    assert written["validDomains"] == ["coach.example.nhs.uk"]
    for without in (None, "http://127.0.0.1:8000"):
        assert "staticTabs" not in manifest(package, APP, toolkit.sentences, without), "Teams shows pages over HTTPS alone"


def test_the_list_of_commands_is_one_that_teams_shows_whole(toolkit: Toolkit) -> None:
    personal, public = manifest(read_teams_file().package, APP, toolkit.sentences)["bots"][0]["commandLists"]
    listed = [*personal["commands"], *public["commands"]]
    assert len({each["title"] for each in personal["commands"]}) == len(COMMANDS) <= 12
    assert [each["title"] for each in public["commands"]] == ["who sees this", "is there any evidence", "a question for us"]
    assert all(len(each["title"]) <= 32 and len(each["description"]) <= 128 for each in listed)


def test_the_same_configuration_gives_the_same_package(toolkit: Toolkit) -> None:
    package = read_teams_file().package
    first = write_package(package, APP, toolkit.sentences)
    assert first == write_package(package, APP, toolkit.sentences)
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist() == ["manifest.json", "color.png", "outline.png"]
        assert json.loads(archive.read("manifest.json"))["manifestVersion"] == "1.25"


@pytest.mark.parametrize(("name", "size"), [("color.png", 192), ("outline.png", 32)])
def test_an_icon_is_as_large_as_it_has_to_be(toolkit: Toolkit, tmp_path: Path, name: str, size: int) -> None:
    with zipfile.ZipFile(io.BytesIO(write_package(read_teams_file().package, APP, toolkit.sentences))) as archive:
        picture = archive.read(name)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", picture[16:24]) == (size, size)
    length = struct.unpack(">I", picture[33:37])[0]
    pixels = zlib.decompress(picture[41 : 41 + length])
    assert len(pixels) == size * (4 * size + 1)
    colours = {pixels[row * (4 * size + 1) + 1 + 4 * column :][:4] for row in range(size) for column in range(size)}
    if name == "outline.png":
        assert {colour[:3] for colour in colours} == {b"\xff\xff\xff"}, "white on nothing: Teams tints it"
        assert pixels[1:5] == b"\xff\xff\xff\x00"
    else:
        assert pixels[1:5] == b"\x00\x5e\xb8\xff", "the accent colour to the very rim"
