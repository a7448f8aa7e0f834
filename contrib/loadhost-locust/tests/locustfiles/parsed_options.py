"""Options of Locust's own, by the names that Locust gives them."""

from locust import HttpUser, constant, events, task
from locust.argument_parser import LocustArgumentParser


@events.init_command_line_parser.add_listener
def _(parser: LocustArgumentParser):
    parser.add_argument("--my-pages", type=int, default=2)


@events.test_start.add_listener
def on_test_start(environment, **kwargs):
    options = environment.parsed_options
    print(
        "options", options.num_users, options.headless, options.locustfile, options.my_pages, options.master, flush=True
    )
    print("environment", environment.locustfile, environment.host == options.host, flush=True)


class Reader(HttpUser):
    wait_time = constant(0.01)

    @task
    def page(self):
        self.client.get("/")
