"""Every kind of wait, and one of the loadfile's own."""

from locust import User, between, constant, constant_pacing, constant_throughput, task


class Noted(User):
    abstract = True

    @task
    def note(self):
        name = type(self).__name__
        self.environment.events.request.fire(
            request_type="NOTE", name=name, response_time=1, response_length=0, context={}, exception=None
        )


class Constant(Noted):
    wait_time = constant(0.05)


class Between(Noted):
    wait_time = between(0.01, 0.1)


class Pacing(Noted):
    wait_time = constant_pacing(0.1)


class Throughput(Noted):
    wait_time = constant_throughput(10)


class Growing(Noted):
    last_wait_time = 0

    def wait_time(self):
        self.last_wait_time += 0.01
        return self.last_wait_time
