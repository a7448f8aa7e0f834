"""FastHttpSession: a request from the call to its sample."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from time import perf_counter, time
from typing import Any, NamedTuple

import gevent

from loadhost._http.body import encode_params
from loadhost._http.catching import Caught, caught_response
from loadhost._http.cookies import Cookies
from loadhost._http.errors import BadRequest, FastHttpError
from loadhost._http.origin import Route
from loadhost._http.prepared import Prepared, Preparer
from loadhost._http.response import FailedResponse, Response, failure_of
from loadhost._http.transport import Transport, with_line
from loadhost._http.writing import write
from loadhost._naming import Renaming
from loadhost._users.user import User

_LINES_LIMIT = 1000
_NO_CONTEXT: dict[str, Any] = {}


class _Unsent(NamedTuple):
    """A request that could not be written down."""

    url: str
    method: str


class FastHttpSession(Renaming):
    """HTTP for one user: its own connections, cookies and headers. The interface of Locust's FastHttpSession.

    A url may be relative to `base_url`. A request that fails on the wire gives a response with status_code 0 and
    `error`; nothing is raised. A redirected request is one request, under the name of its first address.
    `network_timeout`: seconds without a byte from the server. `max_retries`: how often a request is sent anew when no
    connection could be made.
    """

    def __init__(
        self,
        environment: Any,
        base_url: str = "",
        user: Any = None,
        *,
        preparer: Preparer,
        route: Route,
        network_timeout: float = 60.0,
        max_redirects: int = 30,
        max_retries: int = 0,
    ) -> None:
        self.environment = environment
        self.base_url = preparer.base_url
        self.user = user
        self.network_timeout = network_timeout
        self._prepare = preparer
        self._kept = preparer.kept
        self._requests = environment.requests
        self._transport = Transport(route, preparer, environment.requests, max_retries, max_redirects)
        self._unjudged: Caught | None = None
        # User.context() is called for each request only if the class has one of its own.
        self._own_context = user.context if user is not None and type(user).context is not User.context else None

    @property
    def cookies(self) -> Cookies:
        """The user's cookies: a CookieJar that also reads like a dict."""
        return self._transport.cookies

    @property
    def cookiejar(self) -> Cookies:
        """`cookies`, under Locust's name."""
        return self.cookies

    def request(
        self,
        method: str,
        url: str,
        name: str | None = None,
        data: Any = None,
        catch_response: bool = False,
        stream: bool = False,
        headers: Mapping[str, str] | None = None,
        auth: Any = None,
        json: Any = None,
        allow_redirects: bool = True,
        context: Mapping[str, Any] | None = None,
        *,
        params: Any = None,
        files: Any = None,
        cookies: Mapping[str, str] | None = None,
        timeout: float | tuple[float, float] | None = None,
    ) -> Any:
        """Send a request and count it; returns its Response (a CaughtResponse with `catch_response`).

        `auth`: (user, password). `timeout`: seconds without a byte, in place of network_timeout; of a pair, as requests
        takes it, the second counts. A gevent.Timeout of the caller's own is a failure of the request and goes on.
        """
        if self._unjudged is not None:
            self.count_unjudged()
        name = name or self.request_name
        timeout_s = self.network_timeout if timeout is None else _read_timeout(timeout, self.network_timeout)
        started_at = time()
        started = perf_counter()
        transport = self._transport
        jar = transport.jar
        try:
            if params is not None:
                name, url = name or url, _with_params(url, params)
            prepared = self._kept.get((method, url, name)) or self._prepare(method, url, name)
            if headers is None and data is None and json is None and files is None and auth is None and cookies is None:
                wire = prepared.wire
                if jar is not None and jar.any:
                    wire = with_line(wire, prepared, jar.line(prepared.url))
            else:
                prepared, wire = write(
                    self._prepare, prepared, (url, name), headers or {}, (data, json, files), auth, cookies, jar
                )
        except BadRequest as error:
            return self._refused(str(method), str(name or url), str(url), error, started_at, context, catch_response)
        method = prepared.method
        requests = self._requests
        if requests.notify.loadhost_before_request:
            requests.before(method, prepared.name, prepared.url, self._context(context), self.user)
        try:
            response, arrival = transport.send(prepared, wire, started, timeout_s, stream)
            if response.status_code >= 300 and allow_redirects and response.is_redirect:
                response, arrival = transport.follow(response, prepared, wire, timeout_s, stream)
        except gevent.Timeout as error:
            self._count_timeout(prepared, started, started_at, self._context(context), error)
            raise
        except (OSError, ValueError) as error:
            failed = error if isinstance(error, FastHttpError) else _named(error)
            response, arrival = FailedResponse(prepared, failed), 0.0
        elapsed = perf_counter() - started
        # The kernel knows when the bytes came; the clock read here also holds the time they lay waiting for this
        # greenlet. The wall clock can step, so the kernel's word counts only if it lies within the other's.
        service = arrival - started_at
        lag: float | None = None
        if 0.0 < service <= elapsed:
            lag = (elapsed - service) * 1000.0
        else:
            service = elapsed
        response.elapsed_ms = service_ms = service * 1000.0
        sent_with = context or _NO_CONTEXT if self._own_context is None else self._context(context)
        if catch_response:
            return self._caught(response, (method, prepared.name, service_ms, lag, sent_with, started_at, prepared.url))
        requests.measured(
            method,
            prepared.name,
            service_ms,
            lag,
            len(response._body) if not stream else response.length,
            response,
            sent_with,
            None if 0 < response.status_code < 400 else failure_of(response, prepared.name),
            started_at,
            prepared.url,
        )
        return response

    # --- counting

    def count(self, response: Response, sample: tuple[Any, ...], failure: BaseException | None) -> None:
        """Give one request to the door."""
        method, name, service_ms, lag_ms, context, started_at, url = sample
        self._requests.measured(
            method, name, service_ms, lag_ms, response.length, response, context, failure, started_at, url
        )

    def _count_timeout(
        self, prepared: Prepared, started: float, started_at: float, context: Mapping[str, Any], error: BaseException
    ) -> None:
        response = FailedResponse(prepared)
        took_ms = (perf_counter() - started) * 1000.0
        self.count(response, (prepared.method, prepared.name, took_ms, None, context, started_at, prepared.url), error)

    def count_unjudged(self) -> None:
        """Count a response that was asked for with `catch_response` and then not put into a `with` block."""
        caught, self._unjudged = self._unjudged, None
        if caught is not None:
            caught._count()

    def _caught(self, response: Response, sample: tuple[Any, ...]) -> Caught:
        caught = caught_response(response, self, sample)
        # Another greenlet of the same user may have left one there meanwhile.
        earlier, self._unjudged = self._unjudged, caught
        if earlier is not None:
            earlier._count()
        return caught

    def _refused(
        self,
        method: str,
        name: str,
        url: str,
        error: BadRequest,
        started_at: float,
        context: Mapping[str, Any] | None,
        catch_response: bool,
    ) -> Any:
        """A request that could not even be written down: a failed sample, nobody dies."""
        response = FailedResponse(_Unsent(url, method), error)
        sample = (method.upper(), name, 0.0, None, self._context(context), started_at, url)
        if catch_response:
            return self._caught(response, sample)
        self.count(response, sample, error)
        return response

    def _context(self, context: Mapping[str, Any] | None) -> Mapping[str, Any]:
        if self._own_context is None:
            return context or _NO_CONTEXT
        return {**self._own_context(), **(context or {})}

    def close(self) -> None:
        """Close all connections, after the last response that nobody judged was counted; the next request opens new
        ones. A loadfile written for Locust says `client.client.clientpool.close()`."""
        try:
            self.count_unjudged()
        finally:
            self._transport.close()

    @property
    def client(self) -> FastHttpSession:
        """This session: what Locust has a client underneath for."""
        return self

    clientpool = client

    def iter_lines(self, url: str, method: str = "GET", **kwargs: Any) -> Iterator[str]:
        """The lines of a response as they come, as text. Raises what raise_for_status does."""
        with self.request(method, url, stream=True, **kwargs) as response:
            response.raise_for_status()
            yield from response.iter_lines(decode_unicode=True)

    # --- one method each

    def get(self, url: str, **kwargs: Any) -> Any:
        """GET. See `request`."""
        # Passing on no keywords costs as much as the whole of `request` costs in calls: it is the common case.
        return self.request("GET", url, **kwargs) if kwargs else self.request("GET", url)

    def head(self, url: str, **kwargs: Any) -> Any:
        """HEAD, which follows redirects only if told to. See `request`."""
        return self.request("HEAD", url, **{"allow_redirects": False, **kwargs})

    def options(self, url: str, **kwargs: Any) -> Any:
        """OPTIONS. See `request`."""
        return self.request("OPTIONS", url, **kwargs)

    def delete(self, url: str, **kwargs: Any) -> Any:
        """DELETE. See `request`."""
        return self.request("DELETE", url, **kwargs)

    def post(self, url: str, data: Any = None, json: Any = None, **kwargs: Any) -> Any:
        """POST. See `request`."""
        return self.request("POST", url, data=data, json=json, **kwargs)

    def put(self, url: str, data: Any = None, **kwargs: Any) -> Any:
        """PUT. See `request`."""
        return self.request("PUT", url, data=data, **kwargs)

    def patch(self, url: str, data: Any = None, **kwargs: Any) -> Any:
        """PATCH. See `request`."""
        return self.request("PATCH", url, data=data, **kwargs)


def _named(error: BaseException) -> FastHttpError:
    text = getattr(error, "strerror", None) or str(error)
    named = FastHttpError(f"{type(error).__name__}: {text}")
    named.__cause__ = error
    return named


def _read_timeout(timeout: Any, otherwise: float) -> float:
    seconds = timeout[1] if isinstance(timeout, tuple) else timeout
    return otherwise if seconds is None or seconds <= 0 else float(seconds)


def _with_params(url: str, params: Any) -> str:
    query = encode_params(params)
    address, hash_mark, fragment = url.partition("#")
    joined = f"{address}{_joint(address)}{query}" if query else address
    return joined + hash_mark + fragment


def _joint(address: str) -> str:
    if "?" not in address:
        return "?"
    return "" if address.endswith("?") else "&"
