"""`loadhost demo`: a shop, a run, a verdict, files; with and without its guard, whole and broken, interrupted."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from loadhost.testing import LoadhostRun, RunningLoadhost, Shop

pytestmark = pytest.mark.slow


def has_guard() -> bool:
    try:
        return bool(distribution("loadhost-failratio"))
    except PackageNotFoundError:
        return False


needs_guard = pytest.mark.skipif(not has_guard(), reason="needs pip install -e contrib/loadhost-failratio")


def bundled_loadfile() -> Path:
    spec = find_spec("loadhost_builtins.demo.loadfile")
    assert spec
    assert spec.origin
    return Path(spec.origin)


def shops_of(folder: Path) -> list[int]:
    """The processes of shops that were started in this folder."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            here = Path(os.readlink(place / "cwd")) == folder
            if here and b"loadhost.testing.shop" in (place / "cmdline").read_bytes():
                found.append(int(place.name))
        except OSError:
            continue
    return found


def wait_for_no_shop(folder: Path) -> None:
    deadline = time.monotonic() + 10
    while shops_of(folder) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert shops_of(folder) == []


def report_in(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "loadhost-demo" / "demo.json").read_text())
    return report


def started_demo(loadhost_run: LoadhostRun, *arguments: str) -> RunningLoadhost:
    """A demo under way: its report begins, and its shop is open."""
    running = loadhost_run.start_command("demo", "-t", "30s", *arguments)
    running.wait_for("t_s=")
    assert len(shops_of(loadhost_run.folder)) == 1
    return running


@pytest.mark.parametrize("guard", [pytest.param("on", marks=needs_guard), "out"])
def test_the_demo_passes_with_about_five_percent_failures(loadhost_run: LoadhostRun, guard: str) -> None:
    without = ["-p", "no:failratio"] if guard == "out" else []
    outcome = loadhost_run.command("demo", "-t", "3s", *without)
    report = report_in(loadhost_run.folder)
    assert (outcome.exit_code, report["verdict"]["outcome"]) == (0, "passed"), outcome.output
    assert 0.02 <= report["totals"]["fail_ratio"] <= 0.08
    assert report["totals"]["requests"] > 50
    assert shops_of(loadhost_run.folder) == []


def test_it_leaves_csv_and_json_and_says_where(loadhost_run: LoadhostRun) -> None:
    outcome = loadhost_run.command("demo", "-t", "0.5s", "-p", "no:failratio")
    for name in (
        "report/report.html",
        "demo.json",
        "demo_stats.csv",
        "demo_stats_history.csv",
        "demo_failures.csv",
        "demo_exceptions.csv",
        "history.db",
    ):
        assert (loadhost_run.folder / "loadhost-demo" / name).stat().st_size
        assert f"loadhost-demo/{name}" in outcome.stdout


def test_the_folder_of_the_files_can_be_chosen(loadhost_run: LoadhostRun) -> None:
    loadhost_run.command("demo", "-t", "0.5s", "-p", "no:failratio", "--folder", "other")
    assert (loadhost_run.folder / "other" / "demo.json").exists()
    assert not (loadhost_run.folder / "loadhost-demo").exists()


@needs_guard
def test_a_broken_shop_ends_the_run_with_the_guards_exit_code(loadhost_run: LoadhostRun) -> None:
    outcome = loadhost_run.command("demo", "--break")
    report = report_in(loadhost_run.folder)
    assert outcome.exit_code == 3, outcome.output
    assert report["verdict"]["outcome"] == "failed"
    assert 3 < report["run"]["duration_s"] < 10
    assert shops_of(loadhost_run.folder) == []


def test_without_the_guard_it_says_so_and_a_broken_shop_shows_in_the_exit_code(loadhost_run: LoadhostRun) -> None:
    outcome = loadhost_run.command("demo", "--break", "-t", "4s", "-p", "no:failratio")
    assert "no guard" in outcome.stdout.lower()
    assert outcome.exit_code == 1


@needs_guard
def test_options_of_the_user_go_before_the_demos_own(loadhost_run: LoadhostRun) -> None:
    loadhost_run.command("demo", "-t", "1s", "-u", "3", "--fail-ratio", "0.9", "--json-file", "mine.json")
    report = json.loads((loadhost_run.folder / "mine.json").read_text())
    options = {name: report["options"][name]["value"] for name in ("users", "spawn_rate", "fail_ratio")}
    assert options == {"users": 3, "spawn_rate": 10, "fail_ratio": 0.9}
    assert not (loadhost_run.folder / "loadhost-demo" / "demo.json").exists()


def test_options_from_the_environment_go_before_the_demos_own(loadhost_run: LoadhostRun) -> None:
    loadhost_run.command("demo", "-t", "0.5s", "-p", "no:failratio", env={"LOADHOST_USERS": "2"})
    assert report_in(loadhost_run.folder)["options"]["users"]["value"] == 2


def test_a_host_in_the_environment_is_not_loaded(loadhost_run: LoadhostRun) -> None:
    env = {"LOADHOST_HOST": "http://192.0.2.1"}
    loadhost_run.command("demo", "-t", "0.5s", "-p", "no:failratio", env=env)
    assert report_in(loadhost_run.folder)["options"]["host"]["value"].startswith("http://127.0.0.1:")


def test_a_host_on_the_command_line_is_refused_with_the_command_to_type(loadhost_run: LoadhostRun) -> None:
    outcome = loadhost_run.command("demo", "-H", "http://shop.test")
    assert outcome.exit_code == 2
    assert "takes no --host" in outcome.stderr
    assert outcome.stderr.count("\n") == 1


def test_an_interrupt_ends_run_and_shop_in_order(loadhost_run: LoadhostRun) -> None:
    running = started_demo(loadhost_run, "-p", "no:failratio")
    running.interrupt()
    outcome = running.finish(20)
    assert outcome.exit_code == 130, outcome.output
    assert report_in(loadhost_run.folder)["verdict"]["outcome"] == "interrupted"
    assert "demo.json" in outcome.stdout
    assert shops_of(loadhost_run.folder) == []


def test_sigterm_ends_run_and_shop_in_order(loadhost_run: LoadhostRun) -> None:
    running = started_demo(loadhost_run, "-p", "no:failratio")
    running.terminate()
    assert running.finish(20).exit_code == 143
    assert shops_of(loadhost_run.folder) == []


def test_no_shop_is_left_when_everything_is_killed(loadhost_run: LoadhostRun) -> None:
    started_demo(loadhost_run, "-p", "no:failratio").kill()
    wait_for_no_shop(loadhost_run.folder)


def test_the_bundled_loadfile_is_the_one_page_it_should_be() -> None:
    lines = bundled_loadfile().read_text().splitlines()
    assert 30 <= len(lines) <= 80


def test_the_bundled_loadfile_runs_by_itself(loadhost_run: LoadhostRun, loadhost_shop: Shop) -> None:
    outcome = loadhost_run(bundled_loadfile(), "-s", "5", users=10, spawn_rate=10, run_time=2, host=loadhost_shop.url)
    assert outcome.report
    assert outcome.report["exceptions"] == []
    assert outcome.entry("/login", "POST")["requests"] == 10 == loadhost_shop.count(path="/login", status=200)


_ON_A_TERMINAL = """
import os, pty, sys
os.environ["TERM"] = "xterm"  # CI has none
child, terminal = pty.fork()
if not child:
    os.execv(sys.executable, [sys.executable, "-m", "loadhost", "demo", "-t", "30s", "-p", "no:failratio"])
seen, pressed = b"", False
while True:
    try:
        seen += os.read(terminal, 65536)
    except OSError:  # Linux's way to say that nobody is left on the other side
        break
    if not pressed and b"/product/[id]" in seen:
        pressed = bool(os.write(terminal, b"\\x03"))
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_ctrl_c_on_a_terminal_ends_run_and_shop_in_order(tmp_path: Path) -> None:
    """The terminal sends it to both processes; the parent waits for the child's report."""
    command = [sys.executable, "-c", _ON_A_TERMINAL]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 130, ended.stdout
    assert "interrupted" in ended.stdout
    assert ended.stdout.index("interrupted") < ended.stdout.index("Left behind")
    assert report_in(tmp_path)["verdict"]["outcome"] == "interrupted"
    assert shops_of(tmp_path) == []
