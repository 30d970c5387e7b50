"""E-mail through a mail server that takes messages for others."""

import smtplib
import ssl
from contextlib import closing, suppress
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid

from bridge.alerts.channel import NotDeliveredError
from bridge.config import EmailSettings
from bridge.core.alerts import Message
from connectors.deadline import cut_off

SECONDS = 5.0
"""For each step of the conversation."""

WHOLE = 30.0
"""Seconds for all of it: a server that drips would renew the others for ever."""

TROUBLE = (smtplib.SMTPException, OSError)
HELLO = "[127.0.0.1]"
"""How we name ourselves. The machine's own name would have to be looked up, which can take long."""


class Mail:
    def __init__(self, settings: EmailSettings) -> None:
        self._settings = settings
        self._what = f"The mail server {settings.host}:{settings.served_at}"

    def send(self, message: Message) -> None:
        settings = self._settings
        try:
            if settings.security == "tls":
                context = ssl.create_default_context()
                server: smtplib.SMTP = smtplib.SMTP_SSL(local_hostname=HELLO, timeout=SECONDS, context=context)
            else:
                server = smtplib.SMTP(local_hostname=HELLO, timeout=SECONDS)
            server._host = settings.host  # type: ignore[attr-defined]  # whose certificate it must be
            # Connected only below: who greets in drips is to be cut off as well.
            with cut_off(WHOLE, lambda: server.sock), closing(server):
                server.connect(settings.host, settings.served_at)
                if settings.security == "starttls":
                    server.starttls(context=ssl.create_default_context())
                if settings.user and settings.password:
                    server.login(settings.user.get_secret_value(), settings.password.get_secret_value())
                server.send_message(letter(message, settings))  # raises when every recipient is refused, not for one
                with suppress(*TROUBLE):  # what was accepted has been told, however the conversation ends
                    server.quit()
        except TROUBLE as fault:
            why = next(text for kind, text in REASONS if isinstance(fault, kind))
            raise NotDeliveredError(f"{self._what} {why}.") from None  # the cause quotes the conversation


def letter(message: Message, settings: EmailSettings) -> EmailMessage:
    found = EmailMessage()
    found["Subject"], found["From"], found["To"] = message.subject, settings.sender, ", ".join(settings.to)
    found["Date"] = format_datetime(message.at)
    found["Message-ID"] = make_msgid(domain=settings.sender.rpartition("@")[2])
    found["Auto-Submitted"] = "auto-generated"  # so that absence notes are not sent back
    found.set_content(message.text + "\n")
    return found


REASONS: tuple[tuple[type[Exception], str], ...] = (  # the first that fits
    (smtplib.SMTPAuthenticationError, "does not accept user and password; correct them in [alerts.email]"),
    (smtplib.SMTPNotSupportedError, 'offers no STARTTLS or no login; try port 465 and security = "tls"'),
    (smtplib.SMTPRecipientsRefused, "refused every recipient; correct `to` of [alerts.email]"),
    (smtplib.SMTPSenderRefused, "refused the sender; correct `from` of [alerts.email]"),
    (smtplib.SMTPServerDisconnected, "did not answer, or broke off; check port and security of [alerts.email]"),
    (smtplib.SMTPException, "refused the message; it is tried again"),
    (ssl.SSLCertVerificationError, "has a certificate that is not valid for it; check host, or have it renewed"),
    (ssl.SSLError, "does not speak TLS there; check port and security of [alerts.email]"),
    (OSError, "cannot be reached; check host and port of [alerts.email]"),
)
"""Continue "The mail server H:P …"; never what the server said, which may repeat a secret."""
