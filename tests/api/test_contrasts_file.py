"""Contrasts files through the program and Python: a fit per model, all tables in one place, the same numbers."""

from __future__ import annotations

import html
import json
import os
import shutil

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import foldwise as fw
from foldwise.cli.app import cli
from foldwise.errors import FoldwiseWarning, UsageError
from tests.fixtures import EXACT
from tests.fixtures.quant_files import put, simulate, text, write_nfcore, write_salmon, write_tx2gene

DATA = simulate(150)
CONTRASTS = """id,variable,reference,target,blocking,exclude_samples_col,exclude_samples_values
drug_effect,condition,control,treated,,,
reversed,condition,treated,control,,,
blocked,condition,control,treated,batch,,
without_two,condition,control,treated,,batch,z
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An nf-core/rnaseq output with its sheet (lanes, technical columns, a condition added) and a contrasts file."""
    place = tmp_path_factory.mktemp("nfcore")
    write_nfcore(DATA, place / "star_salmon")
    rows = []
    for i, sample in enumerate(DATA.samples):
        for lane in range(2 if i == 0 else 1):
            rows.append(
                {
                    "sample": sample, "fastq_1": f"/data/{sample}_L{lane}_R1.fastq.gz",
                    "fastq_2": f"/data/{sample}_L{lane}_R2.fastq.gz", "strandedness": "auto",
                    "seq_platform": "ILLUMINA", "condition": "control" if i < 3 else "treated",
                    "batch": "xyzxyz"[i],
                }
            )  # fmt: skip
    pd.DataFrame(rows).to_csv(place / "samplesheet.csv", index=False)
    put(place / "contrasts.csv", CONTRASTS)
    return place


@pytest.fixture(scope="module")
def run(folder):
    def call(*arguments, code=0):
        before = os.getcwd()  # noqa: PTH109
        os.chdir(folder)
        try:
            done = CliRunner().invoke(cli, [str(a) for a in arguments], prog_name="foldwise")
        finally:
            os.chdir(before)
        assert done.exit_code == code, done.stderr
        return done

    return call


@pytest.fixture(scope="module")
def done(run, folder):
    shown = run("run", "star_salmon", "samplesheet.csv", "--contrasts", "contrasts.csv", "-o", "out")
    return folder / "out", shown.stderr


def table(path):
    return pd.read_csv(path, sep="\t", index_col=0, **EXACT)


def test_acceptance_2_an_nfcore_run_goes_through_unedited(done):
    out, said = done
    for words in (
        "salmon.merged.gene_counts.tsv is a merged table of nf-core/rnaseq",
        "Gene lengths from salmon.merged.gene_lengths.tsv",
        "7 rows (lanes) merged into 6 samples",
        "4 comparisons in 3 models",
        "drug_effect: condition: treated vs control (up = higher in treated)",
        "reversed: condition: control vs treated (up = higher in control)",
        "without ctrl_3, drug_3",
        "Average transcript lengths are an offset",
    ):
        assert words in said
    stems = ["blocked", "drug_effect", "reversed", "without_two"]
    assert sorted(p.name for p in (out / "results").iterdir()) == sorted(
        f"{stem}{end}" for stem in stems for end in (".tsv", ".rnk", ".significant.tsv")
    )
    methods = (out / "models" / "1_condition" / "methods.md").read_text()
    assert "transcript length" in methods
    report = (out / "models" / "1_condition" / "report.html").read_text()
    assert "transcript length" in report
    facts = json.loads((out / "models" / "1_condition" / "run.json").read_text())
    assert any("transcript lengths are an offset" in m["msg"] for m in facts["messages"])
    assert {"salmon.merged.gene_lengths.tsv", "salmon.merged.gene_tpm.tsv"} <= {i["name"] for i in facts["inputs"]}
    assert facts["contrasts_file"]["name"] == "contrasts.csv"


def test_reference_precedes_target_in_the_file(done):
    out, _ = done
    forward, back = (table(out / "results" / f"{stem}.tsv") for stem in ("drug_effect", "reversed"))
    np.testing.assert_allclose(forward["log2_fold_change"], -back["log2_fold_change"], rtol=1e-12)
    effect = DATA.reads[:, 3:].sum(axis=1) > DATA.reads[:, :3].sum(axis=1)
    up = forward.index[(forward["padj"] < 0.05) & (forward["log2_fold_change"] > 1)]
    assert len(up)
    share = pd.Series(effect).groupby(np.array(DATA.genes)).mean()[up].mean()
    assert share > 0.8


def test_each_model_is_an_ordinary_run_that_its_settings_repeat(run, done):
    out, _ = done
    for model in sorted((out / "models").iterdir()):
        run("run", "--config", model / "run.toml", "-o", f"again_{model.name}")
        again = out.parent / f"again_{model.name}"
        for path in (model / "results").iterdir():
            assert path.read_bytes() == (again / "results" / path.name).read_bytes()
            assert path.read_bytes() == (out / "results" / path.name).read_bytes()


def test_the_whole_run_is_repeated_by_its_settings_verified_and_resumed(run, done):
    out, _ = done
    run("run", "--config", out / "run.toml", "-o", "whole")
    for path in (out / "results").iterdir():
        assert path.read_bytes() == (out.parent / "whole" / "results" / path.name).read_bytes()
    said = run("verify", "whole").stderr
    assert said.count("computed again: the same") == 3
    said = run("run", "--config", out / "run.toml", "-o", "whole", "--resume").stderr
    assert said.count("nothing to do") == 3
    (out.parent / "whole" / "results" / "blocked.tsv").write_text("changed")
    assert "blocked.tsv is not the file" in run("verify", "whole", code=6).stderr


def test_a_model_that_is_not_asked_for_any_more_leaves_nothing(run, folder):
    run("run", "star_salmon", "samplesheet.csv", "--contrasts", "contrasts.csv", "-o", "fewer", "--no-report")
    put(folder / "two.csv", "\n".join(CONTRASTS.splitlines()[i] for i in (0, 1, 3)) + "\n")
    run("run", "star_salmon", "samplesheet.csv", "--contrasts", "two.csv", "-o", "fewer", "--force", "--no-report")
    assert sorted(p.name for p in (folder / "fewer" / "models").iterdir()) == ["1_condition", "2_batch+condition"]
    assert not (folder / "fewer" / "results" / "without_two.tsv").exists()
    facts = json.loads((folder / "fewer" / "run.json").read_text())
    assert [c["id"] for c in facts["contrasts"]] == ["drug_effect", "blocked"]
    assert all((folder / "fewer" / entry["name"]).is_file() for entry in facts["files"])


def test_one_model_after_several_leaves_no_folder_of_theirs(run, folder):
    put(folder / "first.csv", "\n".join(CONTRASTS.splitlines()[:2]) + "\n")
    for name in ("contrasts.csv", "first.csv"):
        run("run", "star_salmon", "samplesheet.csv", "--contrasts", name, "-o", "turns", "--force", "--no-report")
    assert not (folder / "turns" / "models").exists()
    assert sorted(p.name for p in (folder / "turns" / "results").glob("*.rnk")) == ["drug_effect.rnk"]
    run(
        "run", "star_salmon", "samplesheet.csv", "--contrasts", "contrasts.csv", "-o", "turns", "--force", "--no-report"
    )
    assert not (folder / "turns" / "counts").exists()


def test_a_stopped_run_goes_on_with_the_models_that_are_not_finished(run, folder):
    arguments = (
        "run",
        "star_salmon",
        "samplesheet.csv",
        "--contrasts",
        "contrasts.csv",
        "-o",
        "stopped",
        "--no-report",
    )
    run(*arguments)
    whole = {p.name: p.read_bytes() for p in (folder / "stopped" / "results").iterdir()}
    shutil.rmtree(folder / "stopped" / "models" / "3_condition-without_2")
    shutil.rmtree(folder / "stopped" / "results")
    (folder / "stopped" / "run.json").unlink()
    said = run(*arguments, "--resume").stderr
    assert said.count("nothing to do") == 2
    assert {p.name: p.read_bytes() for p in (folder / "stopped" / "results").iterdir()} == whole


def test_hostile_names_are_text_on_the_index_page(run, folder):
    hostile = "<img src=x onerror=alert(1)>"
    sheet = pd.read_csv(folder / "samplesheet.csv").replace("treated", hostile)
    sheet.to_csv(folder / "hostile.csv", index=False)
    rows = [row.replace("treated", hostile) for row in CONTRASTS.splitlines()]
    put(folder / "hostile_contrasts.csv", "\n".join([rows[0], rows[1].replace("drug_effect", hostile), rows[3]]) + "\n")
    run("run", "star_salmon", "hostile.csv", "--contrasts", "hostile_contrasts.csv", "-o", "hostile")
    page = (folder / "hostile" / "report.html").read_text()
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert (folder / "hostile" / "results" / "img_src_x_onerror_alert_1.tsv").is_file()


def test_one_model_writes_as_an_ordinary_run_under_the_ids_of_the_file(run, folder):
    put(folder / "one.csv", "\n".join(CONTRASTS.splitlines()[:3]) + "\n")
    run("run", "star_salmon", "samplesheet.csv", "--contrasts", "one.csv", "-o", "single")
    out = folder / "single"
    assert not (out / "models").exists()
    assert (out / "results" / "drug_effect.tsv").is_file()
    assert "condition: treated vs control" in (out / "report.html").read_text()
    run("run", "--config", out / "run.toml", "-o", "single2")
    assert (out / "results" / "reversed.tsv").read_bytes() == (
        folder / "single2" / "results" / "reversed.tsv"
    ).read_bytes()


def test_the_index_page_links_every_report_and_escapes(done, folder):
    out, _ = done
    page = (out / "report.html").read_text()
    for name in ("1_condition", "2_batch+condition", "3_condition-without_2"):
        assert f'href="models/{name}/report.html"' in page
        assert (out / "models" / name / "report.html").is_file()
    assert "4 comparisons in 3 models" in page
    assert "default-src 'none'" in html.unescape(page)
    assert (out / "methods.md").read_text().count("# Methods: ") == 3
    bib = (out / "citations.bib").read_text()
    assert bib.count("@article{love2014") == 1


def test_json_lists_all_contrasts_and_files(run, folder):
    shown = run("run", "star_salmon", "samplesheet.csv", "--contrasts", "contrasts.csv", "-o", "js", "--json")
    answer = json.loads(shown.stdout)
    assert [c["id"] for c in answer["contrasts"]] == ["drug_effect", "reversed", "blocked", "without_two"]
    assert all((folder / "js" / name).is_file() for name in answer["files"])
    from jsonschema import validate

    from foldwise.cli.schemas import SCHEMAS

    validate(answer, SCHEMAS["result"]())
    validate(json.loads((folder / "js" / "run.json").read_text()), SCHEMAS["run"]())


def test_check_tells_every_design_before_anything_is_counted(run):
    said = run("check", "samplesheet.csv", "--contrasts", "contrasts.csv").stderr
    assert said.count("full rank") == 3
    assert "blocked: condition: treated vs control" in said
    dry = run("run", "star_salmon", "samplesheet.csv", "--contrasts", "contrasts.csv", "--dry-run").stderr
    assert dry.count("nothing was written") == 3


def test_python_gives_the_same_tables(done, folder):
    out, _ = done
    with pytest.warns(FoldwiseWarning):
        res = fw.de(folder / "star_salmon", folder / "samplesheet.csv", contrasts=folder / "contrasts.csv")
    assert list(res.contrasts) == ["drug_effect", "reversed", "blocked", "without_two"]
    for id, one in res.contrasts.items():
        theirs = table(out / "results" / f"{id}.tsv")
        np.testing.assert_array_equal(one.table["pvalue"], theirs["pvalue"])
        assert set(one.contrasts) == set(res.contrasts)
    assert res.contrasts["without_two"].analysis.experiment.n_samples == 4


@pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
def test_run_from_python_takes_a_file_of_one_model(folder, tmp_path):
    from foldwise.model.spec_options import with_options

    experiment = fw.read(folder / "star_salmon", folder / "samplesheet.csv")
    one = put(tmp_path / "one.csv", "\n".join(CONTRASTS.splitlines()[:3]) + "\n")
    analysis = fw.run(with_options(fw.AnalysisSpec(), {"contrasts": str(one)}), experiment)
    assert [r.contrast.id for r in analysis.results] == ["drug_effect", "reversed"]
    with pytest.raises(UsageError, match="3 models"):
        fw.run(with_options(fw.AnalysisSpec(), {"contrasts": str(folder / "contrasts.csv")}), experiment)
    with pytest.raises(UsageError, match="weights"):
        from foldwise.api.execute import Given
        from foldwise.api.models import run_models

        spec = with_options(fw.AnalysisSpec(), {"contrasts": str(folder / "contrasts.csv"), "method": "edger-ql"})
        run_models(spec, experiment, given=Given(weights=np.ones(6)))


@pytest.mark.parametrize(
    ("option", "value"), [("--design", "~ condition"), ("--contrast", "condition:treated:control")]
)
def test_a_design_or_comparison_beside_the_file_is_refused(run, option, value):
    said = run("run", "star_salmon", "samplesheet.csv", "--contrasts", "contrasts.csv", option, value, code=2).stderr
    assert option in said
    assert "contrasts file" in said


def test_errors_of_a_design_name_the_row(run, folder):
    put(folder / "bad.csv", CONTRASTS + "confounded,condition,control,treated,batch;copy,,\n")
    sheet = pd.read_csv(folder / "samplesheet.csv").assign(copy=lambda f: "c" + f["batch"])
    sheet.to_csv(folder / "copied.csv", index=False)
    said = run("run", "star_salmon", "copied.csv", "--contrasts", "bad.csv", "-o", "bad", code=3).stderr
    assert "bad.csv:6, confounded" in said
    assert not (folder / "bad" / "results").exists()
    yaml = 'contrasts:\n  - {id: x, formula: "~ condition", make_contrasts_str: "conditiontraeted"}\n'
    yaml = yaml.replace("  - ", "  - {id: fine, comparison: [condition, control, treated]}\n  - ")
    put(folder / "bad.yaml", yaml)
    said = run("run", "star_salmon", "samplesheet.csv", "--contrasts", "bad.yaml", "-o", "bad", code=3).stderr
    assert "E-CONTRAST-001" in said
    assert "bad.yaml:3, x" in said
    assert "conditiontreated" in said


def test_names_of_coefficients_count_on_the_first_level_of_the_alphabet(run, folder):
    """A comparison in the same fit does not turn them round."""
    text = """contrasts:
  - {id: back, comparison: [condition, treated, control]}
  - {id: coefficient, formula: "~ condition", make_contrasts_str: conditiontreated}
"""
    put(folder / "mixed.yaml", text)
    said = run("run", "star_salmon", "samplesheet.csv", "--contrasts", "mixed.yaml", "-o", "mixed").stderr
    assert "2 comparisons, one model" in said
    assert "coefficient: condition: treated vs control (up = higher in treated)" in said
    back, other = (
        table(folder / "mixed" / "results" / f"{x}.tsv")["log2_fold_change"] for x in ("back", "coefficient")
    )
    np.testing.assert_allclose(back, -other, rtol=1e-12)


def test_one_table_on_stdout_needs_one_contrast(run, folder):
    run("run", "star_salmon", "samplesheet.csv", "--contrasts", "contrasts.csv", "-o", "-", code=2)
    put(folder / "single.csv", "\n".join(CONTRASTS.splitlines()[:2]) + "\n")
    shown = run("run", "star_salmon", "samplesheet.csv", "--contrasts", "single.csv", "-o", "-")
    assert shown.stdout.startswith("gene_id\t")


def test_commands_that_rebuild_ask_for_one_model_and_gene_sets_take_all(run, done):
    out, _ = done
    assert "models of a contrasts file" in run("report", "out", code=2).stderr
    run("report", "out/models/1_condition")
    genes = list(table(out / "results" / "blocked.tsv").index)
    put(out.parent / "x.gmt", "".join(f"set{i}\t-\t" + "\t".join(genes[i::3]) + "\n" for i in range(3)))
    run("enrich", "out", "--gene-sets", "x.gmt")
    assert sorted(p.name for p in (out / "enrichment").iterdir()) == [
        f"{id}.ora.tsv" for id in ("blocked", "drug_effect", "reversed", "without_two")
    ]


@pytest.mark.parametrize("method", ["edger-ql", "limma-voom", "wilcoxon"])
def test_lengths_are_named_for_every_method(run, folder, method):
    out = f"m_{method}"
    said = run("run", "star_salmon", "samplesheet.csv", "--design", "~ condition", "--method", method, "-o", out).stderr
    methods = (folder / out / "methods.md").read_text()
    if method == "edger-ql":
        assert "an offset of each gene" in said
        assert "transcript length" in methods
    else:
        assert "takes no offsets" in said
        assert "abundance" in methods


def test_salmon_folders_run_like_the_merged_tables(run, folder):
    write_salmon(DATA, folder / "quants")
    write_tx2gene(DATA, folder / "tx2gene.tsv")
    put(
        folder / "plain.tsv",
        text(pd.DataFrame({"sample": DATA.samples, "condition": ["control"] * 3 + ["treated"] * 3})),
    )
    design = ["--design", "~ condition"]
    run("run", "quants", "plain.tsv", *design, "--tx2gene", "tx2gene.tsv", "-o", "from_quants")
    run("run", "star_salmon", "plain.tsv", *design, "-o", "from_merged")
    one, two = (
        table(folder / f"from_{x}" / "results" / "condition_treated_vs_control.tsv") for x in ("quants", "merged")
    )
    np.testing.assert_allclose(one["pvalue"], two.loc[one.index, "pvalue"], rtol=1e-6)
    facts = json.loads((folder / "from_quants" / "run.json").read_text())
    assert [i["name"] for i in facts["inputs"]].count("quant.sf") == 6
    assert "tx2gene.tsv" in [i["name"] for i in facts["inputs"]]
