"""docs/data.md: its files are written out, its commands run against a shop, its error line is the real one."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path

import pytest
from loadhost import UsageError
from loadhost.data import rows

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "data.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    loadhost (run .*)$", PAGE, flags=re.MULTILINE)


@pytest.fixture
def files(loadhost_run):
    """The page's files, in the folder in which the commands run."""
    for name, source in re.findall(r"^```\w*\n# ([\w.]+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE):
        (loadhost_run.folder / name).write_text(source, encoding="utf-8")
    return loadhost_run.folder


def arguments(number: int, host: str) -> list[str]:
    return shlex.split(COMMANDS[number].replace("http://shop.test:8080", host).replace("-t 1m", "-r 100 -t 1s"))


@pytest.mark.slow
@pytest.mark.usefixtures("files")
def test_each_user_of_the_first_example_has_its_account(loadhost_run, loadhost_shop):
    outcome = loadhost_run.command(*arguments(0, loadhost_shop.url))
    assert outcome.exit_code == 0, outcome.stderr
    assert loadhost_shop.count(path="/login") == 5
    assert {f"/product/{number}" for number in (31, 42, 53)} == {
        path for _, path, _ in loadhost_shop.requests if path.startswith("/product")
    }


@pytest.mark.slow
@pytest.mark.usefixtures("files")
def test_the_vouchers_of_the_page_are_used_once_each(loadhost_run, loadhost_shop):
    outcome = loadhost_run.command(*arguments(1, loadhost_shop.url))
    assert outcome.exit_code == 0, outcome.stderr
    assert "ended by: all 2 rows of vouchers.jsonl have been used" in outcome.stdout
    assert [loadhost_shop.count(path=f"/product/{number}") for number in (7, 8)] == [1, 1]


def test_length_and_single_rows(loadhost_run, files, capsys):
    outcome = loadhost_run(files / "more.py", run_time=0.2, in_process=True)
    assert "3 products, the first is lamp" in capsys.readouterr().out
    assert {name for name, _ in outcome.stats.entries} == {"lamp", "table", "chair"}


def test_the_error_of_the_page_is_the_real_one(loadhost_run, files):
    accounts = files / "accounts.csv"
    accounts.write_text(accounts.read_text().replace("42", "lamp"))
    with pytest.raises(UsageError) as refused:
        loadhost_run(files / "loadfile.py", host="http://127.0.0.1:1", run_time=1, in_process=True)
    assert f"    loadhost: error: {refused.value}\n" in PAGE


def test_every_argument_of_rows_is_on_the_page():
    missing = [name for name in inspect.signature(rows).parameters if name != "path" and f"{name}" not in PAGE]
    assert missing == []
    assert len(COMMANDS) == 2
