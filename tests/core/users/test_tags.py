"""Tags: which tasks run with --tags and --exclude-tags, in users, in TaskSets, and in TaskSets within those."""

from __future__ import annotations

import logging

import pytest
from loadhost import (
    Environment,
    MarkovTaskSet,
    PluginManager,
    SequentialTaskSet,
    StopUser,
    TaskSet,
    UsageError,
    User,
    tag,
    task,
    transition,
)
from loadhost._users.tag import TagFilter, known_tags


class Shopper(User):
    """Two tags, one on two tasks, and a task without any."""

    @tag("read")
    @task
    def look(self):
        pass

    @task(3)
    @tag("read", "slow")
    def search(self):
        pass

    @task
    def think(self):
        pass


def names(user_class, include=(), exclude=()):
    """The names of the tasks that are left, as often as they weigh."""
    return [each.__name__ for each in TagFilter(include, exclude).tasks_of(user_class)]


@pytest.mark.parametrize(
    ("include", "exclude", "left"),
    [
        ([], [], ["look", "search", "search", "search", "think"]),
        (["read"], [], ["look", "search", "search", "search"]),
        (["slow"], [], ["search"] * 3),
        (["slow", "other"], [], ["search"] * 3),
        ([], ["slow"], ["look", "think"]),
        (["read"], ["slow"], ["look"]),
        (["other"], [], []),
    ],
)
def test_included_are_tasks_with_one_of_the_tags_excluded_those_with_one_of_the_others(include, exclude, left):
    assert names(Shopper, include, exclude) == left


def test_the_class_keeps_all_its_tasks():
    """So another environment, with other tags, can use it."""
    names(Shopper, ["slow"])
    assert len(Shopper.tasks) == 5


def test_several_decorators_add_up():
    class Adding(User):
        @tag("one")
        @tag("two")
        @task
        def both(self):
            pass

    assert names(Adding, ["one"]) == names(Adding, ["two"]) == ["both"]


class Forum(User):
    """TaskSets in two depths; one task is tagged by what it is in, one by itself."""

    @task
    class Thread(TaskSet):
        @tag("read")
        @task
        def read(self):
            pass

        @tag("write")
        @task
        class Post(TaskSet):
            @task
            def post(self):
                pass

            @tag("slow")
            @task
            def attach(self):
                pass

    @task
    def index(self):
        pass


def tree(holder, tags, above=frozenset()):
    """{name: the tasks inside} of what is left."""
    from loadhost._users.tag import is_holder, tags_of

    return {
        each.__name__: tree(each, tags, tags_of(each, holder, above)) if is_holder(each) else None
        for each in tags.tasks_of(holder, above)
    }


@pytest.mark.parametrize(
    ("include", "exclude", "left"),
    [
        (["read"], [], {"Thread": {"read": None}}),
        (["write"], [], {"Thread": {"Post": {"post": None, "attach": None}}}),
        (["slow"], [], {"Thread": {"Post": {"attach": None}}}),
        ([], ["write"], {"Thread": {"read": None}, "index": None}),
        ([], ["read", "write"], {"index": None}),
        (["write"], ["slow"], {"Thread": {"Post": {"post": None}}}),
    ],
)
def test_a_task_has_the_tags_of_what_it_is_in_and_an_empty_task_set_is_gone(include, exclude, left):
    assert tree(Forum, TagFilter(include, exclude)) == left


def test_a_tag_on_a_user_class_is_one_on_all_its_tasks():
    @tag("night")
    class Guard(User):
        @task
        def walk(self):
            pass

    assert names(Guard, ["night"]) == ["walk"]
    assert names(Guard, [], ["night"]) == []


def test_every_tag_in_use_is_known():
    assert known_tags(Forum) == {"read", "write", "slow"}


def test_a_tag_on_a_base_goes_with_its_tasks_and_not_with_those_of_the_subclass():
    @tag("base")
    class Base(TaskSet):
        @task
        def old(self):
            pass

    class Derived(Base):
        @task
        def new(self):
            pass

    assert names(Derived, ["base"]) == ["old"]
    assert names(Derived, [], ["base"]) == ["new"]
    assert names(Base, ["base"]) == ["old"]


def test_a_tag_on_a_subclass_does_not_reach_its_base():
    class Base(TaskSet):
        @task
        def old(self):
            pass

    @tag("derived")
    class Derived(Base):
        pass

    assert names(Derived, ["derived"]) == ["old"]
    assert names(Base, ["derived"]) == []


def test_one_task_set_in_two_places_is_chosen_by_where_it_is():
    class Inner(TaskSet):
        @task
        def work(self):
            pass

    @tag("night")
    class Night(TaskSet):
        tasks = [Inner]

    class Day(TaskSet):
        tasks = [Inner]

    class Worker(User):
        tasks = [Night, Day]

    assert tree(Worker, TagFilter(["night"], None)) == {"Night": {"Inner": {"work": None}}}


def test_a_sequential_task_set_keeps_the_order_of_what_is_left():
    class Steps(SequentialTaskSet):
        @tag("a")
        @task
        def first(self):
            pass

        @task
        def second(self):
            pass

        @tag("a")
        @task
        def third(self):
            pass

    assert names(Steps, ["a"]) == ["first", "third"]


def test_a_markov_task_set_is_one_task():
    class Chain(MarkovTaskSet):
        @transition("other")
        def one(self):
            pass

        @transition("one")
        def other(self):
            pass

    class Worker(User):
        tasks = [tag("chain")(Chain), Shopper.look]

    assert names(Worker, ["chain"]) == ["Chain"]
    assert names(Worker, [], ["chain"]) == ["look"]


class Threads(TaskSet):
    """Holds itself, and Posts, which holds it."""

    @tag("read")
    @task
    def read(self):
        pass


class Posts(TaskSet):
    """Has no task of its own: what is in it is in Threads."""

    tasks = [Threads]


class Moderator(User):
    tasks = [Posts]


Threads.tasks = [*Threads.tasks, Posts, Threads]


@pytest.mark.parametrize("include", [[], ["read"]])
def test_task_sets_that_hold_each_other_are_left_with_what_is_in_any_of_them(include):
    assert names(Moderator, include) == ["Posts"]
    assert names(Posts, include) == ["Threads"]
    assert names(Threads, include) == ["read", "Posts", "Threads"]


def test_task_sets_that_hold_each_other_go_together_when_nothing_is_left():
    assert names(Moderator, ["other"]) == names(Threads, ["other"]) == []
    assert names(Moderator, exclude=["read"]) == []
    assert known_tags(Moderator) == {"read"}


@pytest.mark.parametrize("wrong", [(), (len,), ("",)])
def test_a_tag_without_a_name_is_refused(wrong):
    with pytest.raises(UsageError, match=r"has no name: write @tag\('checkout'\)"):
        tag(*wrong)


# -- in users that live


class Logging(User):
    """Writes down what it does, eight times."""

    @task
    class Outer(TaskSet):
        @tag("quick")
        @task
        def quick(self):
            self.user.note("quick")

        @tag("slow")
        @task
        def slow(self):
            self.user.note("slow")

    @task
    def plain(self):
        self.note("plain")

    def __init__(self, environment):
        super().__init__(environment)
        self.log = []

    def note(self, text):
        self.log.append(text)
        if len(self.log) == 8:
            raise StopUser


def lived(manager, **tags):
    environment = Environment(user_classes=[Logging], plugin_manager=manager, **tags)
    user = Logging(environment)
    user.run()
    return set(user.log)


def test_a_user_runs_only_what_the_tags_leave(loadhost_manager: PluginManager):
    assert lived(loadhost_manager, tags=["slow"]) == {"slow"}
    assert lived(loadhost_manager, exclude_tags=["slow"]) <= {"quick", "plain"}


def test_the_options_count_where_the_environment_says_nothing(loadhost_manager: PluginManager):
    environment = Environment(plugin_manager=loadhost_manager)
    environment.parsed_options.tags, environment.parsed_options.exclude_tags = ["slow"], None
    assert environment.tag_filter.include == {"slow"}
    environment.tags = ["quick"]
    assert environment.tag_filter.include == {"quick"}


def test_tags_that_leave_nothing_are_refused_with_those_in_use(loadhost_manager: PluginManager):
    environment = Environment(user_classes=[Logging], plugin_manager=loadhost_manager, tags=["sloww"])
    with pytest.raises(UsageError, match="no task is left of Logging with --tags sloww; tags in use: quick, slow"):
        environment.create_local_runner()


def test_a_class_that_has_no_task_left_makes_no_users(loadhost_manager: PluginManager, caplog):
    caplog.set_level(logging.INFO)
    environment = Environment(user_classes=[Shopper, Logging], plugin_manager=loadhost_manager, tags=["quick"])
    runner = environment.create_local_runner()
    runner.start(4, 1000)
    assert runner.user_classes_count == {"Logging": 0}
    assert "--tags quick: no task is left of Shopper, so there will be no such user" in caplog.text
    runner.quit()
