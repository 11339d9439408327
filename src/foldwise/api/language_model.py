"""One question to a language model of the user's own: the only file that reaches a network, and only where it is set.

OpenAI-compatible chat completions by the standard library: https, or http to this machine; no proxy, no redirect; the
whole exchange within a time and a size. The key is read from the environment and goes nowhere but into the request.
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import json
import os
import re
import socket
import ssl
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from foldwise.errors import UsageError

if TYPE_CHECKING:
    from foldwise.model.spec import InterpretSettings

SECONDS = 60.0
MOST_BYTES = 200_000
_LOCAL = ("localhost", "127.0.0.1", "::1")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


class NoAnswer(Exception):
    """The model gave no answer that can be used; the reason is a sentence of ours, never the server's text."""


def require_settings(settings: InterpretSettings) -> None:
    """Raise E-USAGE-002 where the settings name no model that may be asked; nothing of a key is repeated.

    Parameters
    ----------
    settings : InterpretSettings
    """
    if settings.endpoint is None:
        if settings.model is not None or settings.key_variable is not None:
            raise UsageError(
                "E-USAGE-002", "A language model is named without its place.", "Give --language-model URL."
            )
        return
    if settings.model is None:
        raise UsageError("E-USAGE-002", "The language model has no name.", "Give --language-model-name NAME.")
    _place(settings.endpoint)
    if settings.key_variable is not None:
        _key(settings.key_variable)


def ask(settings: InterpretSettings, system: str, question: str, seconds: float = SECONDS) -> str:
    """Return the text that the model answers.

    Parameters
    ----------
    settings : InterpretSettings
        With an endpoint.
    system, question : str
    seconds : float
        For the whole exchange.

    Raises
    ------
    NoAnswer
        Unreachable, too slow, too long, an error, a redirect, or no chat completion.
    UsageError
        E-USAGE-002 for settings that `require_settings` refuses.
    """
    require_settings(settings)
    secure, host, port, path = _place(settings.endpoint or "")
    body = json.dumps({
        "model": settings.model, "temperature": 0, "seed": 1,
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": question}],
    }).encode()  # fmt: skip
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if settings.key_variable is not None:
        headers["Authorization"] = f"Bearer {_key(settings.key_variable)}"
    return _completion(_exchange(secure, (host, port), path, (body, headers), seconds))


def _place(endpoint: str) -> tuple[bool, str, int, str]:
    """Return whether the endpoint is https, its host, port and path.

    Raises
    ------
    UsageError
        E-USAGE-002.
    """
    fix = "Give a URL such as https://host/v1, or http://127.0.0.1:11434/v1 for a model on this machine."
    try:
        parts = urlsplit(endpoint)
        port = parts.port
    except ValueError:
        raise UsageError("E-USAGE-002", "The place of the language model is no URL.", fix) from None
    host = (parts.hostname or "").lower()
    plain = re.fullmatch(r"[\w.\-:/~\[\]]+", endpoint.partition("://")[2])
    if parts.scheme not in ("http", "https") or not host or not plain:
        found = "The place of the language model must be a plain http or https URL, without user, key or query."
        raise UsageError("E-USAGE-002", found, fix)
    if parts.scheme == "http" and host not in _LOCAL:
        raise UsageError("E-USAGE-002", "Results go to a language model elsewhere by https only.", fix)
    path = parts.path.rstrip("/")
    path = path if path.endswith("/chat/completions") else f"{path}/chat/completions"
    return parts.scheme == "https", host, port or (443 if parts.scheme == "https" else 80), path


def _key(variable: str) -> str:
    """Return the key; the message on a missing one does not repeat what was given, which may be the key itself."""
    value = os.environ.get(variable, "") if _VARIABLE.fullmatch(variable) else ""
    if not value or not value.isascii() or not value.isprintable():
        fix = "Give the name of the variable, never the key, with --language-model-key."
        raise UsageError("E-USAGE-002", "The environment variable of the language model's key is not set.", fix)
    return value


def _exchange(
    secure: bool, place: tuple[str, int], path: str, sent: tuple[bytes, dict[str, str]], seconds: float
) -> bytes:
    """Return the body of the answer."""
    connection = _connection(secure, place, seconds)
    late = threading.Event()
    timer = threading.Timer(seconds, _cut, (connection, late))
    timer.daemon = True
    timer.start()
    try:
        connection.connect()
        if not secure and not ipaddress.ip_address(connection.sock.getpeername()[0]).is_loopback:
            raise NoAnswer("its name does not lead to this machine")
        connection.request("POST", path, *sent)
        answer = connection.getresponse()
        if 300 <= answer.status < 400:
            raise NoAnswer("it sent us elsewhere, where nothing is sent")
        if answer.status != 200:
            raise NoAnswer(f"it answered with status {answer.status}")
        data = answer.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException, ValueError):
        raise NoAnswer(f"it did not answer within {seconds:g} s" if late.is_set() else "it cannot be reached") from None
    finally:
        timer.cancel()
        connection.close()
    if late.is_set():
        raise NoAnswer(f"it did not answer within {seconds:g} s")
    if len(data) > MOST_BYTES:
        raise NoAnswer("its answer is too long")
    return data


def _connection(secure: bool, place: tuple[str, int], seconds: float) -> http.client.HTTPConnection:
    if secure:
        return http.client.HTTPSConnection(*place, timeout=seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(*place, timeout=seconds)


def _cut(connection: http.client.HTTPConnection, late: threading.Event) -> None:
    """End an exchange that takes too long, also one that sends a byte now and then."""
    late.set()
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _completion(data: bytes) -> str:
    """Return the text of a chat completion."""
    try:
        content = json.loads(data)["choices"][0]["message"]["content"]
    except (ValueError, KeyError, IndexError, TypeError, RecursionError):
        raise NoAnswer("its answer is no chat completion") from None
    if not isinstance(content, str):
        raise NoAnswer("its answer holds no text")
    return content
