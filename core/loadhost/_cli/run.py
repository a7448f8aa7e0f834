"""`loadhost run`: a load test from its settings to its exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from loadhost._cli import logs
from loadhost._cli.errors import PLUGIN
from loadhost._cli.limits import check_open_files, raise_open_files_limit
from loadhost._cli.load import choose_kind, choose_shape, most_users, start_load
from loadhost._cli.user_classes import choose_user_classes, find_user_classes
from loadhost._cli.user_settings import apply_user_settings

if TYPE_CHECKING:
    from loadhost._cli.session import Session
    from loadhost._config import Config
    from loadhost.runners import LocalRunner

_POLL_S = 0.05


def run_load_test(session: Session, config: Config) -> int:
    """Run the load test of the session's loadfiles. Returns the exit code."""
    from loadhost._cli.signals import SignalHandlers
    from loadhost.env import Environment

    options = config.options
    logs.set_up(options.loglevel, options.logfile)
    shape = choose_shape(session.modules, config)
    user_classes = user_classes_of(session, config)
    # What can't be is refused before plugins begin.
    check_open_files(most_users(choose_kind(config, shape), config), user_classes, raise_open_files_limit())
    environment = Environment(
        user_classes=user_classes,
        shape_class=shape,
        host=options.host,
        plugin_manager=session.manager,
        config=config,
        tags=options.tags or None,
        exclude_tags=options.exclude_tags or None,
        iterations=options.iterations,
        reset_stats=options.reset_stats,
        available_user_classes=find_user_classes(session.modules),
    )
    runner = environment.create_local_runner()
    environment.stop_timeout = options.stop_timeout  # plugins may have given it another default just now
    with SignalHandlers(runner):
        _start(runner, config)
        _wait_for_the_end(runner, options.run_time)
    # A run that has no result has not passed, whatever kept it from its end.
    return runner.exit_code if runner.result is not None else PLUGIN


def user_classes_of(session: Session, config: Config) -> list[type[Any]]:
    """The user classes to run, with what --config-users changes of them."""
    options = config.options
    user_classes = choose_user_classes(session.modules, options.user_classes, hint=lambda word: _hint(session, word))
    apply_user_settings(options.config_users, find_user_classes(session.modules))
    return user_classes


def _hint(session: Session, word: str) -> str:
    """What to say of a word that may have been meant as one more value of the option before it: argparse takes them."""
    arguments = session.arguments
    before = arguments[: arguments.index(word)] if word in arguments else []
    flag = next((each for each in reversed(before) if each.startswith("-")), "").partition("=")[0]
    option = session.registry.with_flag(flag)
    if option is None or not option.spec.multiple:
        return ""
    if option.name in ("tags", "exclude_tags"):
        return "; for several tags write --tags one,two"
    return f"; for several values write {flag} before each of them"


def _start(runner: LocalRunner, config: Config) -> None:
    try:
        start_load(runner, config)
    except BaseException:
        runner.quit("the run could not start")  # plugins have begun: they may close what they opened
        raise


def _wait_for_the_end(runner: LocalRunner, run_time: float | None) -> None:
    """Until something quits the runner: the run time, a signal, a plugin; a run that was stopped ends the process."""
    import gevent

    from loadhost.runners import STATE_STOPPED

    # A timer counts from the hub's last look at the clock, which is as old as the imports took: 0.2 s were missing.
    gevent.get_hub().loop.update_now()
    timer = gevent.spawn_later(run_time, _run_time_is_over, runner, run_time) if run_time else None
    while not runner.greenlet.ready():
        if runner.state == STATE_STOPPED:
            runner.quit()
        runner.greenlet.join(_POLL_S)
    if timer is not None:
        timer.kill()


def _run_time_is_over(runner: LocalRunner, seconds: float) -> None:
    runner.quit(f"run time of {seconds:g}s is over")
