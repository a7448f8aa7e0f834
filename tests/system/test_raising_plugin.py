"""A plugin that always raises harms nobody: not the other plugins, not the counts, not the run."""

from __future__ import annotations

import json

LOADFILE = """
from loadhost import StopUser, User, task


class Counter(User):
    left = 1000

    @task
    def one(self):
        self.environment.requests.record("COUNT", "one", 1.0, 1)
        self.left -= 1
        if not self.left:
            raise StopUser
"""

HEARS = """
import json
from loadhost import hookimpl

heard = 0

@hookimpl
def loadhost_request(name):
    global heard
    heard += 1

@hookimpl
def loadhost_run_finished():
    with open(__name__ + ".json", "w") as file:
        json.dump(heard, file)
"""

RAISES = """
from loadhost import hookimpl

@hookimpl
def loadhost_request(name):
    raise RuntimeError("I always do")
"""


def test_the_others_hear_all_of_ten_thousand_requests(loadhost_run):
    """Ten users make a thousand requests each; the plugin in the middle is switched off after ten failures."""
    outcome = loadhost_run(LOADFILE, users=10, spawn_rate=1000, plugins=[HEARS, RAISES, HEARS])
    assert outcome.exit_code == 0, outcome.output
    assert outcome.report["totals"]["requests"] == 10_000
    heard = [json.loads(file.read_text()) for file in sorted(outcome.folder.glob("plugin*.json"))]
    assert heard == [10_000, 10_000]
    rows = {row["name"]: row for row in outcome.report["plugins"]}
    assert [row["failures"] for name, row in rows.items() if "plugin_2" in name] == [10]
    assert [row["state"] for name, row in rows.items() if "plugin_2" in name] == ["off"]
    assert "switched off" in outcome.stdout
    assert "I always do" in outcome.stderr
