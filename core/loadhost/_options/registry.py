"""OptionRegistry: collects the options of the core and of all plugins, each with its owner; one flag, one owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loadhost_hookspecs import OptionSpec

from loadhost._options.argparse_style import spec_from_keywords
from loadhost.exception import UsageError

if TYPE_CHECKING:
    from loadhost._plugins.manager import PluginManager
    from loadhost._plugins.refs import PluginRef

RESERVED = ("-h", "--help", "--version", "--install-completion", "--show-completion")
"""Flags that every command has from the command line library."""


@dataclass(frozen=True)
class RegisteredOption:
    """One option and who brought it: `owner` None is the core. `name`: its attribute of `config.options`."""

    spec: OptionSpec
    owner: PluginRef | None
    panel: str
    name: str

    @property
    def owner_text(self) -> str:
        """How errors call the owner."""
        return str(self.owner) if self.owner else "loadhost itself"


class PluginOptions:
    """The `options` that `loadhost_add_options` is given: whatever is added belongs to one plugin."""

    def __init__(self, registry: OptionRegistry, owner: PluginRef, *, panel: str = "") -> None:
        self._registry = registry
        self._owner = owner
        self._panel = panel

    def add(self, spec: OptionSpec) -> None:
        """Add one option."""
        self._registry.add(spec, self._owner, panel=self._panel)

    def add_argument(self, *flags: str, **keywords: Any) -> None:
        """Add one option with the keywords of argparse and of Locust."""
        # What a loadfile (or a listener of it, which is a plugin of code) adds is the test's own, and shows on the page
        # unless it says no; that of a package has to ask.
        on_page = self._owner.origin in ("loadfile", "code")
        spec, name = spec_from_keywords(flags, keywords, str(self._owner), on_page=on_page)
        self._registry.add(spec, self._owner, panel=self._panel, name=name)

    def add_argument_group(self, title: str | None = None, description: str | None = None) -> PluginOptions:
        """A group as argparse has them: what is added to it has a heading of its own in the help."""
        heading = f"{panel_of(self._owner)}: {title}" if title else ""
        return PluginOptions(self._registry, self._owner, panel=heading)


class OptionRegistry:
    """All options of this process, in the order in which they were added."""

    def __init__(self) -> None:
        self._by_name: dict[str, RegisteredOption] = {}
        self._by_flag: dict[str, RegisteredOption] = {}
        self._asked: set[str] = set()
        self._closed = False

    @classmethod
    def with_core(cls) -> OptionRegistry:
        """A registry that holds the core's own options."""
        from loadhost._options.core import CORE_OPTIONS

        registry = cls()
        for panel, spec in CORE_OPTIONS:
            registry.add(spec, None, panel=panel)
        return registry

    def for_plugin(self, ref: PluginRef) -> PluginOptions:
        """What this plugin adds its options to."""
        return PluginOptions(self, ref)

    def collect(self, manager: PluginManager) -> None:
        """Ask every plugin that has not been asked yet for its options."""

        def arguments_for(plugin: PluginRef) -> dict[str, Any] | None:
            if plugin.name in self._asked:
                return None
            self._asked.add(plugin.name)
            return {"options": self.for_plugin(plugin)}

        manager.ask_each("loadhost_add_options", arguments_for)

    def add(self, spec: OptionSpec, owner: PluginRef | None, *, panel: str = "", name: str | None = None) -> None:
        """Add one option; a flag or a name that is taken is a UsageError that names both owners."""
        option = RegisteredOption(spec, owner, panel or panel_of(owner), name or spec.name)
        if self._closed:
            raise UsageError(
                f"{option.owner_text} adds {spec.long_flag} after the command line was parsed; move the call into "
                "its loadhost_add_options hook (or to the top of the loadfile, in events.init_command_line_parser)"
            )
        self._refuse_clash(option)
        self._by_name[option.name] = option
        self._by_flag.update(dict.fromkeys(spec.spellings, option))

    def _refuse_clash(self, option: RegisteredOption) -> None:
        for flag in option.spec.spellings:
            if flag in RESERVED:
                raise UsageError(
                    f"{flag} belongs to loadhost itself; {option.owner_text} must name its option otherwise"
                )
            if flag in self._by_flag:
                raise UsageError(_clash(flag, self._by_flag[flag], option))
        other = self._by_name.get(option.name)
        if other:
            what = f"config.options.{option.name} (by {other.spec.long_flag} and {option.spec.long_flag})"
            raise UsageError(_clash(what, other, option))

    def close(self) -> None:
        """From now on, adding an option is an error that says where to move the call."""
        self._closed = True

    def __iter__(self) -> Iterator[RegisteredOption]:
        return iter(self._by_name.values())

    def get(self, name: str) -> RegisteredOption | None:
        """The option with this attribute name."""
        return self._by_name.get(name)

    def with_flag(self, flag: str) -> RegisteredOption | None:
        """The option that has this spelling."""
        return self._by_flag.get(flag)

    def flags(self) -> list[str]:
        """Every spelling of every option."""
        return list(self._by_flag)

    def of_plugin(self, name: str) -> list[RegisteredOption]:
        """The options that the plugin of this name added."""
        return [option for option in self if option.owner and option.owner.name == name]

    def for_command(self, command: str, plugins: Iterable[str] = ()) -> list[RegisteredOption]:
        """The options that a command takes: those that name it, and all of the plugins named."""
        wanted = set(plugins)
        return [
            option
            for option in self
            if command in option.spec.commands or (option.owner is not None and option.owner.name in wanted)
        ]


def panel_of(owner: PluginRef | None) -> str:
    """The heading under which help shows the options of this owner."""
    if owner is None:
        return "Options"
    if owner.origin == "builtin":
        return f"Built-in plugin: {owner.name}"
    if owner.origin == "loadfile":
        return f"Loadfile: {owner.name}"
    if owner.origin == "code" and ":" in owner.name:
        return f"Listener: {owner.name}"
    packaged = f" ({owner.distribution} {owner.version})" if owner.distribution else ""
    return f"Plugin: {owner.name}{packaged}"


def _clash(what: str, first: RegisteredOption, second: RegisteredOption) -> str:
    if first.owner is not None and first.owner == second.owner:
        return f"{first.owner_text} adds {what} twice; remove one of the two calls"
    if first.owner is None or second.owner is None:
        core, plugin = (first, second) if first.owner is None else (second, first)
        advice = f"rename its option{_leave_out(plugin)}"
        return f"{what} belongs to {core.owner_text}; {plugin.owner_text} claims it too: {advice}"
    return f"two plugins claim {what}: {first.owner_text} and {second.owner_text}; rename one{_leave_out(second)}"


def _leave_out(option: RegisteredOption) -> str:
    if option.owner is None or option.owner.origin == "loadfile":
        return ""
    return f", or leave the plugin out with -p no:{option.owner.name}"


def collect_options(manager: PluginManager) -> OptionRegistry:
    """The options of the core and of all plugins registered so far."""
    registry = OptionRegistry.with_core()
    registry.collect(manager)
    return registry


def default_of(option: RegisteredOption) -> Any:
    """The value if nobody sets it; lists are copied, so that nobody changes the spec."""
    spec = option.spec
    if spec.multiple:
        return list(spec.default or ())
    return False if spec.type is bool and spec.default is None else spec.default
