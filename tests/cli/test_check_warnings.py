"""What loads and is probably not meant: `check` says it, and the code stays as it is."""

from pathlib import Path

from .conftest import CommandLine

RULES = """
[stores.main.map]
"WIDGET" = "MUG-1"
"GHOST" = "MUG-2"
[stores.main.skus."MUG-9"]
buffer = 1
"""


def test_skus_that_nobody_has(cli: CommandLine) -> None:
    cli.add("MUG-1", 5)
    cli.main.add("WIDGET", 5)
    cli.configure(RULES)
    said = cli("check")
    assert said.code == 0, said
    assert 'stores.main.map: GHOST: the warehouse has no SKU "MUG-2"; did you mean "MUG-1"?' in said.err
    assert 'stores.main.skus: MUG-9: the warehouse has no SKU "MUG-9"; did you mean "MUG-1"?' in said.err
    assert 'stores.main.map: no listing has the SKU "GHOST"; see `stockbridge unmapped`.' in said.err
    assert "WIDGET" not in said.err
    assert len(cli("check", "--json").json["first_push"]["unknown_skus"]) == 3


def test_a_secret_in_the_file_and_a_reference_without_braces(cli: CommandLine) -> None:
    cli.configure(text=cli.local.section(token="$THREEPLGUYS_TOKEN") + cli.main.section)
    said = cli("check", "--offline")
    assert said.code == 0
    assert 'source.token: is the text "$THREEPLGUYS_TOKEN" itself; to read the variable, write "${THREEP' in said.out
    for key in cli.keys:
        assert f"stores.main.{key}: is a secret that stands in the file; write {key} = " in said.out
        assert cli.main.options[key] not in said.everything


def test_a_sound_configuration_has_no_warnings(cli: CommandLine) -> None:
    assert cli("check", "--offline", "--json").json["configuration"]["warnings"] == []


def test_a_toml_fault_names_the_file_and_the_place(cli: CommandLine) -> None:
    cli.monkeypatch.delenv("STOCKBRIDGE_CONFIG_TOML")
    Path("mine.toml").write_text("[source]\ntoken = \n")
    said = cli("check", "--offline", "--config", "mine.toml")
    assert said.code == 2
    assert "mine.toml: is not TOML (Invalid value (at line 2, column 9))" in said.err
