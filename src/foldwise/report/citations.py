"""The works a run rests on, as BibTeX: only what was used."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from foldwise.model.analysis import Analysis
from foldwise.model.method_facts import filters_independently


@dataclass(frozen=True)
class Work:
    """One publication; ``fields`` are BibTeX fields in order."""

    key: str
    kind: str
    short: str
    doi: str
    fields: tuple[tuple[str, str], ...]

    def bibtex(self) -> str:
        """Return the entry."""
        fields = [*self.fields, ("doi", self.doi)] if self.doi else list(self.fields)
        body = "".join(f"  {name} = {{{value}}},\n" for name, value in fields)
        return f"@{self.kind}{{{self.key},\n{body}}}\n"


def _article(
    key: str, short: str, doi: str, author: str, title: str, journal: str, volume: str, pages: str, year: str
) -> Work:
    fields = (
        ("author", author),
        ("title", "{" + title + "}"),
        ("journal", journal),
        ("volume", volume),
        ("pages", pages),
        ("year", year),
    )
    return Work(key, "article", short, doi, tuple((name, value) for name, value in fields if value))


WORKS = {
    work.key: work
    for work in (
        _article(
            "love2014deseq2",
            "Love et al. 2014",
            "10.1186/s13059-014-0550-8",
            "Love, Michael I. and Huber, Wolfgang and Anders, Simon",
            "Moderated estimation of fold change and dispersion for RNA-seq data with DESeq2",
            "Genome Biology",
            "15",
            "550",
            "2014",
        ),
        _article(
            "anders2010deseq",
            "Anders and Huber 2010",
            "10.1186/gb-2010-11-10-r106",
            "Anders, Simon and Huber, Wolfgang",
            "Differential expression analysis for sequence count data",
            "Genome Biology",
            "11",
            "R106",
            "2010",
        ),
        _article(
            "benjamini1995fdr",
            "Benjamini and Hochberg 1995",
            "10.1111/j.2517-6161.1995.tb02031.x",
            "Benjamini, Yoav and Hochberg, Yosef",
            "Controlling the false discovery rate: a practical and powerful approach to multiple testing",
            "Journal of the Royal Statistical Society: Series B",
            "57",
            "289--300",
            "1995",
        ),
        _article(
            "benjamini2001dependency",
            "Benjamini and Yekutieli 2001",
            "10.1214/aos/1013699998",
            "Benjamini, Yoav and Yekutieli, Daniel",
            "The control of the false discovery rate in multiple testing under dependency",
            "The Annals of Statistics",
            "29",
            "1165--1188",
            "2001",
        ),
        _article(
            "holm1979",
            "Holm 1979",
            "",
            "Holm, Sture",
            "A simple sequentially rejective multiple test procedure",
            "Scandinavian Journal of Statistics",
            "6",
            "65--70",
            "1979",
        ),
        _article(
            "bourgon2010filtering",
            "Bourgon et al. 2010",
            "10.1073/pnas.0914005107",
            "Bourgon, Richard and Gentleman, Robert and Huber, Wolfgang",
            "Independent filtering increases detection power for high-throughput experiments",
            "Proceedings of the National Academy of Sciences",
            "107",
            "9546--9551",
            "2010",
        ),
        _article(
            "cook1977",
            "Cook 1977",
            "10.1080/00401706.1977.10489493",
            "Cook, R. Dennis",
            "Detection of influential observation in linear regression",
            "Technometrics",
            "19",
            "15--18",
            "1977",
        ),
        _article(
            "zhu2019apeglm",
            "Zhu et al. 2019",
            "10.1093/bioinformatics/bty895",
            "Zhu, Anqi and Ibrahim, Joseph G. and Love, Michael I.",
            "Heavy-tailed prior distributions for sequence count data: removing the noise and preserving large "
            "differences",
            "Bioinformatics",
            "35",
            "2084--2092",
            "2019",
        ),
        _article(
            "stephens2017ash",
            "Stephens 2017",
            "10.1093/biostatistics/kxw041",
            "Stephens, Matthew",
            "False discovery rates: a new deal",
            "Biostatistics",
            "18",
            "275--294",
            "2017",
        ),
        _article(
            "soneson2015tximport",
            "Soneson et al. 2015",
            "10.12688/f1000research.7563.2",
            "Soneson, Charlotte and Love, Michael I. and Robinson, Mark D.",
            "Differential analyses for RNA-seq: transcript-level estimates improve gene-level inferences",
            "F1000Research",
            "4",
            "1521",
            "2015",
        ),
        _article(
            "storey2002",
            "Storey 2002",
            "10.1111/1467-9868.00346",
            "Storey, John D.",
            "A direct approach to false discovery rates",
            "Journal of the Royal Statistical Society: Series B",
            "64",
            "479--498",
            "2002",
        ),
        _article(
            "harris2020numpy",
            "Harris et al. 2020",
            "10.1038/s41586-020-2649-2",
            "Harris, Charles R. and Millman, K. Jarrod and van der Walt, St{\\'e}fan J. and others",
            "Array programming with NumPy",
            "Nature",
            "585",
            "357--362",
            "2020",
        ),
    )
}

_CORRECTIONS = {"bh": "benjamini1995fdr", "by": "benjamini2001dependency", "holm": "holm1979"}
_SHRINKAGE = {"apeglm": "zhu2019apeglm", "ashr": "stephens2017ash", "normal": "love2014deseq2"}


def used_works(analysis: Analysis) -> list[Work]:
    """Return what to cite for this run, in the order in which the methods text names it."""
    method, keys = analysis.spec.method, []
    if method.name == "deseq2":
        keys.append("love2014deseq2")
    if analysis.size_factors.kind in ("ratio", "poscounts", "iterate"):
        keys.append("anders2010deseq")
    if analysis.experiment.log_offset is not None:
        keys.append("soneson2015tximport")
    if uses_cooks(analysis):
        keys.append("cook1977")
    if method.shrink in _SHRINKAGE:
        keys.append(_SHRINKAGE[method.shrink])
    if uses_filtering(analysis):
        keys.append("bourgon2010filtering")
    if analysis.spec.correction.method in _CORRECTIONS:
        keys.append(_CORRECTIONS[analysis.spec.correction.method])
    return [WORKS[key] for key in dict.fromkeys(keys)]


def uses_cooks(analysis: Analysis) -> bool:
    """Whether outlier counts could be looked for."""
    distances = analysis.fit.max_cooks
    return analysis.spec.method.cooks and distances is not None and bool(np.isfinite(distances).any())


def uses_filtering(analysis: Analysis) -> bool:
    """Whether genes of low mean were left out of the correction."""
    return filters_independently(analysis.spec)


def software(analysis: Analysis) -> Work:
    """Return the entry of foldwise itself."""
    version = str(analysis.provenance.get("versions", {}).get("foldwise", ""))
    title = "{foldwise: differential expression with R's numbers, checked design and one report}"
    fields = (("title", title), ("author", "{The foldwise authors}"), ("note", f"Version {version}".strip()))
    return Work("foldwise", "software", "foldwise", "", fields)


def citations(analysis: Analysis) -> str:
    """Return ``citations.bib``: foldwise, the works of the run, and those of the report and the arithmetic."""
    more = [WORKS["storey2002"], WORKS["harris2020numpy"]]
    return "\n".join(work.bibtex() for work in [software(analysis), *used_works(analysis), *more])
