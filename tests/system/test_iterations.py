"""--iterations against the log of a real server: ten thousand are ten thousand."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.needs_debian("nginx")

LOADFILE = """
from loadhost import FastHttpUser, TaskSet, task


class Visitor(FastHttpUser):
    @task(3)
    def front(self):
        self.client.get("/front")

    @task
    class Aisle(TaskSet):
        @task
        def shelf(self):
            self.client.get("/shelf")

        @task
        def leave(self):
            self.client.get("/leave")
            self.interrupt()
"""


def test_fifty_users_make_exactly_ten_thousand_task_runs(nginx, loadhost_run):
    outcome = loadhost_run(LOADFILE, "--iterations", "10000", users=50, spawn_rate=100, host=nginx.url)
    assert outcome.exit_code == 0, outcome.output
    assert outcome.report["totals"]["requests"] == 10_000
    assert len(nginx.log_lines()) == 10_000
    assert "ended by: all 10,000 iterations are done" in outcome.stdout
