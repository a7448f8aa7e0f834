"""Options of the locustfile's own, with Locust's keywords."""

from locust import HttpUser, constant, events, task


@events.init_command_line_parser.add_listener
def _(parser):
    parser.add_argument("--product", type=int, env_var="LOCUST_PRODUCT", default=1, help="Which product to look at")
    parser.add_argument("--shelf", choices=["upper", "lower"], default="upper", help="Which shelf")
    parser.add_argument("--api-key", is_secret=True, default="none", help="The key")
    parser.add_argument("--hidden", include_in_web_ui=False, default="unseen")
    parser.add_argument("--greet", action="store_true", default=False)


@events.test_start.add_listener
def _(environment, **kwargs):
    options = environment.parsed_options
    print("options", options.product, options.shelf, options.api_key, options.hidden, options.greet, flush=True)


class Chooser(HttpUser):
    wait_time = constant(0.01)

    @task
    def look(self):
        self.client.get(f"/product/{self.environment.parsed_options.product}")
