"""Bodies: data, json and files as bytes, with the header fields that say what they are."""

from __future__ import annotations

import json as _json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from loadhost._http.errors import BadRequest

# json.dumps would make an encoder for each request, because of allow_nan.
_encode_json = _json.JSONEncoder(allow_nan=False).encode

FORM = "application/x-www-form-urlencoded"


def encode_body(data: Any, json: Any, files: Any) -> tuple[bytes, str | None]:
    """(bytes, Content-Type or None). Raises BadRequest for what can't be encoded."""
    try:
        if files:
            return _multipart(data, files)
        # As requests: nothing in data ("", {}, []) is no body, and gives way to json.
        if data:
            return _data(data)
        if json is not None:
            return _encode_json(json).encode(), "application/json"
    except (TypeError, ValueError, OSError) as error:
        raise BadRequest(f"the body can't be encoded: {error}") from error
    return b"", None


def encode_params(params: Any) -> str:
    """The query string of a dict or of pairs (a list repeats its name, None leaves it out); a text as it is."""
    if isinstance(params, bytes):
        return params.decode("latin-1")
    if isinstance(params, str):
        return params
    pairs = params.items() if isinstance(params, Mapping) else params
    flat = [(name, value) for name, values in pairs for value in _each(values) if value is not None]
    return urlencode(flat)


def _each(values: Any) -> Iterable[Any]:
    return (values,) if isinstance(values, str | bytes) or not isinstance(values, Iterable) else values


def _data(data: Any) -> tuple[bytes, str | None]:
    if isinstance(data, bytes | bytearray):
        return bytes(data), None
    if isinstance(data, str):
        return data.encode(), None
    if hasattr(data, "read"):
        content = data.read()
        return (content.encode() if isinstance(content, str) else content), None
    if isinstance(data, Mapping) or (isinstance(data, list | tuple) and all(_is_pair(item) for item in data)):
        return encode_params(data).encode("ascii"), FORM
    if isinstance(data, Iterable):
        return b"".join(part.encode() if isinstance(part, str) else part for part in data), None
    raise TypeError(f"data is {type(data).__name__}; give a dict, pairs, text, bytes, a file or an iterable of bytes")


def _is_pair(item: Any) -> bool:
    return isinstance(item, list | tuple) and len(item) == 2


def _multipart(data: Any, files: Any) -> tuple[bytes, str]:
    from requests.models import RequestEncodingMixin  # requests knows every form that users give files in

    if isinstance(data, str):
        raise ValueError("with files, data must be a dict or pairs, not a text")
    body, content_type = RequestEncodingMixin._encode_files(files, data)  # type: ignore[attr-defined]  # no stubs
    return body, content_type
