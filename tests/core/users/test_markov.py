"""MarkovTaskSet: each task says which may come after it; a chain that breaks off is refused when it is written."""

from __future__ import annotations

import logging
from collections import Counter
from itertools import pairwise

import pytest
from loadhost import MarkovTaskSet, StopUser, UsageError, User, tag, task, transition, transitions


def walking(chain, steps):
    """A user of that chain that ends after so many steps; `log` has the names."""

    class Walker(User):
        tasks = [chain]

        def __init__(self, environment):
            super().__init__(environment)
            self.log = []

        def note(self, name):
            self.log.append(name)
            if len(self.log) == steps:
                raise StopUser

    return Walker


class Shop(MarkovTaskSet):
    """Three tasks; from the list one goes on to a product three times as often as back."""

    @transition("list")
    def home(self):
        self.user.note("home")

    @transitions({"home": 1, "product": 3})
    def list(self):
        self.user.note("list")

    @transitions(["list", ("home", 0.5)])
    def product(self):
        self.user.note("product")


def test_it_begins_with_the_first_task_and_follows_the_transitions(live):
    log = live(walking(Shop, 200)).log
    assert log[0] == "home"
    allowed = {("home", "list"), ("list", "home"), ("list", "product"), ("product", "list"), ("product", "home")}
    assert set(pairwise(log)) <= allowed


def test_a_transition_is_drawn_by_its_weight(live):
    steps = Counter(pairwise(live(walking(Shop, 4000)).log))
    ratio = steps["list", "product"] / steps["list", "home"]
    assert 2.3 < ratio < 3.9  # 3; about 1500 draws leave it with a deviation of 0.18
    assert 1.4 < steps["product", "list"] / steps["product", "home"] < 2.9  # 2, weights may be floats


def test_each_user_is_at_a_place_of_its_own(live):
    assert live(walking(Shop, 3)).log[0] == live(walking(Shop, 3)).log[0] == "home"


def test_entering_again_begins_anew(live):
    class Once(MarkovTaskSet):
        @transition("leave")
        def enter(self):
            self.user.note("enter")

        @transition("enter")
        def leave(self):
            self.user.note("leave")
            self.interrupt()

    assert live(walking(Once, 6)).log == ["enter", "leave"] * 3


def test_tasks_are_those_with_a_transition_in_the_order_of_the_class():
    assert [each.__name__ for each in Shop.tasks] == ["home", "list", "product"]


def test_the_next_task_is_known(environment):
    shop = Shop(walking(Shop, 1)(environment))
    assert shop.current == shop.home
    shop.get_next_task()
    assert shop.current == shop.list


def test_a_subclass_has_its_bases_tasks_and_may_define_them_anew(live):
    class Sale(Shop):
        def product(self):
            self.user.note("sale")

        @transition("home")
        def basket(self):
            self.user.note("basket")

        @transitions({"product": 1, "basket": 1})
        def list(self):
            self.user.note("list")

    log = live(walking(Sale, 60)).log
    assert log[0] == "home"
    assert set(log) == {"home", "list", "sale", "basket"}
    assert {after for before, after in pairwise(log) if before == "sale"} == {"list", "home"}


def test_an_abstract_one_need_not_be_whole():
    class Half(MarkovTaskSet):
        abstract = True

        @transition("missing")
        def start(self):
            pass

    class Whole(Half):
        @transition("start")
        def missing(self):
            pass

    assert not Whole.abstract
    assert [each.__name__ for each in Whole.tasks] == ["start", "missing"]


def test_a_task_may_be_a_task_set_itself(live):
    class Outer(MarkovTaskSet):
        @transition("Inner")
        def before(self):
            self.user.note("before")

        @transition("before")
        class Inner(MarkovTaskSet):
            @transition("out")
            def out(self):
                self.user.note("inner")
                self.interrupt()

    assert live(walking(Outer, 4)).log == ["before", "inner", "before", "inner"]


def make(**body):
    return type("Chain", (MarkovTaskSet,), body)


def step(*follows):
    def step(self):
        pass

    return transitions(list(follows))(step) if follows else step


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({}, "Chain has no task with a transition: mark its methods with @transition('the_next_one')"),
        ({"one": step("two")}, "Chain.one leads to two, which Chain does not have; it has one"),
        (
            {"one": step("two"), "two": step()},
            "Chain.one leads to two, which leads nowhere: give two a @transition of its own",
        ),
        ({"one": step(("one", 0))}, "Chain.one: all its transitions have the weight 0; give one of them more"),
        ({"run": step("run")}, "Chain.run is marked with @transition, but 'run' is loadhost's own: rename it"),
        (
            {"one": tag("slow")(step("one"))},
            "Chain.one has the tag slow: a chain can't lose a link; tag the class Chain",
        ),
    ],
)
def test_a_chain_that_breaks_off_is_refused(body, says):
    with pytest.raises(UsageError) as caught:
        make(**body)
    assert str(caught.value) == says


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"one": -1}, "the transition to one has the weight -1: give a number, 0 or more"),
        ({"one": "often"}, "the transition to one has the weight 'often'"),
        ([len], "a transition leads to .*: give the name of a task, as text"),
        ("one", r"@transitions\('one'\): give {'task': weight}, or a list"),
        (5, r"@transitions\(5\): give"),
    ],
)
def test_a_transition_that_can_not_be_is_refused(wrong, says):
    with pytest.raises(UsageError, match=says):
        transitions(wrong)


def test_a_task_that_no_transition_leads_to_is_warned_of(caplog):
    make(one=step("one"), other=step("one"))
    assert "Chain: no transition leads to other, so it never runs" in caplog.text


def test_a_task_that_has_no_transition_is_warned_of(caplog):
    make(one=step("one"), plain=task(step()))
    assert "Chain: plain has @task but no @transition, so it never runs" in caplog.text


def test_on_start_as_a_task_is_warned_of(caplog):
    caplog.set_level(logging.WARNING)
    make(on_start=step("on_start"))
    assert "Chain.on_start is marked with @transition: it will be called as a task, too" in caplog.text


def test_an_abstract_chain_without_tasks_can_not_run(live, environment):
    class Empty(MarkovTaskSet):
        abstract = True

    with pytest.raises(UsageError, match="Empty is abstract"):
        Empty(walking(Empty, 1)(environment)).get_next_task()
