"""Data for users: each takes a row of its own from a queue, as it begins."""

import csv
import io
from queue import Queue

from locust import HttpUser, constant, task
from locust.exception import StopUser

ROWS = "user,password\nann,loadhost\nbob,loadhost\ncleo,wrong\n"
accounts = Queue()
for row in csv.DictReader(io.StringIO(ROWS)):
    accounts.put(row)


class Member(HttpUser):
    wait_time = constant(0.01)

    def on_start(self):
        if accounts.empty():
            raise StopUser()
        self.account = accounts.get()
        response = self.client.post("/login", data=self.account, name=f"login {self.account['user']}")
        if response.status_code != 200:
            raise StopUser()

    @task
    def page(self):
        response = self.client.get("/account", name=f"account {self.account['user']}")
        assert response.json()["user"] == self.account["user"]
