"""Alerts -> webhooks, signed as the Standard Webhooks specification says. The only httpx here.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from types import TracebackType
from typing import Self

import httpx

from collector.watching.announcing import Refused
from tournee.announcements import encode
from tournee.clock import Clock
from tournee.domain import Announcement
from tournee.errors import ConfigError, Unavailable
from tournee.settings import AlertSettings, WebhookSettings

SECRET_PREFIX = "whsec_"  # noqa: S105 - what a secret starts with, and none itself
SECRET_MIN_BYTES, SECRET_MAX_BYTES = 24, 64
BUSY = frozenset({408, 425, 429})  # try later, says the receiver


class Webhook:
    """A channel over HTTP. Use it as a context manager.

    A redirect is not followed: it would carry what we say to an address that nobody entered.

    Raises
    ------
    ConfigError
        The secret that signs is missing or malformed.
    """

    def __init__(self, webhook: WebhookSettings, alerts: AlertSettings, clock: Clock) -> None:
        self.name, self.answer_s = webhook.name, alerts.webhook_timeout_s
        self._url, self._clock = webhook.url, clock
        self._key = signing_key(alerts.secret.get_secret_value())
        # `trust_env` would also send passwords of a ~/.netrc.
        self._client = httpx.Client(timeout=alerts.webhook_timeout_s, follow_redirects=False, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._client.close()

    def tell(self, announcement: Announcement) -> None:
        """Post one announcement; any 2xx is a delivery. What the receiver answers beside is not read."""
        body, timestamp = encode(announcement.body), str(int(self._clock().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Tournee",
            "webhook-id": announcement.announcement_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(self._key, announcement.announcement_id, timestamp, body),
        }
        try:
            with self._client.stream("POST", self._url, content=body, headers=headers) as answer:
                self._judge(answer)
        except httpx.TransportError as failure:
            message = f"The webhook {self.name} can't be reached: {failure or type(failure).__name__}."
            raise Unavailable(message) from failure

    def _judge(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        sentence = f"The webhook {self.name} answered {answer.status_code} {answer.reason_phrase}."
        if answer.is_server_error or answer.status_code in BUSY:
            raise Unavailable(sentence)
        if answer.is_redirect:
            sentence += " Redirects are not followed: enter the new address in alerts.webhooks."
        raise Refused(sentence, is_final=answer.status_code == httpx.codes.GONE)


def signing_key(secret: str) -> bytes:
    """Return the key in a secret such as `whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`, or raise `ConfigError`."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(SECRET_PREFIX) or not SECRET_MIN_BYTES <= len(key) <= SECRET_MAX_BYTES:
        expected = (
            f"{SECRET_PREFIX} and {SECRET_MIN_BYTES} to {SECRET_MAX_BYTES} random bytes in base64: set TOURNEE_ALERTS__SECRET "
            "or alerts.secret_file, and give every receiver the same"
        )
        raise ConfigError("alerts.secret", "***" if secret else "", expected)
    return key


def signature(key: bytes, message_id: str, timestamp: str, body: bytes) -> str:
    """Return the header `webhook-signature`: version 1, HMAC-SHA256 over id, time and body."""
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
