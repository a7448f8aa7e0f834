"""aiolocust's user of the case `get`."""

import os

from aiolocust import HttpUser

URL = os.environ.get("BENCH_HOST", "http://127.0.0.1:8080") + "/"


async def run(user: HttpUser):
    async with user.client.get(URL) as response:
        await response.read()
