"""Registering: what is accepted, what is refused with which reason, and that a refusal leaves nothing behind."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from loadhost import PluginError, PluginManager, UsageError, hookimpl
from loadhost_hookspecs import SPEC_MODULES, ask, tell

Register = Callable[..., Any]


class ShopHooks:
    """Hooks that a plugin brings."""

    @tell
    def shop_opened(self, name): ...

    @ask
    def shop_discount(self, name): ...


class Shop:
    """Brings hooks, and tells and asks them."""

    @hookimpl
    def loadhost_add_hookspecs(self, pluginmanager: PluginManager) -> None:
        pluginmanager.add_hookspecs(ShopHooks)


def hooked(function: Any, hook: str = "loadhost_request", **marks: Any) -> Any:
    return SimpleNamespace(**{hook: hookimpl(**marks)(function)})


# --- what is accepted


def test_a_fresh_manager_knows_the_hooks_of_loadhost(manager: PluginManager) -> None:
    assert {hook.module for hook in manager.hooks()} == set(SPEC_MODULES)


def test_a_class_is_made_without_arguments(manager: PluginManager, heard: list[Any]) -> None:
    class Plugin:
        @hookimpl
        def loadhost_test_start(self) -> None:
            heard.append(type(self).__name__)

    manager.register(Plugin, "plugin")
    assert isinstance(manager.get_plugin("plugin"), Plugin)
    manager.tell("loadhost_test_start")
    assert heard == ["Plugin"]


def test_a_module_is_a_plugin_named_like_itself(manager: PluginManager, heard: list[Any]) -> None:
    module = ModuleType("shop.plugin")
    module.loadhost_test_start = hookimpl(lambda: heard.append("module"))  # type: ignore[attr-defined]  # a test's own
    assert manager.register(module) == "shop.plugin"
    manager.tell("loadhost_test_start")
    assert heard == ["module"]


def test_a_plugin_without_a_name_is_named_by_its_class_and_the_next_one_is_numbered(manager: PluginManager) -> None:
    names = [manager.register(Shop()) for _ in range(3)]
    assert names == [f"{__name__}:Shop", f"{__name__}:Shop#2", f"{__name__}:Shop#3"]


def test_an_implementation_may_have_another_name_than_its_hook(manager: PluginManager, heard: list[Any]) -> None:
    manager.register(SimpleNamespace(begin=hookimpl(specname="loadhost_test_start")(lambda: heard.append("begin"))))
    manager.tell("loadhost_test_start")
    assert heard == ["begin"]


def test_a_property_is_not_read(manager: PluginManager) -> None:
    class Plugin:
        @property
        def writer(self) -> Any:
            raise AssertionError("too early")

        @hookimpl
        def loadhost_test_start(self) -> None: ...

    manager.register(Plugin(), "plugin")
    assert manager.has_plugin("plugin")


def test_a_plugin_knows_and_loses_its_name(manager: PluginManager, plugin: Register) -> None:
    made = plugin("one")
    manager.register(made, "one")
    assert (manager.get_name(made), manager.get_plugin("one"), manager.has_plugin("one")) == ("one", made, True)
    assert manager.unregister(made) is made
    assert (manager.get_name(made), manager.get_plugin("one"), manager.has_plugin("one")) == (None, None, False)


def test_unregistering_a_stranger_does_nothing(manager: PluginManager) -> None:
    manager.set_blocked("blocked")
    assert manager.unregister(object()) is None
    assert manager.unregister(name="nobody") is None
    assert manager.unregister() is None


def test_the_list_says_who_implements_what(manager: PluginManager, plugin: Register) -> None:
    manager.register(plugin("one"), "one", distribution="loadhost-one", version="1.2", origin="entry-point")
    (info,) = manager.plugins()
    assert (info.name, info.distribution, info.version) == ("one", "loadhost-one", "1.2")
    assert (info.origin, info.state, info.reason) == ("entry-point", "loaded", None)
    assert info.hooks == ("loadhost_test_start",)


# --- what is refused


def a_wrapper():
    yield


async def a_coroutine() -> None: ...


def a_generator():
    yield 1


REFUSED = {
    "wrapper": (hooked(a_wrapper, wrapper=True), "is a wrapper"),
    "old wrapper": (hooked(a_wrapper, hookwrapper=True), "is a wrapper"),
    "coroutine": (hooked(a_coroutine), "is a coroutine or generator"),
    "generator": (hooked(a_generator), "is a coroutine or generator"),
    "*args": (hooked(lambda *args: None), r"has \*args; name just the arguments it needs"),
    "**kwargs": (hooked(lambda **kwargs: None), r"has \*\*kwargs; name just the arguments it needs"),
    "unknown argument": (
        hooked(lambda respons_time: None),
        "unknown argument 'respons_time', did you mean 'response_time'\\?; allowed: environment, request_type",
    ),
    "default": (hooked(lambda name="/": None), "write 'name' as a plain argument, without default"),
    "keyword only": (hooked(lambda *, name: None), "write 'name' as a plain argument"),
    "unknown hook": (
        hooked(lambda: None, "loadhost_requests"),
        "there is no hook 'loadhost_requests', did you mean 'loadhost_request'\\?",
    ),
}


@pytest.mark.parametrize(("broken", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_could_not_work_is_refused_with_the_reason(manager: PluginManager, broken: Any, reason: str) -> None:
    with pytest.raises(PluginError, match=reason) as caught:
        manager.register(broken, "broken", distribution="loadhost-broken", version="1.0")
    assert str(caught.value).startswith("plugin 'broken' (loadhost-broken 1.0)")
    assert "\n" not in str(caught.value)
    assert (caught.value.plugin, caught.value.version) == ("broken", "1.0")


@pytest.mark.parametrize("broken", [broken for broken, _ in REFUSED.values()], ids=REFUSED)
def test_a_refused_plugin_leaves_nothing_behind(manager: PluginManager, broken: Any, heard: list[Any]) -> None:
    """Not even the implementations that were fine; and its name is free."""
    broken = SimpleNamespace(**vars(broken), loadhost_test_start=hookimpl(lambda: heard.append("broken")))
    with pytest.raises(PluginError):
        manager.register(broken, "broken")
    assert manager.plugins() == []
    assert manager.notify.loadhost_test_start is None
    manager.register(hooked(lambda: None, "loadhost_test_stop"), "broken")


def test_a_name_can_be_taken_once(manager: PluginManager, plugin: Register) -> None:
    manager.register(plugin("a"), "same", distribution="loadhost-one", version="1.0")
    with pytest.raises(PluginError, match=re.escape("a name that plugin 'same' (loadhost-one 1.0) has")):
        manager.register(plugin("b"), "same")
    assert len(manager.plugins()) == 1


def test_a_plugin_can_be_registered_once(manager: PluginManager, plugin: Register) -> None:
    made = plugin("a")
    manager.register(made, "one")
    with pytest.raises(PluginError, match=r"^plugin 'two' is registered already, as 'one'$"):
        manager.register(made, "two")


def test_a_blocked_name_is_refused(manager: PluginManager, plugin: Register) -> None:
    manager.set_blocked("a", "-p no:a")
    with pytest.raises(PluginError, match="plugin 'a' is blocked: -p no:a"):
        manager.register(plugin("a"), "a")


def test_blocking_a_name_unregisters_its_plugin(manager: PluginManager, register: Register, heard: list[str]) -> None:
    register("a")
    manager.set_blocked("a", "-p no:a")
    manager.tell("loadhost_test_start")
    assert heard == []
    (info,) = manager.plugins()
    assert (info.name, info.state, info.reason) == ("a", "blocked", "-p no:a")


def test_a_class_that_needs_arguments_is_refused_with_the_next_step(manager: PluginManager) -> None:
    class Needy:
        def __init__(self, limit: int) -> None: ...

    with pytest.raises(PluginError, match=r"Needy can't be made: TypeError: .*'limit'; .*register an instance"):
        manager.register(Needy)


def test_a_usage_error_of_a_class_being_made_passes_as_it_is(manager: PluginManager) -> None:
    class Choosy:
        def __init__(self) -> None:
            raise UsageError("not today")

    with pytest.raises(UsageError, match=r"^not today$"):
        manager.register(Choosy)


# --- who comes late


class Late:
    def __init__(self, heard: list[Any], failing: str | None = None) -> None:
        self.heard, self.failing = heard, failing

    def _hear(self, what: str) -> None:
        self.heard.append(what)
        if what == self.failing:
            raise ValueError("no")

    @hookimpl
    def loadhost_configure(self, config: Any) -> None:
        self._hear(f"configure {config}")

    @hookimpl
    def loadhost_init(self, environment: Any, runner: Any, web_ui: Any) -> None:
        self._hear(f"init {environment} {runner} {web_ui}")


@pytest.fixture
def begun(manager: PluginManager) -> PluginManager:
    """A manager after the start-up."""
    manager.configure("settings")  # type: ignore[arg-type]  # nobody looks into it
    manager.initialise("environment", "runner", None)
    return manager


def test_a_late_plugin_is_configured_and_initialised_at_once(begun: PluginManager, heard: list[Any]) -> None:
    begun.register(Late(heard))
    assert heard == ["configure settings", "init environment runner None"]


def test_a_plugin_in_time_is_not_asked_early(manager: PluginManager, heard: list[Any]) -> None:
    manager.register(Late(heard))
    assert heard == []


def test_between_configure_and_init_a_late_plugin_is_configured_only(manager: PluginManager, heard: list[Any]) -> None:
    manager.configure("settings")  # type: ignore[arg-type]  # nobody looks into it
    manager.register(Late(heard))
    assert heard == ["configure settings"]


@pytest.mark.parametrize("failing", ["configure settings", "init environment runner None"])
def test_a_late_plugin_that_refuses_is_gone_again(begun: PluginManager, heard: list[Any], failing: str) -> None:
    with pytest.raises(PluginError, match=r"plugin 'late' failed in loadhost_(configure|init): ValueError: no"):
        begun.register(Late(heard, failing), "late")
    assert begun.plugins() == []


def test_a_plugin_registered_by_another_ones_configure_misses_nothing(manager: PluginManager, heard: list[Any]) -> None:
    """And hears nothing twice."""

    class Bringer:
        @hookimpl
        def loadhost_configure(self, config: Any) -> None:
            manager.register(Late(heard))

    manager.register(Bringer())
    manager.configure("settings")  # type: ignore[arg-type]  # nobody looks into it
    manager.initialise("environment", "runner", None)
    assert heard == ["configure settings", "init environment runner None"]


def test_a_new_environment_configures_everybody_anew(begun: PluginManager, heard: list[Any]) -> None:
    begun.serve("another")
    begun.register(Late(heard))
    assert heard == []


# --- hooks of plugins


def test_a_hook_that_a_plugin_brings_is_heard_by_others(manager: PluginManager, heard: list[Any]) -> None:
    manager.register(Shop())
    manager.register(hooked(lambda name: heard.append(name), "shop_opened"))
    manager.tell("shop_opened", name="corner")
    assert heard == ["corner"]


def test_a_hook_that_a_plugin_brings_can_be_asked(manager: PluginManager) -> None:
    manager.register(Shop())
    manager.register(hooked(lambda name: len(name), "shop_discount"), "lengths")
    assert [(answer.plugin.name, answer.value) for answer in manager.ask("shop_discount", name="abc")] == [
        ("lengths", 3)
    ]


def test_a_plugin_may_implement_the_hooks_it_brings(manager: PluginManager, heard: list[Any]) -> None:
    class Own(Shop):
        @hookimpl
        def shop_opened(self, name: str) -> None:
            heard.append(name)

    manager.register(Own())
    manager.tell("shop_opened", name="corner")
    assert heard == ["corner"]


def test_a_plugin_that_brings_hooks_may_not_misspell_another(manager: PluginManager) -> None:
    class Misspelt(Shop):
        @hookimpl
        def shop_open(self) -> None: ...

    with pytest.raises(PluginError, match="no hook 'shop_open', did you mean 'shop_opened'"):
        manager.register(Misspelt())
    assert manager.plugins() == []


def test_a_plugin_that_brings_hooks_may_come_back(manager: PluginManager) -> None:
    shop = Shop()
    manager.register(shop)
    manager.unregister(shop)
    manager.register(shop)
    assert manager.has_plugin(f"{__name__}:Shop")


def test_an_implementation_may_wait_for_its_hook(manager: PluginManager, heard: list[Any]) -> None:
    manager.register(hooked(lambda name: heard.append(name), "shop_opened"), "early", pending_allowed=True)
    manager.register(Shop())
    manager.tell("shop_opened", name="corner")
    assert heard == ["corner"]


def test_a_hook_that_never_came_is_pending(manager: PluginManager) -> None:
    manager.register(hooked(lambda: None, "loadhost_requests"), "typo", pending_allowed=True)
    ((ref, hook, line),) = manager.check_pending()
    assert (ref.name, hook) == ("typo", "loadhost_requests")
    assert line.startswith("plugin 'typo': there is no hook 'loadhost_requests', did you mean 'loadhost_request'?")


def test_a_hook_that_came_or_is_optional_is_not_pending(manager: PluginManager) -> None:
    manager.register(hooked(lambda name: None, "shop_opened"), pending_allowed=True)
    manager.register(hooked(lambda: None, "other_plugins_hook", optionalhook=True))
    manager.register(Shop())
    assert manager.check_pending() == []


@pytest.mark.parametrize(
    ("function", "reason"),
    [(lambda nam: None, "unknown argument 'nam', did you mean 'name'"), (lambda **kwargs: None, r"has \*\*kwargs")],
    ids=["unknown argument", "**kwargs"],
)
def test_who_waits_for_a_hook_is_held_to_its_arguments_when_it_comes(
    manager: PluginManager, function: Any, reason: str
) -> None:
    manager.register(hooked(function, "shop_opened"), "early", pending_allowed=True)
    with pytest.raises(PluginError, match=f"plugin 'early': shop_opened .*{reason}"):
        manager.add_hookspecs(ShopHooks)


def test_hooks_are_added_whole_or_not_at_all(manager: PluginManager) -> None:
    manager.register(hooked(lambda nam: None, "shop_opened"), "early", pending_allowed=True)
    with pytest.raises(PluginError):
        manager.add_hookspecs(ShopHooks)
    assert not [hook for hook in manager.hooks() if hook.name.startswith("shop_")]
    manager.unregister(name="early")
    manager.add_hookspecs(ShopHooks)


def test_a_hook_can_be_declared_once(manager: PluginManager) -> None:
    class Other:
        @tell
        def shop_opened(self): ...

    manager.add_hookspecs(ShopHooks)
    with pytest.raises(PluginError, match=f"hook 'shop_opened' is already declared, in {re.escape(__name__)}"):
        manager.add_hookspecs(Other)


def test_a_spec_needs_a_kind(manager: PluginManager) -> None:
    import pluggy

    class Kindless:
        @pluggy.HookspecMarker("loadhost")
        def shop_closed(self): ...

    with pytest.raises(PluginError, match="hook 'shop_closed' has no kind: declare it with @ask or @tell"):
        manager.add_hookspecs(Kindless)


def test_a_namespace_without_hooks_is_refused(manager: PluginManager) -> None:
    class Empty: ...

    with pytest.raises(PluginError, match="declares no hooks"):
        manager.add_hookspecs(Empty)


def test_hooks_may_be_inherited(manager: PluginManager, heard: list[Any]) -> None:
    class More(ShopHooks):
        @tell
        def shop_closed(self): ...

    manager.add_hookspecs(More)
    manager.register(hooked(lambda name: heard.append(name), "shop_opened"))
    manager.tell("shop_opened", name="corner")
    assert heard == ["corner"]


# --- monitors


def test_a_monitor_sees_both_kinds(manager: PluginManager, register: Register, heard: list[Any]) -> None:
    register("one")
    seen: list[Any] = []
    manager.add_monitor(
        lambda hook, arguments: seen.append(("before", hook)),
        lambda hook, arguments, answers: seen.append(("after", hook)),
    )
    manager.tell("loadhost_test_start")
    manager.ask("loadhost_status")
    assert seen == [
        ("before", "loadhost_test_start"),
        ("after", "loadhost_test_start"),
        ("before", "loadhost_status"),
        ("after", "loadhost_status"),
    ]
    assert heard == ["one"]


def test_a_monitor_sees_events_that_nobody_implements_with_arguments_by_name(manager: PluginManager) -> None:
    seen: list[Any] = []
    manager.add_monitor(lambda hook, arguments: seen.append(arguments))
    manager.notify.loadhost_state_changed("here", "ready", new="spawning")
    assert seen == [{"environment": "here", "old": "ready", "new": "spawning"}]


def test_a_monitor_that_has_ended_sees_nothing_and_costs_nothing(manager: PluginManager) -> None:
    seen: list[Any] = []
    end = manager.add_monitor(lambda hook, arguments: seen.append(hook))
    end()
    manager.tell("loadhost_test_start")
    assert seen == []
    assert manager.notify.loadhost_test_start is None


def test_a_monitor_sees_what_comes_after_a_plugin_came(manager: PluginManager, register: Register) -> None:
    seen: list[Any] = []
    manager.add_monitor(lambda hook, arguments: seen.append(hook))
    register("late")
    manager.tell("loadhost_test_start")
    assert seen == ["loadhost_test_start"]


def test_a_hook_without_the_marker_is_refused_with_the_remedy():
    """It would never be called, and its author would look for hours."""

    class Forgetful:
        def loadhost_test_start(self, environment):
            pass

    with pytest.raises(PluginError, match=r"loadhost_test_start has no @hookimpl.*put @hookimpl above it"):
        PluginManager().register(Forgetful)
