"""Files that reports are written to."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from loadhost import UsageError
from loadhost_builtins._files import refuse_unwritable, replacing


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    """While it is written, readers see the old one."""
    path = tmp_path / "report"
    path.write_text("old")
    with replacing(path) as file:
        file.write("new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"


def test_a_failure_in_the_middle_keeps_the_old_file_and_leaves_no_draft(tmp_path: Path) -> None:
    """Half a report is worse than the last one."""
    path = tmp_path / "report"
    path.write_text("old")
    with pytest.raises(TypeError), replacing(path) as file:
        file.writelines(["half", None])  # type: ignore[list-item]  # the fault
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["report"]


def test_missing_folders_are_made(tmp_path: Path) -> None:
    """As Locust does for --csv."""
    path = tmp_path / "a" / "b" / "report"
    with replacing(path) as file:
        file.write("x")
    assert path.read_text() == "x"


def test_a_link_is_followed_not_replaced(tmp_path: Path) -> None:
    """`latest.json` that points elsewhere goes on pointing there."""
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    with replacing(link) as file:
        file.write("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_device_is_written_to_not_replaced() -> None:
    """--json-file /dev/null, by root, must leave /dev/null a device."""
    refuse_unwritable(Path("/dev/null"), "--json-file")
    with replacing(Path("/dev/null")) as file:
        file.write("x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_it_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    """Not the narrow ones of temporary files."""
    (tmp_path / "other").write_text("")
    with replacing(tmp_path / "report") as file:
        file.write("x")
    assert (tmp_path / "report").stat().st_mode == (tmp_path / "other").stat().st_mode


def test_asking_whether_a_file_can_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """Neither the file nor its folders."""
    refuse_unwritable(tmp_path / "a" / "report", "--csv")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("", "it is a folder"),
        ("taken/report", "Not a directory"),
        ("x" * 250, "name is too long"),
        ("nul\0", "null byte|null character"),
    ],
)
def test_what_cannot_be_written_is_refused_with_option_path_and_reason(tmp_path: Path, path: str, why: str) -> None:
    """One line."""
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(UsageError, match=rf"^--csv [^\n]*can't be written: .*({why})[^\n]*$"):
        refuse_unwritable(tmp_path / path, "--csv")


def test_text_without_bytes_in_utf_8_is_written_as_an_escape(tmp_path: Path) -> None:
    """A lone surrogate in a name does not cost the report."""
    with replacing(tmp_path / "report") as file:
        file.write("\ud800")
    assert (tmp_path / "report").read_bytes() == b"\\ud800"
