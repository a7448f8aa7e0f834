"""RestMixin: `with self.rest("POST", "/api", json={...}) as response`, for both kinds of HTTP users."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import time
from typing import Any

from loadhost.exception import CatchResponseError, ControlException

_SHOWN = 200
"""Characters of a response that an error shows."""


class RestMixin:
    """What a user with a `client` can do with JSON interfaces."""

    client: Any

    @contextmanager
    def rest(self, method: str, url: str, headers: Mapping[str, str] | None = None, **kwargs: Any) -> Iterator[Any]:
        """A request whose response is JSON, in `response.js`: None, and a failure, if it is none.

        Content-Type and Accept say JSON unless `headers` says otherwise. What goes wrong in the `with` block is the
        request's failure and ends there; control exceptions go on. Takes what `client.request` takes.
        """
        given = {name.lower() for name in headers or {}}
        defaults = {name: "application/json" for name in ("Content-Type", "Accept") if name.lower() not in given}
        with self.client.request(
            method, url, catch_response=True, headers={**defaults, **(headers or {})}, **kwargs
        ) as response:
            response.js = _js(response)
            try:
                yield response
            except ControlException:
                raise
            except CatchResponseError as error:
                response.failure(error)
            except AssertionError as error:
                response.failure(_assertion(error, response))
            except Exception as error:
                response.failure(f"{type(error).__name__}: {error} at {_place(error)}. Response was {_shown(response)}")

    @contextmanager
    def rest_(self, method: str, url: str, name: str | None = None, **kwargs: Any) -> Iterator[Any]:
        """`rest` with a timestamp in the query (`_=...`), to get past caches; counted under the url without it."""
        stamped = f"{url}{'&' if '?' in url else '?'}_={int(time() * 1000)}"
        with self.rest(method, stamped, name=name or url, **kwargs) as response:
            yield response


def _js(response: Any) -> Any:
    if response.error is not None:
        return None  # the failure is that there is no response
    try:
        if not response.text:
            return None
        return response.json()
    except ValueError as error:
        response.failure(f"no JSON: {error}. Status {response.status_code}, response was {_shown(response)}")
        return None
    except OSError as error:  # a body that can't be decompressed
        response.failure(error)
        return None


def _assertion(error: AssertionError, response: Any) -> str:
    text = str(error) or "an assertion failed"
    # `assert x, "message,"`: a comma at the end asks for the response behind it.
    return f"{text.removesuffix(',')}, response was {_shown(response)}" if text.endswith(",") else text


def _shown(response: Any) -> str:
    try:
        return str(response.text[:_SHOWN])
    except (OSError, ValueError):
        return repr(response)


def _place(error: BaseException) -> str:
    """File and line of the loadfile where it was raised: the innermost frames come last."""
    frames = traceback.extract_tb(error.__traceback__)[1:]
    return ", ".join(f"{frame.filename}:{frame.lineno}" for frame in frames[-2:]) or "an unknown place"
