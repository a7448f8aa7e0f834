"""A plugin that samples where CPU time goes, from the moment all users run. `-p benchmarks/loadfiles/sampler.py`

As often as the kernel ticks (each 1 to 4 ms of CPU time: ITIMER_PROF) the stack is noted, in whatever greenlet runs.
The signal is handled at the next Python instruction: time in C is found at the line that called it, time in gevent's
loop at the line that the loop switched to. BENCH_PROFILE names the file for the samples, as JSON.
"""

import json
import os
import signal
import time
from collections import Counter

from loadhost import hookimpl

INTERVAL_S = 0.001


class Sampler:
    def __init__(self):
        self.lines = Counter()
        self.inclusive = Counter()
        self.running = False

    @hookimpl
    def loadhost_spawning_complete(self, environment):
        if self.running:
            return
        self.running = True
        self.requests, self.times, self.wall = environment.stats.total.num_requests, os.times(), time.perf_counter()
        signal.signal(signal.SIGPROF, self.sample)
        signal.setitimer(signal.ITIMER_PROF, INTERVAL_S, INTERVAL_S)

    def sample(self, signum, frame):
        code = frame.f_code
        self.lines[code.co_filename, code.co_qualname, frame.f_lineno] += 1
        seen = set()
        while frame is not None:
            seen.add((frame.f_code.co_filename, frame.f_code.co_qualname))
            frame = frame.f_back
        self.inclusive.update(seen)

    @hookimpl
    def loadhost_test_stopping(self, environment):
        signal.setitimer(signal.ITIMER_PROF, 0)
        now = os.times()
        with open(os.environ["BENCH_PROFILE"], "w", encoding="utf-8") as file:
            json.dump(
                {
                    "requests": environment.stats.total.num_requests - self.requests,
                    "user_s": now.user - self.times.user,
                    "system_s": now.system - self.times.system,
                    "wall_s": time.perf_counter() - self.wall,
                    "lines": [[*key, n] for key, n in self.lines.most_common()],
                    "inclusive": [[*key, n] for key, n in self.inclusive.most_common()],
                },
                file,
            )


sampler = Sampler()
loadhost_spawning_complete = sampler.loadhost_spawning_complete
loadhost_test_stopping = sampler.loadhost_test_stopping
