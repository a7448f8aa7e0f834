"""Where a write goes: path, parameters and credentials for each API; and texts without secrets."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_plus

from loadhost_influx._settings import Settings


@dataclass(frozen=True)
class Target:
    """The database as one request sees it."""

    settings: Settings

    @property
    def v2(self) -> bool:
        """Whether it is written to as to InfluxDB 2 and 3."""
        return self.settings.resolved_api == "v2"

    @property
    def place(self) -> str:
        """Its name, for messages."""
        settings = self.settings
        return f"bucket {settings.bucket!r}" if self.v2 else f"database {settings.database!r}"

    @property
    def write_path(self) -> str:
        """Where to POST."""
        return "/api/v2/write" if self.v2 else "/write"

    @property
    def write_parameters(self) -> dict[str, str]:
        """Nanoseconds; and which database, or which bucket."""
        settings = self.settings
        if not self.v2:
            return {"db": settings.database or "", "precision": "ns"}
        owner = {"org": settings.org} if settings.org else {}
        return {**owner, "bucket": settings.bucket or "", "precision": "ns"}

    @property
    def authorization(self) -> str | None:
        """The value of that header."""
        settings = self.settings
        if settings.token:
            return f"Token {settings.token}"
        if settings.user:
            return f"Basic {self._basic()}"
        return None

    def _basic(self) -> str:
        return base64.b64encode(f"{self.settings.user}:{self.settings.password or ''}".encode()).decode()

    def redacted(self, text: str) -> str:
        """A text from elsewhere, without password and token, however they are spelled in it."""
        for secret in (self.settings.password, self.settings.token):
            if secret:
                for spelling in {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1]}:
                    text = text.replace(spelling, "***")
        return text.replace(self._basic(), "***") if self.settings.user else text


class Credentials:
    """Sets the header, as requests wants it. Also without credentials: else it would look for some in ~/.netrc."""

    def __init__(self, authorization: str | None) -> None:
        self._authorization = authorization

    def __call__(self, request: Any) -> Any:
        if self._authorization:
            request.headers["Authorization"] = self._authorization
        return request
