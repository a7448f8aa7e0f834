"""Steps 4 and 5: which words mean loadfiles, which name user classes, and what the classes of a loadfile are."""

from __future__ import annotations

from types import ModuleType

import pytest
from loadhost import UsageError, User
from loadhost._cli.loadfiles import find_targets
from loadhost._cli.user_classes import choose_user_classes


@pytest.fixture
def folder(tmp_path):
    for name in ("loadfile.py", "locustfile.py", "other.py", "notes.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "files").mkdir()
    for name in ("b.py", "a.py", "_hidden.py", "c.txt"):
        (tmp_path / "files" / name).write_text("")
    return tmp_path


def names(targets):
    return [file.name for file in targets.loadfiles]


def test_words_that_end_in_py_are_loadfiles_and_the_others_user_classes(folder):
    targets = find_targets(["Shopper", "other.py", "Thief"], [], [], folder)
    assert names(targets) == ["other.py"]
    assert targets.class_names == ("Shopper", "Thief")


def test_a_folder_is_its_loadfiles_sorted_without_those_that_begin_with_an_underscore(folder):
    assert names(find_targets(["files"], [], [], folder)) == ["a.py", "b.py"]


def test_a_file_named_twice_is_loaded_once(folder):
    assert names(find_targets(["other.py", "./other.py"], ["other.py"], [], folder)) == ["other.py"]


def test_those_of_f_come_first_and_both_are_loaded(folder):
    assert names(find_targets(["other.py"], ["loadfile.py"], [], folder)) == ["loadfile.py", "other.py"]


def test_the_default_is_loadfile_then_locustfile(folder):
    assert names(find_targets([], [], [], folder)) == ["loadfile.py"]
    (folder / "loadfile.py").unlink()
    assert names(find_targets([], [], [], folder)) == ["locustfile.py"]


def test_a_configured_loadfile_counts_only_if_none_is_named(folder):
    assert names(find_targets([], [], ["other.py"], folder)) == ["other.py"]
    assert names(find_targets(["loadfile.py"], [], ["other.py"], folder)) == ["loadfile.py"]


@pytest.mark.parametrize(
    ("word", "says"),
    [
        ('{"user_class_name": "A", "host": "http://b"}', "give each JSON a --config-users of its own"),
        ("othr.py", "loadfile othr.py does not exist; did you mean other.py?"),
        ("files/zzz", "loadfile files/zzz does not exist"),
        ("./notes.txt", "its name must end in .py"),
        ("empty", "folder empty has no loadfile"),
    ],
)
def test_a_place_that_holds_no_loadfile_is_refused(folder, word, says):
    (folder / "empty").mkdir()
    with pytest.raises(UsageError, match=says):
        find_targets([word], [], [], folder)


class Base(User):
    abstract = True


class Shopper(Base): ...


class Thief(User): ...


@pytest.fixture
def module():
    made = ModuleType("shop")
    made.__file__ = "shop.py"
    vars(made).update(User=User, Base=Base, Shopper=Shopper, Thief=Thief, number=3)
    return made


def test_abstract_classes_are_left_out_and_imported_ones_count(module):
    assert choose_user_classes([module], []) == [Shopper, Thief]


def test_named_classes_come_in_the_order_of_their_names(module):
    assert choose_user_classes([module], ["Thief", "Shopper", "Thief"]) == [Thief, Shopper]


def test_an_abstract_class_can_not_be_named(module):
    with pytest.raises(UsageError, match=r"shop\.py has no user class 'Base'; it has Shopper, Thief"):
        choose_user_classes([module], ["Base"])
