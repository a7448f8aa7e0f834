"""The same counts from VictoriaMetrics, by the path of v1 and by that of v2."""

from __future__ import annotations

import json
import time
from collections import Counter
from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.needs_debian("victoria-metrics")


@pytest.mark.parametrize("where", [["--influx-database=v1"], ["--influx-bucket=v2", "--influx-org=o"]])
def test_every_count_of_a_run_is_read_back(loadhost_run, loadhost_shop, loadfile, victoria, tmp_path, where):
    outcome = loadhost_run(
        loadfile,
        f"--influx-url={victoria.url}",
        *where,
        f"--influx-spool={tmp_path / 'spool'}",
        f"--influx-tags=test={where[0][-2:]}",
        "--influx-interval=1s",
        users=4,
        run_time=1.2,
        host=loadhost_shop.url,
    )
    report, run = outcome.report, outcome.report["run"]["id"]

    def counts(series, *labels):
        sums = Counter()
        for row in victoria.export(f'{{__name__="{series}",run="{run}",test="{where[0][-2:]}"}}'):
            sums[tuple(row["metric"].get(label, "") for label in labels)] += sum(row["values"])
        return sums

    assert counts("loadhost_requests_count")[()] == report["totals"]["requests"] > 10, outcome.output
    expected = Counter()
    for entry in report["entries"]:
        expected[entry["name"], entry["method"], "ok"] = entry["requests"] - entry["failures"]
        expected[entry["name"], entry["method"], "failed"] = entry["failures"]
    assert +counts("loadhost_requests_count", "name", "method", "outcome") == +expected
    assert counts("loadhost_buckets_count")[()] == report["totals"]["requests"]
    assert counts("loadhost_requests_bytes")[()] == report["totals"]["bytes"]
    assert counts("loadhost_exceptions_count", "kind")["failure",] == report["totals"]["failures"]

    # as a person would ask, a little later: a query for now is one for the last whole second
    query = f'sum(sum_over_time(loadhost_requests_count{{run="{run}"}}[10m]))'
    asked = urlencode({"query": query, "time": int(time.time()) + 60})
    (answer,) = json.loads(victoria.request(f"/api/v1/query?{asked}"))["data"]["result"]
    assert float(answer["value"][1]) == report["totals"]["requests"]

    (part,) = (part for part in report["verdict"]["parts"] if part["plugin"] == "influx")
    assert part["evidence"]["produced"] == part["evidence"]["acknowledged"]
