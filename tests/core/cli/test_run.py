"""`loadhost run`: from arguments to an exit code, in real processes."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from loadhost import __version__

TWO_CLASSES = """
import logging

from loadhost import User, constant, hookimpl, task


class Shopper(User):
    wait_time = constant(0.05)

    @task
    def look(self):
        self.environment.requests.record("LOOK", "shelf", 5.0)


class Thief(User):
    wait_time = constant(0.05)

    @task
    def steal(self):
        self.environment.requests.record("STEAL", "shelf", 5.0)


@hookimpl
def loadhost_test_start():
    logging.info("it \\x1b[1mbegins")
"""


@pytest.fixture(scope="module")
def thieves(child_in: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Path]:
    """A run of a second in a process of its own, and its folder."""
    folder = tmp_path_factory.mktemp("thieves")
    (folder / "loadfile.py").write_text(TWO_CLASSES)
    arguments = ["run", "Thief", "-u", "2", "-r", "100", "-t", "1s", "--json-file", "run.json", "--logfile", "run.log"]
    return child_in(folder, *arguments), folder


def test_a_run_ends_with_its_run_time_and_exit_code_0(thieves):
    outcome, _ = thieves
    assert outcome.returncode == 0, outcome.stderr
    assert "ended by: run time of 1s is over" in outcome.stdout
    assert "Verdict: passed, exit code 0" in outcome.stdout


def test_a_run_takes_its_run_time_and_not_less(thieves):
    _, folder = thieves
    assert 1.0 <= json.loads((folder / "run.json").read_text())["run"]["duration_s"] < 5.0


def test_only_the_named_user_classes_run(thieves):
    outcome, _ = thieves
    assert "STEAL" in outcome.stdout
    assert "LOOK" not in outcome.stdout


def test_log_lines_go_to_the_logfile(thieves):
    outcome, folder = thieves
    assert "INFO/root: it \\x1b[1mbegins" in (folder / "run.log").read_text()
    assert "begins" not in outcome.stderr


def test_a_run_that_a_plugin_stops_ends_the_process(child, loadfile):
    with loadfile.open("a") as file:
        file.write(
            "\nfrom loadhost import hookimpl\n@hookimpl\ndef loadhost_stats_window(environment):\n"
            "    environment.runner.stop('enough')\n"
        )
    outcome = child("run")
    assert outcome.returncode == 0
    assert "ended by: enough" in outcome.stdout


def test_the_process_exit_code_that_a_plugin_sets_is_the_exit_code(child, loadfile):
    with loadfile.open("a") as file:
        file.write(
            "\nfrom loadhost import hookimpl\n@hookimpl\ndef loadhost_quitting(environment):\n"
            "    environment.process_exit_code = 42\n"
        )
    assert child("run", "-t", "0.2s").returncode == 42


def test_a_folder_is_all_its_loadfiles_but_those_with_an_underscore(command, tmp_path, loadfile):
    folder = tmp_path / "files"
    folder.mkdir()
    loadfile.rename(folder / "shop.py")
    (folder / "_helper.py").write_text("raise RuntimeError('never imported')\n")
    assert command("run", "files", "-t", "0.2s").returncode == 0


def test_an_option_of_the_loadfile_may_have_its_value_after_the_loadfile(command, loadfile):
    with loadfile.open("a") as file:
        file.write(
            "\nfrom loadhost import hookimpl, OptionSpec\n@hookimpl\ndef loadhost_add_options(options):\n"
            "    options.add(OptionSpec('--basket', help='What [to] buy.'))\n"
        )
    outcome = command("run", "loadfile.py", "--basket", "tea.py", "--show-config")
    assert "basket" in outcome.stdout
    assert "tea.py" in outcome.stdout
    assert outcome.returncode == 0, outcome.stderr


def test_a_run_without_a_plugin_still_reads_the_settings_of_that_plugin_with_a_warning(command, loadfile, tmp_path):
    (tmp_path / "loadhost.toml").write_text('colour = "red"\n')
    outcome = command("run", "--no-plugins", "-t", "0.2s")
    assert outcome.returncode == 0
    assert "there is no option 'colour'" in outcome.stderr


def test_a_plugin_may_change_a_default_before_the_run(command, loadfile):
    with loadfile.open("a") as file:
        file.write(
            "\nfrom loadhost import hookimpl\n@hookimpl\ndef loadhost_configure(config):\n"
            "    config.set_default('users', 3)\n"
        )
    outcome = command("run", "-r", "100", "-t", "0.2s")
    assert "3 users" in outcome.stdout


def test_ctrl_c_while_a_loadfile_is_imported_is_one_line(tmp_path):
    (tmp_path / "loadfile.py").write_text("import time\nprint('here', flush=True)\ntime.sleep(60)\n")
    with subprocess.Popen(
        [sys.executable, "-m", "loadhost", "run"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "here\n"
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert errors == "loadhost: interrupted\n"
    assert process.returncode == 130


@pytest.mark.parametrize("arguments", [["--version"], ["--no-plugins", "--version"], ["run", "--version"]])
def test_version_is_one_line(command, arguments):
    outcome = command(*arguments)
    assert outcome.stdout.startswith(f"loadhost {__version__} ")
    assert outcome.returncode == 0


def test_a_reader_that_goes_away_is_no_error(tmp_path):
    piped = subprocess.run(
        f"{sys.executable} -m loadhost hooks | head -1", shell=True, capture_output=True, text=True, check=True
    )
    assert piped.stderr == ""


def test_importing_the_command_line_imports_no_requests_flask_or_rich():
    check = "import sys, loadhost._cli.main; sys.exit(bool({'requests', 'flask', 'rich'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


class TestSignals:
    """The first signal ends the run with its report, the second without waiting, the third at once."""

    @pytest.fixture
    def begin(self, tmp_path):
        running = []

        def begin(task: str, *arguments: str) -> subprocess.Popen[str]:
            (tmp_path / "loadfile.py").write_text(
                "import gevent, sys\nfrom loadhost import User, task\nclass Patient(User):\n    @task\n"
                f"    def work(self):\n        print('at work', file=sys.stderr, flush=True)\n        {task}\n"
            )
            process = subprocess.Popen(
                [sys.executable, "-m", "loadhost", "run", *arguments],
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            running.append(process)
            for line in process.stderr:  # a busy machine may log a warning first
                if "at work" in line:
                    break
            return process

        yield begin
        for process in running:
            process.kill()
            process.communicate()

    @pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
    def test_the_first_ends_the_run_with_its_report(self, begin, number, code):
        process = begin("gevent.sleep(60)")
        process.send_signal(number)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == code
        assert f"Verdict: interrupted, exit code {code}" in output

    def test_the_first_waits_for_the_stop_timeout_and_the_second_does_not(self, begin):
        process = begin("gevent.sleep(60)", "-s", "50s")
        process.send_signal(signal.SIGINT)
        time.sleep(1)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 130
        assert "Verdict: interrupted" in output

    def test_the_third_ends_a_process_whose_loadfile_never_lets_go(self, begin):
        process = begin("while True: pass")
        for _ in range(3):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
        process.communicate(timeout=60)
        assert process.returncode == 143
