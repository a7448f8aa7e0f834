"""docs/coming-from-locust.md, compared with Locust's own list of names and with what loadhost has.

contrib/loadhost-locust/tests/locust_2_47.json holds what Locust 2.47 has: plain names, read off its installation.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from loadhost import (
    FastHttpUser,
    HttpUser,
    LoadTestShape,
    MarkovTaskSet,
    PluginManager,
    TaskSet,
    constant,
    task,
    transition,
)
from loadhost._options.registry import RESERVED, collect_options
from loadhost._plugins.loading import load_plugins
from loadhost_locust._env import Environment
from loadhost_locust._names import HOMES
from loadhost_locust._options import OPTIONS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "coming-from-locust.md"
FACTS: dict[str, Any] = json.loads((ROOT / "contrib" / "loadhost-locust" / "tests" / "locust_2_47.json").read_text())
SAME, BETTER, PLUGIN, ABSENT = "same", "better", "with loadhost-locust", "not here"


class Row(NamedTuple):
    """What the page says of one name."""

    status: str
    note: str


def read_tables(section: str) -> dict[str, dict[str, Row]]:
    """{heading of a table: {name: row}} of one section; a table right below the section's heading is ""."""
    text = PAGE.read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    tables: dict[str, dict[str, Row]] = {}
    table: dict[str, Row] = tables.setdefault("", {})
    for line in text.splitlines():
        if line.startswith("### "):
            table = tables.setdefault(line.removeprefix("### "), {})
        elif line.startswith("| `"):
            names, status, note = (cell.strip() for cell in line.strip("|").split(" | ", 2))
            for name in re.findall(r"`([^`]+)`", names):
                assert name not in table, f"{name} has two rows"
                table[name] = Row(status, note.rstrip("| "))
    return tables


NAMES, OPTION_ROWS = read_tables("Names"), read_tables("Options")[""]
EVENTS, ATTRIBUTES = read_tables("Events")[""], read_tables("Attributes")
ALL = [row for tables in (NAMES, ATTRIBUTES) for table in tables.values() for row in table.values()]


def cells(tables: dict[str, dict[str, Row]]) -> Iterator[Any]:
    for place, table in tables.items():
        for name, row in table.items():
            yield pytest.param(place, name, row, id=f"{place}.{name}")


def test_every_row_says_one_of_four_things_and_why_if_it_must() -> None:
    for row in [*ALL, *OPTION_ROWS.values(), *EVENTS.values()]:
        assert row.status in (SAME, BETTER, PLUGIN, ABSENT), row
        assert row.note or row.status in (SAME, PLUGIN), row


def test_no_name_of_locust_is_missing_and_none_is_invented() -> None:
    assert {place: sorted(table) for place, table in NAMES.items() if place} == FACTS["names"]


def test_no_attribute_is_missing() -> None:
    assert {place: sorted(table) for place, table in ATTRIBUTES.items() if place} == FACTS["attributes"]


def test_no_option_is_missing() -> None:
    assert sorted(OPTION_ROWS) == sorted(flag for flags in FACTS["options"] for flag in flags.split())


def test_no_event_is_missing() -> None:
    assert sorted(EVENTS) == FACTS["events"]


# -- what the page says is true

_IN_LOADHOST_ITSELF = ("locust.user", "locust.shape", "locust.debug", "locust.contrib.fasthttp")


def exists(path: str) -> bool:
    try:
        return pkgutil.resolve_name(path) is not None
    except (ImportError, AttributeError):
        return False


def ours(module: str, name: str) -> str:
    """Where the page says the name is, if it does not say otherwise."""
    inside = module == "locust" or module.startswith(_IN_LOADHOST_ITSELF)
    return f"loadhost.{name}" if inside else f"{module.replace('locust', 'loadhost', 1)}.{name}"


def other_name(row: Row) -> str | None:
    """ "is `loadhost.stats.Stats`, ..." gives the name in it."""
    found = re.match(r"is `([\w.-]+)`", row.note)
    return found[1] if found else None


@pytest.mark.parametrize(("module", "name", "row"), [*cells(NAMES)])
def test_a_name_is_where_the_page_says(module: str, name: str, row: Row) -> None:
    if row.status in (SAME, BETTER):
        assert exists(other_name(row) or ours(module, name))
        assert name == "__version__" or name in HOMES[module]  # unmodified locustfiles find it too
    elif row.status == PLUGIN:
        assert name in HOMES[module] or f"{module}.user.{name}" in HOMES
    elif name != "logger":
        assert not exists(ours(module, name)), "it is here by now: say so on the page"
        assert name not in HOMES.get(module, {})


@pytest.fixture(scope="module")
def flags() -> set[str]:
    manager = PluginManager()
    load_plugins(manager, entry_points=False)
    return {*collect_options(manager).flags(), *RESERVED}


@pytest.mark.parametrize("flag", OPTION_ROWS)
def test_an_option_is_taken_as_the_page_says(flag: str, flags: set[str]) -> None:
    row = OPTION_ROWS[flag]
    spoken_of = {spelling for option in OPTIONS for spelling in option.spellings}
    assert flag in spoken_of  # `loadhost locust` knows it, if only to refuse it
    if row.status in (SAME, BETTER):
        assert (other_name(row) or flag) in flags or f"without `{flag}`" in row.note
    else:
        assert flag not in flags, "it is here by now: say so on the page"


def test_variables_are_locusts() -> None:
    by_long = {option.long: option for option in OPTIONS}
    for words, variable in FACTS["options"].items():
        long = next(word for word in words.split() if word.startswith("--"))
        assert by_long[long].variable == variable


def test_parsed_options_have_locusts_names() -> None:
    assert {option.name for option in OPTIONS} | {"user_classes"} >= set(FACTS["parsed_options"])


@pytest.mark.parametrize("event", EVENTS)
def test_an_event_can_be_listened_to_as_the_page_says(event: str) -> None:
    from loadhost_locust import Locust, uninstall

    manager = PluginManager()
    assert hasattr(manager.events, event) is (EVENTS[event].status in (SAME, BETTER))
    manager.register(Locust, "locust")
    uninstall()
    manager.events.__getattr__(event).add_listener(lambda **arguments: None)


@pytest.fixture(scope="module")
def objects() -> Iterator[dict[str, Any]]:
    """One of each that locustfiles touch, alive."""
    from loadhost import Environment as OurEnvironment
    from loadhost.testing import Shop

    with Shop() as shop:
        environment = OurEnvironment(host=shop.url, plugin_manager=PluginManager())
        runner = environment.create_local_runner()
        user, fast, chain = _user_classes()
        alive, quick = user(environment), fast(environment)
        with alive.client.get("/status/500", catch_response=True) as response:
            response.failure("no")
        with quick.client.get("/", catch_response=True) as quick_response:
            quick_response.success()
        yield {
            "locust.env.Environment": environment,
            "locust.runners.Runner": runner,
            "locust.runners.LocalRunner": runner,
            "locust.stats.RequestStats": environment.stats,
            "locust.stats.StatsEntry": environment.stats.total,
            "locust.stats.StatsError": next(iter(environment.stats.errors.values())),
            "locust.User": alive,
            "locust.HttpUser": alive,
            "locust.user.users.RestMixin": alive,
            "locust.TaskSet": user.tasks[0](alive),
            "locust.MarkovTaskSet": chain(alive),
            "locust.LoadTestShape": type("Shape", (LoadTestShape,), {})(),
            "locust.event.EventHook": environment.events.request,
            "locust.clients.HttpSession": alive.client,
            "locust.clients.ResponseContextManager": response,
            "locust.FastHttpUser": quick,
            "locust.contrib.fasthttp.FastHttpSession": quick.client,
            "locust.contrib.fasthttp.FastResponse": quick_response,
            "locust.contrib.fasthttp.ResponseContextManager": quick_response,
        }
        runner.quit()


def _user_classes() -> tuple[Any, Any, Any]:
    class Chain(MarkovTaskSet):
        @transition("step")
        def step(self) -> None: ...

    class Nested(TaskSet):
        @task
        def step(self) -> None: ...

    class Slow(HttpUser):
        wait_time = constant(1)
        tasks = [Nested]

    class Quick(FastHttpUser):
        tasks = [Nested]

    return Slow, Quick, Chain


@pytest.mark.parametrize(("place", "name", "row"), [*cells(ATTRIBUTES)])
def test_an_attribute_is_there_if_the_page_says_so(place: str, name: str, row: Row, objects: dict[str, Any]) -> None:
    if place not in objects:  # nothing of it is here
        assert row.status == ABSENT
    elif row.status in (SAME, BETTER):
        assert hasattr(objects[place], name)
    else:
        assert not hasattr(objects[place], name), "it is here by now: say so on the page"
        assert row.status == ABSENT or hasattr(Environment(), name)


def test_what_the_page_calls_by_module_can_be_imported() -> None:
    for module in HOMES:
        if module.count(".") == 1 and exists(module.replace("locust", "loadhost")):
            importlib.import_module(module.replace("locust", "loadhost"))
