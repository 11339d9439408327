"""Every option by its one flat name, with its place in `AnalysisSpec` and the values it takes.

Command line, Python and config all go through this table, so that an option
means the same, and is refused in the same words, wherever it is given.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any

from foldwise.errors import UsageError
from foldwise.model.method_facts import AUTO, METHOD_FACTS
from foldwise.model.spec import AnalysisSpec

SIZE_FACTOR_RULES = ("auto", "ratio", "poscounts", "iterate", "tmm", "tmmwsp", "rle", "upper-quartile", "none")

# The keys of `foldwise.io.formats.FORMATS`.
INPUT_FORMATS = (
    "table", "featurecounts", "star", "htseq", "geo", "salmon", "kallisto", "rsem", "nf-core", "10x", "h5ad", "zarr",
    "xlsx", "parquet",
)  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Option:
    """One setting.

    Parameters
    ----------
    name : str
        Flat name: ``size_factors`` (``--size-factors`` on the command line).
    section, field : str
        Place in `AnalysisSpec`.
    choices : tuple of str
        Allowed words; empty where any value of the type is allowed.
    or_file : bool
        Whether a path is allowed in place of a word.
    """

    name: str
    section: str
    field: str
    choices: tuple[str, ...] = ()
    or_file: bool = False


OPTIONS: dict[str, Option] = {
    option.name: option
    for option in (
        Option("counts", "input", "counts"),
        Option("samples", "input", "samples"),
        Option("groups", "input", "groups"),
        Option("format", "input", "format", INPUT_FORMATS),
        Option("strand", "input", "strand", ("auto", "0", "1", "2")),
        Option("sheet", "input", "sheet"),
        Option("layer", "input", "layer"),
        Option("genome", "input", "genome"),
        Option("tx2gene", "input", "tx2gene"),
        Option("lengths", "input", "lengths", ("auto", "none"), or_file=True),
        Option("gtf", "input", "gtf"),
        Option("genes", "input", "genes"),
        Option("intersect", "input", "intersect"),
        Option("drop_na", "input", "drop_na"),
        Option("duplicates", "input", "duplicates", ("error", "sum", "first", "suffix")),
        Option("round", "input", "round"),
        Option("exclude", "input", "exclude"),
        Option("design", "design", "formula"),
        Option("reduced", "design", "reduced"),
        Option("contrast", "design", "contrasts"),
        Option("contrasts", "design", "contrasts_file"),
        Option("reference", "design", "reference"),
        Option("sex", "quality", "sex"),
        Option("donor", "quality", "donor"),
        Option("size_factors", "normalization", "size_factors", SIZE_FACTOR_RULES, or_file=True),
        Option("control_genes", "normalization", "control_genes"),
        Option("filter", "filter", "rule", ("auto", "none", "expression")),
        Option("min_count", "filter", "min_count"),
        Option("min_total_count", "filter", "min_total_count"),
        Option("method", "method", "name", (*METHOD_FACTS, AUTO)),
        Option("chosen_by", "method", "chosen_by", ("user", "auto")),
        Option("engine", "method", "engine", ("parity", "exact")),
        Option(
            "profile",
            "method",
            "profile",
            tuple(dict.fromkeys(p for facts in METHOD_FACTS.values() for p in facts.profiles)),
        ),
        Option("test", "method", "test", ("wald", "lrt")),
        Option("trend", "method", "trend", ("parametric", "local", "mean", "none")),
        Option("transform", "method", "transform", ("log1p", "log1p-raw", "log2-cpm")),
        Option("equal_var", "method", "equal_var"),
        Option("robust", "method", "robust"),
        Option("sample_weights", "method", "sample_weights"),
        Option("block", "method", "block"),
        Option("structural_zeros", "method", "structural_zeros"),
        Option("exact_contrasts", "method", "exact_contrasts"),
        Option("span", "method", "span"),
        Option("adaptive_span", "method", "adaptive_span"),
        Option("prior_df", "method", "prior_df"),
        Option("prior_count", "method", "prior_count"),
        Option("threshold_null", "method", "threshold_null", ("interval", "worst-case")),
        Option("shrink", "method", "shrink", ("none", "apeglm", "ashr", "normal")),
        Option("alternative", "method", "alternative", ("greaterAbs", "lessAbs", "greater", "less", "greaterAbs2014")),
        Option("use_t", "method", "use_t"),
        Option("cooks", "method", "cooks"),
        Option("replace_outliers", "method", "replace_outliers"),
        Option("min_replicates_for_replace", "method", "min_replicates_for_replace"),
        Option("independent_filtering", "method", "independent_filtering"),
        Option("correction", "correction", "method", ("bh", "by", "holm", "storey", "ihw")),
        Option("fdr", "correction", "fdr"),
        Option("lfc", "correction", "lfc"),
        Option("learn", "learn", "parts", ("none", "factors", "weights", "all")),
        Option("hidden_factors", "learn", "hidden_factors"),
        Option("negative_controls", "learn", "negative_controls"),
        Option("covariate", "learn", "covariates"),
        Option("certificate", "learn", "certificate"),
        Option("require_certificate", "learn", "require_certificate"),
        Option("output", "output", "directory"),
        Option("remove_batch", "output", "remove_batch"),
        Option("style", "output", "style", ("canonical", "deseq2", "edger", "limma", "scanpy")),
        Option("report", "output", "report"),
        Option("plots", "output", "plots", ("none", "svg", "pdf", "svg,pdf", "png")),
        Option("excel", "output", "excel"),
        Option("h5ad", "output", "h5ad"),
        Option("gene_sets", "output", "gene_sets"),
        Option("language_model", "interpret", "endpoint"),
        Option("language_model_name", "interpret", "model"),
        Option("language_model_key", "interpret", "key_variable"),
        Option("seed", "run", "seed"),
        Option("threads", "run", "threads"),
        Option("memory", "run", "memory"),
    )
}
# Options that are a word or a number, kept as text.
_WORD_OR_NUMBER = ("certificate", "hidden_factors")
_FACTORS = re.compile(r"auto|(raw:)?(0|[1-9]\d{0,2})")
# Null runs of each kind that may be asked for; more tell nothing.
MOST_NULL_RUNS = 10_000
_BY_PLACE = {(option.section, option.field): option for option in OPTIONS.values()}


def option_at(section: str, field: str) -> Option | None:
    """Return the option that sits at ``section.field`` of the spec, if there is one."""
    return _BY_PLACE.get((section, field))


def with_options(spec: AnalysisSpec, options: Mapping[str, Any]) -> AnalysisSpec:
    """Return ``spec`` with the given options set.

    Parameters
    ----------
    spec : AnalysisSpec
    options : mapping of flat name to value
        Values of the types of the spec; a list where the spec has a tuple.

    Raises
    ------
    UsageError
        E-USAGE-001 for an unknown name or word, E-USAGE-002 for a value out of range.
    """
    for name, value in options.items():
        option = OPTIONS.get(name)
        if option is None:
            raise UsageError("E-USAGE-001", f"There is no option '{name}'.", nearest(name, OPTIONS))
        section = getattr(spec, option.section)
        value = tuple(value) if isinstance(value, list) else value
        value = as_kept(name, os.fspath(value) if isinstance(value, os.PathLike) else value)
        check_value(option, value)
        changed = dataclasses.replace(section, **{option.field: value})
        if name == "method":  # a name given anew is the user's
            changed = dataclasses.replace(changed, chosen_by="user")
        spec = dataclasses.replace(spec, **{option.section: changed})
    return spec


def as_kept(name: str, value: Any) -> Any:
    """Return a value as the spec keeps it: numbers as text where words are allowed in their place."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if name in _WORD_OR_NUMBER and is_number else value


def check_value(option: Option, value: Any) -> None:
    """Raise `UsageError` where ``value`` is not a value of ``option``."""
    expected = expected_type(option.section, option.field)
    if not of_type(value, expected):
        raise UsageError("E-USAGE-002", f"{option.name} must be {type_words(expected)}; it is {value!r}.")
    is_word = not option.choices or value is None or value in option.choices or _is_plugin(option, value)
    if not is_word and not (option.or_file and _is_path(value)):
        words = ", ".join(option.choices) + (", or a file" if option.or_file else "")
        fix = f"{nearest(str(value), option.choices)} Possible: {words}.".strip()
        raise UsageError("E-USAGE-001", f"{option.name} has no value '{value}'.", fix)
    _check_range(option.name, value)


def _check_range(name: str, value: Any) -> None:
    if value is None:
        return
    if name == "fdr" and not 0 < value < 1:
        raise UsageError("E-USAGE-002", f"fdr must lie between 0 and 1; it is {value:g}.", "Usual is 0.05.")
    if name == "lfc" and not 0 <= value < float("inf"):
        raise UsageError("E-USAGE-002", f"lfc must be 0 or a positive log2 fold change; it is {value:g}.")
    if name in ("min_count", "min_total_count") and not 0 <= value < float("inf"):
        raise UsageError("E-USAGE-002", f"{name} must be 0 or a positive number of reads; it is {value:g}.")
    if name == "span" and not 0 < value <= 1:
        raise UsageError("E-USAGE-002", f"span must be a share of the genes, above 0 and at most 1; it is {value:g}.")
    if name in ("prior_df", "prior_count") and not 0 < value < float("inf"):
        raise UsageError("E-USAGE-002", f"{name} must be a positive number; it is {value:g}.")
    if name == "threads" and value < 1:
        raise UsageError("E-USAGE-002", f"threads must be at least 1; it is {value}.", "Leave it out to use all cores.")
    if name == "seed" and value < 0:
        raise UsageError("E-USAGE-002", f"seed must be 0 or a positive whole number; it is {value}.")
    if name == "hidden_factors" and not _FACTORS.fullmatch(value):
        found = f"hidden_factors must be auto, a number, or raw: and a number; it is {value[:40]!r}."
        raise UsageError("E-USAGE-002", found, "auto chooses the number on made-up labels; 0 means none.")
    if name == "certificate" and value not in ("auto", "off"):
        _require_runs(value)
    if name == "min_replicates_for_replace" and value < 3:
        raise UsageError("E-USAGE-002", f"min_replicates_for_replace must be at least 3; it is {value}.")


def _require_runs(text: str) -> None:
    """Raise E-USAGE-002 unless ``text`` is a number of null runs."""
    n = int(text) if text.isdecimal() and len(text) < 9 else -1
    if not 0 <= n <= MOST_NULL_RUNS:
        found = f"certificate must be auto, off, or a number of null runs from 0 (off) to {MOST_NULL_RUNS:,}; it is"
        raise UsageError("E-USAGE-002", f"{found} {text[:40]!r}.", "100 is usual, 200 is sharper.")


def nearest(word: str, words: Iterable[str]) -> str:
    """Return ``Did you mean 'x'?`` with the nearest of ``words``, or an empty text."""
    import difflib

    by_lower = {candidate.lower().replace("-", "_"): candidate for candidate in words}
    close = difflib.get_close_matches(word.lower().replace("-", "_"), by_lower, n=1, cutoff=0.5)
    return f"Did you mean '{by_lower[close[0]]}'?" if close else ""


def expected_type(section: str, field: str) -> str:
    """Return the annotation of ``section.field``, such as ``tuple[str, ...]``."""
    kinds = {item.name: str(item.type) for item in dataclasses.fields(getattr(AnalysisSpec(), section))}
    return kinds[field]


def of_type(value: Any, kind: str) -> bool:
    """Tell whether ``value`` fits the annotation ``kind`` (whole numbers fit float; bool fits nothing but bool)."""
    if kind.endswith(" | None"):
        return value is None or of_type(value, kind.removesuffix(" | None"))
    if kind == "tuple[str, ...]":
        return isinstance(value, tuple) and all(isinstance(item, str) for item in value)
    if isinstance(value, bool):
        return kind == "bool"
    if kind == "float":
        return isinstance(value, (int, float))
    return isinstance(value, {"str": str, "int": int, "bool": bool}[kind])


def type_words(kind: str) -> str:
    """Return an annotation in words."""
    words = {"tuple[str, ...]": "a list of texts", "str": "a text", "int": "a whole number"}
    words |= {"float": "a number", "bool": "true or false"}
    return words[kind.removesuffix(" | None")]


def _is_plugin(option: Option, value: Any) -> bool:
    """Tell whether ``value`` is a method that an installed package brings."""
    if option.name != "method":
        return False
    from importlib.metadata import entry_points

    return any(entry.name == value for entry in entry_points(group="foldwise.methods"))


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and ("/" in value or "\\" in value or "." in value)
