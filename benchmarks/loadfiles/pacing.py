"""Users with constant_throughput(1): how far is each iteration from its due time?

A user's k-th iteration is due k seconds after its first one. BENCH_OUT gets the deviations in ms.
"""

import importlib
import json
import os
import time

tool = importlib.import_module(os.environ.get("BENCH_TOOL", "loadhost"))
deviations = []


class Paced(tool.FastHttpUser):
    host = os.environ.get("BENCH_HOST", "http://127.0.0.1:8080")
    wait_time = tool.constant_throughput(1)
    first = None
    number = 0

    @tool.task
    def get(self):
        now = time.perf_counter()
        if self.first is None:
            self.first = now
        else:
            self.number += 1
            deviations.append((now - self.first - self.number) * 1000)
        self.client.get("/")


@tool.events.test_stop.add_listener
def on_test_stop(**kwargs):
    with open(os.environ["BENCH_OUT"], "w", encoding="utf-8") as file:
        json.dump(deviations, file)
