"""The files that hosts read, against what their hosts document. That they work is shown by tests/deploy."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from check_jsonschema import main as check_jsonschema
from click.testing import CliRunner

ROOT = Path(__file__).parent.parent
APP: dict[str, Any] = json.loads((ROOT / "app.json").read_text())
PROCFILE = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
APP_KEYS = {"name", "description", "keywords", "stack", "buildpacks", "addons", "env", "formation"}
"""Those of devcenter.heroku.com/articles/app-json-schema that we use."""

ENV_KEYS = {"description", "value", "required", "generator"}


def test_compose_file_fits_the_schema_of_the_specification() -> None:
    """compose-spec's own, which check-jsonschema brings."""
    done = CliRunner().invoke(
        check_jsonschema, ["--builtin-schema", "vendor.compose-spec", str(ROOT / "docker-compose.yml")]
    )
    assert done.exit_code == 0, done.output


def test_the_schema_sees_a_wrong_key(tmp_path: Path) -> None:
    wrong = tmp_path / "docker-compose.yml"
    wrong.write_text((ROOT / "docker-compose.yml").read_text().replace("stop_grace_period", "stop_grace"))
    done = CliRunner().invoke(check_jsonschema, ["--builtin-schema", "vendor.compose-spec", str(wrong)])
    assert done.exit_code == 1
    assert "stop_grace" in done.output


def test_the_manifest_of_the_button_has_the_keys_that_heroku_documents() -> None:
    assert APP.keys() == APP_KEYS
    assert APP["buildpacks"] == [{"url": "heroku/python"}]
    assert APP["formation"].keys() == PROCFILE.keys() - {"release"}
    for name, each in APP["env"].items():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", name)
        assert each.keys() <= ENV_KEYS
        assert each["description"], name


@pytest.mark.parametrize("name", [name for name in APP["env"] if APP["env"][name]["description"].startswith("Secret")])
def test_a_secret_has_no_value_in_the_manifest(name: str) -> None:
    assert "value" not in APP["env"][name]
    assert APP["env"][name].get("generator") == "secret" or isinstance(APP["env"][name].get("required"), bool)


def test_the_manifest_asks_for_what_the_sample_configuration_names() -> None:
    sample = re.findall(r"^(\w+)=$", (ROOT / ".env.example").read_text(), re.MULTILINE)
    readme = (ROOT / "README.md").read_text()
    named = {name for name in sample if f"${{{name}}}" in readme}
    assert named
    assert named <= APP["env"].keys()


HARDENED = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
    "User": "stockbridge", "ReadWritePaths": "/var/lib/stockbridge", "CapabilityBoundingSet": "", "Restart": "always",
}  # fmt: skip
LONGEST = {"stockbridge": 20, "stockbridge-worker": 20, "stockbridge-beat": 0, "stockbridge-web": 10}
"""Seconds that a unit may itself need to end; systemd must wait for longer."""

UNITS = sorted((ROOT / "docs/systemd").glob("*.service"))


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_may_little_and_has_time_to_end(path: Path) -> None:
    said = dict(line.split("=", 1) for line in path.read_text().splitlines() if "=" in line and line[0] != "#")
    assert {key: said.get(key) for key in HARDENED} == HARDENED
    assert int(said["TimeoutStopSec"]) > LONGEST[path.stem]
    told_alone = "KillMode" in said and said["KillMode"] == "mixed"
    assert told_alone == (LONGEST[path.stem] == 20)  # or the processes of a pool would end in the midst of their work


def test_every_process_of_the_procfile_has_a_unit_and_a_service() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    for name in PROCFILE.keys() - {"release"}:
        assert f"\n  {name}:\n" in compose
        assert ROOT / f"docs/systemd/stockbridge-{name}.service" in UNITS
