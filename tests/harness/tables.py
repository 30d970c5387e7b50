"""A store's table as people write it: secrets stand in the environment."""

from collections.abc import Mapping

from bridge.config.installed import options_of


def referring(settings: Mapping[str, object], prefix: str) -> tuple[dict[str, object], dict[str, str]]:
    """The settings with `${PREFIX_KEY}` in place of each secret, and the variables that hold them.

    settings: "connector", and the connector's own keys."""
    fields = options_of(str(settings["connector"])).model_fields
    secret = [key for key in settings if key in fields and "SecretStr" in str(fields[key].annotation)]
    names = {key: f"{prefix}_{key}".upper() for key in secret}
    references = {key: f"${{{name}}}" for key, name in names.items()}
    return {**settings, **references}, {name: str(settings[key]) for key, name in names.items()}
