"""Locust as a library: no command, no page. To be run as a program, with the host as its argument."""

import sys

import gevent
from locust import HttpUser, events, task
from locust.env import Environment
from locust.log import setup_logging
from locust.stats import stats_history, stats_printer

setup_logging("INFO")


class MyUser(HttpUser):
    host = sys.argv[1]

    @task
    def page(self):
        self.client.get("/")


env = Environment(user_classes=[MyUser], events=events)
runner = env.create_local_runner()
web_ui = None
env.events.init.fire(environment=env, runner=runner, web_ui=web_ui)
gevent.spawn(stats_printer(env.stats))
gevent.spawn(stats_history, env.runner)
runner.start(2, spawn_rate=10)
gevent.spawn_later(1, runner.quit)
runner.greenlet.join()
print(env.stats.total.num_requests > 0, env.stats.total.fail_ratio)
