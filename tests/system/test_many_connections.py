"""Five thousand users on five thousand connections, and not one more; and the truth from a saturated generator."""

from __future__ import annotations

import resource
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest

USERS = 5000

# A server on an event loop of its own: it counts connections and requests, and says so when asked.
SERVER = """
import asyncio, resource, sys

hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
connections = requests = 0

class Peer(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.counted = False

    def data_received(self, data):
        global connections, requests
        if data.startswith(b"GET /counts"):
            body = f"{connections} {requests}".encode()
        else:
            if not self.counted:
                connections, self.counted = connections + 1, True
            requests += data.count(b"\\r\\n\\r\\n")
            body = b"ok"
        self.transport.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)

async def main():
    server = await asyncio.get_running_loop().create_server(Peer, "127.0.0.1", 0, backlog=8192)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()

asyncio.run(main())
"""

LOADFILE = """
from loadhost import FastHttpUser, constant, task


class Visitor(FastHttpUser):
    wait_time = constant(2)

    @task
    def visit(self):
        self.client.get("/")
"""


@pytest.fixture
def server() -> Iterator[str]:
    """The address of the counting server, in a child."""
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(SERVER)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        yield f"http://127.0.0.1:{int(child.stdout.readline())}"
        child.kill()


@pytest.mark.skipif(
    resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 2 * USERS, reason="the machine allows too few open files"
)
def test_five_thousand_users_make_five_thousand_connections(server, loadhost_run):
    import requests

    outcome = loadhost_run(
        LOADFILE,
        "--exit-code-on-error",
        "1",
        "-s",
        "5",
        users=USERS,
        spawn_rate=2500,
        run_time=9,
        host=server,
        timeout=60,
    )
    assert outcome.exit_code == 0, outcome.output
    connections, received = map(int, requests.get(f"{server}/counts", timeout=5).text.split())
    totals = outcome.report["totals"]
    assert connections == USERS
    assert totals["requests"] == received > 2 * USERS
    assert (totals["failures"], totals["interrupted"], totals["retried"]) == (0, 0, 0)
