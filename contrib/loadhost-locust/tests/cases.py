"""What each file of locustfiles/ must do in a run; run here as they are, and in tests/core with the import changed.

`python cases.py JOBS RESULTS` runs many loadfiles one after the other in one patched process.
"""

from __future__ import annotations

import contextlib
import io
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "locustfiles"


@dataclass(frozen=True)
class Case:
    """`names`: what must have been requested. `failed`: those of them of which every request failed.

    `iterations`: the run ends with them, so that no clock decides. `locust_only`: it has names that only Locust has, so
    that it takes loadhost-locust to run it.
    """

    file: str
    names: frozenset[str]
    failed: frozenset[str] = frozenset()
    exit_code: int = 0
    arguments: tuple[str, ...] = ()
    iterations: int | None = 60
    users: int = 3
    never: frozenset[str] = frozenset()
    said: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    locust_only: bool = False


def case(file: str, *names: str, **more: Any) -> Case:
    sets = {key: frozenset(more.pop(key)) for key in ("failed", "never") if key in more}
    return Case(f"{file}.py", frozenset(names), **sets, **more)


CASES = (
    case("quickstart", "/", "/product/1"),
    case("writing_a_locustfile", "/login", "/account", "/product", "goodbye"),
    case("several_user_classes", "web", "mobile", "admin", users=9),
    case("wait_times", "Constant", "Between", "Pacing", "Throughput", "Growing", users=5),
    case(
        "tasksets",
        "browsing begins",
        "browsing ends",
        "help",
        "/product/2",
        "review",
        "reviews left",
        iterations=250,
    ),
    case("sequential", "find", "basket", "done"),
    case("markov", "front", "product", never={"never"}),
    case(
        "tags",
        "quick",
        "in a tagged set",
        never={"quick and heavy", "untagged"},
        arguments=("--tags", "quick", "--exclude-tags", "heavy"),
    ),
    case(
        "validating",
        "wrong content",
        "a 404 is right",
        "rescheduled",
        "raise_for_status",
        failed={"wrong content", "rescheduled", "raise_for_status"},
        exit_code=1,
    ),
    case("grouping", "by name=", "by request_name", "by rename_request", never={"/product/1"}),
    case(
        "rest",
        "login",
        "account",
        "no JSON",
        "a wrong key",
        "no cache",
        failed={"no JSON", "a wrong key"},
        exit_code=1,
        iterations=10,
    ),
    case("fast_http", "/product/1?colour=red", "caught", "at once"),
    case("custom_client", "get_time", "throw", failed={"throw"}, exit_code=1),
    case("measuring", "block"),
    case(
        "event_hooks",
        "/",
        "/status/500",
        failed={"/status/500"},
        exit_code=1,
        said=(
            "heard init=1 quitting=1 spawning_complete=3 test_start=1 test_stop=1 test_stopping=1",
            "quit with 1",
        ),
    ),
    case("context", "/", "/product/1", said=("contexts [('ann', 'first'), ('ann', None)]",)),
    case(
        "custom_arguments",
        "/product/5",
        arguments=("--shelf", "lower", "--greet"),
        env={"LOCUST_PRODUCT": "5"},
        said=("options 5 lower none unseen True",),
    ),
    case("data_for_users", "login ann", "account ann", "account bob", "login cleo", failed={"login cleo"}, exit_code=1),
    case(
        "checker",
        "/status/500",
        failed={"/status/500"},
        exit_code=7,
        iterations=None,
        said=("too many failures, quitting",),
    ),
    case("exit_codes", "/", said=("True True",)),
    case("custom_messages", "after the message", never={"too early"}, said=("says: thanks for 2 names",)),
    case("distributed_events", "/", locust_only=True),
    case(
        "parsed_options",
        "/",
        locust_only=True,
        said=("options 3 True parsed_options.py 2 False", "environment parsed_options.py True"),
    ),
    case("logs", "/", said=("INFO/root: this log message will go wherever the others go",)),
    case("shape_stages", "early", "late", iterations=None, users=0),
    case("shape_common_options", "/", iterations=None, users=2, locust_only=True),
)


def arguments_of(each: Case, loadfile: Path, host: str, report: Path) -> list[str]:
    """The command line of its run. The time is only there for a run that has gone wrong."""
    users = [f"--users={each.users}", "--spawn-rate=100"] if each.users else []
    ends = [f"--iterations={each.iterations}"] if each.iterations else []
    always = [f"--host={host}", f"--json-file={report}", "--only-summary", "--run-time=30s"]
    return ["run", str(loadfile), *always, *users, *ends, *each.arguments]


def run_all(cases: Iterable[Case], folder: Path, host: str, work: Path, plugins: Iterable[str] = ()) -> dict[str, Any]:
    """{file: {"code", "output", "report"}} of running each case's file of `folder`, in one child process."""
    jobs = []
    for each in cases:
        report = work / f"{each.file}.json"
        arguments = [*arguments_of(each, folder / each.file, host, report), *(f"--plugin={text}" for text in plugins)]
        jobs.append({"name": each.file, "arguments": arguments, "report": str(report), "env": dict(each.env)})
    (work / "jobs.json").write_text(json.dumps(jobs))
    done = subprocess.run(
        [sys.executable, __file__, str(work / "jobs.json"), str(work / "results.json")],
        cwd=work,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results: dict[str, Any] = json.loads((work / "results.json").read_text())
    return results


def judge(each: Case, result: Mapping[str, Any]) -> None:
    """Assert that the run did what the case says."""
    output, report = result["output"], result["report"]
    assert result["code"] == each.exit_code, output
    assert report is not None, output
    entries = {entry["name"]: entry for entry in report["entries"]}
    assert each.names <= set(entries), output
    assert not each.never & set(entries)
    for name, entry in entries.items():
        expected = entry["requests"] if name in each.failed else 0
        assert entry["failures"] == expected, (name, output)
    if each.exit_code == 0:
        assert report["exceptions"] == []
    for text in each.said:
        assert text in output


def main(jobs_file: str, results_file: str) -> None:
    """In the child: run them, each as the `loadhost` command would."""
    import os

    from loadhost.__main__ import main as loadhost

    results = {}
    for job in json.loads(Path(jobs_file).read_text()):
        written = io.StringIO()
        os.environ.update(job["env"])
        with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
            code = loadhost(job["arguments"])
        for name in job["env"]:
            del os.environ[name]
        report = Path(job["report"])
        found = json.loads(report.read_text()) if report.is_file() else None
        results[job["name"]] = {"code": code, "output": written.getvalue(), "report": found}
    Path(results_file).write_text(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
