"""A file that is wrong is one line with its name and the line, before anything runs."""

from __future__ import annotations

import pytest
from loadhost import UsageError
from loadhost._data.records import Layout
from loadhost._data.row_file import RowFile


def refused(tmp_path, content: bytes, *, name: str = "x.csv", **settings) -> str:
    (tmp_path / name).write_bytes(content)
    layout = Layout(tmp_path / name, name, name.endswith(".csv"), **settings)
    with pytest.raises(UsageError) as error:
        RowFile(layout)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "x.csv has no rows"),
        (b"name,age\n\n", "x.csv has no rows"),
        (b"name,age\nAnn,31\n\n\nBob\n", "x.csv, line 5: 1 values for 2 columns (name, age)"),
        (b"name,age\nAnn,31,x\n", "x.csv, line 2: 3 values for 2 columns"),
        (b'name,age\n"Ann\nB",31\nBob\n', "x.csv, line 4: 1 values"),
        (b"name,\nAnn,31\n", "x.csv, line 1: column 2 has no name; give header=[...]"),
        (b"name,name\nAnn,31\n", "x.csv, line 1: two columns are named 'name'"),
        (b'name\n"Ann\n', 'x.csv, line 2: a quote (") is opened here and not closed'),
        (b'name\n"Ann"x\n', "x.csv, line 2: ',' expected after '\"'"),
        (b"name\rAnn\r", "x.csv, line 1: a carriage return outside of quotes"),
        (b"name\nAnn\nB\xffb\n", "x.csv, line 3: not utf-8; give the file's encoding='...', or save it as UTF-8"),
        ("name\nAnn\n".encode("utf-16"), "x.csv, line 1: the file is UTF-16; save it as UTF-8"),
        (b"name\n" + b"x" * 200_000, "x.csv, line 2: field larger than field limit"),
    ],
)
def test_a_csv_file_that_is_wrong(tmp_path, content, says):
    assert says in refused(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\n\n", "x.jsonl has no rows"),
        (b'{"a": 1}\n\n{"a": }\n', "x.jsonl, line 3: not valid JSON (Expecting value"),
        (b'{"a": 1}\n[1, 2]\n', 'x.jsonl, line 2: [1, 2] is no JSON object; each line is one, such as {"name": "Ann"}'),
        (b"[" * 100_000, "x.jsonl, line 1: not valid JSON (nested too deeply)"),
        (b'{"a": "\xff"}', "x.jsonl, line 1: not utf-8"),
    ],
)
def test_a_json_lines_file_that_is_wrong(tmp_path, content, says):
    assert says in refused(tmp_path, content, name="x.jsonl")


def test_a_value_that_is_not_of_its_type(tmp_path):
    content = b"name,age\nAnn,31\nBob,old\n"
    assert refused(tmp_path, content, types={"age": int}) == "x.csv, line 3: age: 'old' is not a whole number"
    assert "x.csv, line 2: name: 'Ann' is not a number" in refused(tmp_path, content, types={"name": float})
    assert "line 2: name: 'Ann' is neither true nor false" in refused(tmp_path, content, types={"name": bool})


def test_a_type_for_a_column_that_there_is_not(tmp_path):
    said = refused(tmp_path, b"name,age\nAnn,31\n", types={"agee": int})
    assert said == "x.csv has no column 'agee', which types names; it has name, age; did you mean age?"


def test_a_line_without_an_end(tmp_path, monkeypatch):
    monkeypatch.setattr("loadhost._data.records._MOST_BYTES", 1000)
    assert "x.jsonl, line 1: is longer than 16 MB" in refused(tmp_path, b'{"a": "' + b"x" * 2000, name="x.jsonl")


def test_a_file_that_is_missing(tmp_path):
    (tmp_path / "accounts.csv").touch()
    with pytest.raises(UsageError) as refused:
        RowFile(Layout(tmp_path / "acounts.csv", "acounts.csv", True))
    assert str(refused.value) == (
        f"acounts.csv: there is no acounts.csv in {tmp_path} (a path is relative to the file that names it); "
        "did you mean accounts.csv?"
    )


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(UsageError, match=r"^x can't be read: Is a directory$"):
        RowFile(Layout(tmp_path, "x", True))


@pytest.mark.parametrize("text", ["true", "1", "Yes", "on"])
def test_a_truth_in_a_file_is_read_as_one(tmp_path, text):
    (tmp_path / "x.csv").write_text(f"yes,no\n{text},false\n")
    file = RowFile(Layout(tmp_path / "x.csv", "x.csv", True, types={"yes": bool, "no": bool}))
    assert file.row(0) == {"yes": True, "no": False}


def test_a_file_without_a_header_line_gets_its_names_from_the_call(tmp_path):
    (tmp_path / "x.csv").write_text("Ann;31\n")
    file = RowFile(Layout(tmp_path / "x.csv", "x.csv", True, delimiter=";", header=("name", "age")))
    assert file.row(0) == {"name": "Ann", "age": "31"}


def test_names_of_columns_lose_the_blanks_around_them(tmp_path):
    (tmp_path / "x.csv").write_text("name, age\nAnn, 31\n")
    assert RowFile(Layout(tmp_path / "x.csv", "x.csv", True)).row(0) == {"name": "Ann", "age": " 31"}


def test_another_encoding(tmp_path):
    (tmp_path / "x.csv").write_bytes("name\nJörg\n".encode("latin-1"))
    assert RowFile(Layout(tmp_path / "x.csv", "x.csv", True, encoding="latin-1")).row(0) == {"name": "Jörg"}


def test_semicolons_in_the_only_name_are_pointed_at(tmp_path, caplog):
    (tmp_path / "x.csv").write_text("name;age\nAnn;31\n")
    RowFile(Layout(tmp_path / "x.csv", "x.csv", True))
    assert caplog.messages == ["x.csv has one column, 'name;age'; is delimiter=';' meant?"]


def test_a_file_that_takes_long_to_check_is_told_of(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr("loadhost._data.row_file._SLOW_S", 0.0)
    (tmp_path / "x.csv").write_text("name\nAnn\n")
    with caplog.at_level("INFO"):
        RowFile(Layout(tmp_path / "x.csv", "x.csv", True))
    assert "x.csv: 1 rows read and checked in " in caplog.text
