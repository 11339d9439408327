"""The result in words: every number is that of the table, themes only where they are significant, names stay text."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from foldwise.model.certificate import Certificate, Regrouping
from foldwise.report import markdown, render_report
from foldwise.report.gene_set_view import GeneSetTable
from foldwise.report.interpretation.template import interpret

from ..fixture import ATTACKS, simulated


def topics(analysis, *gene_sets) -> dict[str, str]:
    found: dict[str, str] = {}
    for sentence in interpret(analysis, gene_sets).sections[0].sentences:
        found[sentence.topic] = f"{found.get(sentence.topic, '')} {sentence.text}".strip()
    return found


def enrichment(padj: float, direction: str = "up") -> GeneSetTable:
    table = pd.DataFrame({"gene_set": ["INTERFERON_RESPONSE", "OTHER"], "direction": [direction, "down"],
                          "n_genes": [20, 30], "pvalue": [padj / 2, 0.5], "padj": [padj, 0.5]})  # fmt: skip
    return GeneSetTable("treatment_0", "ora", table)


def test_every_claim_is_the_number_of_the_table():
    analysis = simulated()
    table, result = analysis.results[0].table, analysis.results[0]
    claims = [claim for s in interpret(analysis).sections[0].sentences for claim in s.claims]
    genes = [claim for claim in claims if claim.gene]
    assert len(genes) >= 8
    for claim in genes:
        assert table.loc[claim.gene, claim.column] == claim.value
        assert claim.contrast == result.contrast.id
    facts = {claim.column: claim.value for claim in claims if not claim.gene}
    assert (facts["n_up"], facts["n_down"], facts["n_tested"]) == (result.n_up, result.n_down, result.n_tested)
    assert facts["n_untested"] == table["padj"].isna().sum()


def test_direction_and_strongest_genes_in_words():
    told = topics(simulated())
    assert "9 are higher and 6 are lower in drug than in control" in told["result"]
    assert "drug (3 samples) is compared with control (3 samples)" in told["design"]
    table = simulated().results[0].table
    called = table[table["padj"] < 0.05]
    assert str(called["log2_fold_change"].idxmax()).replace("GENE0", "Name").replace("Name0", "Name") in told["genes"]
    assert "No certificate was made." in told["trust"]


def test_nothing_called_is_not_nothing_changed():
    analysis = simulated()
    table = analysis.results[0].table.assign(padj=0.7)
    told = topics(replace(analysis, results=(replace(analysis.results[0], table=table),)))
    assert told["result"].startswith("No gene is called at a false discovery rate of 5 %")
    assert "This does not show that nothing changes" in told["result"]
    assert "spread" not in told


def test_no_direction_where_the_test_knows_none():
    analysis = simulated()
    spec = replace(analysis.spec, method=replace(analysis.spec.method, test="lrt"))
    told = topics(replace(analysis, spec=spec))
    assert "higher and" not in told["result"]
    assert "increase" not in told["genes"]
    assert "spread" not in told


@pytest.mark.parametrize(("padj", "said"), [(0.01, "is enriched among the upregulated"), (0.2, "no coherent theme")])
def test_themes_only_where_they_are_significant(padj, said):
    assert said in topics(simulated(), enrichment(padj))["sets"]
    assert "no gene sets were tested" in topics(simulated())["sets"]


def test_the_certificate_is_told_with_its_reasons():
    runs = Regrouping("fake factor", 100, None, False)
    certificate = Certificate("WARN", ("Only 9 groupings exist.",), ("It cannot see a batch.",), "deseq2", 0.05, 1, 100,
                              runs, np.array([0] * 97 + [3, 1, 5]))  # fmt: skip
    told = topics(replace(simulated(), certificate=certificate))
    assert told["trust"] == "The certificate says WARN: in 3 of 100 null runs at least one gene was called."
    assert "Only 9 groupings exist." in told["checks"]


def test_b119_names_are_quoted_text_in_page_and_markdown():
    analysis = simulated(hostile=True)
    table = analysis.results[0].table.copy()
    hostile = np.isin(table.index, ATTACKS)
    table.loc[hostile, "padj"], table.loc[hostile, "pvalue"] = 0.0, 0.0
    analysis = replace(analysis, results=(replace(analysis.results[0], table=table),))
    made = interpret(analysis)
    text = markdown(made)
    assert "<script" not in text.replace("\\<script", "").replace("\\</script", "")
    assert all(sentence.text.isprintable() for sentence in made.sections[0].sentences)
    assert max(len(sentence.text) for sentence in made.sections[0].sentences) < 700
    assert "<script>window.hacked" not in render_report(analysis, words=made)


def test_the_same_numbers_give_the_same_text():
    assert markdown(interpret(simulated(contrasts=2))) == markdown(interpret(simulated(contrasts=2)))
