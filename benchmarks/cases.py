"""The speed cases: what the users do, who does it beside loadhost, and what is asked of the ratio."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """Loadhost shall do so many times the requests per second of this peer."""

    peer: str
    least: float
    aim: float


@dataclass(frozen=True)
class SpeedCase:
    """One row of the report; the users are in loadfiles/users.py."""

    name: str
    title: str
    user: str = "Get"
    path: str = "/"
    users: int = 50
    listeners: int = 0
    tls: bool = False
    peers: tuple[str, ...] = ("loadhost", "locust")
    goals: tuple[Goal, ...] = ()
    quick: bool = True
    """Whether --quick has it, too."""


def _locust(least: float, aim: float) -> tuple[Goal, ...]:
    return (Goal("locust", least, aim),)


SPEED_CASES = (
    SpeedCase(
        "get",
        "FastHttpUser, GET",
        peers=("loadhost", "locust", "wrk", "hey", "aiolocust"),
        goals=(Goal("locust", 8, 11), Goal("hey", 1.8, 2.4), Goal("wrk", 0.4, 0.5)),
    ),
    SpeedCase("plugins-1", "one plugin on loadhost_request", listeners=1, quick=False),
    SpeedCase("plugins-3", "three plugins on loadhost_request", listeners=3, goals=_locust(8, 11)),
    SpeedCase("plugins-10", "ten plugins on loadhost_request", listeners=10, quick=False),
    SpeedCase("body-1k", "a body of 1 KB", user="Body1K", path="/1k"),
    SpeedCase("header", "the same two header fields with each request", user="Header", goals=_locust(5, 8)),
    SpeedCase("header-new", "a header field that is new each time", user="NewHeader", goals=_locust(5, 8)),
    SpeedCase("post-json", "POST JSON", user="PostJson", goals=_locust(5, 8)),
    SpeedCase("cookies", "two cookies set by a login", user="Cookies", goals=_locust(5, 8)),
    SpeedCase("gzip", "gzip of 1 KB, unpacked", user="Gzip", path="/gzip", goals=_locust(5, 8)),
    SpeedCase("chunked", "1 KB, chunked", user="Chunked", path="/chunked", goals=_locust(5, 8)),
    SpeedCase("tls", "TLS", tls=True, goals=_locust(5, 7)),
    SpeedCase("users-500", "500 users", users=500, goals=_locust(8, 11)),
    SpeedCase("users-2000", "2,000 users", users=2000, goals=_locust(6, 10)),
    SpeedCase("users-5000", "5,000 users", users=5000, quick=False),
    SpeedCase("http-user", "HttpUser, GET", user="Http", goals=_locust(2, 2.4)),
)
