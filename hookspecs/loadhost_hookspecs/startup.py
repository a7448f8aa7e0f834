"""Hooks of the start-up: before any user runs. All are asked; an exception refuses the start: exit 5, UsageError 2."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loadhost_hookspecs._markers import ask

if TYPE_CHECKING:
    from loadhost_hookspecs._options import Commands, Config, Options
    from loadhost_hookspecs._protocols import Environment, Runner, WebUI


@ask(historic=True)
def loadhost_add_hookspecs(pluginmanager: Any) -> None:
    """Add hooks of your own: `pluginmanager.add_hookspecs(module)`, its functions marked `@ask` or `@tell`.

    When: as the plugin is registered. By whom: the plugin manager. Node: all. The one historic hook.
    `pluginmanager`: the loadhost.PluginManager. Returns nothing. If it raises, the plugin is not registered.

    .. versionadded:: 0.1
    """


@ask
def loadhost_add_options(options: Options) -> None:
    """Add options: `options.add(OptionSpec("--my-limit", type=float, help="..."))`.

    When: once per process, before the command line is parsed; never from the web page. Node: all (a worker asks
    only to know the specs). `options`: adds in the name of this plugin. Returns nothing. If it raises, the start
    is refused.

    .. versionadded:: 0.1
    """


@ask
def loadhost_add_commands(commands: Commands) -> None:
    """Add commands: `commands.add("influx check", check, help="...", options_from=("influx",))`.

    When: before the command line is parsed. Node: local. `commands`: adds in the name of this plugin; a name that
    another plugin has is an error that names both. Returns nothing. If it raises, the start is refused.

    .. versionadded:: 0.1
    """


@ask
def loadhost_configure(config: Config) -> None:
    """Options are known and nothing runs yet: refuse bad settings here, by raising UsageError (one line, exit 2).

    When: once per process, after parsing. Node: all; see `config.node`. Greenlet: the main one. `config`: options
    and their sources. Returns nothing. If it raises, the start is refused.

    .. versionadded:: 0.1
    """


@ask(first_answer=True)
def loadhost_create_web_ui(environment: Environment, runner: Runner) -> WebUI | None:
    """Answer with the web page, if one was asked for; the first answer that is not None is kept as
    `environment.web_ui`.

    When: once per process, after the runner exists, before `loadhost_init`. Node: local, master. Greenlet: the main
    one. Returns an object with `app`, or None. If it raises, the start is refused.

    .. versionadded:: 0.1
    """


@ask
def loadhost_init(environment: Environment, runner: Runner, web_ui: WebUI | None) -> None:
    """Environment, runner and (if any) page exist: keep them, start greenlets, add routes to `web_ui.app`.

    Locust's event `init`. When: once per process, before any run. Node: all. Greenlet: the main one. `web_ui` is
    None on workers and without the page. Returns nothing. If it raises, the start is refused.

    .. versionadded:: 0.1
    """
