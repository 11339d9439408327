"""``certificate.json``: everything comes back, and nothing else is taken for a certificate."""

from __future__ import annotations

import dataclasses
import json

import jsonschema
import numpy as np
import pytest

from foldwise.cli.schemas import SCHEMAS
from foldwise.errors import InputError
from foldwise.io.certificate_json import (
    FILE,
    certificate_bytes,
    certificate_facts,
    certificate_object,
    certificate_of,
    read_certificate,
)
from foldwise.model.certificate import VERDICTS

from ..certificates import certificate, without_bound

EVERY = [*map(certificate, VERDICTS), without_bound(certificate("PASS", n_runs=100))]


def same(left, right) -> bool:
    if dataclasses.is_dataclass(left):
        return all(same(getattr(left, f.name), getattr(right, f.name)) for f in dataclasses.fields(left))
    if isinstance(left, np.ndarray):
        return left.dtype == right.dtype and np.array_equal(left, right, equal_nan=left.dtype.kind == "f")
    if isinstance(left, tuple) and left and dataclasses.is_dataclass(left[0]):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    return type(left) is type(right) and (left == right or (left != left and right != right))


@pytest.mark.parametrize("found", EVERY, ids=lambda c: c.verdict)
def test_a_certificate_comes_back_whole(found, tmp_path):
    (tmp_path / FILE).write_bytes(certificate_bytes(found))
    assert same(read_certificate(tmp_path), found)


def test_a_missing_cut_is_null_and_comes_back_missing():
    found = certificate("PASS", n_runs=100)
    parts = (dataclasses.replace(found.contrasts[0], cut=float("nan"), n_called=0),)
    text = certificate_bytes(dataclasses.replace(found, contrasts=parts)).decode()
    assert "NaN" not in text
    assert np.isnan(certificate_of(json.loads(text)).contrasts[0].cut)


@pytest.mark.parametrize("found", EVERY, ids=lambda c: c.verdict)
def test_it_follows_its_schema(found):
    jsonschema.validate(certificate_object(found), SCHEMAS["certificate"]())


def test_nothing_is_no_certificate(tmp_path):
    assert read_certificate(tmp_path) is None
    assert certificate_facts(None) is None


def test_the_short_form_says_verdict_runs_and_proportions():
    facts = certificate_facts(certificate("FAIL"))
    assert (facts["verdict"], facts["n_runs"], facts["n_any"]) == ("FAIL", 9, 3)
    assert facts["contrasts"][0] == {
        "id": "treatment_0", "n_called": 30, "fdp": 0.04, "fdp_upper": 0.113, "at_most_false": 11
    }  # fmt: skip
    assert json.dumps(facts)


def changed(**values):
    return certificate_object(certificate("WARN")) | values


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([], "no object"),
        ({}, "schema_version"),
        (changed(schema_version=2), "schema_version is '2'"),
        (changed(verdict="OK"), "verdict"),
        (changed(verdict=1), "certificate.verdict"),
        (changed(level=1.5), "level"),
        (changed(level=True), "certificate.level"),
        (changed(extra=1), "unknown field 'extra'"),
        (changed(discoveries=[1, 2]), "lengths"),
        (changed(discoveries=[-1] * 9), "between 0 and n_tested"),
        (changed(discoveries=[0.5] * 9), "whole"),
        (changed(discoveries=["0"] * 9), "discoveries"),
        (changed(n_any=3), "n_any"),
        (changed(contrasts=[{}]), "lacks id"),
        (changed(reasons="why"), "reasons"),
        (changed(curve={"cuts": [1.0], "mean": [], "low": [], "median": [], "high": [], "sd": []}), "curve"),
        ({k: v for k, v in changed().items() if k != "limits"}, "lacks limits"),
    ],
)
def test_what_is_not_a_certificate_is_refused(content, reason, tmp_path):
    (tmp_path / FILE).write_text(json.dumps(content))
    with pytest.raises(InputError, match="E-FILE-007") as caught:
        read_certificate(tmp_path)
    assert reason in caught.value.found
    assert "foldwise certify" in caught.value.fix


@pytest.mark.parametrize("text", ["", "{", "\x00" * 10, "[" * 100_000])
def test_damaged_files_are_refused(text, tmp_path):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(InputError, match="E-FILE-007"):
        read_certificate(tmp_path)
