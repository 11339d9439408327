"""The config file: what is written can be read, and mistakes are named with their line."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foldwise.errors import UsageError
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options
from foldwise.model.spec_paths import input_paths, rebased
from foldwise.model.spec_toml import from_toml, to_toml

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def test_defaults_survive():
    assert from_toml(to_toml(AnalysisSpec())) == AnalysisSpec()
    assert from_toml("") == AnalysisSpec()


@settings(deadline=None)
@given(
    st.lists(texts, max_size=3),
    texts,
    st.floats(1e-9, 0.999),
    st.integers(0, 2**40),
    st.none() | st.integers(1, 64),
    st.sampled_from(["wald", "lrt"]),
    st.booleans(),
)
def test_any_spec_survives(contrasts, formula, fdr, seed, threads, test, intersect):
    options = {"contrast": contrasts, "design": formula, "fdr": fdr, "seed": seed, "threads": threads, "test": test}
    spec = with_options(AnalysisSpec(), {**options, "intersect": intersect})
    assert from_toml(to_toml(spec)) == spec


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[method]\n\nenigne = 'exact'\n", ("c.toml:3", "'enigne'", "Did you mean 'engine'?")),
        ("[methd]\n", ("c.toml:1", "'methd'", "Did you mean 'method'?")),
        ("seed = 3\n", ("c.toml:1", "unknown section 'seed'")),
        ("[run]\nthreads = 'two'\n", ("c.toml:2", "[run] threads", "a whole number")),
        ("[correction]\nfdr = 1.5\n", ("c.toml:2", "between 0 and 1")),
        ("[method]\nname = 'desq2'\n", ("c.toml:2", "Did you mean 'deseq2'?")),
        ("[method]\nname = \n", ("c.toml is not TOML", "line 2")),
        ("method = 3\n", ("c.toml:1", "[method]")),
        ("method.name = 3\n", ("c.toml:1", "a text")),
        ("[input]\nformat = 'htsq'\n", ("c.toml:2", "Did you mean 'htseq'?")),
        ("[output]\n'style' = 3\n", ("c.toml:2", "[output] style")),
    ],
)
def test_b122_mistakes_are_named_with_key_nearest_and_line(text, words):
    with pytest.raises(UsageError, match="E-CONFIG-001") as caught:
        from_toml(text, "c.toml")
    assert caught.value.exit_code == 2
    for word in words:
        assert word in caught.value.sentence()


def test_paths_hold_after_a_move(tmp_path, monkeypatch):
    data, out = tmp_path / "data", tmp_path / "deep" / "out"
    data.mkdir()
    out.mkdir(parents=True)
    (data / "counts.tsv").write_text("x")
    monkeypatch.chdir(tmp_path)
    spec = with_options(AnalysisSpec(), {"counts": ("data/counts.tsv",), "output": "deep/out"})
    stored = rebased(spec, ".", "deep/out")
    assert stored.input.counts == ("../../data/counts.tsv",)
    assert stored.output.directory == "."
    assert stored.normalization.size_factors == "auto"
    assert rebased(stored, "deep/out", ".") == spec
    monkeypatch.chdir(data)
    assert input_paths(rebased(stored, "../deep/out", ".")) == ("counts.tsv",)


def test_paths_hold_through_a_symbolic_link(tmp_path, monkeypatch):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "counts.tsv").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "a" / "b")
    monkeypatch.chdir(tmp_path)
    spec = with_options(AnalysisSpec(), {"counts": ("counts.tsv",)})
    stored = rebased(spec, ".", "link")
    assert (tmp_path / "link" / stored.input.counts[0]).resolve() == tmp_path / "counts.tsv"
