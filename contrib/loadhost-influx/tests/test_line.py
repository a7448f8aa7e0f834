"""Line protocol, checked by what two real servers read back."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from loadhost_influx._line import LONGEST_TAG, line, plain_tag, plain_text

T = 1_700_000_000_000_000_000
NASTY = [
    "GET /a b",
    "comma,equals=quote\"single'",
    "tab\there",
    "line\nbreak\r\n",
    "ends with a backslash\\",
    "C:\\dir\\file",
    "\\",
    "\\\\",
    "back\\,comma\\=\\ space",
    "grüße 你好 🎉 \u00a0 \u200d",
    "# no comment",
    '"quoted"',
    "a" * 1000,
    "\x00\x1b[31m\u2028\ud800",
    " leading and trailing ",
    "=",
    ",",
]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (1, "1.0"),
        (0.1, "0.1"),
        (1e-9, "1e-09"),
        (10**30, "1e+30"),
        (True, "true"),
        ('say "hi" \\', '"say \\"hi\\" \\\\"'),
        ("two\nlines", '"two\\\\nlines"'),
    ],
)
def test_numbers_are_always_floats_and_texts_quoted(value, written):
    assert line("m", (), {"f": value}, T) == f"m f={written} {T}"


@pytest.mark.parametrize("value", [None, math.nan, math.inf, -math.inf, 10**400])
def test_what_is_no_number_is_left_out(value):
    assert line("m", (), {"f": value, "g": 1}, T) == f"m g=1.0 {T}"
    assert line("m", (), {"f": value}, T) is None


def test_an_empty_tag_is_left_out():
    assert line("m", (("b", ""), ("a", "x")), {"f": 1}, T) == f"m,a=x f=1.0 {T}"


def test_a_text_the_protocol_can_not_hold_is_shown_readably_with_a_hash():
    assert plain_tag("C:\\").startswith("C:/~")
    assert plain_tag("a\nb").startswith("a\\nb~")
    assert len(plain_tag("x" * 5000)) == LONGEST_TAG + 9


@given(st.lists(st.text(), min_size=2, max_size=2, unique=True))
def test_two_texts_never_become_one_tag(texts):
    """Else their points would overwrite each other."""
    assert plain_tag(texts[0]) != plain_tag(texts[1])


@given(st.text(), st.text())
def test_a_point_is_one_line_of_utf8(tag, field):
    text = line("m", (("t", tag),), {"f": field}, T)
    assert text is not None
    assert not set("\n\r") & set(text)
    assert text.encode()


# -- what the servers say


@pytest.mark.needs_debian("influxd")
def test_influxdb_reads_nasty_texts_back_as_they_were(influxdb, database):
    lines = [line("m", (("t", text), ("u", "x")), {"f": text, "i": i}, T) for i, text in enumerate(NASTY)]
    influxdb.write(database, "\n".join(lines))
    rows = {row["i"]: row for row in influxdb.query('SELECT i, t, f FROM "m"', database)}
    assert [rows[i]["t"] for i in range(len(NASTY))] == [plain_tag(text) for text in NASTY]
    assert [rows[i]["f"] for i in range(len(NASTY))] == [plain_text(text) for text in NASTY]
    assert sum(plain_tag(text) == text for text in NASTY) >= 9


@pytest.mark.needs_debian("victoria-metrics")
def test_victoriametrics_reads_nasty_texts_back_as_they_were(victoria):
    lines = [line("nasty", (("t", text), ("u", "x")), {"f": text, "i": i}, T) for i, text in enumerate(NASTY)]
    victoria.request("/write?db=nasty", "\n".join(lines).encode())
    series = {row["values"][0]: row["metric"]["t"] for row in victoria.export('{__name__="nasty_i"}')}
    assert [series[i] for i in range(len(NASTY))] == [plain_tag(text) for text in NASTY]


_batches = itertools.count()


@pytest.fixture(scope="module")
def any_database(influxdb):
    return influxdb.create("any text, any number")


@pytest.mark.needs_debian("influxd")
@hypothesis_settings(max_examples=25)
@given(
    texts=st.lists(
        st.text(alphabet=st.one_of(st.sampled_from(",= \\\"'\n\r\t#\0/~"), st.characters()), min_size=1, max_size=20),
        min_size=1,
        max_size=30,
        unique=True,
    ),
    numbers=st.lists(st.one_of(st.integers(), st.floats()), min_size=30, max_size=30),
)
def test_influxdb_reads_any_text_and_any_number_back(influxdb, any_database, texts, numbers):
    """As tags, as fields, as numbers; a batch of points each time, none of which is lost."""
    measurement = f"m{next(_batches)}"
    points: list[dict[str, Any]] = [
        {"i": float(i), "f": text, "n": number} for i, (text, number) in enumerate(zip(texts, numbers, strict=False))
    ]
    lines = [line(measurement, (("t", point["f"]),), point, T + int(point["i"])) for point in points]
    influxdb.write(any_database, "\n".join(lines))
    rows = {row["i"]: row for row in influxdb.query(f"SELECT * FROM {measurement}", any_database)}
    assert len(rows) == len(texts)
    for point in points:
        row = rows[point["i"]]
        assert row["t"] == plain_tag(point["f"])
        assert row["f"] == plain_text(point["f"])
        if _finite(point["n"]):
            assert float(row["n"]) == float(point["n"])
        else:
            assert row.get("n") is None


def _finite(number: float) -> bool:
    try:
        return math.isfinite(float(number))
    except OverflowError:
        return False
