"""Whatever comes, goes, fails and heals: exactly the right plugins hear each event, exactly once, in order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from loadhost import PluginError, PluginManager, StopUser, hookimpl

HOOKS = ("loadhost_request", "loadhost_test_start", "loadhost_quitting")
LIMIT = 10
names = st.sampled_from("abcxyz")
hooks = st.sampled_from(HOOKS)
moods = st.sampled_from(["fails", "directs", "is well"])


@dataclass
class Model:
    """What a plugin should be: how it is registered, how it fares."""

    hooks: dict[str, str]
    mood: str
    streak: dict[str, int] = field(default_factory=dict)
    off: set[str] = field(default_factory=set)
    calls: int = 0
    failures: int = 0

    def forget(self) -> None:
        self.streak, self.off, self.calls, self.failures = {}, set(), 0, 0


class Telling(RuleBasedStateMachine):
    """A real PluginManager against a plain list of what should be."""

    def __init__(self) -> None:
        super().__init__()
        self.manager = PluginManager()
        self.heard: list[str] = []
        self.models: dict[str, Model] = {}  # in order of registration
        self.blocked: set[str] = set()

    @initialize(three=st.lists(moods, min_size=3, max_size=3))
    def begin_with_three(self, three: list[str]) -> None:
        for name, mood in zip("xyz", three, strict=True):
            self.register(name, dict.fromkeys(HOOKS, ""), mood)

    # --- who is there

    @rule(
        name=names,
        marks=st.dictionaries(hooks, st.sampled_from(["", "tryfirst", "trylast"]), min_size=1),
        mood=moods,
    )
    def register(self, name: str, marks: dict[str, str], mood: str) -> None:
        plugin = SimpleNamespace(
            **{
                hook: hookimpl(**{mark: True} if mark else {})(self.implementation(name, hook))
                for hook, mark in marks.items()
            }
        )
        if name in self.models or name in self.blocked:
            with pytest.raises(PluginError):
                self.manager.register(plugin, name)
        else:
            self.manager.register(plugin, name)
            self.models[name] = Model(marks, mood)

    @rule(name=names)
    def register_one_that_is_refused(self, name: str) -> None:
        plugin = SimpleNamespace(
            loadhost_request=hookimpl(self.implementation(name, "loadhost_request")),
            loadhost_test_start=hookimpl(lambda **kwargs: None),
        )
        with pytest.raises(PluginError):
            self.manager.register(plugin, name)

    @rule(name=names)
    def unregister(self, name: str) -> None:
        removed = self.manager.unregister(name=name)
        assert (removed is not None) == (name in self.models)
        self.models.pop(name, None)

    @rule(name=st.sampled_from("ab"))
    def block(self, name: str) -> None:
        self.manager.set_blocked(name, "test")
        self.models.pop(name, None)
        self.blocked.add(name)

    # --- how they fare

    @precondition(lambda self: self.models)
    @rule(data=st.data(), mood=moods)
    def change_mood(self, data: st.DataObject, mood: str) -> None:
        self.models[data.draw(st.sampled_from(sorted(self.models)))].mood = mood

    @rule()
    def next_run(self) -> None:
        self.manager.forget_health()
        for model in self.models.values():
            model.forget()

    @rule()
    def look_at_a_monitor(self) -> None:
        self.manager.add_monitor(lambda hook, arguments: None)()

    # --- events

    @rule(hook=hooks, times=st.sampled_from([1, 2, 9, 10, 11, 70]))
    def tell(self, hook: str, times: int) -> None:
        for _ in range(times):
            expected, directed = self.expect(hook)
            self.heard.clear()
            with pytest.raises(StopUser, match=f"^{directed}$") if directed else nothing():
                self.manager.tell(hook)
            assert self.heard == expected

    @precondition(lambda self: self.models)
    @rule(data=st.data(), hook=hooks, before=st.integers(1, 9), after=st.integers(1, 9))
    def fail_heal_and_fail_again(self, data: st.DataObject, hook: str, before: int, after: int) -> None:
        model = self.models[data.draw(st.sampled_from(sorted(self.models)))]
        for mood, times in (("fails", before), ("is well", 1), ("fails", after)):
            model.mood = mood
            self.tell(hook, times)

    @invariant()
    def health_is_as_it_should_be(self) -> None:
        assert [(row.name, row.calls, row.failures, set(row.switched_off)) for row in self.manager.plugin_health] == [
            (name, model.calls, model.failures, model.off) for name, model in self.models.items()
        ]

    @invariant()
    def a_hook_is_none_if_nobody_would_hear_it(self) -> None:
        for hook in HOOKS:
            would = [name for name, model in self.models.items() if hook in model.hooks and hook not in model.off]
            assert (getattr(self.manager.notify, hook) is not None) == bool(would)

    # --- the model

    def expect(self, hook: str) -> tuple[list[str], str | None]:
        """Who should hear the event now, in order, and whose StopUser should come out."""
        rank = {"tryfirst": 0, "": 1, "trylast": 2}
        order = sorted((name for name in self.models if hook in self.models[name].hooks), key=self.rank_of(hook, rank))
        if hook == "loadhost_quitting":
            order.reverse()
        order = [name for name in order if hook not in self.models[name].off]
        directed = None
        for name in order:
            model = self.models[name]
            model.calls += 1
            mood = model.mood
            in_user = hook == "loadhost_request"
            if mood == "directs" and in_user:
                directed = directed or name
            elif mood in ("fails", "directs"):
                model.failures += 1
                model.streak[hook] = model.streak.get(hook, 0) + 1
                if model.streak[hook] == LIMIT:
                    model.off.add(hook)
            else:
                model.streak[hook] = 0
        return order, directed

    def rank_of(self, hook: str, rank: dict[str, int]) -> Callable[[str], int]:
        return lambda name: rank[self.models[name].hooks[hook]]

    def implementation(self, name: str, hook: str) -> Callable[[], None]:
        def hear() -> None:
            self.heard.append(name)
            mood = self.models[name].mood
            if mood == "fails":
                raise ValueError(name)
            if mood == "directs":
                raise StopUser(name)

        return hear


@contextmanager
def nothing() -> Iterator[Any]:
    yield


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Thousands of failures are logged otherwise."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


TestTelling = pytest.mark.usefixtures("quiet")(Telling.TestCase)
TestTelling.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
