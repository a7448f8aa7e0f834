"""Several loadfiles: folders, commas, what they import of each other, and names that two of them have."""

from __future__ import annotations

import pytest

CLASS = "from loadhost import User, task\nclass {}(User):\n    @task\n    def work(self): ...\n"


def names(outcome) -> list[str]:
    assert outcome.returncode == 0, outcome.stderr
    return [line.split()[0] for line in outcome.stdout.splitlines()[1:]]


@pytest.fixture
def folder(tmp_path):
    for path, name in [("b.py", "B"), ("a.py", "A"), ("sub/c.py", "C"), ("sub/deeper/d.py", "D")]:
        (tmp_path / "files" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "files" / path).write_text(CLASS.format(name))
    for path in ("_hidden.py", "_private/x.py", ".git/x.py", "venv/x.py"):
        (tmp_path / "files" / path).parent.mkdir(exist_ok=True)
        (tmp_path / "files" / path).write_text("raise RuntimeError('never imported')")
    (tmp_path / "files" / "venv" / "pyvenv.cfg").touch()
    return tmp_path / "files"


def test_a_folder_is_all_loadfiles_in_it_and_below_it_in_order(command, folder):
    assert names(command("run", "files", "--list")) == ["A", "B", "C", "D"]


def test_f_takes_several_with_commas_and_may_be_repeated(command, folder):
    assert names(command("run", "-f", "files/b.py,files/a.py", "-f", "files/sub", "--list")) == ["B", "A", "C", "D"]


def test_the_variable_takes_several(command, folder):
    assert names(command("run", "--list", LOADHOST_LOADFILE="files/b.py,files/a.py")) == ["B", "A"]


def test_a_file_with_a_comma_in_its_name_is_one_file(command, tmp_path):
    (tmp_path / "a,b.py").write_text(CLASS.format("A"))
    assert names(command("run", "-f", "a,b.py", "--list")) == ["A"]


def test_what_one_imports_from_another_is_there_once(command, tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.py").write_text("from zbase import Base\nclass A(Base): ...\n")
    (tmp_path / "files" / "zbase.py").write_text("print('imported')\n" + CLASS.format("Base"))
    outcome = command("run", "files", "--list")
    assert outcome.stdout.count("imported") == 1
    assert [line.split()[0] for line in outcome.stdout.splitlines()[2:]] == ["Base", "A"]


def test_a_name_that_two_files_have_is_refused_with_both(command, folder):
    (folder / "sub" / "c.py").write_text(CLASS.format("A"))
    outcome = command("run", "files")
    assert outcome.stderr == (
        "loadhost: error: two user classes are named A, one in files/a.py and one in files/sub/c.py; "
        "rename one of them\n"
    )
    assert outcome.returncode == 2


def test_two_classes_of_one_file_with_one_name_are_refused(command, tmp_path):
    (tmp_path / "loadfile.py").write_text(CLASS.format("A") + "First = A\n" + CLASS.format("A"))
    outcome = command("run")
    assert "loadfile.py has two user classes that are named A (A and First); give each its own name" in outcome.stderr
    assert outcome.returncode == 2


def test_classes_are_chosen_from_all_files_by_words_option_and_variable(command, folder):
    def chosen(*arguments, **variables):
        return command("run", "files", *arguments, "--show-task-ratio", **variables).stdout.split()

    assert "A" not in chosen("C", "D")
    assert "C" in chosen("C", "--user-classes", "D,B")
    assert "D" in chosen("C", "--user-classes", "D,B")
    assert "A" not in chosen(LOADHOST_USER_CLASSES="B D")


def test_an_unknown_class_is_answered_with_those_of_all_files(command, folder):
    assert "has no user class 'E'; it has A, B, C, D" in command("run", "files", "E").stderr


def test_several_tags_as_locust_takes_them_are_answered_with_how_to_write_them(command, loadfile):
    outcome = command("run", "loadfile.py", "--tags", "one", "two")
    assert "has no user class 'two'; it has Shopper, Thief; for several tags write --tags one,two" in outcome.stderr


def test_an_address_is_no_loadfile(command):
    outcome = command("run", "-f", "https://example.com/locustfile.py")
    assert "is an address; download it first, and give the path of the file" in outcome.stderr
