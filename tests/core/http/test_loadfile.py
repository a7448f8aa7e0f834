"""Loadfiles as people write them for FastHttpUser, in a real run."""

from __future__ import annotations

import json

# In all the ways of the page of Locust's documentation on FastHttpUser, each request under a name of its own.
LOADFILE = """
import gevent.pool
from loadhost import FastHttpUser, SequentialTaskSet, constant, task


class Everything(FastHttpUser):
    wait_time = constant(60)
    network_timeout = 5.0
    connection_timeout = 5.0
    max_redirects = 5
    max_retries = 1
    concurrency = 3
    default_headers = {"X-Team": "load", "Accept": "text/html"}

    def on_start(self):
        self.client.post("/login", json={"user": "me", "password": "loadhost"}, name="login")

    @task
    class Steps(SequentialTaskSet):
        @task
        def all_of_it(self):
            client = self.client
            response = client.get("/", name="plain")
            assert response.status_code == 200 and "shop" in response.text and response.headers["content-type"]
            assert response.ok and response.elapsed.total_seconds() > 0 and not response.history
            response.raise_for_status()
            with client.get("/status/404", name="caught", catch_response=True) as response:
                if response.status_code == 404:
                    response.success()
            with client.get("/", name="failed", catch_response=True) as response:
                response.failure("not what I want")
            with client.rename_request("renamed"):
                client.get("/product/1")
                client.get("/product/2", context={"a": 1})

            def concurrent(number):
                client.get(f"/product/{number}", name="concurrent")

            pool = gevent.pool.Pool()
            for number in range(5):
                pool.spawn(concurrent, number + 1)
            pool.join()

            with self.user.rest("POST", "/login", json={"user": "me", "password": "loadhost"}, name="rest") as response:
                if response.js is None:
                    pass
                elif response.js["user"] != "me":
                    response.failure(f"wrong: {response.text}")
            with self.user.rest("GET", "/", name="rest fails") as response:
                assert response.js is None
            client.client.clientpool.close()
            client.get("/", name="fresh connection")
            assert list(client.iter_lines("/catalogue", name="lines"))
            for method in ("get", "post", "put", "patch", "delete", "head", "options"):
                getattr(client, method)("/bytes/10", name="methods")
            client.request("GET", "/old", name="redirect", allow_redirects=False)
            client.post("/checkout", data={"a": "1"}, headers={"X-Extra": "1"}, auth=("me", "secret"), name="post",
                        catch_response=True)
            client.get("/bytes/100000", name="streamed", stream=True).content
            client.cookiejar.clear()
            self.user.environment.runner.quit()
"""


def test_a_loadfile_in_all_the_ways_of_locusts_page_runs(loadhost_run, loadhost_shop):
    outcome = loadhost_run(LOADFILE, users=1, run_time=20, host=loadhost_shop.url, timeout=40)
    entries = {(row["name"], row["method"]): row for row in outcome.report["entries"]}
    counted = {}
    for (name, _), row in entries.items():
        requests, failures = counted.get(name, (0, 0))
        counted[name] = (requests + row["requests"], failures + row["failures"])
    assert outcome.report["exceptions"] == [], json.dumps(outcome.report["exceptions"])
    expected = {
        "plain": (1, 0), "caught": (1, 0), "failed": (1, 1), "renamed": (2, 0), "concurrent": (5, 0), "rest": (1, 0),
        "rest fails": (1, 1), "fresh connection": (1, 0), "lines": (1, 0), "redirect": (1, 0), "streamed": (1, 0),
    }  # fmt: skip
    assert {name: counted.get(name) for name in expected} == expected
    assert counted["methods"][0] == 7
    assert counted["login"][0] == counted["post"][0] == 1
