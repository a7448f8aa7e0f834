"""Every exception a user or a plugin author raises, catches or reads."""

from __future__ import annotations


class LoadhostError(Exception):
    """The base of all errors of loadhost."""


class UsageError(LoadhostError):
    """What was asked for can't be done: one line that names the thing, the allowed values and the next step.

    Raised at start-up it ends the process with exit code 2 and no traceback.
    """


class PluginError(LoadhostError):
    """A plugin failed where its answer was needed, or could not be registered. Exit code 5.

    `plugin`, `distribution`, `version`, `hook`: who, where known. `__cause__` is what it raised.
    """

    def __init__(
        self,
        message: str,
        *,
        plugin: str | None = None,
        distribution: str | None = None,
        version: str | None = None,
        hook: str | None = None,
    ) -> None:
        super().__init__(message)
        self.plugin, self.distribution, self.version, self.hook = plugin, distribution, version, hook


class ControlException(Exception):
    """The base of the exceptions that direct a user or the run; raised in tasks and in hooks told to users.

    Not a LoadhostError: nothing has gone wrong.
    """


class StopUser(ControlException):
    """Ends the user that raises it; on_stop is called, nobody takes its place."""


class StopTest(ControlException):
    """Ends the whole run, wherever it is raised. The text is the reason that the report gives."""


class InterruptTaskSet(ControlException):
    """Leaves the current TaskSet. `reschedule`: pick the parent's next task at once, without its wait time."""

    def __init__(self, reschedule: bool = True) -> None:
        super().__init__(reschedule)
        self.reschedule = reschedule


class RescheduleTask(ControlException):
    """Ends the current task; the user waits and picks its next one."""


class RescheduleTaskImmediately(ControlException):
    """Ends the current task; the user picks its next one without waiting."""


class ResponseError(LoadhostError):
    """A response that counts as a failure because of its status."""


class CatchResponseError(LoadhostError):
    """A response that the loadfile called a failure: `response.failure("...")`."""


class MissingWaitTimeError(UsageError):
    """A user class without a wait_time where one is needed."""
