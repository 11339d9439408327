"""Null runs of a whole analysis, and what is read from them: certificate, gates of learned parts, choice and power.

``foldwise.certify`` is this package and also a public function: loading a package puts it in the place of a name of its
parent, so the package can be called and passes the call on.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    def __call__(self, *arguments: Any, **named: Any) -> Any:
        return import_module("foldwise.api.certify").certify(*arguments, **named)


sys.modules[__name__].__class__ = _Callable
