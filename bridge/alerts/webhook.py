"""A Slack-compatible webhook: Slack, Mattermost, Discord with /slack behind its address, and others."""

from pydantic import SecretStr

from bridge.alerts.call import call
from bridge.core.alerts import Message

NEW_ADDRESS = "make a new webhook and put its address into the configuration"


class Webhook:
    """url: the whole address, which is the key to it."""

    def __init__(self, url: SecretStr) -> None:
        self._url = url

    def send(self, message: Message) -> None:
        call("The webhook", "POST", self._url, remedy=NEW_ADDRESS, body={"text": escaped(message.text)})


def escaped(text: str) -> str:
    """Foreign text must not call a whole channel with <!here> or hide where a link goes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
