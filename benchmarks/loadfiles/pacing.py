"""Users with constant_throughput(1): when does each iteration start?

The users begin at random moments of a second: else all would be due at once, and most would have to wait for the
others. BENCH_OUT gets the starts of each user's iterations, in seconds.
"""

import importlib
import json
import os
import random
import time

tool = importlib.import_module(os.environ.get("BENCH_TOOL", "loadhost"))
users = []


class Paced(tool.FastHttpUser):
    host = os.environ.get("BENCH_HOST", "http://127.0.0.1:8080")
    wait_time = tool.constant_throughput(1)

    def on_start(self):
        self.starts = []
        users.append(self.starts)
        time.sleep(random.random())

    @tool.task
    def get(self):
        self.starts.append(time.perf_counter())
        self.client.get("/")


@tool.events.test_stop.add_listener
def on_test_stop(**kwargs):
    with open(os.environ["BENCH_OUT"], "w", encoding="utf-8") as file:
        json.dump(users, file)
