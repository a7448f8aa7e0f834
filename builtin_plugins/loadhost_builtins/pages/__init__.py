"""Pages in one file: template, style, script and data inlined, under a policy that lets nothing else in.

For every page that loadhost writes to disk. The policy allows the script and the style of the page by their hashes, and
no connection to anywhere: what a server under test smuggles into a name can neither run nor call home.
"""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from typing import Any

from loadhost_builtins._texts import clean
from loadhost_builtins.charts import chart_module, chart_style

_PACKAGE = "loadhost_builtins"


def render_page(template: str, *, title: str, script: str, data: object, **context: Any) -> str:
    """The page as one HTML file.

    `template`: a path in loadhost_builtins that extends "pages/page.html". `script`: JavaScript that follows the chart
    module and pages/page.js in one ES module. `data`: what the script reads as `pageData`; its texts are to be
    `clean`. `context`: what the template shows; all of it is escaped.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(resource),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["clean"] = clean
    whole_script = "\n".join([chart_module(), resource("pages/page.js"), script])
    style = "\n".join([chart_style(), resource("pages/page.css")])
    return environment.get_template(template).render(
        title=title,
        policy=_policy(whole_script, style),
        script=whole_script,
        style=style,
        data=embedded_json(data),
        **context,
    )


def resource(path: str) -> str:
    """A text file of this distribution, by its path in loadhost_builtins."""
    return files(_PACKAGE).joinpath(path).read_text(encoding="utf-8")


def embedded_json(data: object) -> str:
    """JSON that can stand in a <script> element, whatever is in it: no `<` ends the element, no `&` is a reference."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(script: str, style: str) -> str:
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
