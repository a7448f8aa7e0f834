"""HTTP by requests: `HttpSession`, a requests.Session whose requests are counted, and the responses it gives."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from time import perf_counter
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import getproxies_environment

import gevent
import requests
from requests.auth import HTTPBasicAuth
from requests.exceptions import InvalidSchema, InvalidURL, MissingSchema, RequestException

from loadhost._http.adapter import WireAdapter
from loadhost._http.lazy_response import LazyResponse
from loadhost._http.quick_request import NO_HOOKS, QuickRequest, quick_request
from loadhost._naming import Renaming
from loadhost._users.response import ResponseContextManager
from loadhost._users.transport import Exchange, current_exchange
from loadhost._users.user import User

__all__ = ["HttpSession", "ResponseContextManager"]

_REQUEST_FIELDS = ("headers", "files", "data", "json", "params", "auth", "cookies", "hooks")
_SETTINGS = ("proxies", "stream", "verify", "cert")
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_ADDRESS_IS_WRONG = (MissingSchema, InvalidSchema, InvalidURL)


class HttpSession(Renaming, requests.Session):
    """A requests.Session (cookies, keep-alive, headers of its own) for one user, whose requests are counted.

    A url may be relative to `base_url`; user and password in `base_url` become basic authentication. Each method also
    takes `name` (what the request is counted under; the default is path and query), `catch_response` and `context`
    (a dict for the hooks). A redirected request is one request, under the name of its first address.

    What is sent goes over the fast client's connections; by requests' own adapter go proxies, client certificates
    (`cert`), a folder of authorities (`verify`) and urllib3's Timeout objects. An adapter that is mounted serves its
    prefix, as ever. `response.elapsed` and all else are what requests gives.

    Proxies and .netrc of the environment count only if the environment named a proxy when the session was made: to
    look them up costs a request a good part of its time. REQUESTS_CA_BUNDLE always counts.
    """

    def __init__(self, base_url: str | None, environment: Any, *, user: Any = None) -> None:
        super().__init__()
        self.base_url, self.auth = _split_credentials(base_url or "")
        self.environment = environment
        self.user = user
        self.trust_env = any(scheme != "no" for scheme in getproxies_environment())
        self.verify = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
        self._unjudged: ResponseContextManager | None = None
        # User.context() is called for each request only if the class has one of its own.
        self._own_context = user.context if user is not None and type(user).context is not User.context else None
        # A subclass that prepares requests in its own way is asked.
        self._prepares_as_requests = type(self).prepare_request is requests.Session.prepare_request
        adapter = WireAdapter()
        for scheme in ("https://", "http://"):
            self.mount(scheme, adapter)

    def request(  # type: ignore[override]  # as in Locust: `name` comes third, the rest by keyword
        self,
        method: str | bytes,
        url: str | bytes,
        name: str | None = None,
        catch_response: bool = False,
        context: Mapping[str, Any] | None = None,
        *,
        timeout: Any = None,
        allow_redirects: bool = True,
        **kwargs: Any,
    ) -> ResponseContextManager:
        """Send a request and count it. Takes all that requests takes.

        A request that fails gives a response with status_code 0. With `catch_response` it is counted by the `with`
        block it stands in; without one at the user's next request or wait, by its status. An exception that leaves
        the block, other than a control exception, is its failure. Cut short by a kill, it is counted as interrupted.
        """
        if self._unjudged is not None:
            self.count_unjudged()
        fields = {field: kwargs.pop(field) for field in _REQUEST_FIELDS if field in kwargs} if kwargs else {}
        method, url = _text(method).upper(), self._full_url(_text(url))
        try:
            prepared = self._prepared(method, url, fields)
        except _ADDRESS_IS_WRONG:
            raise
        except RequestException as error:  # a header with a line break, say
            response = self._refused(method, url, name, context, error)
        else:
            settings = self._settings(prepared, kwargs)
            settings["timeout"] = timeout
            settings["allow_redirects"] = allow_redirects
            meta = self._describe(prepared, name, context)
            door = self.environment.requests
            if door.notify.loadhost_before_request:
                door.before(meta["request_type"], meta["name"], meta["url"], meta["context"], self.user)
            response = self._exchange(prepared, meta, settings)
        response._caught = catch_response
        if catch_response:
            # Another greenlet of the same user may have left one there meanwhile.
            earlier, self._unjudged = self._unjudged, response
            if earlier is not None:
                earlier._count()
        else:
            response._count()
        return response

    def count_unjudged(self) -> None:
        """Count a response that was asked for with `catch_response` and then not put into a `with` block."""
        response, self._unjudged = self._unjudged, None
        if response is not None:
            response._count()

    def close(self) -> None:
        """Close all connections, after the last response that nobody judged was counted."""
        try:
            self.count_unjudged()
        finally:
            super().close()

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a prepared request, uncounted. As requests does it, without its detours if it leads nowhere else."""
        adapter = self.get_adapter(url=str(request.url))
        if type(adapter) is not WireAdapter or request.hooks != NO_HOOKS or "proxies" not in kwargs:
            return super().send(request, **kwargs)
        allow_redirects = kwargs.pop("allow_redirects", True)
        kwargs.setdefault("stream", self.stream)
        kwargs.setdefault("verify", self.verify)
        kwargs.setdefault("cert", self.cert)
        response = adapter.send(request, **kwargs)
        if type(response) is LazyResponse and response.is_plain:
            if not kwargs["stream"]:
                response.read_body()
            return response
        # A redirect, or cookies: from here on it is requests' own business.
        elapsed = response.elapsed
        request.answer = response  # type: ignore[attr-defined]  # the adapter hands it out instead of asking again
        final = super().send(request, allow_redirects=allow_redirects, **kwargs)
        response.elapsed = elapsed
        return final

    def _prepared(self, method: str, url: str, fields: dict[str, Any]) -> requests.PreparedRequest:
        quick = quick_request(self, method, url, fields) if self._prepares_as_requests else None
        return quick or self.prepare_request(requests.Request(method, url, **fields))

    def _settings(self, prepared: requests.PreparedRequest, given: dict[str, Any]) -> dict[str, Any]:
        """`merge_environment_settings`, of which nothing is left where there are no proxies."""
        if self.trust_env or self.proxies or given:
            own = {setting: given.pop(setting, None) for setting in _SETTINGS}
            own["proxies"] = own["proxies"] or {}
            return {**given, **self.merge_environment_settings(str(prepared.url), **own)}
        return {"proxies": {}, "stream": self.stream, "verify": self.verify, "cert": self.cert}

    def _describe(
        self, prepared: requests.PreparedRequest, name: str | None, context: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        if self._own_context is not None:
            context = {**self._own_context(), **(context or {})}
        path = prepared.path if type(prepared) is QuickRequest else prepared.path_url
        return {
            "request_type": prepared.method,
            "name": name or self.request_name or path,
            "context": context or {},
            "url": prepared.url,
        }

    def _exchange(
        self, prepared: requests.PreparedRequest, meta: dict[str, Any], settings: dict[str, Any]
    ) -> ResponseContextManager:
        """Send, and read the answer. From its last byte to its count there is no switch to other greenlets, so that a
        kill finds the request either under way or counted."""
        exchange = Exchange()
        token = current_exchange.set(exchange)
        meta["start_time"] = time.time()
        started = perf_counter()
        try:
            response = self.send(prepared, **settings)
        except (Exception, gevent.Timeout) as error:
            meta["response_time"] = (perf_counter() - started) * 1000
            if not isinstance(error, RequestException) or (isinstance(error, _ADDRESS_IS_WRONG) and not exchange.sent):
                # The loadfile's own: a response hook, a gevent.Timeout around the request, a mistyped address.
                if exchange.sent or isinstance(error, gevent.Timeout):
                    self.environment.requests.record(exception=error, **meta)
                raise
            response = _failed(prepared, error)
        except BaseException:
            if exchange.sent:
                self.environment.requests.interrupted(meta["request_type"], meta["name"])
            raise
        finally:
            current_exchange.reset(token)
            for _ in range(exchange.retried):
                self.environment.requests.retried(meta["request_type"], meta["name"])
            if exchange.steps > 1:
                self.environment.requests.stepwise(exchange.steps - 1)
        if "response_time" in meta:
            return self._wrap(response, meta, settings["stream"], None)
        return self._wrap(response, meta, settings["stream"], _clock(response, meta, started, settings["stream"]))

    def _refused(
        self, method: str, url: str, name: str | None, context: Mapping[str, Any] | None, error: RequestException
    ) -> ResponseContextManager:
        """A request that can't be written down: a failed one, that was never sent."""
        request = requests.PreparedRequest()
        request.method, request.url = method, url
        meta = self._describe(request, name, context)
        meta["start_time"], meta["response_time"] = time.time(), 0.0
        return self._wrap(_failed(request, error), meta, False, None)

    def _wrap(
        self, response: requests.Response, meta: dict[str, Any], stream: bool, lag: float | None
    ) -> ResponseContextManager:
        # Changing the class is cheaper than copying, and all that holds the response sees the same one.
        response.__class__ = ResponseContextManager
        assert isinstance(response, ResponseContextManager)
        meta["response_length"] = _announced_length(response) if stream else len(response.content or b"")
        response.request_meta = meta
        response.lag = lag
        response._session = self
        return response

    def _full_url(self, url: str) -> str:
        if _ABSOLUTE.match(url):
            return url
        if not url or url[0] in "?#":
            return self.base_url + url
        return f"{self.base_url.rstrip('/')}/{url.removeprefix('/')}"

    # requests' own, with the type of the response that they give here.

    def get(self, url: str | bytes, **kwargs: Any) -> ResponseContextManager:
        """GET. See `request`."""
        return self.request("GET", url, **kwargs)

    def options(self, url: str | bytes, **kwargs: Any) -> ResponseContextManager:
        """OPTIONS. See `request`."""
        return self.request("OPTIONS", url, **kwargs)

    def head(self, url: str | bytes, **kwargs: Any) -> ResponseContextManager:
        """HEAD, which follows redirects only if told to. See `request`."""
        return self.request("HEAD", url, **{"allow_redirects": False, **kwargs})

    def post(self, url: str | bytes, data: Any = None, json: Any = None, **kwargs: Any) -> ResponseContextManager:
        """POST. See `request`."""
        return self.request("POST", url, data=data, json=json, **kwargs)

    def put(self, url: str | bytes, data: Any = None, **kwargs: Any) -> ResponseContextManager:
        """PUT. See `request`."""
        return self.request("PUT", url, data=data, **kwargs)

    def patch(self, url: str | bytes, data: Any = None, **kwargs: Any) -> ResponseContextManager:
        """PATCH. See `request`."""
        return self.request("PATCH", url, data=data, **kwargs)

    def delete(self, url: str | bytes, **kwargs: Any) -> ResponseContextManager:
        """DELETE. See `request`."""
        return self.request("DELETE", url, **kwargs)


def _failed(request: requests.PreparedRequest, error: BaseException) -> requests.Response:
    response = requests.Response()
    response.status_code, response.request = 0, request
    response.__class__ = ResponseContextManager
    response.error = error  # type: ignore[attr-defined]  # it is a ResponseContextManager now
    return response


def _clock(response: requests.Response, meta: dict[str, Any], started: float, stream: bool) -> float | None:
    """Put the response time into `meta`; returns the lag, both in ms.

    The kernel knows when the last byte came; the clock read after it also holds the time that it lay waiting for this
    greenlet. The wall clock can step, so the kernel's word counts only if it lies within the other's.
    """
    body = response._body if isinstance(response, LazyResponse) and not stream else None
    if body is None or not body.arrival:
        meta["response_time"] = (perf_counter() - started) * 1000
        return None
    elapsed: float = body.received - started
    service: float = body.arrival - meta["start_time"]
    if not 0 < service <= elapsed:
        meta["response_time"] = elapsed * 1000
        return None
    meta["response_time"] = service * 1000
    return (elapsed - service) * 1000


def _split_credentials(base_url: str) -> tuple[str, HTTPBasicAuth | None]:
    parts = urlsplit(base_url)
    if not (parts.username and parts.password):
        return base_url, None
    plain = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return plain, HTTPBasicAuth(unquote(parts.username), unquote(parts.password))


def _announced_length(response: requests.Response) -> int:
    length = response.headers.get("content-length", "")
    return int(length) if length.isdigit() else 0


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
