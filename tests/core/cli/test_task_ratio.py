"""`--show-task-ratio` and `--list`: what would run, and how often."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from loadhost import MarkovTaskSet, TaskSet, User, tag, task, transition, transitions
from loadhost._cli.task_ratio import as_json, as_tree, class_shares, ratios
from loadhost._users.tag import TagFilter

NO_TAGS = TagFilter(None, None)


class Browse(TaskSet):
    @task(3)
    def look(self): ...

    @task
    def leave(self): ...


class Shopper(User):
    weight = 3
    tasks = {Browse: 2}

    @task
    def buy(self): ...


class Thief(User):
    @task
    def steal(self): ...


class Guard(User):
    fixed_count = 2

    @task
    def watch(self): ...


def test_shares_go_by_weight():
    assert class_shares([Shopper, Thief], None) == {Shopper: 0.75, Thief: 0.25}


def test_with_a_number_of_users_shares_are_those_of_the_run():
    assert class_shares([Shopper, Thief, Guard], 10) == {Shopper: 0.6, Thief: 0.2, Guard: 0.2}


def test_without_one_the_fixed_count_takes_all_as_in_locust():
    assert class_shares([Shopper, Guard], None) == {Shopper: 0.0, Guard: 1.0}


def test_the_document_is_locusts():
    document = json.loads(as_json(class_shares([Shopper, Thief], None), NO_TAGS))
    look = pytest.approx(float(Fraction(3, 4)))
    assert document["per_class"]["Shopper"]["tasks"]["Browse"]["tasks"]["look"] == {"ratio": look}
    assert document["total"]["Shopper"]["tasks"]["Browse"]["tasks"]["look"]["ratio"] == pytest.approx(0.375)
    assert list(document) == ["per_class", "total"]
    assert document["per_class"]["Thief"] == {"ratio": 0.25, "tasks": {"steal": {"ratio": 1.0}}}


def test_the_tree_has_a_line_for_each_class_and_task():
    assert as_tree(class_shares([Shopper, Thief], None), NO_TAGS).splitlines() == [
        "of all   of its parent",
        " 75.00 %   75.00 %  Shopper",
        " 50.00 %   66.67 %      Browse",
        " 37.50 %   75.00 %          look",
        " 12.50 %   25.00 %          leave",
        " 25.00 %   33.33 %      buy",
        " 25.00 %   25.00 %  Thief",
        " 25.00 %  100.00 %      steal",
    ]


class Chain(MarkovTaskSet):
    @transition("round")
    def once(self): ...

    @transitions({"round": 1, "trip": 3})
    def round(self): ...

    @transition("round")
    def trip(self): ...


class Circle(MarkovTaskSet):
    @transition("back")
    def there(self): ...

    @transition("there")
    def back(self): ...


@pytest.mark.parametrize(
    ("chain", "shares"), [(Chain, {"once": 0, "round": 4 / 7, "trip": 3 / 7}), (Circle, {"there": 0.5, "back": 0.5})]
)
def test_tasks_of_a_chain_have_the_part_that_it_comes_to(chain, shares):
    class Walker(User):
        tasks = [chain]

    tree = ratios({Walker: 1.0}, NO_TAGS, total=True)["Walker"]["tasks"][chain.__name__]["tasks"]
    assert {name: row["ratio"] for name, row in tree.items()} == pytest.approx(shares, abs=1e-6)


def test_a_taskset_that_holds_itself_has_an_end():
    class Round(TaskSet):
        @task
        def look(self): ...

    Round.tasks.append(Round)

    class Walker(User):
        tasks = [Round]

    tree = ratios(class_shares([Walker], None), NO_TAGS, total=True)
    assert list(tree["Walker"]["tasks"]["Round"]["tasks"]) == ["look", "Round"]


TAGGED = """
from loadhost import User, tag, task

class Shopper(User):
    "Somebody who buys."
    fixed_count = 2
    @tag("quick")
    @task
    def look(self): ...
    @task
    def buy(self): ...

class Thief(User):
    @task
    def steal(self): ...
"""


@pytest.fixture
def tagged(tmp_path):
    (tmp_path / "loadfile.py").write_text(TAGGED)


@pytest.mark.usefixtures("tagged")
def test_tags_are_heeded(command):
    outcome = command("run", "--tags", "quick", "--show-task-ratio", "-u", "5")
    assert outcome.stdout.splitlines()[1:] == ["100.00 %  100.00 %  Shopper", "100.00 %  100.00 %      look"]


def test_tasks_of_a_tagged_taskset_have_its_tags():
    tagged = tag("browse")(type("Tagged", (Browse,), {}))
    walker = type("Walker", (User,), {"tasks": [tagged, *Thief.tasks]})
    tree = ratios(class_shares([walker], None), TagFilter(["browse"], None), total=True)
    assert tree["Walker"]["tasks"]["Tagged"]["tasks"] == {"look": {"ratio": 0.75}, "leave": {"ratio": 0.25}}


@pytest.mark.usefixtures("tagged")
def test_what_a_fixed_count_means_without_u_is_said(command):
    outcome = command("run", "--show-task-ratio")
    assert "give -u N for the ratio of N users" in outcome.stderr
    assert outcome.returncode == 0


@pytest.mark.usefixtures("tagged")
def test_list_names_every_class_with_its_share_and_its_file(command):
    assert [line.split() for line in command("run", "--list").stdout.splitlines()[1:]] == [
        ["Shopper", "fixed_count", "2", "loadfile.py", "Somebody", "who", "buys."],
        ["Thief", "weight", "1", "loadfile.py"],
    ]
