"""TaskSets, nested, with `tasks` as a dict and as a list, interrupted, and with waits of their own."""

from locust import HttpUser, TaskSet, constant, task


def help_page(user):
    user.client.get("/", name="help")


class Browsing(TaskSet):
    def on_start(self):
        self.client.get("/", name="browsing begins")

    @task(5)
    def product(self):
        assert self.user is self.parent
        self.client.get("/product/2")

    @task(2)
    class Reviews(TaskSet):
        wait_time = constant(0.005)

        @task
        def read(self):
            assert self.parent.parent is self.user
            self.client.get("/product/3", name="review")
            self.schedule_task(Browsing.Reviews.leave, first=True)

        def leave(self):
            self.client.get("/", name="reviews left")
            self.interrupt(reschedule=False)

    @task(1)
    def stop(self):
        self.interrupt()

    def on_stop(self):
        self.client.get("/", name="browsing ends")


class Customer(HttpUser):
    wait_time = constant(0.01)
    tasks = {Browsing: 3, help_page: 1}


class Guest(HttpUser):
    wait_time = constant(0.01)
    tasks = [help_page, (Browsing, 2)]
