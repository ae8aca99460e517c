"""The files under deploy/: valid by their schemas, as safe as they say, and in agreement with settings and documentation."""

from __future__ import annotations

import ast
import configparser
import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import kubernetes_validate
import pytest
import yaml
from cryptography.fernet import Fernet

from bot.settings import ROOT, read_settings

DEPLOY = ROOT / "deploy"
SCHEMA = ROOT / "tests" / "peers" / "schemas" / "compose-spec.json"
OURS = ("web", "worker", "engine")
DOCUMENTED = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", (ROOT / "docs" / "configuration.md").read_text()))
# What other programs read, not ours.
OF_OTHERS = {"POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "SQLALCHEMY_SILENCE_UBER_WARNING"}


def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text()))


def manifests(kind: str | None = None) -> Iterator[dict[str, Any]]:
    for path in sorted((DEPLOY / "kubernetes").glob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if kind in (None, document["kind"]):
                yield document


def named(kind: str) -> dict[str, dict[str, Any]]:
    return {document["metadata"]["name"]: document for document in manifests(kind)}


def told(part: str) -> set[str]:
    """Return the names of what a part is told in Kubernetes."""
    pod = named("Deployment")[part]["spec"]["template"]["spec"]["containers"][0]
    found: set[str] = set()
    for each in pod["envFrom"]:
        source = named("ConfigMap")[each["configMapRef"]["name"]] if "configMapRef" in each else named("Secret")[each["secretRef"]["name"]]
        found |= set(source.get("data") or source.get("stringData") or {})
    return found


def test_the_compose_file_is_valid() -> None:
    jsonschema.Draft7Validator(json.loads(SCHEMA.read_text())).validate(compose())


@pytest.mark.parametrize("document", list(manifests()), ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_manifests_are_valid(document: dict[str, Any]) -> None:
    kubernetes_validate.validate(document, "1.30", strict=True)


@pytest.mark.parametrize("name", [name for name in compose()["services"] if name != "migrate"])
def test_each_service_is_confined_and_watched(name: str) -> None:
    service = compose()["services"][name]
    assert service["read_only"] is True
    assert service["user"].split(":")[0] not in ("0", "root", "")
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    # The web's own is in the image.
    assert "healthcheck" in service or "HEALTHCHECK" in (DEPLOY / "Containerfile").read_text()
    assert set(service["networks"]) & {"engine", "data", "front"}
    assert name == "web" or "ports" not in service, "only the web is reached, and by this machine alone"
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("part", OURS)
def test_each_deployment_is_confined_probed_and_kept(part: str) -> None:
    pod = named("Deployment")[part]["spec"]["template"]["spec"]
    container = pod["containers"][0]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"]["drop"] == ["ALL"]
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(container)
    assert named("PodDisruptionBudget")[part]["spec"]["minAvailable"] == 1
    assert named("HorizontalPodAutoscaler")[part]["spec"]["minReplicas"] >= 2
    labels = named("Deployment")[part]["spec"]["selector"]["matchLabels"]
    assert named("PodDisruptionBudget")[part]["spec"]["selector"]["matchLabels"] == labels
    assert named("Deployment")[part]["spec"]["template"]["metadata"]["labels"] == labels


def test_autoscalers_look_at_metrics_that_there_are() -> None:
    exported = (ROOT / "bot" / "web" / "metrics.py").read_text()
    for scaler in named("HorizontalPodAutoscaler").values():
        for metric in scaler["spec"]["metrics"]:
            if metric["type"] == "External":
                assert f'"{metric["external"]["metric"]["name"]}"' in exported


def declared_metrics() -> dict[str, set[str]]:
    """Return the labels of each metric, as the code declares it."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "bot" / "web" / "metrics.py", ROOT / "bot" / "services" / "stopwatch.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("Gauge", "Histogram", "Counter"):
                labels = call.args[2] if len(call.args) > 2 else ast.List([])
                found[ast.literal_eval(call.args[0])] = set(ast.literal_eval(labels))
    return found


def test_the_dashboard_asks_for_metrics_that_there_are() -> None:
    exported = declared_metrics()
    board = json.loads((DEPLOY / "grafana" / "coach.json").read_text())
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert queries
    for query in queries:
        names = re.findall(r"coach_[a-z_]+", query)
        assert names, query
        for name in names:
            labels = exported[re.sub("_(bucket|count|sum)$", "", name)] | ({"le"} if name.endswith("_bucket") else set())
            asked = re.findall(r"by \(([^)]*)\)", query) + re.findall(r"(\w+)=~?\"", query)
            assert {each.strip() for group in asked for each in group.split(",")} <= labels, query


@pytest.mark.parametrize("name", re.findall(r"`(coach_\w+)(?=[^`]*[<>=}][^`]*`)", (ROOT / "docs" / "scale.md").read_text()))
def test_alerts_look_at_metrics_that_there_are(name: str) -> None:
    assert name in declared_metrics()


@pytest.mark.parametrize("part", ["web", "worker"])
def test_probes_ask_what_the_command_serves(part: str) -> None:
    container = named("Deployment")[part]["spec"]["template"]["spec"]["containers"][0]
    served = {str(port["containerPort"]): port["name"] for port in container["ports"]}
    listens = served[container["command"][container["command"].index("--port") + 1]]
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] == listens
    allowed = [each["port"] for rule in named("NetworkPolicy")[part]["spec"]["ingress"] for each in rule["ports"]]
    assert listens in allowed, "whoever collects metrics is let in"


@pytest.mark.parametrize("part", OURS)
def test_what_parts_are_told_is_documented(part: str) -> None:
    in_compose = set(compose()["services"][part]["environment"])
    for names in (in_compose, told(part)):
        assert names - OF_OTHERS <= DOCUMENTED


def test_parts_run_the_same_commands_everywhere() -> None:
    services = compose()["services"]
    for part in OURS:
        container = named("Deployment")[part]["spec"]["template"]["spec"]["containers"][0]
        assert container["command"] == services[part]["command"]
    migrate = named("Job")["migrate"]["spec"]["template"]["spec"]["containers"][0]
    assert migrate["command"] == services["migrate"]["command"]


def test_the_settings_of_compose_can_be_read(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text(Fernet.generate_key().decode())
    environment = {
        name: str(key) if name.endswith("_FILE") else re.sub(r"\$\{\w+:[?-][^}]*\}", "x" * 24, value)
        for name, value in compose()["services"]["web"]["environment"].items()
        if not name.startswith(("SLACK_", "OTEL_")) and name != "COACH_ADDRESS"
    }
    settings = read_settings({**environment, "COACH_VAR": str(tmp_path), "COACH_ADDRESS": "https://coach.example.nhs.uk"})
    assert settings.rasa_url == "http://engine:5005"
    assert settings.actions_host == "0.0.0.0"
    assert settings.database_url.startswith("postgresql+psycopg://")
    assert not settings.is_embedded


def test_the_engine_is_given_all_that_its_configuration_names() -> None:
    wanted = set(re.findall(r"\$\{(\w+)\}", (ROOT / "config" / "rasa" / "endpoints.yml").read_text())) - {"COACH_LOCK_STORE"}
    for names in (set(compose()["services"]["engine"]["environment"]), told("engine")):
        assert wanted <= {name.removesuffix("_FILE") for name in names}
        assert "COACH_REDIS_URL" in names, "several engines need their locks together"


def test_the_image_is_nobodys_and_small_of_right() -> None:
    lines = (DEPLOY / "Containerfile").read_text().splitlines()
    instructions = [line.split(None, 1) for line in lines if re.match(r"[A-Z]+ ", line)]
    users = [rest for name, rest in instructions if name == "USER"]
    assert users, "the image runs as somebody"
    assert users[-1] not in ("0", "root")
    assert next(name for name, _ in reversed(instructions)) == "CMD"
    command = json.loads(instructions[-1][1])
    assert command == compose()["services"]["web"]["command"]


@pytest.mark.parametrize("path", sorted((DEPLOY / "systemd").glob("*.service")), ids=lambda path: path.name)
def test_units_are_well_formed(path: Path, tmp_path: Path) -> None:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[method-assign, assignment]
    unit.read(path)
    service = unit["Service"]
    assert service["User"] not in ("", "root")
    assert service["ProtectSystem"] == "strict"
    assert service["NoNewPrivileges"] == "yes"
    part = path.name.removeprefix("coach-").partition("@")[0]
    words = service["ExecStart"].split()
    assert words[0] == compose()["services"][part]["command"][0]
    if program := shutil.which("systemd-analyze"):
        # Verified with programs that this machine has, and as a user that it knows.
        here = path.read_text().replace(words[0], "/bin/true").replace("=coach\n", "=daemon\n").replace("/srv/coach", "/")
        copy = tmp_path / path.name
        copy.write_text(here)
        done = subprocess.run([program, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False)
        assert path.name not in done.stderr, done.stderr
