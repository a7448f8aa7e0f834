"""The grammar of thresholds: what a rule is, what it says, and where a text stops being one."""

from __future__ import annotations

import math
import re
from contextlib import suppress

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from loadhost_failratio import Threshold, ThresholdError, parse_threshold
from loadhost_failratio._threshold import COUNT, METRIC, RATIO, TIME, UNITS, Limit, Quantity


@pytest.mark.parametrize(
    "text",
    [
        "p95 < 300ms",
        "fail_ratio < 1%",
        "rps > 50 for 10s, after 30s",
        "p99{name=/checkout} < 2s within 10s, then stop",
        'p99.9{name="/a b", method=GET, method=HEAD} <= 250us then warn',
        "service.p95 < 300ms",
        "failures == 0",
        "requests >= 1000",
        "metric:orders > 10",
        "metric:orders.rate{shop=berlin} > 1.5/s",
        'metric:"queue.length".max < 100 within 1m30s',
        "metric:cold_start.p95 < 2s",
        "metric:balance > -5",
    ],
)
def test_rules_that_people_write(text: str) -> None:
    """Each is printed as it was written, but for durations, which are in seconds."""
    assert str(parse_threshold(text)) == text.replace("1m30s", "90s")


def test_spaces_and_commas_between_the_parts_do_not_matter() -> None:
    spaced = " p95 { name = /a ,method=GET }<300 ms within 10s,then stop "
    assert parse_threshold(spaced) == parse_threshold("p95{name=/a,method=GET} < 300ms, within 10s then stop")


def test_clauses_come_in_any_order() -> None:
    one = parse_threshold("rps > 5 then warn, after 3s, within 20s, for 10s")
    assert (one.for_s, one.within_s, one.after_s, one.action) == (10.0, 20.0, 3.0, "warn")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("p95 < 0.3s", 300.0),
        ("p95 < 300ms", 300.0),
        ("p95 < 300000us", 300.0),
        ("fail_ratio < 1%", 0.01),
        ("fail_ratio < 0.01", 0.01),
        ("rps > 50/s", 50.0),
        ("rps > 50", 50.0),
        ("metric:share < 5%", 0.05),
        ("metric:boot.avg < 2s", 2000.0),
    ],
)
def test_limits_in_base_units(text: str, value: float) -> None:
    """ms, a ratio of 0 to 1, per second."""
    assert parse_threshold(text).limit.value == pytest.approx(value)


def test_a_name_may_have_anything_in_it_if_it_is_quoted() -> None:
    rule = parse_threshold(r"""p95{name="a \"b\" {c}, d = \\e", name='it"s'} < 1s""")
    assert rule.selector == (("name", r'a "b" {c}, d = \e'), ("name", 'it"s'))


def test_a_response_time_may_be_called_so() -> None:
    assert parse_threshold("response.p95 < 1s") == parse_threshold("p95 < 1s")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", "at the end: expected a quantity: fail_ratio, failures"),
        ("latency < 1s", "at character 1, 'latency': expected a quantity"),
        ("p95 <", "at the end: expected a number, such as 300ms"),
        ("p95 << 300ms", "at character 6, '<': expected a number"),
        ("p95 = 300ms", "at character 5, '=': expected one of < <= > >= =="),
        ("p95 < 300", "at character 7, '300': a time has a unit: ms, s or us, such as 300ms"),
        ("p95 < 300 apples", "at character 11, 'apples': expected a unit (ms, s, us) or one of for 10s"),
        ("p100 < 3s", "at character 1, 'p100': a percentile is above p0 and below p100; there are min and max"),
        ("fail_ratio < 5", "at character 14, '5': a ratio is from 0 to 1, or from 0% to 100%"),
        ("fail_ratio < 0", "at character 14, '0': fail_ratio is never below 0; write for example <= 0"),
        ("rps > -1", "at character 7, '-': rps is never below 0"),
        ("requests > 10 ms", "at character 15, 'ms': this has no unit: expected for 10s"),
        ("p95{nam=x} < 1s", "at character 5, 'nam': expected name=... or method=..."),
        ("p95{name=} < 1s", "at character 10, '}': expected what it should be"),
        ('p95{name="x} < 1s', "at character 10, '\"': this quote is never closed"),
        ("p95{name=/a", "at the end: expected ',' or '}'"),
        ("p95 < 3ms for 10", "at character 15, '10': expected a duration with its unit, such as for 10s"),
        ("p95 < 3ms for 0.1s", "at character 15, '0.1s': figures come once a second: expected 1s or more"),
        ("p95 < 3ms within 500ms", "at character 18, '500ms': figures come once a second"),
        ("p95 < 3ms for 10s for 11s", "at character 19, 'for': 'for' is here twice; keep one of them"),
        ("p95 < 3ms then explode", "at character 16, 'explode': expected stop or warn"),
        ("p95 < 3ms ever", "at character 11, 'ever': expected for 10s, within 10s"),
        ("metric: < 3", "at character 9, '<': expected the name of a metric"),
        ("metric:x.total < 3", "at character 10, 'total': expected one of rate, count, avg"),
        ("service.rps > 4", "at character 9, 'rps': expected avg, min, max, median or a percentile"),
        ("p95 < " + "9" * 400 + "ms", "this number is too large"),
        ("p95 < 3ms for 99999999999h", "that is more than ten years"),
    ],
)
def test_an_error_points_at_the_character(text: str, line: str) -> None:
    """In one line, with what is allowed there."""
    with pytest.raises(ThresholdError) as caught:
        parse_threshold(text)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=12)
percentiles = st.decimals(min_value="0.01", max_value="99.99", places=2).map(lambda p: f"p{p.normalize():f}")
times = st.sampled_from(["avg", "min", "max", "median"]) | percentiles
numbers = st.floats(min_value=0.001, max_value=1e12) | st.integers(1, 10**9).map(float)
quantities = st.one_of(
    st.sampled_from(["fail_ratio", "failures", "requests", "rps"]).map(Quantity),
    st.builds(Quantity, times, st.booleans()),
    st.builds(Quantity, times | st.sampled_from(["", "rate", "count"]), st.just(False), words),
)
seconds = st.none() | st.floats(min_value=1.0, max_value=86_400.0)


@st.composite
def rules(draw: st.DrawFn) -> Threshold:
    """Any rule there can be."""
    quantity = draw(quantities)
    units = list(UNITS[quantity.kind]) + ([""] if quantity.kind != TIME else [])
    unit = draw(st.sampled_from(units))
    number = draw(numbers if quantity.kind != RATIO else st.floats(0.001, 1.0))
    if quantity.kind == METRIC:
        number *= draw(st.sampled_from([1, -1]))
    limit = Limit(number, unit, number * UNITS[quantity.kind].get(unit, 1.0))
    keys = words if quantity.kind == METRIC else st.sampled_from(["name", "method"])
    return Threshold(
        quantity,
        draw(st.sampled_from(["<", "<=", ">", ">=", "=="])),
        limit,
        tuple(draw(st.lists(st.tuples(keys, words), max_size=3))),
        *(draw(seconds) for _ in range(3)),
        draw(st.sampled_from(["", "stop", "warn"])),
    )


@settings(deadline=None, max_examples=150)
@given(rules())
def test_what_is_printed_parses_back(rule: Threshold) -> None:
    """To the same rule, whatever names, numbers and clauses it has."""
    assert parse_threshold(str(rule)) == rule


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60) | st.text("p95<>=%{}\"'\\,. fortheniwsmetr:|0123", max_size=60))
@example("p9" * 5000)
@example("p95{" + "name=a," * 3000)
@example("p95 < ٣ms")
@example("metric:\x00 < 1")
def test_nothing_crashes_the_parser(text: str) -> None:
    """Any text is a rule, or an error of one line."""
    with suppress(ThresholdError):
        rule = parse_threshold(text)
        assert parse_threshold(str(rule)) == rule
        assert math.isfinite(rule.limit.value)


@settings(deadline=None, max_examples=100)
@given(rules(), st.data())
def test_a_rule_with_a_slip_of_the_hand_is_a_rule_or_an_error(rule: Threshold, data: st.DataObject) -> None:
    """One character more, less or other than it should be."""
    text = str(rule)
    at = data.draw(st.integers(0, len(text) - 1))
    slip = text[:at] + data.draw(st.sampled_from(["", "x", "}", '"', " ", "9"])) + text[at + 1 :]
    try:
        parse_threshold(slip)
    except ThresholdError as error:
        place = re.search(r"at character (\d+)", str(error))
        assert place is None or 1 <= int(place[1]) <= len(slip)


def test_kinds_have_the_units_that_the_page_says() -> None:
    assert {kind: list(units) for kind, units in UNITS.items()} == {
        TIME: ["ms", "s", "us"],
        RATIO: ["%"],
        "rate": ["/s"],
        COUNT: [],
        METRIC: ["ms", "s", "us", "%", "/s"],
    }
