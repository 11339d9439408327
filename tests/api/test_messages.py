"""The messages that every first-time user meets: id, exit code and text; on the terminal, under -q, -q --json."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from foldwise.api.simulate import simulate
from foldwise.catalogue import title
from foldwise.cli.app import cli
from foldwise.cli.schemas import SCHEMAS

DESIGN = ("--design", "~ group")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Counts and sheets, each with one fault."""
    path = tmp_path_factory.mktemp("messages")
    data = simulate(400, 8, seed=3)
    counts, sheet = data.counts, data.samples
    first, second, *_ = counts.columns
    halves = np.where(np.arange(400)[:, None] % 3 == 0, 0.5, 0.0)
    treatment = ["ctrl"] * 4 + ["drug"] * 4
    tables = {
        "counts": counts,
        "renamed": counts.rename(columns={first: "ctrl-1", second: "extra"}),
        "tpm": counts / counts.sum() * 1e6,
        "logs": np.log2(counts + 1),
        "halves": counts + halves,
        "deep": counts.assign(**{first: counts[first] * 50}),
        "samples": sheet,
        "without": sheet.rename(index={first: "ctrl.1"}).drop(index=[second]),
        "confounded": pd.DataFrame({"batch": ["b1"] * 4 + ["b2"] * 4, "treatment": treatment}, index=sheet.index),
        "nested": pd.DataFrame({"cage": ["k1", "k1", "k2", "k2", "k3", "k3", "k4", "k4"], "treatment": treatment},
                               index=sheet.index),
        "unnamed": pd.DataFrame({"strain": ["B"] * 4 + ["A"] * 4}, index=sheet.index),
        "three": pd.DataFrame({"dose": ["low", "mid", "high", "low", "mid", "high", "low", "high"]}, index=sheet.index),
        "several": pd.DataFrame({"age": list("xxxxyyyy"), "sex": list("mfmfmfmf"), "arm": list("pqqppqpq")},
                                index=sheet.index),
    }  # fmt: skip
    for name, table in tables.items():
        table.to_csv(path / f"{name}.tsv", sep="\t", index_label="gene_id" if len(table) == 400 else "sample")
    return path


# id, counts, sheet, further arguments, what the sentence says
ERRORS = [
    ("E-DESIGN-004", "counts", "confounded", ("--design", "~ batch + treatment"),
     ["'batch' and 'treatment' say the same thing", "treatment=drug only in batch b2 (4 samples)",
      "No method can separate them", '--design "~ treatment"', "add samples that break the tie"]),
    ("E-DESIGN-005", "counts", "nested", ("--design", "~ treatment + cage"),
     ["each level of 'cage' occurs in one level of 'treatment' only", '--design "~ treatment"']),
    ("E-SHEET-002", "renamed", "without", DESIGN,
     ["2 samples only in renamed.tsv ('ctrl-1', 'extra')", "1 sample only in without.tsv ('ctrl.1')",
      "Did you mean 'ctrl-1' for 'ctrl.1'?", "--intersect keeps the 6 in both"]),
    ("E-COUNT-002", "tpm", "samples", DESIGN, ["columns sum to 1,000,000, with fractions", "TPM"]),
    ("E-COUNT-003", "logs", "samples", DESIGN, ["logarithm", "Give the raw counts"]),
    ("E-COUNT-001", "halves", "samples", DESIGN,
     ["34 % of the values are fractions", "gene 'gene001', sample 'S1'", "edger-ql", "limma-voom", "--round"]),
    ("E-CONTRAST-002", "counts", "three",
     ("--design", "~ dose", "--method", "wilcoxon", "--contrast", "[0, 0.5, 0.5]"),
     ["the rank-sum test compares one group", "VAR:TARGET:REFERENCE"]),
    ("E-SHEET-004", "counts", "confounded", ("--design", "~ treatmnt"),
     ["no column 'treatmnt'", "Did you mean 'treatment'?"]),
    ("E-DESIGN-010", "counts", "several", (),
     ["3 columns could be compared", "age (x, y)", "sex (f, m)", "arm (p, q)", "--design"]),
]  # fmt: skip
WARNINGS = [
    ("W-DESIGN-003", "counts", "unnamed", (),
     ["Reference level 'A' of 'strain' was chosen alphabetically", "--reference strain=LEVEL"]),
    ("W-DESIGN-007", "counts", "samples", DESIGN,
     ["Only 4 samples per group of 'group'", "effects smaller than about 1.6-fold will often be missed"]),
    ("W-COUNT-003", "deep", "samples", DESIGN, ["Library sizes differ 5", "'S1' 13,"]),
]  # fmt: skip


def call(folder: Path, counts: str, sheet: str, *more: str):
    arguments = ["run", str(folder / f"{counts}.tsv"), str(folder / f"{sheet}.tsv"), *more]
    return CliRunner().invoke(cli, arguments, prog_name="foldwise")


@pytest.mark.parametrize(("id", "counts", "sheet", "more", "words"), ERRORS, ids=[row[0] for row in ERRORS])
def test_errors_stop_with_3_and_say_what_to_do(folder, tmp_path, id, counts, sheet, more, words):
    out = ("-o", str(tmp_path / "out"))
    for quiet in ((), ("-q",)):
        done = call(folder, counts, sheet, *more, *out, *quiet)
        assert done.exit_code == 3, done.stderr
        assert done.stdout == ""
        shown = id if title(id) == id else f"{id} ({title(id)})"
        assert f"x {shown}  " in done.stderr
        assert f"more: foldwise explain {id}" in done.stderr
        said = " ".join(done.stderr.split())
        for word in words:
            assert word in said
    assert len(done.stderr.splitlines()) == len([line for line in done.stderr.splitlines() if line.strip()])
    done = call(folder, counts, sheet, *more, *out, "-q", "--json")
    assert done.exit_code == 3
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMAS["result"]())
    assert (answer["ok"], answer["exit"], answer["error"]["code"]) == (False, 3, id)
    events = [json.loads(line) for line in done.stderr.splitlines()]
    for event in events:
        jsonschema.validate(event, SCHEMAS["event"]())
    assert [event["code"] for event in events if event["level"] == "error"] == [id]
    found = " ".join(f"{answer['error']['found']} {answer['error']['fix']}".split())
    for word in words:
        assert word in found
    assert not (tmp_path / "out").exists()


def test_cells_are_no_samples(tmp_path):
    """The error that a cell-level AnnData meets: W-PSEUDOREPLICATION's case, stopped."""
    import anndata

    rng = np.random.default_rng(2)
    donors = [f"d{number % 6}" for number in range(600)]
    obs = pd.DataFrame({"donor": donors, "arm": [f"arm{int(name[1]) % 2}" for name in donors]})
    obs.index = [f"cell{number}" for number in range(600)]
    cells = anndata.AnnData(rng.poisson(0.5, size=(600, 200)).astype(np.float32), obs=obs)
    cells.var_names = [f"gene{number}" for number in range(200)]
    cells.write_h5ad(tmp_path / "cells.h5ad")
    arguments = ["run", str(tmp_path / "cells.h5ad"), "--design", "~ arm", "-o", str(tmp_path / "out")]
    for more in ([], ["-q"], ["-q", "--json"]):
        done = CliRunner().invoke(cli, [*arguments, *more], prog_name="foldwise")
        assert done.exit_code == 3, done.stderr
        assert "E-CELL-001" in done.stderr
        for word in ("600 cells", "cells of a donor are no replicates", "pseudobulk"):
            assert word in done.stderr
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMAS["result"]())
    assert answer["error"]["code"] == "E-CELL-001"


@pytest.mark.parametrize(("id", "counts", "sheet", "more", "words"), WARNINGS, ids=[row[0] for row in WARNINGS])
def test_warnings_are_said_even_when_quiet_and_the_run_goes_on(folder, tmp_path, id, counts, sheet, more, words):
    out = ("-o", str(tmp_path / "out"), "--force", "--no-report")
    for quiet in ((), ("-q",)):
        done = call(folder, counts, sheet, *more, *out, *quiet)
        assert done.exit_code == 0, done.stderr
        assert id in done.stderr
        for word in words:
            assert word in done.stderr
        marked = [line for line in done.stderr.splitlines() if words[0] in line]
        assert marked[0][10:].startswith("! ")
    done = call(folder, counts, sheet, *more, *out, "-q", "--json")
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMAS["result"]())
    assert id in [item["code"] for item in answer["warnings"]]
    events = [json.loads(line) for line in done.stderr.splitlines()]
    (told,) = [event for event in events if event["code"] == id]
    jsonschema.validate(told, SCHEMAS["event"]())
    assert told["level"] == "warning"
    for word in words:
        assert word in told["msg"]
    noted = json.loads((tmp_path / "out" / "run.json").read_text())["messages"]
    assert id in [item["code"] for item in noted]


def test_the_depth_is_said_where_it_is_no_matter(folder, tmp_path):
    done = call(folder, "counts", "samples", *DESIGN, "-o", str(tmp_path / "out"), "--no-report")
    assert "library sizes differ 1." in done.stderr
    assert "size factors 0." in done.stderr
    deep = call(folder, "deep", "samples", *DESIGN, "-o", str(tmp_path / "deep"), "--no-report")
    assert "library sizes differ" not in deep.stderr
    assert "Library sizes differ" in deep.stderr
