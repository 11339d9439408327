"""``foldwise signature``: what it finds, says and writes; new samples scored; the same numbers from Python."""

import json
import re
import warnings

import jsonschema
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import foldwise as fw
from foldwise.cli.app import cli
from foldwise.cli.schemas import SCHEMAS
from foldwise.errors import FoldwiseError

pytest.importorskip("sklearn")

N_GENES, N_TRUE = 100, 6


def simulated(n, seed, depth=1.0):
    """Counts in which the first genes differ between `well` and `ill`; every person gives two samples."""
    truth = np.random.default_rng(0)
    mean = np.exp(truth.normal(5, 1, N_GENES))
    rng = np.random.default_rng(seed)
    ill = np.repeat(np.arange(n // 2) % 2, 2)
    rate = mean[:, None] * rng.uniform(0.7, 1.4, n) * depth
    rate[:N_TRUE] *= 2.5**ill
    counts = rng.negative_binomial(8, 8 / (8 + rate))
    names = [f"s{k}" for k in range(n)]
    sheet = pd.DataFrame(
        {"state": np.where(ill, "ill", "well"), "person": [f"p{k // 2}" for k in range(n)]}, index=names
    )
    genes = [f"ENSG{k:05d}" for k in range(N_GENES)]
    sheet.index.name = "sample"
    return pd.DataFrame(counts, index=pd.Index(genes, name="gene_id"), columns=names), sheet


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("signature")
    for name, (counts, sheet) in {"train": simulated(40, 1), "new": simulated(20, 2, depth=0.5)}.items():
        counts.to_csv(folder / f"{name}.tsv", sep="\t")
        sheet.to_csv(folder / f"{name}_samples.tsv", sep="\t")
    return folder


def call(*arguments):
    return CliRunner().invoke(cli, [str(word) for word in arguments], prog_name="foldwise")


OPTIONS = ("--group", "person", "--repeats", 1)


ONE, NONE = ("--permutations", 1), ("--permutations", 0)


@pytest.fixture(scope="module")
def done(files):
    found = call("signature", files / "train.tsv", files / "train_samples.tsv", "--outcome", "state", *OPTIONS, *ONE,
                 "-o", files / "out", "--json")  # fmt: skip
    assert found.exit_code == 0, found.output
    return found


def test_the_answer_and_signature_json_hold_what_their_schemas_say(done, files):
    answer = json.loads(done.stdout)
    jsonschema.validate(answer, SCHEMAS["result"]())
    jsonschema.validate(answer["signature"], SCHEMAS["signature"]())
    facts = json.loads((files / "out" / "signature.json").read_text())
    jsonschema.validate(facts, SCHEMAS["signature"]())
    assert facts["classes"] == ["ill", "well"] and facts["persons"] == {"ill": 10, "well": 10}
    assert facts["score"]["auc"] > 0.95 > 0.8 > facts["baselines"][1]["auc"]
    assert facts["pvalue"] == 0.5 and facts["settings"]["repeats_per_permutation"] == 1
    assert answer["files"] == sorted(path.name for path in (files / "out").iterdir() if path.name[0] != ".")


def test_the_true_genes_are_the_stable_ones(done, files):
    genes = pd.read_csv(files / "out" / "genes.tsv", sep="\t")
    stable = set(genes["gene_id"][genes["stable"]])
    true = {f"ENSG{k:05d}" for k in range(N_TRUE)}
    assert len(stable & true) >= 5 and set(genes["gene_id"][:5]) <= true
    assert (genes["sign_stability"][genes["stable"]] == 1).all()
    assert (genes.set_index("gene_id")["mean_coefficient"][sorted(stable & true)] < 0).all()  # they rise in "ill"


def test_predictions_are_of_held_out_samples_and_persons_stay_together(done, files):
    table = pd.read_csv(files / "out" / "predictions.tsv", sep="\t")
    assert len(table) == 40 and table["person"].nunique() == 20
    assert ((table["called"] == table["outcome"]).mean()) > 0.85
    assert table["probability"].between(0, 1).all()


def test_the_page_stands_alone_and_says_what_it_cannot(done, files):
    page = (files / "out" / "signature.html").read_text()
    assert "Content-Security-Policy" in page and "<script" not in page and not re.search(r"(src|href)=.http", page)
    for words in (
        "Predictive is not differential",
        "W-LEARN-006",
        "random expressed genes",
        "validate the model there",
    ):
        assert words in page
    for name in ("roc", "calibration", "permutations"):
        svg = (files / "out" / f"{name}.svg").read_text()
        assert svg.startswith("<svg") and 'role="img"' in svg and svg in page


def test_python_gives_the_same_bytes(done, files):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        counts, sheet = simulated(40, 1)
        same = fw.signature(counts, sheet, "state", group="person", repeats=1, permutations=1)
        names = same.write(files / "python")
    for name in ("model.json", "genes.tsv", "predictions.tsv", "roc.svg", "calibration.svg", "permutations.svg"):
        assert name in names and (files / "python" / name).read_bytes() == (files / "out" / name).read_bytes()
    assert "AUC" in repr(same) and same.interval[0] <= same.auc <= same.interval[1]


def test_new_samples_are_scored_each_by_itself(done, files):
    found = call("signature", files / "new.tsv", files / "new_samples.tsv", "--model", files / "out" / "model.json",
                 "-o", files / "scores", "--json")  # fmt: skip
    assert found.exit_code == 0, found.output
    assert "20 samples with a known state: AUC 1.00" in found.output
    answer = json.loads(found.stdout)
    jsonschema.validate(answer, SCHEMAS["result"]())
    assert answer["scores"]["known"]["auc"] == 1.0 and sum(answer["scores"]["called"].values()) == 20
    table = pd.read_csv(files / "scores" / "scores.tsv", sep="\t", index_col=0)
    counts, sheet = simulated(20, 2, depth=0.5)
    assert (table["called"] == sheet["state"]).mean() >= 0.9
    model = fw.read_signature(files / "out" / "model.json")
    from foldwise.api.signature import score_samples

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alone = score_samples(model, counts[["s3"]])
        versioned = score_samples(model, counts.set_axis([f"{gene}.7" for gene in counts.index], axis=0))
    assert alone["probability"].iloc[0] == pytest.approx(table["probability"]["s3"], rel=1e-12)
    assert versioned["probability"].to_numpy() == pytest.approx(table["probability"].to_numpy(), rel=1e-12)


def test_counts_with_other_genes_are_refused_and_missing_ones_told(done, files):
    from foldwise.api.signature import score_samples

    model = fw.read_signature(files / "out" / "model.json")
    counts, _ = simulated(20, 2)
    with pytest.raises(FoldwiseError, match=r"E-ANNOT-001.*ENSG"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        score_samples(model, counts.set_axis([f"GENE{k}" for k in range(N_GENES)], axis=0))
    with pytest.warns(fw.FoldwiseWarning, match=r"W-ANNOT-001.*training mean"):
        score_samples(model, counts.drop(index=model.genes[0]))


def test_a_run_directory_takes_the_place_of_the_files(done, files):
    assert call("run", files / "train.tsv", files / "train_samples.tsv", "--design", "~ state", "-o", files / "run",
                "--no-report", "-q", "--certificate", "off").exit_code == 0  # fmt: skip
    found = call("signature", files / "run", "--outcome", "state", *OPTIONS, *NONE, "-o", files / "run",
                 "-q")  # fmt: skip
    assert found.exit_code == 0, found.output
    assert (files / "run" / "run.json").is_file()
    assert (files / "run" / "model.json").read_bytes() == (files / "out" / "model.json").read_bytes()


def test_what_was_written_is_not_overwritten_unasked(done, files):
    arguments = ("signature", files / "train.tsv", files / "train_samples.tsv", "--outcome", "state", *OPTIONS)
    found = call(*arguments, "-o", files / "out")
    assert found.exit_code == 2 and "E-IO-003" in found.output
    assert call(*arguments, *NONE, "-o", files / "out", "--force", "--strict").exit_code == 4
    assert not (files / "out" / "permutations.svg").exists()


def test_hostile_names_are_text(files):
    counts, sheet = simulated(40, 1)
    nasty = "<img src=x onerror=alert(1)>"
    counts = counts.rename(index={"ENSG00000": nasty}, columns={"s0": "<script>"})
    sheet = sheet.rename(index={"s0": "<script>"}).replace({"ill": "</title><b>"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = fw.signature(counts, sheet, "state", group="person", repeats=1, permutations=0, random_state=2)
    found.report(files / "nasty.html")
    first = pd.read_csv(files / "out" / "predictions.tsv", sep="\t")["probability"].to_numpy()
    assert np.isnan(found.pvalue) and (found.predictions["probability"].to_numpy() != first).any()  # another seed
    page = (files / "nasty.html").read_text()
    assert nasty not in page and "&lt;img src=x" in page and "</title><b>" not in page and "<script>" not in page


@pytest.mark.parametrize(
    ("arguments", "id"),
    [
        (("--outcome", "state", "--repeats", "0"), "E-USAGE-002"),
        (("--outcome", "state", "--permutations", "-1"), "E-USAGE-002"),
        ((), "E-USAGE-002"),
        (("--outcome", "nothing"), "E-SHEET-004"),
        (("--model", "train.tsv"), "E-LEARN-001"),
    ],
)
def test_mistakes_are_sentences(files, monkeypatch, arguments, id):
    monkeypatch.chdir(files)
    found = call("signature", "train.tsv", "train_samples.tsv", *arguments, "-o", "none")
    assert found.exit_code in (2, 3) and id in found.output and not (files / "none").exists()
