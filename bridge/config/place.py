"""Where the data of a Redis beside the commands lie: state belongs to a configuration, not to the folder one is in."""

from collections.abc import Mapping
from pathlib import Path

from bridge.config.load import DEFAULT_PATH
from bridge.errors import ConfigError

FOLDER = ".stockbridge"
NO_PLACE = (
    "STOCKBRIDGE_DATA: name a folder for the data, or set REDIS_URL; a configuration in STOCKBRIDGE_CONFIG_TOML has no"
    " file beside which they could lie"
)


def data_folder(environ: Mapping[str, str], path: Path | str | None = None, *, scratch: bool = False) -> Path:
    """The folder that STOCKBRIDGE_DATA names, else `.stockbridge` beside the configuration file, links followed.

    path: the file, ahead of what the variables say. scratch: nothing of value is kept there, so that here will do where
    neither is given. Raises ConfigError.
    """
    if named := environ.get("STOCKBRIDGE_DATA", "").strip():
        return Path(named).expanduser().absolute()
    if path is None and environ.get("STOCKBRIDGE_CONFIG_TOML", "").strip():
        if not scratch:
            raise ConfigError(NO_PLACE)
        return Path(FOLDER).absolute()
    return Path(path or environ.get("STOCKBRIDGE_CONFIG") or DEFAULT_PATH).resolve().parent / FOLDER
