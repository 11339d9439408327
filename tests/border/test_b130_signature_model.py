"""B130: a model file of another version or hash, and whatever else is in such a file."""

import hashlib
import json

import numpy as np
import pytest

from foldwise.errors import FoldwiseError
from foldwise.io.signature_model import MAX_BYTES, model_text, read_model
from foldwise.model.signature import SignatureModel

MODEL = SignatureModel(
    "response", ("no", "yes"), ("g1", "g<2>"), np.array([5.0, 7.25]), np.array([0.5, -1.5]), 0.1, 0.4,
    ("g1", "g<2>", "g3"), np.array([4.0, 5.0, 1e-3]), 40, 38,
)  # fmt: skip


def sealed(body):
    """The file with a hash that fits whatever it now holds."""
    body.pop("sha256", None)
    text = json.dumps(body, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return json.dumps({**body, "sha256": hashlib.sha256(text.encode()).hexdigest()})


def test_what_is_written_is_read_back_to_the_bit(tmp_path):
    path = tmp_path / "model.json"
    path.write_text(model_text(MODEL))
    found = read_model(path)
    assert model_text(found) == model_text(MODEL)
    assert (found.coefficients == MODEL.coefficients).all() and found.genes == MODEL.genes


CHANGES = {
    "version": lambda b: b.update(version=2),
    "version is a truth value": lambda b: b.update(version=True),
    "format": lambda b: b.update(format="pickle"),
    "extra key": lambda b: b.update(run="os.system('x')"),
    "missing key": lambda b: b.pop("panel"),
    "classes alike": lambda b: b.update(classes=["yes", "yes"]),
    "three classes": lambda b: b.update(classes=["a", "b", "c"]),
    "class with an escape": lambda b: b.update(classes=["a\x1b[2J", "b"]),
    "lone surrogate": lambda b: b.update(outcome="\ud800"),
    "intercept is text": lambda b: b.update(intercept="0.1"),
    "intercept is whole": lambda b: b.update(intercept=1),
    "intercept is huge": lambda b: b.update(intercept=1e300),
    "threshold": lambda b: b.update(threshold=1.0),
    "coefficient is text": lambda b: b["panel"].update(coefficients=["1", 2.0]),
    "coefficient is null": lambda b: b["panel"].update(coefficients=[None, 2.0]),
    "coefficient is nested": lambda b: b["panel"].update(coefficients=[[1.0], 2.0]),
    "fewer centers": lambda b: b["panel"].update(centers=[1.0]),
    "gene twice": lambda b: b["panel"].update(genes=["g1", "g1"]),
    "gene is a number": lambda b: b["panel"].update(genes=["g1", 2]),
    "no reference": lambda b: b.update(reference={"genes": [], "log_means": []}),
    "panel is a list": lambda b: b.update(panel=[]),
    "no samples": lambda b: b.update(trained_on={"samples": 0, "persons": 1}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_b130_a_file_that_foldwise_did_not_write_is_refused_even_with_a_fitting_hash(tmp_path, name):
    body = json.loads(model_text(MODEL))
    CHANGES[name](body)
    path = tmp_path / "model.json"
    path.write_text(sealed(body))
    with pytest.raises(FoldwiseError) as caught:
        read_model(path)
    assert caught.value.id == "E-LEARN-001" and "model.json" in caught.value.found


@pytest.mark.parametrize(
    "text",
    [
        model_text(MODEL).replace("-1.5", "-1.6"),
        model_text(MODEL).replace("-1.5", "NaN"),
        model_text(MODEL).replace("-1.5", "1e999"),
        model_text(MODEL).replace('"threshold":0.4', '"threshold":0.4,"threshold":0.4'),
        "[" * 100_000,
        "not json",
        "[]",
        "1" * 5000,
    ],
    ids=["changed", "nan", "infinite", "key twice", "deep", "no json", "a list", "a long number"],
)
def test_b130_damaged_files_are_refused(tmp_path, text):
    path = tmp_path / "model.json"
    path.write_text(text)
    with pytest.raises(FoldwiseError) as caught:
        read_model(path)
    assert caught.value.id == "E-LEARN-001"


def test_b130_size_kind_and_encoding(tmp_path):
    path = tmp_path / "model.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(FoldwiseError, match=r"E-LEARN-001.*larger"):
        read_model(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FoldwiseError, match="E-LEARN-001"):
        read_model(path)
    with pytest.raises(FoldwiseError, match="E-FILE-007"):
        read_model(tmp_path)
    with pytest.raises(FoldwiseError, match="E-FILE-007"):
        read_model(tmp_path / "none.json")
