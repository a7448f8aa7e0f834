"""What is refused before a run, in one line that names the class and the next step."""

from __future__ import annotations

import pytest
from loadhost import HttpUser, UsageError, User, task
from loadhost._users.user import check


class Worker(User):
    """A class with nothing to complain about."""

    @task
    def work(self):
        """A task."""


def test_a_class_with_tasks_is_fine():
    check(Worker)


def test_a_class_without_tasks_is_refused():
    class Idle(User):
        pass

    with pytest.raises(UsageError, match=r"^No tasks defined on Idle\. Use the @task decorator or set the 'tasks' att"):
        check(Idle)


def test_a_class_with_task_for_tasks_is_told_so():
    class Typo(User):
        task = [print]

    with pytest.raises(UsageError, match="it has a `task` attribute: is `tasks` meant"):
        check(Typo)


def test_a_class_that_chooses_its_tasks_itself_needs_no_list():
    class Chooser(User):
        def get_next_task(self):
            return Worker.work

    check(Chooser)


def test_tasks_set_after_the_class_was_made_are_understood():
    class Late(User):
        pass

    Late.tasks = {Worker.work: 2}
    check(Late)
    assert Late.tasks == [Worker.work, Worker.work]


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("weight", -1, "a number, 0 or more"),
        ("weight", "3", "a number, 0 or more"),
        ("weight", float("nan"), "a number, 0 or more"),
        ("fixed_count", 1.5, "a whole number, 0 or more"),
        ("fixed_count", -2, "a whole number, 0 or more"),
    ],
)
def test_impossible_numbers_are_refused(name, value, allowed):
    strange = type("Strange", (Worker,), {name: value})
    with pytest.raises(UsageError, match=rf"^Strange\.{name} = {value!r}: give {allowed}$"):
        check(strange)


def test_a_class_without_a_wait_time_is_refused():
    class Hasty(Worker):
        wait_time = None

    with pytest.raises(UsageError, match=r"^Hasty has no wait_time: set Hasty\.wait_time to seconds"):
        check(Hasty)


class Browser(HttpUser):
    """A class that needs a host."""

    @task
    def work(self):
        """A task."""


def test_an_http_user_needs_a_host():
    message = r"^Browser needs a host: give --host URL, or set host = 'https://...' on the class$"
    with pytest.raises(UsageError, match=message):
        check(Browser)


def test_the_option_is_a_host_as_good_as_the_classs():
    check(Browser, "https://shop.example")


@pytest.mark.parametrize("host", ["shop.example", "ftp://shop.example", "https://", "localhost:8080", "http://h:port"])
def test_a_host_needs_a_scheme_and_a_name(host):
    with pytest.raises(UsageError, match=r"^Browser\.host is .*: a host begins with http:// or https://"):
        check(Browser, host)


def test_an_http_user_can_not_be_made_without_a_host(environment):
    with pytest.raises(UsageError, match="Browser needs a host"):
        Browser(environment)
