"""`--config-users` changes user classes for one run; what can't be meant is one line."""

from __future__ import annotations

import json
from functools import partial

import pytest
from loadhost import OptionSpec, TaskSet, UsageError, User, constant, task
from loadhost._cli.user_settings import apply_user_settings
from loadhost._options.convert import from_texts
from loadhost._options.list_types import USER_SETTINGS


@pytest.fixture
def found():
    class Browse(TaskSet):
        @task
        def look(self): ...

    class Shopper(User):
        colour = "red"
        tasks = {Browse: 2}

        @task
        def buy(self): ...

    class Thief(User):
        wait_time = constant(1)

        @task
        def steal(self): ...

    return {"Shopper": Shopper, "Thief": Thief}


def test_weight_fixed_count_host_and_own_attributes_are_set(found):
    values = {"weight": 2.5, "fixed_count": 4, "host": "http://shop.test", "colour": "blue"}
    apply_user_settings([{"user_class_name": "Shopper", **values}], found)
    assert {name: getattr(found["Shopper"], name) for name in values} == values
    assert found["Thief"].weight == 1


def test_tasks_are_chosen_by_name_and_keep_their_weights(found):
    shopper = found["Shopper"]
    apply_user_settings([{"user_class_name": "Shopper", "tasks": ["Browse"]}], found)
    assert [each.__name__ for each in shopper.tasks] == ["Browse", "Browse"]


def test_a_task_without_a_name_can_be_left_out(found):
    found["Thief"].tasks.append(partial(print, "x"))
    apply_user_settings([{"user_class_name": "Thief", "tasks": ["steal"]}], found)
    assert [each.__name__ for each in found["Thief"].tasks] == ["steal"]


def test_a_wait_time_is_a_number_of_seconds(found):
    apply_user_settings([{"user_class_name": "Thief", "wait_time": 0.25}], found)
    assert found["Thief"].wait_time() == 0.25


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"user_class_name": "Shoper"}, "no user class 'Shoper'; there are Shopper, Thief; did you mean Shopper?"),
        ({"wieght": 3}, "Shopper.wieght = 3: Shopper has no attribute 'wieght'; did you mean weight?"),
        ({"zzz": 3}, "has no attribute 'zzz'; such as weight, fixed_count, host, tasks"),
        ({"weight": "3"}, "Shopper.weight = '3': write a number"),
        ({"weight": True}, "Shopper.weight = True: write a number"),
        ({"host": "shop"}, "'shop' has no scheme; write http://shop"),
        ({"host": 3}, "write a text such as http://shop.test:8080"),
        ({"tasks": "look"}, """write a list of names, such as ["look", "buy"]"""),
        ({"tasks": ["bye"]}, "there is no task 'bye'; there are Browse, buy; did you mean buy?"),
        ({"tasks": []}, "without a task a user can do nothing; name some of Browse, buy"),
        ({"wait_time": -1}, "Shopper.wait_time = -1: write seconds"),
        ({"on_start": 1}, "has no attribute 'on_start'"),
    ],
)
def test_what_can_not_be_meant_is_refused(found, settings, says):
    with pytest.raises(UsageError) as refused:
        apply_user_settings([{"user_class_name": "Shopper", **settings}], found)
    assert str(refused.value).startswith("--config-users: ")
    assert says in str(refused.value)


ONE = '{"user_class_name": "Shopper", "fixed_count": 3}'
TWO = '{"user_class_name": "Thief", "weight": 7}'


@pytest.mark.parametrize(
    "way",
    [
        lambda folder: ("run", f"--config-users=[{ONE}, {TWO}]"),
        lambda folder: ("run", "--config-users", ONE, "--config-users", TWO),
        lambda folder: ("run", "--config-users", "users.json"),
        lambda folder: ("run", "--config", "users.toml"),
    ],
    ids=["a list", "repeated", "a file", "tables of the configuration file"],
)
def test_the_ways_to_give_them(command, loadfile, tmp_path, way):
    (tmp_path / "users.json").write_text(f"[{ONE}, {TWO}]")
    (tmp_path / "users.toml").write_text(
        '[[config-users]]\nuser_class_name = "Shopper"\nfixed_count = 3\n'
        '[[config-users]]\nuser_class_name = "Thief"\nweight = 7\n'
    )
    outcome = command(*way(tmp_path), "-u", "4", "--show-task-ratio-json")
    assert outcome.returncode == 0, outcome.stderr
    assert {name: row["ratio"] for name, row in json.loads(outcome.stdout)["total"].items()} == {
        "Shopper": 0.75,
        "Thief": 0.25,
    }


def test_the_variable_takes_json_with_spaces_and_commas(command, loadfile):
    outcome = command("run", "-u", "4", "--show-task-ratio-json", LOADHOST_CONFIG_USERS=f"[{ONE}, {TWO}]")
    assert json.loads(outcome.stdout)["total"]["Shopper"]["ratio"] == 0.75


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "--config-users: '{' is not valid JSON"),
        ("none.json", "--config-users: 'none.json' is neither JSON nor a file that exists"),
        ("broken.json", "--config-users: broken.json is not valid JSON"),
        ("[3]", "--config-users: 3 is no JSON object"),
        ('{"weight": 3}', '--config-users: {"weight": 3} names no user class; add "user_class_name"'),
        (".", "--config-users: '.' can't be read"),
    ],
)
def test_what_is_no_settings_is_one_line(tmp_path, monkeypatch, text, says):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.json").write_text("{")
    with pytest.raises(UsageError) as refused:
        from_texts(OptionSpec("--config-users", type=USER_SETTINGS, multiple=True), [text], "--config-users")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
