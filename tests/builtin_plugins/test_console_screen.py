"""What the console's live view shows."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from loadhost import Status
from loadhost_builtins._columns import Cell, columns, cut, width_of
from loadhost_builtins._console_screen import screen
from loadhost_builtins._rolling import Recent
from loadhost_hookspecs import PluginHealth, PluginStatus


def shown(run: Any, *, seconds: float = 2.0, width: int = 80, height: int = 24) -> list[str]:
    """The lines of the view as text."""
    recent = Recent()
    for window in run.windows:
        recent.add(window)
    return ["".join(cell.text for cell in line) for line in screen(run, recent, seconds, width, height)]


def test_it_says_the_state_the_users_and_the_host(shopping: Any) -> None:
    """In the first line."""
    assert shown(shopping)[0] == "loadhost  running  5 users  http://127.0.0.1:8000"


def test_the_host_of_the_user_classes_is_shown_if_they_have_one_and_the_same(run: Any) -> None:
    """Not if there are several."""
    run.host = None
    run.user_classes = [type("A", (), {"host": "http://a"}), type("B", (), {"host": "http://a"})]
    assert shown(run)[0].endswith("http://a")
    run.user_classes[0].host = "http://b"
    assert shown(run)[0] == "loadhost  running  5 users"


def test_during_a_ramp_it_says_how_many_users_are_wanted(shopping: Any) -> None:
    """5 of 20."""
    shopping.runner = Namespace(state="spawning", user_count=5, target_user_count=20)
    assert shown(shopping)[0].startswith("loadhost  spawning  5 of 20 users")


def test_a_run_with_an_end_has_a_progress_bar(shopping: Any) -> None:
    """As wide as the terminal, filled by the time that is over."""
    shopping.config.options.run_time = 8.0
    done, rest, text = screen(shopping, Recent(), 2.0, 80, 24)[1]
    assert (done.text, rest.text, text.text) == ("━" * 16, "━" * 50, "  0:02 of 0:08")


def test_a_run_without_an_end_says_how_to_end_it(shopping: Any) -> None:
    """And how long it has been going on."""
    assert shown(shopping)[1] == "0:02  no --run-time: Ctrl-C ends the run"


def test_each_name_has_its_row_by_name_and_the_sum_comes_last(shopping: Any) -> None:
    """Rows keep their place from second to second."""
    table = [line.split() for line in shown(shopping)[3:10]]
    assert table[0] == ["Type", "Name", "Requests", "Failures", "Median", "p95", "p99", "Req/s"]
    assert [row[1] for row in table[2:5]] == ["/", "/buy", "/cart"]
    assert table[6][:5] == ["Aggregated", "12", "2", "(16.7", "%)"]


def test_of_too_many_names_the_busiest_are_shown_and_the_others_counted(run: Any) -> None:
    """However many there are, the view fits the terminal."""
    run.second(*[("GET", f"/{name:03}", 5.0, None) for name in range(100) for _ in range(name + 1)])
    lines = shown(run, height=20)
    assert len(lines) < 20
    assert any(line.split()[1:2] == ["/099"] for line in lines)
    assert not any(line.split()[1:2] == ["/000"] for line in lines)
    assert "91 less busy names not shown; the report at the end has all" in lines


@given(height=st.integers(2, 40), width=st.integers(20, 200), names=st.integers(0, 30), plugins=st.integers(0, 9))
def test_the_view_never_outgrows_the_terminal(new_run: Any, height: int, width: int, names: int, plugins: int) -> None:
    """Whatever its size: a view that scrolls leaves its ruins above."""
    run = new_run()
    run.statuses = tuple(PluginStatus(f"plugin{number}", Status("fine")) for number in range(plugins))
    run.second(*[("GET", f"/{name}", 5.0, None) for name in range(names)])
    lines = shown(run, height=height, width=width)
    assert len(lines) < height


def test_the_last_ten_seconds_have_a_line_of_their_own(run: Any) -> None:
    """What happens now must not drown in what was."""
    run.second(*[("GET", "/", 10.0, None)] * 1000)
    for _ in range(10):
        run.second(("GET", "/", 500.0, "error"))
    assert "Last 10 s  1.0 req/s  median 500.0 ms  p95 500.0 ms  p99 500.0 ms  100.0 % failed" in shown(run)


def test_without_requests_it_says_so(run: Any) -> None:
    """Instead of zeros."""
    run.second()
    assert "Last 1 s  no request has ended" in shown(run)


def test_what_plugins_say_is_at_the_bottom(shopping: Any) -> None:
    """One line each, made harmless."""
    shopping.statuses = (PluginStatus("failratio", Status("fail ratio 3.1 %\x1b[2J")),)
    assert shown(shopping)[-1] == "failratio  fail ratio 3.1 %\\x1b[2J"


def test_what_is_switched_off_is_at_the_bottom(shopping: Any) -> None:
    """As soon as it happens."""
    shopping.plugin_health = (PluginHealth("raiser", None, None, "off", 10, 10, 1.0, ("loadhost_request",)),)
    assert shown(shopping)[-1] == "raiser  switched off: loadhost_request"


def test_many_statuses_do_not_push_the_figures_out(shopping: Any) -> None:
    """Five are shown."""
    shopping.statuses = tuple(PluginStatus(f"plugin{number}", Status("fine")) for number in range(9))
    lines = shown(shopping)
    assert lines[-1] == "4 more lines of plugins not shown"
    assert len(lines) < 24


def test_a_name_that_is_too_long_gives_way_to_the_figures(run: Any) -> None:
    """On a narrow terminal it ends in an ellipsis."""
    run.second(("GET", "/" + "x" * 200, 5.0, None))
    row = shown(run, width=80)[5]
    assert len(row) == 80
    assert row.split()[1].endswith("…")
    assert row.split()[2] == "1"


def test_wide_characters_do_not_shift_the_columns() -> None:
    """A Japanese character takes two columns of a terminal."""
    rows = [[Cell("日本"), Cell("1")], [Cell("abc"), Cell("10")]]
    assert {width_of(line) for line in columns(rows, left=1, flexible=0, width=80)} == {8}


@given(st.text(alphabet="aé日\u0301", max_size=30), st.integers(0, 40))
def test_cut_text_is_never_wider_than_asked(text: str, width: int) -> None:
    """Whatever it is made of."""
    assert width_of([Cell(cut(text, width))]) <= width
