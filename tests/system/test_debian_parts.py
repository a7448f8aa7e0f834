"""The servers that the tests of this folder run against are there, or each of these tests says that it was skipped."""

from __future__ import annotations

import subprocess

import pytest

import debian_parts


@pytest.mark.needs_debian("nginx")
def test_nginx_answers_with_its_version():
    done = subprocess.run([debian_parts.find("nginx"), "-v"], capture_output=True, text=True, check=True)
    assert "nginx" in done.stderr
