"""HTTP to the database: one session, bounded times, bounded answers, errors in a few words."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import gevent

from loadhost_influx._answer import Answer
from loadhost_influx._settings import Settings
from loadhost_influx._target import Credentials, Target

if TYPE_CHECKING:
    import requests

TIMEOUT_S = 10.0
"""For a connection, and for each piece of an answer; the whole exchange may take three times as long."""

MOST_OF_AN_ANSWER = 65_536


class Http:
    """Plain requests: under gevent, a server that hangs costs the hub nothing."""

    def __init__(self, settings: Settings, timeout_s: float = TIMEOUT_S) -> None:
        # Not at the top: requests imports ssl, which has to wait for gevent's patches.
        import requests
        import urllib3

        if not settings.verify:
            warnings.filterwarnings("ignore", category=urllib3.exceptions.InsecureRequestWarning)
        self.target = Target(settings)
        self._verify = settings.verify
        self._url = settings.url
        self._timeout_s = timeout_s
        self._errors: tuple[type[BaseException], ...] = (
            requests.RequestException,
            urllib3.exceptions.HTTPError,
            OSError,
        )
        self._session = requests.Session()
        self._session.auth = Credentials(self.target.authorization)
        self._session.headers["User-Agent"] = "loadhost-influx"

    def write(self, body: bytes) -> Answer:
        """POST gzipped lines."""
        headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain; charset=utf-8"}
        return self._ask("POST", self.target.write_path, self.target.write_parameters, body, headers)

    def get(self, path: str, parameters: Mapping[str, str] | None = None) -> Answer:
        """GET."""
        return self._ask("GET", path, parameters or {})

    def create_database(self) -> Answer:
        """Harmless if it is there. 200 if that was done, or the reason in `text`."""
        name = (self.target.settings.database or "").replace("\\", "\\\\").replace('"', '\\"')
        answer = self._ask("POST", "/query", {"q": f'CREATE DATABASE "{name}"'})
        # An error of the statement comes as a 200.
        return Answer(400, answer.text) if answer.status == 200 and '"error"' in answer.text else answer

    def close(self) -> None:
        """Close its connections."""
        self._session.close()

    def _ask(
        self,
        method: str,
        path: str,
        parameters: Mapping[str, str],
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        try:
            # requests' own timeout begins anew with each byte.
            with (
                gevent.Timeout(3 * self._timeout_s, TimeoutError("the answer took too long")),
                self._session.request(
                    method,
                    self._url + path,
                    params=parameters,
                    data=body,
                    headers=headers,
                    timeout=self._timeout_s,
                    verify=self._verify,
                    allow_redirects=False,
                    stream=True,
                ) as response,
            ):
                return self._answer(response)
        except self._errors as error:
            return Answer(0, self.target.redacted(in_words(error, self._timeout_s)))

    def _answer(self, response: requests.Response) -> Answer:
        text = b""
        with suppress(*self._errors):  # The status says enough, if the text breaks off.
            for piece in response.iter_content(8192):
                text += piece
                if len(text) >= MOST_OF_AN_ANSWER:
                    break
        headers = response.headers
        return Answer(
            response.status_code,
            self.target.redacted(text.decode("utf-8", "replace")),
            headers.get("Retry-After"),
            self.target.redacted(headers["Location"]) if "Location" in headers else None,
            headers.get("X-Influxdb-Version"),
        )


_WORDS = {
    "ReadTimeoutError": "no answer within {timeout_s:g} s",
    "ReadTimeout": "no answer within {timeout_s:g} s",
    "ConnectTimeoutError": "no connection within {timeout_s:g} s",
    "ConnectTimeout": "no connection within {timeout_s:g} s",
    "NameResolutionError": "its name can't be resolved",
    "RemoteDisconnected": "it closed the connection without an answer",
    "BadStatusLine": "what answers there speaks no HTTP",
}


def in_words(error: BaseException, timeout_s: float) -> str:
    """Why there was no answer. What requests says of it is three exceptions deep, with addresses of objects."""
    for cause in _causes(error):
        if words := _WORDS.get(type(cause).__name__):
            return words.format(timeout_s=timeout_s)
        if type(cause).__name__ == "SSLCertVerificationError":
            return f"its certificate is not trusted: {cause.verify_message}"
        if isinstance(cause, OSError) and cause.strerror and not cause.filename:
            return cause.strerror[:1].lower() + cause.strerror[1:]
    return " ".join(str(error).split())[:200] or type(error).__name__


def _causes(error: BaseException) -> list[Any]:
    """What an exception was made of, from the innermost: its cause, its context, exceptions among its arguments."""
    found: list[Any] = []
    pending: list[Any] = [error]
    while pending:
        one = pending.pop()
        if isinstance(one, BaseException) and one not in found:
            found.append(one)
            pending += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    return found[::-1]
