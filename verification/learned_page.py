"""The page ``docs/learned_parts.md``: one table per kept figure, so that page and figures cannot part.

A proof keeps its figure with `verification.results.keep` and adds one line to `TABLES`; ``python -m
verification.learned_page`` then renews the page. A figure that is listed must be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from verification.results import FOLDER, kept

PAGE = Path(__file__).resolve().parents[1] / "docs" / "learned_parts.md"
BEGIN, END = "<!-- figures: made by verification/learned_page.py -->", "<!-- end of figures -->"
PARTS = {
    "certificate": "FDR certificate",
    "factors": "Hidden factors",
    "weights": "Learned weights",
    "choice": "Method choice and power",
    "quality": "Sample checks",
    "signature": "Signature",
    "interpretation": "Interpretation",
}


@dataclass(frozen=True)
class Table:
    """One table of the page.

    Parameters
    ----------
    part : str
        Key of `PARTS`: under which heading it stands, in the order of `TABLES`.
    figure : str
        Stem of the kept figure.
    caption : str
        What was done, on what data, how often, and what would be right: one or two sentences above the table.
    columns : mapping of str to str
        Column of the figure to its title, in order; all columns under their own names where empty.
    without : mapping of str to str
        Rows that are not shown: column, and its value there.
    """

    part: str
    figure: str
    caption: str
    columns: Mapping[str, str] = field(default_factory=dict)
    without: Mapping[str, str] = field(default_factory=dict)


TABLES: tuple[Table, ...] = (
    Table("certificate", "a1_certificate_rates",
          "Two random groups of n people (Pickrell, 9,843 genes without those of sex): nothing differs, so "
          "every call is false. Certificates of 100 null runs (9 at n = 3, 20 for `edger-exact` at n = 5, which"
          " has no certificate at n = 3). Right methods should fail in at most 5 %, principal components of "
          "residuals always. From 5 against 5 on a PASS is possible.",
          {"method": "method", "n": "n", "certificates": "certificates", "p_any": "any call", "p_any_max": "most",
           "mean_false": "mean false", "ratio_05": "x at .05", "ratio_001": "x at .001", "failed": "FAIL",
           "warned": "WARN", "passed": "PASS"}),
    Table("certificate", "a3_certificate_bounds",
          "Changes planted into a tenth of 3,000 genes of two random groups of n people: the true share of "
          "false discoveries against the estimate and its upper bound (to hold in 94 %), and how often the post"
          " hoc bound held for the best 20, the best 100 and all called genes (to hold in 95 %).",
          {"method": "method", "n": "n", "runs": "runs", "called": "called", "fdp": "true FDP", "stated": "stated",
           "bias": "bias", "upper_held": "upper bound held", "upper_held_se": "± SE", "bound_held": "post hoc held",
           "tightest_bound": "tightest bound"}),
    Table("certificate", "a2_certificate_outliers", "Poisson counts of 6 against 6 samples without a difference, and "
          "the same with one entry in a hundred multiplied by fifty: ten certificates of 100 null runs each. Outliers "
          "should fail `deseq2` without Cook's distances, and not the counts that were winsorized.",
          {"share": "outliers", "analysis": "analysis", "certificates": "certificates", "p_any": "any call",
           "mean_false": "mean false", "ratio_05": "x at .05", "ratio_001": "x at .001", "failed": "FAIL",
           "warned": "WARN", "passed": "PASS"}),
    Table("certificate", "a4_certificate_real", "Certificates of whole data sets: 100 null runs where so many exist "
          "(50 of nivolumab), mean and largest number of false genes over them, p-values below .05 and .001 in "
          "multiples of what they should be; `bound`: at most so many of the called genes are false (95 %). Nivolumab "
          "is the set on which Li and others (2022) saw exaggerated false positives.",
          {"data": "data", "samples": "samples", "method": "method", "called": "called", "fdp": "est. FDP",
           "fdp_upper": "upper", "bound": "bound", "verdict": "verdict", "null_runs": "null runs", "p_any": "any call",
           "mean_false": "mean", "max_false": "most", "ratio_05": "x at .05", "ratio_001": "x at .001"}),
    Table("certificate", "a4_cells_and_donors", "Untreated cells of eight donors in two random halves (Kang and others "
          "2018, the largest cell type), `limma-trend`: every cell taken for a sample against sums over the cells of a "
          "donor; fake labels go to whole donors. Cells should fail, sums should not.",
          {"unit": "unit", "certificates": "certificates", "null_runs": "null runs", "p_any": "any call",
           "mean_false": "mean false", "ratio_05": "x at .05", "ratio_001": "x at .001", "failed": "FAIL"}),
    Table("weights", "t4_covariates", "Corrections with a covariate that knows much, little or nothing of the genes "
          "that change: wild-type yeast cultures with 2,000 planted changes, FDR 5 %, p-values of `edger-ql` (means "
          "over the runs; gain in points of power over `bh` on the same counts).",
          {"planted": "covariate", "n": "n", "method": "correction", "runs": "runs", "fdp": "false discoveries",
           "tpr": "power", "gain_points": "gain", "gain_se": "± SE", "verdict": "verdict"}),
    Table("weights", "c1_weights_calls", "Genes called on whole data sets: by Benjamini-Hochberg, with independent "
          "filtering by the mean, with IHW (and as R's IHW 1.26 has it), and with learned weights taken without their "
          "gate; `gain` is over independent filtering, `shuffled` how far shuffled means move the calls from `bh` "
          "(both in %). The goal is at least the calls of IHW less 1 %.",
          {"data": "data", "method": "method", "fdr": "FDR", "bh": "bh", "independent filtering": "filtering",
           "ihw": "ihw", "ihw_in_r": "R's IHW", "learned": "learned", "gain_percent": "gain", "gate": "gate",
           "shuffled_percent": "shuffled", "verdict": "verdict"}),
    Table("weights", "c1_weights_donors", "Genes found in three donors of airway and the share of them that the fourth "
          "shows (same direction, at least half the size), means over the four donors; `deseq2`, FDR 5 %. The goal is "
          "at least the share of independent filtering less one point.",
          {"method": "list", "calls": "calls", "replicated": "replicated", "verdict": "verdict"}),
    Table("weights", "c2_weights_thinned", "Changes planted into 15 % of the genes of wild-type yeast cultures (which "
          "also differ by themselves, so that false discoveries are many in every list): means over the draws, gain in "
          "points of power over independent filtering. Judged is what a run delivers, weights where their gain passes, "
          "and that shuffled means move the power of `bh` by at most half a point.",
          {"n": "n", "method": "method", "correction": "list", "runs": "draws", "fdp": "false discoveries",
           "fdp_se": "± SE", "tpr": "power", "gain_over_filtering": "gain", "gain_se": "gain ± SE",
           "verdict": "verdict"}, {"correction": "bh"}),
    Table("weights", "c2_weights_simulated", "The same on simulated counts, where nothing differs but what was "
          "changed.",
          {"n": "n", "method": "method", "correction": "list", "runs": "draws", "fdp": "false discoveries",
           "fdp_se": "± SE", "tpr": "power", "gain_over_filtering": "gain", "gain_se": "gain ± SE",
           "verdict": "verdict"}, {"correction": "bh"}),
    Table("weights", "c3_weights_null", "Runs of a whole analysis with a made-up factor, in which nothing can be "
          "found: without weights, and with weights learned anew in each run and taken without their gate. `any call` "
          "should not exceed `limit` (99 % of a rate of 5 %); where the list without weights exceeds it, weights "
          "cannot help.",
          {"data": "data", "method": "method", "list": "list", "runs": "runs", "any": "any call", "limit": "limit",
           "mean_called": "mean called", "most_called": "most", "verdict": "verdict"}),
    Table("choice", "d1_choice", "The method that `foldwise choose` takes for a data set, against what every method "
          "does on 24 other draws of its kind (simulations, and real samples that differ by nothing known; 3,000 genes "
          "of which a tenth changes between the groups; reduced form: 30 runs of the finalists, three data sets per "
          "kind). `best` is the most powerful method that truly keeps 5 %; kept: the chosen method has at most 6 % "
          "false discoveries (aim: 95 % of sets); near: at least 95 % of the power of the best (aim: 90 %), or within "
          "five points of it. The last columns are the habits *always deseq2* and *always wilcoxon*.",
          {"source": "data", "n": "n", "sets": "sets", "chosen": "chosen", "best": "best", "fdp": "false discoveries",
           "tpr": "power", "best_tpr": "best power", "keeps_rate": "kept", "near_best": "near, 95 %",
           "points_best": "near, 5 points", "deseq2_fdp": "false, deseq2", "wilcoxon_tpr": "power, wilcoxon"}),
    Table("choice", "d2_power", "Power that `foldwise power` predicts from pilots of 4, 6 and 10 yeast cultures per "
          "condition, and the power that draws of 42 v 44 cultures have, for genes of ten reads and more that change "
          "by at least 2^0.5 or 2^1 (n above the pilot is the marked extrapolation; ten runs per n; points of power; "
          "within 10 points is the aim).",
          {"method": "method", "log2": "log2 change", "n": "n", "pilots": "pilots", "predicted": "predicted",
           "realized": "realized", "points_apart": "points apart", "most_apart": "most", "within_10": "within 10"}),
    Table("factors", "b1_hidden_sex_genes", "Men against women in lymphoblastoid cells of three studies: genes of the "
          "Y and genes that escape X inactivation called at FDR 5 % by whole analyses, without hidden factors and with "
          "the number that was chosen (autosomal genes: hardly true).",
          {"data": "study", "method": "method", "k": "factors", "true_without": "true without", "true": "true with",
           "ratio": "ratio", "autosomal_without": "autosomal without", "autosomal": "autosomal with"}),
    Table("factors", "b1_hidden_chosen", "The same by least squares on log counts: our factors, with depth by TMM or "
          "(`library size`) without, and two other ways with as many: components of all of the data, and components of "
          "the residuals, which is wrong. All numbers of factors: `verification/results/hidden_factors.svg`.",
          {"data": "study", "samples": "people", "variant": "way", "k": "factors", "true_without": "true without",
           "true": "true with", "ratio": "ratio", "autosomal": "autosomal with"}),
    Table("factors", "b2_hidden_null", "Made-up groups of people, other ones than the number of factors was chosen on: "
          "share of runs in which any gene was called (least squares, FDR 5 %), its 95 % interval, and the largest "
          "share that the certificate lets pass. Of 20 and 40 people four draws share the runs.",
          {"people": "people", "variant": "way", "k": "factors", "runs": "runs", "p_any": "any call", "low": "from",
           "high": "to", "allowed": "allowed", "mean_false": "mean false", "max_false": "most", "verdict": "verdict"}),
    Table("factors", "b3_hidden_batch", "Simulations of 20 against 20 with a batch that is not in the sheet, its "
          "correlation with the group 0 to 0.8; `limma-voom`, 10 % of the genes change. Right are an FDP of at most "
          ".06 (and two standard errors) and the power of the analysis that knows the batch, less 5 points.",
          {"correlation": "correlation", "way": "analysis", "runs": "runs", "k": "factors", "fdp": "false discoveries",
           "fdp_se": "± SE", "power": "power", "verdict": "verdict"}),
    Table("factors", "b4_hidden_noise", "Negative binomial counts with nothing hidden in them: share of data sets for "
          "which no factor is used; 95 % are wanted.",
          {"n": "n per group", "runs": "data sets", "none_by_parallel_analysis": "none by parallel analysis",
           "none": "none chosen", "verdict": "verdict"}),
    Table("interpretation", "e_narratives", "The claim checker on right narratives (four sentences by one of five "
          "authors, on airway, pasilla, bottomly and three simulations: none should be refused) and on wrong ones, "
          "each with one sentence made wrong (99 % should be, that sentence by itself). `right, unseen wording`: "
          "single right sentences in ten wordings that the checker was not mended by: what other words cost. `shuffled "
          "genes`: which genes changed was shuffled; counted are texts that say `no coherent theme`.",
          {"kind": "narratives", "n": "n", "refused": "refused", "share": "share", "low": "95 % from", "high": "to"}),
    Table("quality", "q1_sex_labels",
          "Five labels of sex flipped at random, 200 draws: flips found, accusations that are right, and samples "
          "accused without any flip. In hapmap NA12892_Montgomery is labeled female, has the Y expression of males "
          "and the profile of NA12891: it counts as a male here, and is the one accused as labeled.",
          {"data": "data", "samples": "samples", "recall": "recall", "recall_interval": "95 %",
           "precision": "precision", "precision_interval": "95 % ", "flagged_as_corrected": "accused without flips",
           "flagged_as_given": "as labeled", "verdict": "verdict"}),
    Table("quality", "q2_swapped_donors",
          "Every exchange of two samples of different donors, one at a time. An exchange of the donor alone is "
          "found; one that exchanges the condition too disturbs the effect that is taken out first, and is not.",
          {"data": "data", "exchanged": "exchanged", "exchanges": "exchanges", "found": "found",
           "found_interval": "95 %", "both_named": "both named", "others_accused": "others accused",
           "flagged_clean": "accused without exchange", "verdict": "verdict"}),
    Table("quality", "q3_bad_replicates",
          "96 yeast cultures, of which the authors set ten aside: those flagged as outliers (Fisher's exact test, "
          "one-sided)."),
    Table("quality", "q3_real_sets",
          "Samples that each rule flags in real sets. In hapmap (three laboratories) the mislabeled NA12892 and a "
          "pair that is probably mixed up, NA12815 and NA12873; in seqc technical replicates of one tube; in "
          "kang_ctrl sums of few cells; in nivolumab biopsies of which ten genes take a quarter of the reads and "
          "more."),
    Table("quality", "q4_clean",
          "Data sets in which anything at all is flagged: simulations of two groups of n without a fault (usual and "
          "high dispersion, 30 and 300 reads per gene), and samples drawn from the clean yeast cultures and from 69 "
          "people, which do differ.",
          {"data": "data", "n": "n per group", "runs": "runs", "flagged": "flagged", "interval": "95 %",
           "verdict": "verdict"}),
    Table("quality", "q4_planted",
          "One fault planted into a simulation of two groups of n: found by its rule, and data sets in which "
          "another sample is accused.",
          {"fault": "fault", "n": "n per group", "runs": "runs", "found": "found", "interval": "95 %",
           "others_accused": "others accused"}),
    Table("signature", "sg_signatures", "Signatures judged by nested cross-validation (10 repeats): sex of the 69 "
          "Pickrell lines in two tables of different annotation, and nivolumab biopsies on treatment against before, "
          "as it is. `on the list`: of the (at most ten) most often chosen genes, those of the male-specific Y or that "
          "escape X inactivation; the goal is 8 of 10, and in the first table only five genes are ever chosen. With 19 "
          "permutations p cannot be below .05.",
          {"data": "data", "classes": "classes", "persons": "persons", "auc": "AUC", "low": "from", "high": "to",
           "balanced_accuracy": "balanced accuracy", "brier": "Brier", "brier_majority": "majority", "p": "p",
           "auc_library": "AUC, library alone", "auc_random": "AUC, random genes", "stable_genes": "stable genes",
           "top": "most chosen", "top_on_sex_list": "on the list", "top_on_x_or_y": "on X or Y"}),
    Table("signature", "sg_noise", "Signatures of labels that mean nothing (1 repeat, 9 permutations, 500 variable "
          "genes; reduced): mean AUC over the data sets (goal .47 to .53), share of p up to .1 and a test that the "
          "p-values are uniform; beside it the 50 genes that differ most between the classes of all samples, chosen "
          "before the folds are made (goal: seen, above .8).",
          {"way": "genes chosen", "genes": "genes", "samples": "samples", "seeds": "data sets", "auc": "AUC",
           "auc_se": "± SE", "low": "lowest", "high": "highest", "p_to_10": "share p ≤ .1", "p_low": "from",
           "p_high": "to", "p_uniform": "p of uniformity"}),
    Table("signature", "sg_transfer", "Sex learned on the Pickrell lines, told in two other laboratories (goal: AUC "
          ".99 or more). One line of Montgomery's is labeled female and has the Y expression of a man.",
          {"test": "scored", "samples": "samples", "individuals": "individuals", "auc": "AUC", "low": "from",
           "high": "to", "balanced_accuracy": "balanced accuracy", "mean_probability": "mean probability",
           "share": "share of men"}),
)  # fmt: skip


def measured(folder: Path = FOLDER) -> str:
    """Return all tables in Markdown, under the headings of their parts."""
    blocks = []
    for part, title in PARTS.items():
        tables = [table for table in TABLES if table.part == part]
        if tables:
            blocks += [f"## {title}", *(markdown(table, folder) for table in tables)]
    return "\n\n".join(blocks)


def markdown(table: Table, folder: Path = FOLDER) -> str:
    """Return the caption, the place of the figure and the table in Markdown."""
    figure = kept(table.figure, folder)
    for name, value in table.without.items():
        figure = figure[figure[name] != value]
    columns = dict(table.columns) or {str(name): str(name) for name in figure.columns}
    lines = [f"| {' | '.join(columns.values())} |", "|" + "---|" * len(columns)]
    lines += [
        f"| {' | '.join(cell(value) for value in row)} |" for row in figure[list(columns)].itertuples(index=False)
    ]
    return "\n".join([f"{table.caption} Kept in `verification/results/{table.figure}.tsv`.", "", *lines])


def cell(value: object) -> str:
    """Return a value as text: whole numbers whole, others with three digits, nothing for what is missing."""
    if isinstance(value, str):
        return value.replace("|", "\\|")
    if pd.isna(value):
        return ""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return str(value)
    return f"{int(value):,}" if float(value).is_integer() and abs(value) >= 1 else f"{value:.3g}"


def written(page: Path = PAGE) -> str:
    """Return the tables that stand on the page."""
    return page.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0].strip()


def renew(page: Path = PAGE, folder: Path = FOLDER) -> None:
    """Put the tables of the kept figures on the page."""
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    page.write_text(f"{before}{BEGIN}\n{measured(folder)}\n{END}{rest.split(END)[1]}", encoding="utf-8")


if __name__ == "__main__":
    renew()
