"""The settings of one analysis as a value: the same for command line, Python, AnnData, report and agents."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class InputSettings:
    """How files become an `Experiment`."""

    counts: tuple[str, ...] = ()
    samples: str | None = None
    groups: str | None = None
    format: str | None = None  # of the counts; recognized by content where not given
    strand: str = "auto"  # auto | 0 | 1 | 2: the column of a STAR table
    sheet: str | None = None  # of a workbook
    layer: str | None = None  # of an AnnData file
    genome: str | None = None  # of a 10x file that holds several
    tx2gene: str | None = None  # transcript to gene, for quantifiers
    lengths: str = "auto"  # auto | none | a file: gene lengths per sample
    gtf: str | None = None  # names of genes
    genes: str | None = None  # names of genes, as a table of gene_id and gene_name
    intersect: bool = False
    drop_na: bool = False
    duplicates: str = "error"  # error | sum | first | suffix
    round: bool = False
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class DesignSettings:
    """Model and comparisons."""

    formula: str | None = None
    reduced: str | None = None
    # "VAR:TARGET:REFERENCE", "B - A", a coefficient name, or "[0, 1, -1]"; "ID := " before it names its files
    contrasts: tuple[str, ...] = ()
    contrasts_file: str | None = None  # of nf-core/differentialabundance: designs and comparisons
    reference: tuple[str, ...] = ()  # "VAR=LEVEL"


@dataclass(frozen=True)
class NormalizationSettings:
    """Size factors."""

    size_factors: str = (
        "auto"  # auto | ratio | poscounts | iterate | tmm | tmmwsp | rle | upper-quartile | none | a file
    )
    control_genes: str | None = None


@dataclass(frozen=True)
class FilterSettings:
    """Which genes are left out before the fit."""

    rule: str = "auto"  # auto | none | expression (edgeR's filterByExpr)
    min_count: float = 10.0
    min_total_count: float = 15.0


@dataclass(frozen=True)
class MethodSettings:
    """Method and its numerical settings."""

    name: str = "deseq2"
    chosen_by: str = "user"  # user | auto: the name was found by changes planted into these data
    engine: str = "parity"  # parity | exact
    profile: str | None = None  # the method's: deseq2-1.38 | deseq2-1.44 | edger-4.5 | edger-3 | limma-3.63
    test: str = "wald"  # wald | lrt
    trend: str = "parametric"  # parametric | local | mean
    transform: str | None = None  # ols, t, wilcoxon: log1p | log1p-raw | log2-cpm
    equal_var: bool = False  # t: one variance for both groups (Student) in place of two (Welch)
    robust: bool = False  # edger, limma: a prior that outlying genes do not move
    sample_weights: bool = False  # limma-voom: quality weights of samples
    block: str | None = None  # limma: column of the sheet whose samples are correlated (donor, plot, ...)
    structural_zeros: bool = False  # limma-voom: fitted zeros carry no degree of freedom (voomLmFit)
    exact_contrasts: bool = False  # limma-voom: standard errors of contrasts from each gene's own weights
    span: float | None = None  # limma-voom (0.5), edger-lrt, edger-exact (by the number of genes): window of the trend
    adaptive_span: bool = False  # limma-voom: the span by the number of genes
    prior_df: float | None = None  # edger-lrt, edger-exact: weight of the trend; estimated where not given
    prior_count: float | None = None  # edger (0.125), limma-trend (3): reads added before logs are taken
    threshold_null: str = "interval"  # edger, with lfc: interval | worst-case (where in it no change is taken to be)
    shrink: str = "none"  # none | apeglm | ashr | normal
    alternative: str = "greaterAbs"  # greaterAbs | lessAbs | greater | less
    use_t: bool = False
    cooks: bool = True
    replace_outliers: bool = True
    min_replicates_for_replace: int = 7
    independent_filtering: bool | None = None  # the method's: true for deseq2, false for the others


@dataclass(frozen=True)
class CorrectionSettings:
    """Multiple testing."""

    method: str = "bh"
    fdr: float = 0.05
    lfc: float = 0.0


@dataclass(frozen=True)
class LearnSettings:
    """Certificate of the false discovery rate, and parts that are learned from the data."""

    certificate: str = "auto"  # auto | off | a number of null runs of each kind
    require_certificate: bool = False
    parts: str = "none"  # none | factors | weights | all
    hidden_factors: str = "auto"  # auto | a number | raw:NUMBER (plain principal components)
    negative_controls: str | None = None  # file of ids of genes that the comparison does not change
    covariates: tuple[str, ...] = ()  # columns of the gene table that weights are learned from, beside the mean


@dataclass(frozen=True)
class QualitySettings:
    """Columns of the sheet that the checks of samples are held to; guessed by their names where not given."""

    sex: str | None = None
    donor: str | None = None


@dataclass(frozen=True)
class InterpretSettings:
    """A language model of the user's own, which words the interpretation; none by default."""

    endpoint: str | None = None  # URL of an OpenAI-compatible service
    model: str | None = None
    key_variable: str | None = None  # name of the environment variable that holds the key


@dataclass(frozen=True)
class OutputSettings:
    """Where and how results are written."""

    directory: str = "foldwise_out"
    style: str = "canonical"
    remove_batch: tuple[str, ...] = ()  # columns of the sheet whose effects pictures do not show; no test changes
    report: bool = True
    plots: str = "none"  # none | svg | pdf | svg,pdf | png
    excel: bool = False
    h5ad: bool = False
    gene_sets: str | None = None  # GMT file whose sets are tested on the genes called


@dataclass(frozen=True)
class RunSettings:
    """What changes time and memory and never a number, and the seed."""

    seed: int = 1
    threads: int | None = None
    memory: str | None = None


@dataclass(frozen=True)
class AnalysisSpec:
    """All settings of one analysis."""

    input: InputSettings = field(default_factory=InputSettings)
    design: DesignSettings = field(default_factory=DesignSettings)
    normalization: NormalizationSettings = field(default_factory=NormalizationSettings)
    filter: FilterSettings = field(default_factory=FilterSettings)
    method: MethodSettings = field(default_factory=MethodSettings)
    correction: CorrectionSettings = field(default_factory=CorrectionSettings)
    learn: LearnSettings = field(default_factory=LearnSettings)
    quality: QualitySettings = field(default_factory=QualitySettings)
    interpret: InterpretSettings = field(default_factory=InterpretSettings)
    output: OutputSettings = field(default_factory=OutputSettings)
    run: RunSettings = field(default_factory=RunSettings)
