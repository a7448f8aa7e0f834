"""HttpUser: a user whose `client` speaks HTTP, by requests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from loadhost._users.session_user import SessionUser

if TYPE_CHECKING:
    from loadhost.clients import HttpSession


class HttpUser(SessionUser):
    """A user with an HTTP session: `self.client.get("/")` asks its `host` and is counted."""

    abstract: ClassVar[bool] = True
    needs_patch: ClassVar[bool] = True

    client: HttpSession
    """A requests.Session that counts its requests. A subclass may put a client of its own in its place."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        # requests imports ssl: not before this, so that a program may patch after `import loadhost`.
        from loadhost.clients import HttpSession

        self.client = self._session = HttpSession(self.host, environment, user=self)
