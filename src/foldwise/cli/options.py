"""The options of the command line: words and help here, meaning and checks in `foldwise.model.spec_options`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from foldwise.errors import InputError, UsageError
from foldwise.model.spec import AnalysisSpec
from foldwise.model.spec_options import OPTIONS, expected_type, with_options

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Word(click.ParamType):
    """A word of a list. Wrong words are refused later, in the sentence that Python and config give too."""

    name = "word"

    def __init__(self, name: str) -> None:
        self.option = OPTIONS[name]

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        """Return ``wald|lrt``."""
        return "|".join([*self.option.choices, *(["FILE"] if self.option.or_file else [])])

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the words that begin so."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(word) for word in self.option.choices if word.startswith(incomplete)]

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the word as it is."""
        return value


# name: what it does. The flag is the name with hyphens; the default is that of the spec.
_DESIGN = {
    "design": 'Model formula, such as "~ batch + group". Guessed and shown when not given.',
    "contrast": 'VAR:TARGET:REFERENCE or "drugB - drugA"; repeatable.',
    "contrasts": "Contrasts file of nf-core/differentialabundance (csv, tsv, yaml): designs and comparisons.",
    "reference": "VAR=LEVEL: the level that others are compared with; repeatable.",
    "groups": 'Groups without a sheet: "ctrl=C1,C2,C3; drug=D1,D2,D3".',
}
_INPUT = {
    "format": "What the counts are; recognized by their content when not given.",
    "strand": "STAR: counts of unstranded (0), forward (1) or reverse (2) reads.",
    "sheet": "Sheet of a workbook.",
    "layer": "Layer of an AnnData file that holds the counts.",
    "genome": "10x: the genome, where a file holds several.",
    "tx2gene": "Table of transcript and gene, or a GTF, for salmon and kallisto.",
    "lengths": "Gene lengths per sample: found beside the counts, none, or a file.",
    "gtf": "Gene names from a GTF file.",
    "genes": "Gene names from a table of gene_id and gene_name; further columns describe genes.",
    "intersect": "Keep the samples that both files have.",
    "drop_na": "Drop genes with missing counts and samples with missing design values.",
    "duplicates": "What to do with repeated gene ids.",
    "round": "Round fractional counts.",
    "exclude": "Leave a sample out; repeatable, or separated by commas.",
    "sex": "Column of the sheet that the check of sexes reads; one named sex or gender when not given.",
    "donor": "Column of the sheet that the check of swapped samples reads, such as patient or cell line.",
}
_METHOD = {
    "method": "deseq2, edger-*, limma-*: R's numbers. ols, t, wilcoxon: tests on transformed counts. "
    "auto: the one that finds most of changes planted into your counts.",
    "engine": "R's own iteration path, or the converged optimum.",
    "profile": "Version of R's package whose rules are followed; default the first of the method.",
    "filter": "Genes left out before the fit: expression is edgeR's filterByExpr; auto asks the method.",
    "min_count": "Reads that the filter asks for in a library of median size.",
    "size_factors": "How depth is estimated, or a file of sample and value.",
    "control_genes": "File of gene ids that depth is estimated from.",
    "transform": "Values that ols, t and wilcoxon compare.",
    "equal_var": "t: one variance for both groups (Student), not two (Welch).",
    "robust": "edger, limma: a variance prior that outlying genes do not move.",
    "sample_weights": "limma: weigh samples by their quality.",
    "block": "limma: column of the sheet whose samples are correlated, such as the donor.",
    "structural_zeros": "limma-voom: zeros that the design explains carry no degree of freedom.",
    "exact_contrasts": "limma-voom: standard errors of contrasts from the weights of each gene.",
    "span": "limma-voom, edger-lrt, edger-exact: share of the genes in each window of the trend.",
    "prior_df": "edger-lrt, edger-exact: weight of the trend against the gene, in degrees of freedom.",
    "prior_count": "edger, limma-trend: reads added before logs are taken.",
    "threshold_null": "edger: with --lfc, the null hypothesis is the interval, or its border.",
    "test": "Wald test of a contrast, or likelihood ratio test against --reduced.",
    "reduced": "Reduced formula of the likelihood ratio test.",
    "trend": "Trend of the dispersion over the mean.",
    "shrink": "Add shrunken fold changes.",
    "alternative": "Alternative hypothesis of the test against --lfc.",
    "correction": "Multiple-testing correction: bh, by and holm as in R; storey q-values; ihw weights by the mean.",
    "fdr": "False discovery rate; also the level of independent filtering.",
    "lfc": "Test against this absolute log2 fold change in place of 0.",
}
_RUN = {
    "seed": "Seed of everything random.",
    "threads": "Threads; default all cores this process may use. Never changes a number.",
    "memory": "Stop before more than this is needed, such as 8G.",
}
_LEARN = {
    "learn": "Further columns, learned from the data: hidden factors, weights. The classical ones never change.",
    "hidden_factors": "How many: auto chooses on made-up labels, a number is taken, raw:N are plain components.",
    "negative_controls": "File of ids of genes that the comparison does not change; factors are held to these.",
    "covariate": "Column of the table of genes (--genes) that weights learn from, beside the mean count; repeatable.",
}
_TRUST = {
    "certificate": "Null runs of the whole analysis that judge its false discovery rate: auto (100 of each kind where "
    "genes x samples <= 2e6), off, or their number.",
    "require_certificate": "Exit 5 where the certificate fails or cannot be made.",
}
_OUTPUT = {
    "style": "Column names of the tables.",
    "remove_batch": "Show PCA, distances and heatmap without the effect of a column of the sheet; no test changes.",
    "plots": "Also write every figure to plots/ (needs matplotlib).",
    "excel": "Also write results/all_contrasts.xlsx.",
    "gene_sets": "GMT file: also test its sets on the genes called (needs gseapy); more tests by foldwise enrich.",
    "h5ad": "Also write fit.h5ad: counts, samples, genes and results as AnnData.",
    "language_model": "URL of a language model of your own (OpenAI-compatible) that words the result; see docs.",
    "language_model_name": "Its name.",
    "language_model_key": "Name of the environment variable that holds its key.",
    **_RUN,
}
_ALIASES = {"certificate": ("--certify",)}
_SHOWN = {"certificate": "auto|off|N"}
_GROUPS = {
    "design": _DESIGN, "input": _INPUT, "method": _METHOD, "learn": _LEARN, "trust": _TRUST, "output": _OUTPUT,
    "run": _RUN,
}  # fmt: skip


def settings(*groups: str) -> Decorator:
    """Add the options of the named groups (``design``, ``input``, ``method``, ``learn``, ``trust``, ...)."""
    entries = [(name, text) for group in groups for name, text in _GROUPS[group].items()]

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        for name, text in reversed(entries):
            function = _option(name, text)(function)
        return function

    return add


def _option(name: str, text: str) -> Decorator:
    option = OPTIONS[name]
    kind = expected_type(option.section, option.field)
    more = _ALIASES.get(name, ())
    default = getattr(getattr(AnalysisSpec(), option.section), option.field)
    if default not in (None, (), False):
        text = f"{text}  [default: {default}]"
    flag = "--" + name.replace("_", "-")
    if kind == "bool":
        return click.option(flag, name, is_flag=True, default=None, help=text)
    if kind.startswith("tuple"):
        return click.option(flag, name, multiple=True, help=text, metavar="TEXT")
    if option.choices:
        return click.option(flag, name, type=Word(name), help=text)
    plain = {"str": (str, "TEXT"), "int": (int, "N"), "float": (float, "X")}[kind.removesuffix(" | None")]
    return click.option(flag, *more, name, type=plain[0], metavar=_SHOWN.get(name, plain[1]), help=text)


def speech(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add ``--json -q -v --no-progress``, which set the session."""
    flags = (
        (("--json",), "json", "JSON: events on stderr, one result object on stdout."),
        (("-q", "--quiet"), "quiet", "Say only warnings and errors."),
        (("-v", "--verbose"), "verbose", "Say more: times of steps, files and their sizes, memory."),
        (("--no-progress",), "no_progress", "No progress bar."),
    )
    for names, attribute, text in reversed(flags):
        function = click.option(
            *names, attribute, is_flag=True, is_eager=True, expose_value=False, callback=_sets(attribute), help=text
        )(function)
    return function


def _sets(attribute: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def store(ctx: click.Context, _: click.Parameter, value: bool) -> None:
        if value:
            setattr(ctx.obj, attribute, True)

    return store


def spec_of(config: str | None, given: dict[str, Any]) -> AnalysisSpec:
    """Return the spec: defaults, over them the config file, over it what the command line gives.

    Paths in a config are relative to the folder of that file.

    Raises
    ------
    UsageError
        E-CONFIG-001, E-USAGE-001, E-USAGE-002.
    InputError
        E-FILE-007 where the config cannot be read.
    """
    spec = AnalysisSpec() if config is None else read_config(config)
    chosen = {name: value for name, value in given.items() if value not in (None, ())}
    if "exclude" in chosen:
        chosen["exclude"] = tuple(name for part in chosen["exclude"] for name in part.split(",") if name)
    return with_options(spec, chosen)


def read_config(path: str) -> AnalysisSpec:
    """Return the spec of a TOML file, its paths made to hold in the working directory."""
    from foldwise.model.spec_paths import rebased
    from foldwise.model.spec_toml import from_toml

    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError("E-CONFIG-001", f"{path} is not UTF-8 text.", "Save it as UTF-8.", where=path) from None
    except OSError as error:
        fix = "Check the path given with --config."
        raise InputError("E-FILE-007", f"{path}: {error.strerror}.", fix, where=path) from None
    return rebased(from_toml(text, path), str(Path(path).parent), ".")
