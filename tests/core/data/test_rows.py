"""`loadhost.data.rows`: what is handed out, in which order, and what happens when nothing is left."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from loadhost import StopTest, StopUser, UsageError
from loadhost._plugins.current import set_current_manager
from loadhost._plugins.manager import PluginManager
from loadhost.data import rows


@pytest.fixture(autouse=True)
def manager():
    """Each test has a manager of its own, which is told the end: then files are closed."""
    manager = PluginManager()
    set_current_manager(manager)
    yield manager
    manager.tell("loadhost_quitting", environment=None)
    set_current_manager(None)


@pytest.fixture
def people(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("name,age\nAnn,31\nBob,42\nCem,53\n")
    return path


def names(some, number: int) -> str:
    return "".join(next(some)["name"][0] for _ in range(number))


# -- the order


def test_rows_come_in_the_order_of_the_file_over_and_over(people):
    assert names(rows(people), 7) == "ABCABCA"


def test_values_of_csv_are_texts_unless_a_type_is_given(people):
    assert next(rows(people)) == {"name": "Ann", "age": "31"}
    assert next(rows(people, types={"age": int})) == {"name": "Ann", "age": 31}


def test_each_row_is_a_dict_of_its_own(people):
    some = rows(people)
    next(some)["name"] = "changed"
    assert names(some, 3) == "BCA"


def test_shuffled_rows_are_each_there_once_in_a_pass_and_in_another_order_in_the_next(tmp_path):
    (tmp_path / "x.csv").write_text("n\n" + "\n".join(map(str, range(50))))
    some = rows(tmp_path / "x.csv", order="shuffled", types={"n": int})
    one, other = ([next(some)["n"] for _ in range(50)] for _ in range(2))
    assert sorted(one) == sorted(other) == list(range(50))
    assert one != other
    assert one != list(range(50))


def test_the_seed_decides_on_the_order(people, tmp_path):
    (tmp_path / "x.csv").write_text("n\n" + "\n".join(map(str, range(50))))

    def order(seed):
        some = rows(tmp_path / "x.csv", order="shuffled", seed=seed)
        return [next(some)["n"] for _ in range(120)]

    assert order(1) == order(1) != order(2)


def test_it_has_a_length_and_any_row_by_its_number(people):
    some = rows(people)
    assert len(some) == 3
    assert (some[0]["name"], some[-1]["name"], some[1]["name"]) == ("Ann", "Cem", "Bob")
    assert names(some, 3) == "ABC"
    with pytest.raises(IndexError, match=r"people\.csv has 3 rows; 3 is none of them"):
        some[3]


# -- each row once


def test_once_stops_the_user_that_asks_for_more(people):
    some = rows(people, once=True)
    assert names(some, 3) == "ABC"
    for _ in range(2):
        with pytest.raises(StopUser, match=r"all 3 rows of .*people\.csv have been used"):
            next(some)


def test_once_may_stop_the_run(people):
    some = rows(people, once=True, at_end="stop_run")
    names(some, 3)
    with pytest.raises(StopTest, match="all 3 rows"):
        next(some)


def test_once_and_shuffled_hands_out_each_row_once(people):
    assert sorted(names(rows(people, once=True, order="shuffled"), 3)) == ["A", "B", "C"]


def test_positions_of_somebody_else_decide_whose_row_comes_next(people):
    """As a master will share them out: this one has every second number."""

    class Odd:
        def __init__(self):
            self.at = -1

        def next(self):
            self.at += 2
            return self.at

        def restart(self):
            self.at = -1

    some = rows(people, once=True)
    some.positions = Odd()
    assert names(some, 1) == "B"
    with pytest.raises(StopUser):
        next(some)
    some.restart()
    assert names(some, 1) == "B"


# -- runs


def test_each_run_begins_anew(people, manager):
    some = rows(people, once=True)
    assert names(some, 3) == "ABC"
    manager.tell("loadhost_test_start", environment=None)
    assert names(some, 3) == "ABC"


def test_a_file_that_was_changed_is_read_again_by_the_next_run(people, manager):
    some = rows(people)
    assert names(some, 1) == "A"
    people.write_text("name\nZoe\n")
    manager.tell("loadhost_test_start", environment=None)
    assert names(some, 2) == "ZZ"


def test_a_file_that_is_replaced_while_a_run_reads_it_stays_the_old_one_for_that_run(people):
    some = rows(people)
    assert names(some, 1) == "A"
    people.unlink()
    people.write_text("name\nZoe\n")
    assert names(some, 3) == "BCA"


def test_a_file_that_is_cut_off_while_a_run_reads_it_is_said_to_be(people):
    some = rows(people)
    len(some)
    people.write_text("")
    with pytest.raises(UsageError, match=r"people\.csv was changed while the run read it"):
        names(some, 3)


def test_the_path_is_relative_to_the_file_that_calls(tmp_path, monkeypatch, people):
    monkeypatch.chdir("/")
    namespace = {"__file__": str(tmp_path / "loadfile.py")}
    exec("from loadhost.data import rows\npeople = rows('people.csv')", namespace)
    assert names(namespace["people"], 3) == "ABC"


# -- what is refused


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"order": "shufled"}, "rows: order='shufled' is not one of sequential, shuffled; did you mean shuffled?"),
        ({"at_end": "stop"}, "rows: at_end='stop' is not one of stop_user, stop_run"),
        ({"at_end": "stop_run"}, "at_end='stop_run' goes with once=True; without it rows never end"),
        ({"format": "xml"}, "rows: format='xml' is not one of csv, jsonl"),
        ({"encoding": "utf-7000"}, "rows: encoding='utf-7000' is not known; write for example utf-8"),
        ({"encoding": "utf-16"}, "rows: encoding='utf-16' is not possible; save the file as UTF-8"),
        ({"delimiter": "::"}, "delimiter='::' is not one character, such as ';'"),
    ],
)
def test_settings_that_can_not_be_are_refused(people, settings, says):
    with pytest.raises(UsageError) as refused:
        rows(people, **settings)
    assert says in str(refused.value)


def test_a_name_that_tells_no_format_is_refused():
    with pytest.raises(UsageError, match=r"rows\('x.txt'\): give format='csv' or format='jsonl'"):
        rows("x.txt")


# -- round trips

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=20)


@given(st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=30), st.sampled_from(",;\t|"), st.booleans())
@example([("", "", ""), ("a\nb", '"', ","), ("\ufeff", "\x00", "x")], ",", True)
def test_what_pythons_csv_writes_is_read_back(tmp_path_factory, table, delimiter, bom):
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([("a", "b", "c"), *table])
    path = tmp_path_factory.getbasetemp() / "trip.csv"
    path.write_bytes((b"\xef\xbb\xbf" if bom else b"") + text.getvalue().encode())
    some = rows(path, delimiter=delimiter)
    assert [tuple(next(some).values()) for _ in range(len(some))] == table
    for place in reversed(range(len(table))):
        assert tuple(some[place].values()) == table[place]
    some.close()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)


@given(
    st.lists(st.dictionaries(TEXT, JSON, max_size=4), min_size=1, max_size=20), st.sampled_from(["\n", "\r\n", "\n\n"])
)
def test_json_lines_are_read_back(tmp_path_factory, table, newline):
    path = tmp_path_factory.getbasetemp() / "trip.jsonl"
    path.write_bytes(newline.join(json.dumps(row, ensure_ascii=False) for row in table).encode())
    some = rows(path)
    assert [next(some) for _ in range(len(some))] == table
    assert [some[place] for place in reversed(range(len(table)))] == table[::-1]
    some.close()


def test_every_row_of_a_file_with_more_rows_than_marks_is_found(tmp_path, monkeypatch):
    from loadhost._data import row_file

    monkeypatch.setattr(row_file, "MOST_MARKS", 8)
    (tmp_path / "x.csv").write_text("n\n" + "".join(f'"{n}\n"\n' for n in range(100)))
    some = rows(tmp_path / "x.csv", types={"n": int})
    assert [some[n]["n"] for n in range(99, -1, -1)] == list(range(99, -1, -1))
    assert Counter(next(some)["n"] for _ in range(100)) == Counter(range(100))
