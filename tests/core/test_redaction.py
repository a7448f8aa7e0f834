"""What a report must not tell: values of secret options, credentials in addresses, headers, tokens."""

from __future__ import annotations

from typing import Any

import pytest
from loadhost import Environment, OptionSpec, PluginManager, User, hookimpl, task
from loadhost._redaction import Redactor
from loadhost.testing import LoadhostRun

HIDDEN = [
    ("GET http://ann:s3cret@shop.test/cart failed", "GET http://***@shop.test/cart failed"),
    ("postgres://ann:p@ss@db/x", "postgres://***@db/x"),
    ("Authorization: Basic YW5uOnMzY3JldA==", "Authorization: ***"),
    ("{'Authorization': 'Bearer abc', 'Accept': 'x'}", "{'Authorization': ***, 'Accept': 'x'}"),
    ("sent Cookie: a=b; c=d", "sent Cookie: ***"),
    ("x-api-key=k9k9", "x-api-key=***"),
    ("used Bearer a1b2c3d4e5 here", "used Bearer *** here"),
    ("eyJhbGciOiJI.eyJzdWIi.c2ln was refused", "*** was refused"),
    ("/login?user=ann&token=t0k3n&next=/", "/login?user=ann&token=***&next=/"),
    ('{"password": "s3cret", "user": "ann"}', '{"password": ***, "user": "ann"}'),
    ("{'client_secret': 12345}", "{'client_secret': ***}"),
    ("access_key='AKIA'", "access_key=***"),
]  # fmt: skip
KEPT = [
    "/product/:id", "500 Server Error", "unexpected token: ;", "mail ann@shop.test", "http://shop.test/a@b",
    "a basic test", "the key is missing", "http://shop.test:8080/cart?q=lamp", "p95 < 300ms", "KeyError('name')",
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), HIDDEN)
def test_what_carries_credentials_is_hidden(text: str, shown: str) -> None:
    assert Redactor()(text) == shown


@pytest.mark.parametrize("text", KEPT)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert Redactor(["s3cret"])(text) == text


@pytest.mark.parametrize("text", ["it was a'b/c d", "it was a%27b%2Fc%20d", "it was a%27b%2Fc+d"])
def test_the_value_of_a_secret_option_is_hidden_in_every_spelling(text: str) -> None:
    assert Redactor(["a'b/c d"])(text) == "it was ***"


def test_a_very_short_secret_is_not_looked_for() -> None:
    """It would be found in many words."""
    assert Redactor(["a", ""])("a cat") == "a cat"


def test_redacting_twice_changes_nothing_more() -> None:
    once = [Redactor()(text) for text, _ in HIDDEN]
    assert [Redactor()(text) for text in once] == once


class Secretive:
    """A plugin with a secret."""

    @hookimpl
    def loadhost_add_options(self, options: Any) -> None:
        options.add(OptionSpec("--vault-word", secret=True, default="open-sesame"))
        options.add(OptionSpec("--vault-url", default="http://ann:pw@vault.test/"))


class Careless(User):
    @task
    def tell(self) -> None:
        self.environment.requests.record("GET", "/?token=t0", 1.0, exception=OSError("open-sesame was refused"))
        self.environment.runner.stop("open-sesame")
        raise ValueError("http://ann:pw@vault.test/")


def test_the_result_of_a_run_has_no_secrets(loadhost_run: LoadhostRun) -> None:
    """Names, failures, exceptions with their tracebacks, the reason, options: for all reports alike."""
    result = loadhost_run([Careless], in_process=True, plugins=[Secretive()]).result
    assert result is not None
    assert [entry.name for entry in result.entries] == ["/?token=***"]
    assert [failure.error for failure in result.failures] == ["OSError('*** was refused')"]
    assert result.stop_reason == "***"
    assert result.exceptions[0].message == "ValueError('http://***@vault.test/')"
    assert "http://***@vault.test/" in result.exceptions[0].traceback
    assert result.options["vault_url"][0] == "http://***@vault.test/"
    assert "open-sesame" not in str(result)
    assert "ann:pw" not in str(result)


def test_a_plugin_can_redact_texts_of_its_own() -> None:
    manager = PluginManager()
    manager.register(Secretive())
    config = Environment(plugin_manager=manager).config
    assert config.redact("say open-sesame to http://a:b@c/") == "say *** to http://***@c/"
