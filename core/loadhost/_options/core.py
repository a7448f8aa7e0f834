"""The core's own options, with the panel of the help that each belongs to."""

from __future__ import annotations

from pathlib import Path

from loadhost_hookspecs import OptionSpec

from loadhost._options import checks, list_types

EVERY_COMMAND = ("run", "web", "demo", "plugins", "hooks")

_RUNS = ("run", "web")

_USER_OPTIONS: tuple[tuple[str, OptionSpec], ...] = (
    (
        "Users and tasks",
        OptionSpec(
            "--user-classes",
            type=list_types.USER_CLASSES,
            multiple=True,
            help="Run only these user classes: Shopper,Thief; the same as naming them without the option. May be "
            "repeated.",
            commands=_RUNS,
        ),
    ),
    (
        "Users and tasks",
        OptionSpec(
            ("-T", "--tags"),
            type=list_types.TAGS,
            multiple=True,
            help="Run only tasks that have one of these tags: checkout,search. May be repeated.",
            commands=_RUNS,
        ),
    ),
    (
        "Users and tasks",
        OptionSpec(
            ("-E", "--exclude-tags"),
            type=list_types.TAGS,
            multiple=True,
            help="Leave out tasks that have one of these tags. May be repeated.",
            commands=_RUNS,
        ),
    ),
    (
        "Users and tasks",
        OptionSpec(
            "--config-users",
            type=list_types.USER_SETTINGS,
            multiple=True,
            help="Change user classes for this run, by JSON or a file of it: "
            '\'{"user_class_name": "Shopper", "weight": 3, "tasks": ["look"]}\'. May be repeated.',
            commands=_RUNS,
        ),
    ),
    (
        "Users and tasks",
        OptionSpec(
            ("-l", "--list"), type=bool, default=False, help="List the user classes, and exit.", commands=("run",)
        ),
    ),
    (
        "Users and tasks",
        OptionSpec(
            "--show-task-ratio",
            type=bool,
            default=False,
            help="Show how often each class and task runs, and exit. Give -u if a class has a fixed_count.",
            commands=("run",),
        ),
    ),
    (
        "Users and tasks",
        OptionSpec(
            "--show-task-ratio-json",
            type=bool,
            default=False,
            help="The same as JSON, in the form that Locust gives it.",
            commands=("run",),
        ),
    ),
)

CORE_OPTIONS: tuple[tuple[str, OptionSpec], ...] = (
    (
        "Load",
        OptionSpec(
            ("-H", "--host"),
            type=checks.host,
            help="The system under test: http://shop.test:8080. The user classes' own host if left out.",
        ),
    ),
    (
        "Load",
        OptionSpec(("-u", "--users"), type=checks.user_count, default=1, help="Users at the peak.", web_editable=True),
    ),
    (
        "Load",
        OptionSpec(
            ("-r", "--spawn-rate"),
            type=checks.spawn_rate,
            default=1.0,
            help="Users started (or stopped) per second.",
            web_editable=True,
        ),
    ),
    (
        "Load",
        OptionSpec(
            "--rate",
            type=checks.rate,
            help="Begin so many iterations per second, whether or not the system keeps up: 500/s, 30/m. In place of "
            "--users and --spawn-rate.",
        ),
    ),
    (
        "Load",
        OptionSpec(
            "--max-users",
            type=checks.max_users,
            default=1000,
            help="With arrivals (--rate): make so many users at the most; what they can't take is dropped and counted.",
        ),
    ),
    (
        "Load",
        OptionSpec(
            "--stages",
            type=checks.stages,
            help="Change the load over time, in straight lines: '30s:100u, 2m:100u, 30s:0u' (users), "
            "'1m:500/s, 5m:500/s' (arrivals). The run ends with the last.",
        ),
    ),
    (
        "Load",
        OptionSpec(
            ("-t", "--run-time"),
            type=checks.run_time,
            help="End the run after this time: 90s, 1m30s, 2h. Without it, it runs until you stop it.",
            web_editable=True,
        ),
    ),
    (
        "Load",
        OptionSpec(
            ("-i", "--iterations"),
            type=checks.iterations,
            help="End the run after exactly so many task runs, over all users.",
            web_editable=True,
            commands=_RUNS,
        ),
    ),
    (
        "Load",
        OptionSpec(
            ("-s", "--stop-timeout"),
            type=checks.stop_timeout,
            default=0.0,
            help="How long users may take to finish what they are doing when the run ends.",
        ),
    ),
    (
        "Load",
        OptionSpec(
            ("-f", "--loadfile"),
            multiple=True,
            help="A loadfile (.py), several with commas, or a folder of them; the same as naming it without -f. May be "
            "repeated.",
            commands=("run", "web", "plugins", "hooks"),
        ),
    ),
    *_USER_OPTIONS,
    (
        "Load",
        OptionSpec(
            "--reset-stats",
            type=bool,
            default=False,
            help="Forget all numbers once the users are all there: those of the ramp don't count.",
            commands=_RUNS,
        ),
    ),
    (
        "Verdict",
        OptionSpec(
            "--exit-code-on-error",
            type=checks.exit_code,
            default=1,
            help="The exit code of a run in which requests failed or tasks raised.",
        ),
    ),
    (
        "Logging",
        OptionSpec(
            ("-L", "--loglevel"),
            default="INFO",
            choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
            help="The least important log line that is shown.",
        ),
    ),
    ("Logging", OptionSpec("--logfile", type=Path, help="Write log lines to this file instead of standard error.")),
    (
        "Plugins and settings",
        OptionSpec(
            ("-p", "--plugin"),
            multiple=True,
            env="LOADHOST_PLUGINS",
            help="Load a plugin for this run: its name, a module, or a .py file. 'no:NAME' leaves one out.",
            commands=EVERY_COMMAND,
        ),
    ),
    (
        "Plugins and settings",
        OptionSpec("--no-plugins", type=bool, default=False, help="Load no installed plugins.", commands=EVERY_COMMAND),
    ),
    (
        "Plugins and settings",
        OptionSpec(
            "--strict-plugins",
            type=bool,
            default=False,
            help="Refuse to start if an installed plugin is broken.",
            commands=EVERY_COMMAND,
        ),
    ),
    (
        "Plugins and settings",
        OptionSpec(
            "--config",
            type=Path,
            help="Read settings from this file; else loadhost.toml, else [tool.loadhost] of pyproject.toml.",
            commands=EVERY_COMMAND,
        ),
    ),
    (
        "Plugins and settings",
        OptionSpec(
            "--show-config",
            type=bool,
            default=False,
            help="Show every setting and where it comes from, and exit.",
            commands=("run",),
        ),
    ),
    (
        "Plugins and settings",
        OptionSpec(
            "--headless",
            type=bool,
            default=False,
            help="Make no web page. That is so unless a page is asked for: Locust's option, here for its users.",
            commands=_RUNS,
        ),
    ),
    (
        "Plugins and settings",
        OptionSpec("--debug", type=bool, default=False, help="Show tracebacks of errors.", commands=EVERY_COMMAND),
    ),
)
