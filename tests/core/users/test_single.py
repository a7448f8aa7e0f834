"""run_single_user: one user, in the current greenlet of an unpatched process, each request in a line."""

from __future__ import annotations

import pytest
from loadhost import HttpUser, StopUser, UsageError, hookimpl, run_single_user, task
from loadhost._plugins import current
from loadhost._plugins.manager import PluginManager


@pytest.fixture(autouse=True)
def own_manager(monkeypatch) -> PluginManager:
    """The process's current plugin manager, for this test only."""
    manager = PluginManager()
    monkeypatch.setattr(current, "_current", manager)
    return manager


@pytest.fixture
def browser(loadhost_shop):
    """A user that sends two requests and stops."""

    class Browser(HttpUser):
        host = loadhost_shop.url

        @task
        def work(self):
            self.client.get("/product/7", context={"order": 1})
            self.client.get("/status/404")
            raise StopUser

    return Browser


def test_each_request_is_printed_in_a_line(browser, capsys):
    run_single_user(browser)
    head, good, bad = capsys.readouterr().out.splitlines()
    assert head.split() == ["type", "name", "ms", "error"]
    assert good.split()[:2] == ["GET", "/product/7"]
    assert float(good.split()[2]) > 0
    assert "HTTPError" in bad


def test_length_time_and_context_are_printed_when_asked_for(browser, capsys):
    run_single_user(browser, include_length=True, include_time=True, include_context=True)
    head, good, _ = capsys.readouterr().out.splitlines()
    assert head.split() == ["time", "type", "name", "ms", "length", "error", "context"]
    assert "{'order': 1}" in good


def test_a_host_may_be_given(browser, capsys, loadhost_shop):
    browser.host = None
    run_single_user(browser, host=loadhost_shop.url)
    assert "/product/7" in capsys.readouterr().out


def test_a_class_that_can_not_run_is_refused(browser):
    browser.host = None
    with pytest.raises(UsageError, match="Browser needs a host"):
        run_single_user(browser)


def test_plugins_hear_of_init_and_of_the_test_start(browser, own_manager, capsys):
    heard = []

    class Listener:
        @hookimpl
        def loadhost_init(self, runner):
            heard.append(("init", runner))

        @hookimpl
        def loadhost_test_start(self):
            heard.append("test_start")

    own_manager.register(Listener())
    run_single_user(browser)
    assert heard == [("init", None), "test_start"]


def test_it_leaves_no_printer_behind(browser, own_manager, capsys):
    run_single_user(browser)
    run_single_user(browser)
    assert not own_manager.has_plugin("run_single_user")
    assert capsys.readouterr().out.count("/product/7") == 2
