"""Users with work of their own: BENCH_BURN_US microseconds of computing after each answer."""

import importlib
import os
import time

tool = importlib.import_module(os.environ.get("BENCH_TOOL", "loadhost"))
BURN_S = float(os.environ.get("BENCH_BURN_US", "0")) / 1e6


class Working(tool.FastHttpUser):
    host = os.environ.get("BENCH_HOST", "http://127.0.0.1:8080")

    @tool.task
    def get(self):
        self.client.get("/")
        end = time.perf_counter() + BURN_S
        while time.perf_counter() < end:
            pass
