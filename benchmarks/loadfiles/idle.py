"""Users that do nothing after their start, or after one request (BENCH_CONNECT=1): what does a user weigh?

BENCH_OUT gets {"seconds": ...}, from the start of the test until the last of BENCH_USERS users has started.
"""

import importlib
import json
import os
import time

tool = importlib.import_module(os.environ.get("BENCH_TOOL", "loadhost"))
USERS = int(os.environ.get("BENCH_USERS", "1"))
CONNECT = os.environ.get("BENCH_CONNECT") == "1"
began = 0.0
started = 0


@tool.events.test_start.add_listener
def on_test_start(**kwargs):
    global began
    began = time.perf_counter()


class Idle(tool.FastHttpUser):
    host = os.environ.get("BENCH_HOST", "http://127.0.0.1:8080")
    wait_time = tool.constant(3600)

    def on_start(self):
        global started
        started += 1
        if started == USERS:
            with open(os.environ["BENCH_OUT"] + ".part", "w", encoding="utf-8") as file:
                json.dump({"seconds": time.perf_counter() - began}, file)
            os.replace(os.environ["BENCH_OUT"] + ".part", os.environ["BENCH_OUT"])

    @tool.task
    def once(self):
        if CONNECT:
            self.client.get("/")
