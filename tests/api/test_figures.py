"""Static figures from Python: drawn on a new figure or on given axes, kept as svg, pdf and png."""

from __future__ import annotations

import dataclasses
import itertools
import subprocess
import sys
import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

import foldwise as fw
from foldwise.report.drawings.look import MARKERS, level_look, safe
from foldwise.report.drawings.upset import shares
from foldwise.report.svg import PALETTE, SHAPES

pytestmark = pytest.mark.filterwarnings("ignore::foldwise.errors.FoldwiseWarning")
CONTRAST = ("group", "treated", "control")


@pytest.fixture(scope="module")
def results(simulation) -> fw.Results:
    both = [CONTRAST, ("group", "control", "treated"), "group_treated_vs_control"]
    return fw.de(simulation.counts, simulation.samples, "~ group", contrast=both)


def words(figure) -> list[str]:
    import matplotlib.text

    return [text.get_text() for text in figure.findobj(matplotlib.text.Text) if text.get_text()]


FIGURES = ["volcano", "ma", "pvalue_hist", "pca", "heatmap", "sample_distances", "dispersion", "upset"]


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_drawn_and_kept(results, name, tmp_path):
    figure = getattr(results, name)()
    assert isinstance(figure, Figure)
    assert figure._repr_png_().startswith(b"\x89PNG")
    assert figure.save(tmp_path / "a.svg").read_bytes().startswith(b"<?xml")
    assert figure.save(tmp_path / "a.pdf").read_bytes().startswith(b"%PDF")
    again = getattr(results, name)()
    assert again.save(tmp_path / "b.svg").read_bytes() == (tmp_path / "a.svg").read_bytes()
    assert again.save(tmp_path / "b.pdf").read_bytes() == (tmp_path / "a.pdf").read_bytes()


@pytest.mark.parametrize("name", FIGURES)
def test_axes_that_are_given_are_drawn_on(results, name):
    axes = Figure().add_subplot()
    assert getattr(results, name)(ax=axes) is axes
    assert axes.get_children()


def test_volcano_shows_every_gene_and_says_how_many_are_called(results):
    axes = results.volcano(label=5).axes[0]
    table, result = results.table, results.result
    drawn = sum(len(cloud.get_offsets()) for cloud in axes.collections)
    assert drawn == int(table["pvalue"].notna().sum())
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend[0] == f"higher in treated: {result.n_up:,}"
    assert legend[1] == f"lower in treated: {result.n_down:,}"
    assert axes.get_xlabel() == "log₂ fold change (treated / control)"
    assert set(results.top(5).index) <= set(words(axes.figure))


def test_a_target_that_says_little_is_named_with_its_variable(simulation):
    samples = simulation.samples.replace({"treated": "yes", "control": "no"})
    results = fw.de(simulation.counts, samples, "~ group", contrast=("group", "yes", "no"))
    legend = [text.get_text() for text in results.volcano(label=0).axes[0].get_legend().get_texts()]
    assert legend[0].startswith("higher in group yes: ")


def test_labels_do_not_overlap(results):
    figure = results.volcano(label=25)
    figure.draw_without_rendering()
    best = list(results.top(25).index)
    shown = {t.get_text(): t.get_window_extent() for t in figure.axes[0].texts if t.get_text() in best}
    assert set(best[:10]) <= set(shown)
    assert len(shown) >= 20
    boxes = shown.values()
    overlaps = [(a, b) for a, b in itertools.combinations(boxes, 2) if a.overlaps(b)]
    assert not overlaps


def test_label_takes_genes_by_id_or_name(simulation):
    annotated = simulation.counts.copy()
    annotated.insert(0, "gene_name", [f"NAME{i}" for i in range(len(annotated))])
    results = fw.de(annotated, simulation.samples, "~ group", contrast=CONTRAST)
    first = annotated.index[0]
    shown = words(results.volcano(label=[first, "NAME1"]))
    assert {"NAME0", "NAME1"} <= set(shown)
    with pytest.raises(fw.UsageError, match="no gene 'GAPDH'"):
        results.volcano(label=["GAPDH"])


def test_gene_counts_are_points_by_group(results, simulation):
    gene = results.gene(results.top(1).index[0])
    axes = gene.plot().axes[0]
    points = np.concatenate([np.asarray(cloud.get_offsets()) for cloud in axes.collections])
    expected = np.log10(gene.samples["normalized"].to_numpy() + 0.5)
    np.testing.assert_allclose(np.sort(points[:, 1]), np.sort(expected))
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["control", "treated"]
    assert axes.get_xlabel() == "group"
    assert gene.plot(ax=axes) is axes


def test_a_gene_without_reads_is_drawn_too(results, simulation):
    empty = simulation.counts.index[5]
    assert "all zero" in words(results.gene(empty).plot())


def test_a_number_of_the_sheet_is_an_axis_not_groups(simulation):
    samples = simulation.samples.assign(age=[20.5, 31, 42, 55, 23, 38, 47, 61])
    results = fw.de(simulation.counts, samples, "~ group + age", contrast="age")
    gene = results.gene(simulation.counts.index[8])
    axes = gene.plot().axes[0]
    assert axes.get_xlabel() == "age"
    np.testing.assert_array_equal(np.asarray(axes.collections[0].get_offsets())[:, 0], samples["age"])


def test_heatmap_of_named_genes_and_samples(results, simulation):
    genes, samples = list(simulation.counts.index[10:14]), list(simulation.samples.index[:6])
    figure = results.heatmap(genes, samples=samples)
    assert set(genes) | set(samples) <= set(words(figure))
    image = next(axes.images[0] for axes in figure.axes if axes.images)
    assert image.get_array().shape == (4, 6)
    with pytest.raises(fw.UsageError, match="no sample 'S99'"):
        results.heatmap(genes, samples=["S99"])
    with pytest.raises(fw.UsageError, match="no gene"):
        results.heatmap(["nothing", *genes])
    with pytest.raises(fw.UsageError, match="1 genes would be drawn"):
        results.heatmap(genes[:1])


def test_pca_takes_columns_of_the_sheet(simulation):
    samples = simulation.samples.assign(age=np.linspace(20, 60, 8), site=["a", "b"] * 4)
    results = fw.de(simulation.counts, samples, "~ group", contrast=CONTRAST)
    assert {"group", "treated", "control"} <= set(words(results.pca()))
    assert {"site", "a", "b", "group"} <= set(words(results.pca(color="group", shape="site")))
    assert "age" in words(results.pca(color="age"))
    with pytest.raises(fw.UsageError, match="no column 'sites'"):
        results.pca(color="sites")


def test_upset_counts_genes_of_exactly_these_contrasts():
    called = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0], [0, 0, 0], [0, 0, 1]], dtype=bool)
    rises = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 1, 1], [0, 0, 1]], dtype=bool)
    patterns, numbers, up = shares(called, rises)
    found = {tuple(p.astype(int)): (int(n), int(u)) for p, n, u in zip(patterns, numbers, up, strict=True)}
    assert found == {(1, 1, 0): (2, 1), (1, 0, 0): (1, 0), (0, 0, 1): (1, 1)}


def test_figures_that_cannot_be_drawn_say_why(simulation):
    one = fw.de(simulation.counts, simulation.samples, "~ group", contrast=CONTRAST, method="limma-voom")
    with pytest.raises(fw.UsageError, match=r"E-USAGE-002.*one contrast"):
        one.upset()
    with pytest.raises(fw.UsageError, match="limma-voom keeps no dispersions"):
        one.dispersion()
    with pytest.raises(fw.UsageError, match=r"E-USAGE-002.*figure"):
        one.volcano().save("figure.gif")


def test_hostile_names_are_drawn_as_they_stand(simulation, tmp_path):
    hostile = [r"$\frac{1}{0}$ $x$", "<img src=x onerror=alert(1)>", "a\x1b[31m", "\\$HOME"]
    called = fw.de(simulation.counts, simulation.samples, "~ group", contrast=CONTRAST).top(4).index
    counts = simulation.counts.rename(index=dict(zip(called, hostile, strict=True)))
    samples = simulation.samples.replace({"treated": "$drug_a^2$ <b>"})
    results = fw.de(counts, samples, "~ group", contrast=("group", "$drug_a^2$ <b>", "control"))
    for name in ("volcano", "heatmap", "pca"):
        page = getattr(results, name)().save(tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        assert "<img" not in page
        assert "\x1b" not in page
        assert "$drug" in page
    assert r"$\frac{1}{0}$" in (tmp_path / "volcano.svg").read_text(encoding="utf-8")
    assert safe("x" * 100, 10).count("x") == 9


def test_one_palette():
    assert [level_look(i)[0] for i in range(len(PALETTE))] == list(PALETTE)
    assert len(MARKERS) == len(SHAPES)
    assert len({level_look(i)[0] for i in range(24)}) == 24


def test_other_methods_and_joint_tests(simulation):
    for method in ("edger-ql", "wilcoxon", "ols"):
        results = fw.de(simulation.counts, simulation.samples, "~ group", contrast=CONTRAST, method=method)
        assert isinstance(results.volcano(), Figure)
        assert isinstance(results.pvalue_hist(), Figure)
    samples = simulation.samples.assign(group=["a", "b", "c", "d"] * 2)
    joint = fw.de(simulation.counts, samples, "~ group", contrast="group", method="edger-ql")
    assert isinstance(joint.volcano(), Figure)


def test_without_matplotlib_the_message_names_the_extra(simulation):
    code = (
        "import sys; sys.modules['matplotlib'] = None\n"
        "import foldwise as fw, warnings; warnings.simplefilter('ignore')\n"
        "data = fw.simulate(200, 6, seed=1)\n"
        "res = fw.de(data.counts, data.samples, '~ group')\n"
        "try:\n    res.volcano()\nexcept fw.UsageError as error:\n    sys.exit(error.id + ' ' + error.fix)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "E-EXTRA-001 pip install 'foldwise[plot]'" in done.stderr


def test_plots_are_written_with_the_tables(simulation, tmp_path):
    results = fw.de(simulation.counts, simulation.samples, "~ group", contrast=CONTRAST, plots="svg", report=False)
    results.write(tmp_path / "out")
    stems = {path.stem for path in (tmp_path / "out" / "plots").iterdir()}
    per_contrast = {f"{n}_group_treated_vs_control" for n in ("volcano", "ma", "pvalues", "top_genes", "heatmap")}
    assert stems == per_contrast | {"pca", "sample_distances", "dispersion"}


def test_a_p_value_of_zero_stands_at_the_top(results):
    table = results.table
    table.iloc[0, table.columns.get_loc("pvalue")] = 0.0
    table.iloc[0, table.columns.get_loc("padj")] = 0.0
    table.iloc[0, table.columns.get_loc("log2_fold_change")] = 5.0
    changed = dataclasses.replace(results.result, table=table)
    analysis = dataclasses.replace(results.analysis, results=(changed,))
    axes = fw.Results(analysis).volcano(label=0).axes[0]
    tops = [np.asarray(cloud.get_offsets())[:, 1].max() for cloud in axes.collections if len(cloud.get_offsets())]
    assert np.isfinite(tops).all()
    assert max(tops) >= -np.log10(table["pvalue"][table["pvalue"] > 0].min())
    assert isinstance(table, pd.DataFrame)


def test_nothing_to_draw_is_no_error_and_no_warning(results):
    table = results.table
    table[["pvalue", "padj", "log2_fold_change", "statistic"]] = np.nan
    empty = dataclasses.replace(results.result, table=table.assign(status="not_estimable"))
    nothing = fw.Results(dataclasses.replace(results.analysis, results=(empty, empty)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for figure in (nothing.volcano(), nothing.ma(), nothing.pvalue_hist(), nothing.upset()):
            assert figure._repr_png_()
    assert "no gene is called" in words(nothing.upset())
