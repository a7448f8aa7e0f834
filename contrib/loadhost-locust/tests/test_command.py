"""`loadhost locust` in whole runs: log lines, tables, files and exit codes that tools made for Locust read."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from loadhost.testing import LoadhostRun, RunOutcome, Shop

FOLDER = Path(__file__).with_name("locustfiles")

LOCUSTFILE = """
from locust import HttpUser, constant, task

class Shopper(HttpUser):
    wait_time = constant(0.02)

    @task
    def product(self):
        self.client.get("/product/7", name="/product/:id")

    @task
    def broken(self):
        self.client.get("/status/500")

class Guest(HttpUser):
    wait_time = constant(0.02)

    @task(3)
    def front(self):
        self.client.get("/")

    @task
    def catalogue(self):
        self.client.get("/catalogue")
"""

HTML = ("--html", "pages/report_{u}_{r}_{t}.html")

LOG_LINE = re.compile(r"\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] [^/\s]+/(INFO|WARNING|ERROR)/([\w.]+): (.*)")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("locust")
    (folder / "locustfile.py").write_text(LOCUSTFILE)
    return folder


@pytest.fixture(scope="module")
def run(folder: Path) -> Any:
    run = LoadhostRun(folder)
    yield run
    run.close()


@pytest.fixture(scope="module")
def failed(run: LoadhostRun, shop: Shop) -> RunOutcome:
    """A run of three seconds in which one name fails."""
    common = ("--headless", "--host", shop.url, "-u", "3", "-r", "30", "-t", "3s")
    return run.command("locust", *common, "--csv", "out/x", "--csv-full-history", "Shopper", *HTML)


def log_lines(outcome: RunOutcome) -> list[tuple[str, str]]:
    """(logger, message) of each log line."""
    return [(found[2], found[3]) for found in map(LOG_LINE.fullmatch, outcome.stderr.splitlines()) if found]


def test_failures_are_exit_code_1(failed: RunOutcome) -> None:
    assert failed.exit_code == 1, failed.stderr


def test_log_lines_are_locusts(failed: RunOutcome) -> None:
    logged = log_lines(failed)
    assert logged[0][0] == "locust.main"
    assert logged[0][1].startswith("Starting Locust 2.47.0")
    assert logged[1:] == [
        ("locust.main", "Run time limit set to 3 seconds"),
        ("locust.runners", "Ramping to 3 users at a rate of 30.00 per second"),
        ("locust.runners", 'All users spawned: {"Shopper": 3} (3 total users)'),
        ("locust.main", "--run-time limit reached, shutting down"),
        ("locust.main", "Shutting down (exit code 1)"),
    ]


def test_the_tables_have_locusts_columns(failed: RunOutcome) -> None:
    lines = failed.stderr.splitlines()
    heads = [" ".join(line.split()) for line in lines if line.startswith("Type ")]
    requests = "Type Name # reqs # fails | Avg Min Max Med | req/s failures/s"
    percentiles = "Type Name 50% 66% 75% 80% 90% 95% 98% 99% 99.9% 99.99% 100% # reqs"
    assert heads[0] == requests
    assert heads[-2:] == [requests, percentiles]
    assert len(heads) >= 3  # one as it began, one or more by the clock, two at the end
    assert failed.stdout == ""


def test_the_last_table_has_the_whole_run(failed: RunOutcome) -> None:
    last = failed.stderr.split("Shutting down")[1]
    rows = [line.split() for line in last.splitlines() if line.startswith("GET ")]
    assert [row[1] for row in rows] == ["/product/:id", "/status/500"] * 2
    broken = rows[1]
    assert re.fullmatch(r"\d+\(100\.00%\)", broken[3])
    assert broken[4].startswith("|")


def test_errors_are_reported(failed: RunOutcome) -> None:
    report = failed.stderr.split("Error report\n")[1].splitlines()
    assert report[0].split() == ["#", "occurrences", "Error"]
    assert re.match(r"\d+ +GET /status/500: HTTPError\('500 Server Error", report[2])


def read_csv(folder: Path, part: str) -> list[dict[str, str]]:
    with (folder / "out" / f"x_{part}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_csv_files_have_the_columns_of_locust(failed: RunOutcome, folder: Path) -> None:
    percentiles = "50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%"
    totals = "Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,"
    totals += "Max Response Time,Average Content Size"
    heads = {part: (folder / "out" / f"x_{part}.csv").read_text().splitlines()[0] for part in ("stats", "failures")}
    assert heads["stats"] == f"Type,Name,{totals},Requests/s,Failures/s,{percentiles}"
    assert heads["failures"] == "Method,Name,Error,Occurrences,First Seen,Last Seen"
    assert read_csv(folder, "stats")[-1]["Name"] == "Aggregated"
    assert {row["Name"] for row in read_csv(folder, "stats_history")} == {"/product/:id", "/status/500", "Aggregated"}
    assert (folder / "out" / "x_exceptions.csv").read_text() == "Count,Message,Traceback,Nodes\n"


def test_the_page_is_where_html_says(failed: RunOutcome, folder: Path) -> None:
    (page,) = (folder / "pages").iterdir()
    assert page.name == "report_3_30_3.html"
    assert "/product/:id" in page.read_text()


def test_settings_from_files_and_variables_and_json_at_the_end(tmp_path: Path, shop: Shop) -> None:
    (tmp_path / "locust.conf").write_text(
        f"headless = true\nlocustfile = {FOLDER}/custom_arguments.py\nshelf = lower\n"
    )
    env = {"LOCUST_HOST": shop.url, "LOCUST_RUN_TIME": "1s", "LOCUST_PRODUCT": "4", "LOCUST_ONLY_SUMMARY": "1"}
    run = LoadhostRun(tmp_path)
    outcome = run.command("locust", "--json", "--greet", "--api-key", "k", env=env)
    assert outcome.exit_code == 0, outcome.stderr
    first, _, rest = outcome.stdout.partition("\n")
    assert first == "options 4 lower k unseen True"
    (entry,) = json.loads(rest)
    assert (entry["name"], entry["method"], entry["num_failures"]) == ("/product/4", "GET", 0)
    assert sum(entry["response_times"].values()) == entry["num_requests"] > 0
    assert sum(entry["num_reqs_per_sec"].values()) == entry["num_requests"]
    assert "min_response_time" in entry
    assert outcome.stderr.count("# fails") == 1  # only the summary


def test_a_shape_goes_before_users_on_the_command_line(tmp_path: Path, shop: Shop) -> None:
    run = LoadhostRun(tmp_path)
    file = str(FOLDER / "shape_stages.py")
    outcome = run.command(
        "locust", "-f", file, "--headless", "-H", shop.url, "-u", "50", "-t", "1s", "--json-file", "out/report"
    )
    assert outcome.exit_code == 0, outcome.stderr
    logged = log_lines(outcome)
    assert ("locust.main", "The following option(s) will be ignored: --users, --run-time") in logged
    assert ("locust.runners", "Shape test updating to 2 users at 20.00 spawn rate") in logged
    assert ("locust.runners", "Shape test updating to 4 users at 20.00 spawn rate") in logged
    assert logged[-3:] == [
        ("locust.runners", "Shape test stopping"),
        ("locust.main", "Shape test completed, shutting down"),
        ("locust.main", "Shutting down (exit code 0)"),
    ]
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert {entry["name"] for entry in report} == {"early", "late"}


def test_an_exit_code_that_the_locustfile_sets_stays(tmp_path: Path, shop: Shop) -> None:
    outcome = LoadhostRun(tmp_path).command("locust", "-f", str(FOLDER / "checker.py"), "--headless", "-H", shop.url)
    assert outcome.exit_code == 7, outcome.stderr
    assert log_lines(outcome)[-1][1] == "Shutting down (exit code 7)"


def test_sigterm_ends_it_with_the_exit_code_of_what_happened(run: LoadhostRun, shop: Shop) -> None:
    common = ("--headless", "--host", shop.url, "--exit-code-on-error", "9")
    child = run.start_command("locust", *common, "Shopper", "Guest", "-u", "4", "-r", "40")
    child.wait_for("/status/500")
    child.terminate()
    outcome = child.finish()
    assert outcome.exit_code == 9, outcome.stderr
    assert ("locust.main", "Got SIGTERM signal") in log_lines(outcome)
    assert ("locust.main", "No run time limit set, use CTRL+C to interrupt") in log_lines(outcome)


def test_the_task_ratio_is_in_locusts_form(run: LoadhostRun) -> None:
    shown = run.command("locust", "--show-task-ratio").stdout
    per_class, total = (part.splitlines() for part in shown.split(" Total task ratio"))
    assert [line.split() for line in per_class if line[:1] == " "][1:] == [
        ["50.0", "Shopper"],
        ["50.0", "product"],
        ["50.0", "broken"],
        ["50.0", "Guest"],
        ["75.0", "front"],
        ["25.0", "catalogue"],
    ]
    assert ["37.5", "front"] in [line.split() for line in total]


def test_the_main_function_of_the_module_is_the_command_and_lists_users(folder: Path) -> None:
    code = "import loadhost; loadhost.patch(); import loadhost_locust; loadhost_locust.install(instead=True)\n"
    code += "import sys; sys.argv = ['locust', '--list']; from locust.main import main; main()"
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "Available Users:\n    Shopper\n    Guest\n"), done.stderr
