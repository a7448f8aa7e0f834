"""Open files: the limit is raised, and users that can't have a connection each are refused before the run."""

from __future__ import annotations

import resource

import pytest
from loadhost import FastHttpUser, UsageError, User
from loadhost._cli.limits import check_open_files, raise_open_files_limit


def test_the_soft_limit_is_raised_to_the_hard_one():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, soft), hard))
        assert raise_open_files_limit() == hard
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_users_that_cannot_each_have_a_connection_are_refused_with_the_command_to_type():
    with pytest.raises(UsageError, match=r"2,000 users need 2,064 open files .* may have 1,024; type: ulimit -Hn 2064"):
        check_open_files(2000, [FastHttpUser], 1024)


def test_users_without_connections_need_no_files():
    check_open_files(2000, [User], 1024)


def test_the_command_refuses_too_many_users_in_one_line(child, tmp_path):
    (tmp_path / "loadfile.py").write_text(
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (512, 512))\n"
        "from loadhost import FastHttpUser, task\n"
        "class Visitor(FastHttpUser):\n    host = 'http://127.0.0.1:1'\n"
        "    @task\n    def visit(self): self.client.get('/')\n"
    )
    outcome = child("run", "-u", "5000", "-t", "1s")
    assert outcome.returncode == 2
    assert "5,000 users need 5,064 open files" in outcome.stderr
