"""MarkovTaskSet: tasks in an order that chance decides, each task saying which may follow it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from random import choices
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from loadhost._users.tag import own_tags
from loadhost._users.task import weight_of
from loadhost._users.taskset import TaskSet
from loadhost._users.wait_time import is_number
from loadhost.exception import UsageError

if TYPE_CHECKING:
    from loadhost._users.user import User

_T = TypeVar("_T", bound=Callable[..., Any])
_TRANSITIONS = "loadhost_transitions"

logger = logging.getLogger(__name__)


def transition(func_name: str, weight: float = 1) -> Callable[[_T], _T]:
    """In a MarkovTaskSet: after this task the one of that name may come. `weight`: how likely, beside the others."""
    return transitions({func_name: weight})


def transitions(weights: Mapping[str, float] | Iterable[tuple[str, float] | str]) -> Callable[[_T], _T]:
    """In a MarkovTaskSet: which tasks may follow this one: {"name": weight}, or a list of names and (name, weight)."""
    found = _pairs(weights)

    def mark(function: _T) -> _T:
        setattr(function, _TRANSITIONS, {**vars(function).get(_TRANSITIONS, {}), **found})
        return function

    return mark


def gather_chain(owner: type) -> list[Any]:
    """The tasks of a class that have transitions, each once."""
    return [getattr(owner, name) for name in _chain(owner)]


def _chain(owner: type) -> dict[str, dict[str, float]]:
    """{task: {task that may follow: weight}}, in the order of the class body, a base's tasks first."""
    found: dict[str, dict[str, float]] = {}
    for cls in reversed(owner.__mro__):
        for name, value in vars(cls).items():
            if follows := getattr(value, "__dict__", {}).get(_TRANSITIONS):
                found[name] = follows
            elif name in found and not callable(value):
                del found[name]  # a subclass has put something else in its place
    return found


class MarkovTaskSet(TaskSet):
    """A TaskSet whose tasks say which may come after them, with `@transition` and `@transitions`.

    The first task in the class begins. A subclass has its base's tasks; one that it defines anew keeps the base's
    transitions, unless it is given others. Raises UsageError when the class is made, for a chain that breaks off.
    """

    abstract: ClassVar[bool] = True
    """True for a class that is only there to be subclassed. A subclass is not abstract unless it says so itself."""
    _is_one_task: ClassVar[bool] = True
    _gather: ClassVar[Callable[[type], list[Any]]] = staticmethod(gather_chain)
    _next: ClassVar[dict[str, tuple[list[str], list[float]]]]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.abstract = bool(vars(cls).get("abstract"))
        chain = _chain(cls)
        if not cls.abstract:
            _check(cls, chain)
        cls._next = {name: (list(follows), list(follows.values())) for name, follows in chain.items()}

    def __init__(self, parent: User | TaskSet) -> None:
        super().__init__(parent)
        self._coming = next(iter(self._next), "")

    @property
    def current(self) -> Any:
        """The task that comes next."""
        return getattr(self, self._coming)

    def get_next_task(self) -> Any:
        """The task that the last one led to; draws the one after it."""
        if not self._coming:
            raise UsageError(f"{type(self).__name__} is abstract: make a subclass with tasks that have a @transition")
        task = self.current
        names, weights = self._next[self._coming]
        self._coming = choices(names, weights)[0]
        return task


def shares_of(owner: type[MarkovTaskSet]) -> dict[Any, float]:
    """{task: its part of all task runs} that a chain comes to in the long run."""
    parts = dict.fromkeys(owner._next, 0.0) | dict.fromkeys(list(owner._next)[:1], 1.0)
    for _ in range(10_000):
        after = {name: part / 2 for name, part in parts.items()}  # half stays, so that a chain in a circle settles, too
        for name, (targets, weights) in owner._next.items():
            for target, weight in zip(targets, weights, strict=True):
                after[target] += parts[name] / 2 * weight / sum(weights)
        parts, before = after, parts
        if all(abs(after[name] - before[name]) < 1e-9 for name in after):
            break
    return {getattr(owner, name): part for name, part in parts.items()}


def _pairs(weights: Any) -> dict[str, float]:
    entries = list(weights.items()) if isinstance(weights, Mapping) else weights
    if isinstance(entries, str) or not isinstance(entries, Iterable):
        raise UsageError(f"@transitions({weights!r}): give {{'task': weight}}, or a list of names and (name, weight)")
    found: dict[str, float] = {}
    for entry in entries:
        name, weight = entry if isinstance(entry, tuple) and len(entry) == 2 else (entry, 1)
        if not isinstance(name, str):
            raise UsageError(f"a transition leads to {name!r}: give the name of a task, as text")
        if not is_number(weight) or weight < 0:
            raise UsageError(f"the transition to {name} has the weight {weight!r}: give a number, 0 or more")
        found[name] = weight
    return found


def _check(owner: type[MarkovTaskSet], chain: Mapping[str, Mapping[str, float]]) -> None:
    name = owner.__name__
    if not chain:
        raise UsageError(f"{name} has no task with a transition: mark its methods with @transition('the_next_one')")
    for task, follows in chain.items():
        _check_task(owner, task)
        if not any(follows.values()):
            raise UsageError(f"{name}.{task}: all its transitions have the weight 0; give one of them more")
        for target in follows:
            if not callable(getattr(owner, target, None)):
                raise UsageError(f"{name}.{task} leads to {target}, which {name} does not have; it has {_list(chain)}")
            if target not in chain:
                raise UsageError(
                    f"{name}.{task} leads to {target}, which leads nowhere: give {target} a @transition of its own"
                )
    if lost := [task for task in chain if task not in _reachable(chain)]:
        logger.warning("%s: no transition leads to %s, so it never runs", name, _list(lost))
    if plain := [task for task, value in vars(owner).items() if weight_of(value) is not None and task not in chain]:
        logger.warning("%s: %s has @task but no @transition, so it never runs", name, _list(plain))


def _check_task(owner: type[MarkovTaskSet], task: str) -> None:
    where = f"{owner.__name__}.{task}"
    if task in owner._reserved:
        raise UsageError(f"{where} is marked with @transition, but {task!r} is loadhost's own: rename it")
    if task in ("on_start", "on_stop"):
        logger.warning("%s is marked with @transition: it will be called as a task, too. Take it away.", where)
    if tags := own_tags(getattr(owner, task)):
        raise UsageError(
            f"{where} has the tag {_list(sorted(tags))}: a chain can't lose a link; tag the class {owner.__name__}"
        )


def _reachable(chain: Mapping[str, Mapping[str, float]]) -> set[str]:
    reached: set[str] = set()
    coming = [next(iter(chain))]
    while coming:
        task = coming.pop()
        if task not in reached:
            reached.add(task)
            coming += [target for target, weight in chain[task].items() if weight]
    return reached


def _list(names: Iterable[str]) -> str:
    return ", ".join(names)
