"""What settings are accepted, and with which line the others are refused."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest
from loadhost import UsageError
from loadhost_influx import Settings
from loadhost_influx._options import OPTIONS, size

URL = "http://db.test:8086"


def options(**values):
    chosen = {spec.name: spec.default for spec in OPTIONS}
    return Namespace(**{**chosen, **{f"influx_{name}": value for name, value in values.items()}})


def test_without_an_address_there_are_no_settings():
    assert Settings.from_options(options()) is None


def test_every_option_given_is_a_setting():
    settings = Settings.from_options(
        options(
            url=URL + "/",
            database="d",
            org="o",
            bucket="b",
            user="u",
            password="p",
            token="t",
            api="v1",
            interval=10.0,
            tags=["env=ci,build=123", "a=b"],
            mode="raw",
            sample=0.1,
            spool=Path("/spool"),
            spool_limit=1 << 20,
            drain=5.0,
            verify=False,
            create_database=True,
        ),
        run_id="r",
    )
    assert settings == Settings(
        url=URL,
        database="d",
        org="o",
        bucket="b",
        user="u",
        password="p",
        token="t",
        api="v1",
        interval_s=10.0,
        tags=(("a", "b"), ("build", "123"), ("env", "ci")),
        mode="raw",
        sample=0.1,
        spool=Path("/spool"),
        spool_limit_bytes=1 << 20,
        drain_s=5.0,
        verify=False,
        create_database=True,
        run_id="r",
    )


def test_options_and_settings_have_the_same_defaults():
    assert Settings.from_options(options(url=URL, database="d")) == Settings(url=URL, database="d")


def test_secrets_are_in_no_repr():
    text = repr(Settings(url=URL, database="d", user="u", password="hunter2", token="s3cret"))
    assert "hunter2" not in text
    assert "s3cret" not in text


@pytest.mark.parametrize(
    ("given", "api"),
    [
        ({"database": "d"}, "v1"),
        ({"database": "d", "token": "t"}, "v1"),
        ({"bucket": "b", "org": "o", "token": "t"}, "v2"),
        ({"bucket": "b"}, "v2"),
        ({"bucket": "b", "database": "d", "api": "v1"}, "v1"),
    ],
)
def test_the_api_follows_from_what_is_given(given, api):
    assert Settings(url=URL, **given).resolved_api == api


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": "db.test:8086"}, "--influx-url 'db.test:8086' is no address"),
        ({"url": "ftp://db.test"}, "is no address"),
        ({"url": "http://"}, "is no address"),
        ({"url": "http://db.test:99999"}, "is no address"),
        ({"url": URL + "/?db=x"}, "leave out what comes after the path"),
        ({"database": None}, "add --influx-database (v1), or --influx-bucket (v2)"),
        ({"api": "v2"}, "the v2 API needs a bucket"),
        ({"api": "v3"}, "'v3' is not one of auto, v1, v2"),
        ({"mode": "all"}, "'all' is not one of aggregate, raw"),
        ({"password": "p"}, "--influx-password without --influx-user"),
        ({"interval_s": 0.5}, "--influx-interval 0.5s is too short"),
        ({"sample": 0.0}, "--influx-sample 0 is no share"),
        ({"spool_limit_bytes": 1}, "give at least 1MiB"),
        ({"drain_s": 60.0}, "--influx-drain 60s is too long"),
    ],
)
def test_what_can_not_be_is_refused_in_one_line(given, words):
    with pytest.raises(UsageError) as refused:
        Settings(**{"url": URL, "database": "d", **given})
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("token", ["s3cret\n", "s3cret\N{EURO SIGN}"])
def test_a_token_that_no_header_can_hold_is_refused_without_showing_it(token):
    with pytest.raises(UsageError, match="--influx-token has a line break") as refusal:
        Settings(url=URL, database="d", token=token)
    assert "s3cret" not in str(refusal.value)


@pytest.mark.parametrize("url", ["http://db:8086/?u=u&p=hunter2", "ftp://db?p=hunter2", "http://db#hunter2"])
def test_what_comes_after_the_path_of_an_address_is_not_shown(url):
    with pytest.raises(UsageError, match="--influx-url") as refusal:
        Settings(url=url, database="d")
    assert "hunter2" not in str(refusal.value)


def test_a_login_in_the_address_is_refused_without_showing_it():
    with pytest.raises(UsageError) as refused:
        Settings(url="http://admin:hunter2@db.test:8086", database="d")
    assert "--influx-user" in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        (["env"], "'env' is no tag; write key=value"),
        (["=ci"], "is no tag"),
        (["env="], "is no tag"),
        (["run=7"], "'run' is a tag of loadhost's own"),
        (["_field=7"], "'_field' begins with _"),
        (["env=ci", "env=prod"], "'env' is given twice"),
    ],
)
def test_tags_that_can_not_be_are_refused(tags, words):
    with pytest.raises(UsageError, match=words):
        Settings.from_options(options(url=URL, database="d", tags=tags))


@pytest.mark.parametrize(
    ("text", "value"),
    [("1GiB", 1 << 30), ("500MB", 500_000_000), ("1.5 kib", 1536), ("1048576", 1 << 20), ("7b", 7)],
)
def test_sizes_are_read_as_people_write_them(text, value):
    assert size(text) == value


@pytest.mark.parametrize("text", ["", "much", "-1MB", "1XB", "1 GiB!"])
def test_what_is_no_size_says_how_to_write_one(text):
    with pytest.raises(ValueError, match="write for example 1GiB"):
        size(text)


def test_spooled_points_outlive_a_reboot(monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", "/state")
    assert Settings(url=URL, database="d").spool_folder == Path("/state/loadhost-influx")
    assert Settings(url=URL, database="d", spool=Path("here")).spool_folder == Path("here")


def test_each_flag_belongs_to_this_plugin_alone():
    assert all(spec.long_flag.startswith("--influx-") for spec in OPTIONS)
    assert {spec.name for spec in OPTIONS if spec.secret} == {"influx_password", "influx_token"}
    assert all(spec.help.endswith(".") for spec in OPTIONS)
