"""FastHttpUser: the same interface, less CPU; settings are attributes of the class."""

import gevent
from gevent.pool import Pool
from locust import FastHttpUser, constant, task


class Quick(FastHttpUser):
    wait_time = constant(0.02)
    connection_timeout = 5.0
    network_timeout = 5.0
    insecure = True
    default_headers = {"X-Test": "1"}

    @task
    def page(self):
        response = self.client.get("/product/1?colour=red")
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/html")
        with self.client.get("/status/500", name="caught", catch_response=True) as response:
            response.success()

    @task
    def at_once(self):
        pool = Pool()
        for number in range(1, 4):
            pool.spawn(self.client.get, f"/product/{number}", name="at once")
        pool.join()
        gevent.sleep(0)
