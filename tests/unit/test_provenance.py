"""R5, S7: what made a result, without names of user, host or folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

from foldwise import provenance
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import with_options


def test_digests_are_of_content_and_name_no_folder(tmp_path):
    (tmp_path / "a.tsv").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "b.tsv").write_bytes(b"y")
    found = provenance.input_digests([str(tmp_path / "a.tsv"), str(tmp_path / "folder"), str(tmp_path / "gone")])
    assert found == [
        {"name": "a.tsv", "bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()},
        {"name": "b.tsv", "bytes": 1, "sha256": hashlib.sha256(b"y").hexdigest()},
    ]


def test_option_hash_counts_what_decides_numbers():
    spec = AnalysisSpec()
    same = [{"output": "elsewhere"}, {"threads": 3}, {"style": "deseq2"}, {"report": False}]
    other = [{"fdr": 0.1}, {"seed": 2}, {"design": "~ a"}, {"counts": ("b.tsv",)}, {"engine": "exact"}]
    first = provenance.option_hash(spec)
    assert all(provenance.option_hash(with_options(spec, options)) == first for options in same)
    hashes = {provenance.option_hash(with_options(spec, options)) for options in other}
    assert len(hashes | {first}) == len(other) + 1
    here, there = (provenance.option_hash(with_options(spec, {"counts": (path,)})) for path in ("a/c.tsv", "b/c.tsv"))
    assert here == there


def test_versions_and_machine_name_no_computer(monkeypatch):
    monkeypatch.setattr("platform.node", lambda: "radium-laptop")
    text = f"{provenance.versions()} {provenance.machine()} {provenance.resources()}"
    assert "radium" not in text
    assert provenance.versions()["foldwise"]
    assert provenance.resources()["peak_memory_mib"] > 1


def test_redaction_keeps_the_place_in_the_package(monkeypatch):
    monkeypatch.setattr("socket.gethostname", lambda: "radium-laptop")
    monkeypatch.setenv("USER", "marie.curie")
    monkeypatch.setenv("LOGNAME", "marie.curie")
    own = Path(provenance.__file__)
    text = f'File "{own}", line 3: /home/marie.curie/secret study/x.tsv on radium-laptop, ratio a/b'
    redacted = provenance.redacted(text)
    assert "foldwise/provenance.py" in redacted
    assert "ratio a/b" in redacted
    for secret in ("marie", "radium", str(own.parents[1])):
        assert secret not in redacted
