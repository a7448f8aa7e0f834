"""A shape that reads the options of the command line, and is made of an abstract one."""

from locust import HttpUser, LoadTestShape, constant, task


class Page(HttpUser):
    wait_time = constant(0.05)

    @task
    def page(self):
        self.client.get("/")


class Limited(LoadTestShape):
    abstract = True
    time_limit = 2


class Double(Limited):
    use_common_options = True

    def tick(self):
        options = self.runner.environment.parsed_options
        if self.get_run_time() < self.time_limit:
            times = 2 if self.get_current_user_count() else 1
            return (options.num_users * times, options.spawn_rate)
        return None
