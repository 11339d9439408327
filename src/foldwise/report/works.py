"""The publications that runs rest on."""

from __future__ import annotations

from dataclasses import dataclass


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
        _article(
            "chen2025edger", "Chen et al. 2025", "10.1093/nar/gkaf018",
            "Chen, Yunshun and Chen, Lizhong and Lun, Aaron T. L. and Baldoni, Pedro L. and Smyth, Gordon K.",
            "edgeR v4: powerful differential analysis of sequencing data with expanded functionality and improved "
            "support for small counts and larger datasets",
            "Nucleic Acids Research", "53", "gkaf018", "2025",
        ),
        _article(
            "mccarthy2012edger", "McCarthy et al. 2012", "10.1093/nar/gks042",
            "McCarthy, Davis J. and Chen, Yunshun and Smyth, Gordon K.",
            "Differential expression analysis of multifactor RNA-Seq experiments with respect to biological variation",
            "Nucleic Acids Research", "40", "4288--4297", "2012",
        ),
        _article(
            "robinson2008exact", "Robinson and Smyth 2008", "10.1093/biostatistics/kxm030",
            "Robinson, Mark D. and Smyth, Gordon K.",
            "Small-sample estimation of negative binomial dispersion, with applications to SAGE data",
            "Biostatistics", "9", "321--332", "2008",
        ),
        _article(
            "gerard2020thinning", "Gerard 2020", "10.1186/s12859-020-3450-9", "Gerard, David",
            "Data-based RNA-seq simulations by binomial thinning", "BMC Bioinformatics", "21", "206", "2020",
        ),
        _article(
            "wang2017cate", "Wang et al. 2017", "10.1214/16-AOS1511",
            "Wang, Jingshu and Zhao, Qingyuan and Hastie, Trevor and Owen, Art B.",
            "Confounder adjustment in multiple hypothesis testing", "The Annals of Statistics", "45", "1863--1894",
            "2017",
        ),
        _article(
            "zhou2022pca", "Zhou et al. 2022", "10.1186/s13059-022-02761-4",
            "Zhou, Heather J. and Li, Lei and Li, Yumei and Li, Wei and Li, Jingyi Jessica",
            "PCA outperforms popular hidden variable inference methods for molecular QTL mapping",
            "Genome Biology", "23", "210", "2022",
        ),
        _article(
            "robinson2010tmm", "Robinson and Oshlack 2010", "10.1186/gb-2010-11-3-r25",
            "Robinson, Mark D. and Oshlack, Alicia",
            "A scaling normalization method for differential expression analysis of RNA-seq data",
            "Genome Biology", "11", "R25", "2010",
        ),
        _article(
            "bullard2010quartile", "Bullard et al. 2010", "10.1186/1471-2105-11-94",
            "Bullard, James H. and Purdom, Elizabeth and Hansen, Kasper D. and Dudoit, Sandrine",
            "Evaluation of statistical methods for normalization and differential expression in mRNA-Seq experiments",
            "BMC Bioinformatics", "11", "94", "2010",
        ),
        _article(
            "chen2016filter", "Chen et al. 2016", "10.12688/f1000research.8987.2",
            "Chen, Yunshun and Lun, Aaron T. L. and Smyth, Gordon K.",
            "From reads to genes to pathways: differential expression analysis of RNA-Seq experiments using Rsubread "
            "and the edgeR quasi-likelihood pipeline",
            "F1000Research", "5", "1438", "2016",
        ),
        _article(
            "law2014voom", "Law et al. 2014", "10.1186/gb-2014-15-2-r29",
            "Law, Charity W. and Chen, Yunshun and Shi, Wei and Smyth, Gordon K.",
            "voom: precision weights unlock linear model analysis tools for RNA-seq read counts",
            "Genome Biology", "15", "R29", "2014",
        ),
        _article(
            "ritchie2015limma", "Ritchie et al. 2015", "10.1093/nar/gkv007",
            "Ritchie, Matthew E. and Phipson, Belinda and Wu, Di and Hu, Yifang and Law, Charity W. and Shi, Wei and "
            "Smyth, Gordon K.",
            "limma powers differential expression analyses for RNA-sequencing and microarray studies",
            "Nucleic Acids Research", "43", "e47", "2015",
        ),
        _article(
            "smyth2004ebayes", "Smyth 2004", "10.2202/1544-6115.1027", "Smyth, Gordon K.",
            "Linear models and empirical Bayes methods for assessing differential expression in microarray experiments",
            "Statistical Applications in Genetics and Molecular Biology", "3", "3", "2004",
        ),
        _article(
            "phipson2016robust", "Phipson et al. 2016", "10.1214/16-AOAS920",
            "Phipson, Belinda and Lee, Stanley and Majewski, Ian J. and Alexander, Warren S. and Smyth, Gordon K.",
            "Robust hyperparameter estimation protects against hypervariable genes and improves power to detect "
            "differential expression",
            "The Annals of Applied Statistics", "10", "946--963", "2016",
        ),
        _article(
            "mccarthy2009treat", "McCarthy and Smyth 2009", "10.1093/bioinformatics/btp053",
            "McCarthy, Davis J. and Smyth, Gordon K.",
            "Testing significance relative to a fold-change threshold is a TREAT",
            "Bioinformatics", "25", "765--771", "2009",
        ),
        _article(
            "smyth2005duplicate", "Smyth et al. 2005", "10.1093/bioinformatics/bti270",
            'Smyth, Gordon K. and Michaud, Jo{\\"e}lle and Scott, Hamish S.',
            "Use of within-array replicate spots for assessing differential expression in microarray experiments",
            "Bioinformatics", "21", "2067--2075", "2005",
        ),
        _article(
            "liu2015weights", "Liu et al. 2015", "10.1093/nar/gkv412",
            "Liu, Ruijie and Holik, Aliaksei Z. and Su, Shian and others",
            "Why weight? Modelling sample and observational level variability improves power in RNA-seq analyses",
            "Nucleic Acids Research", "43", "e97", "2015",
        ),
        _article(
            "welch1947", "Welch 1947", "10.1093/biomet/34.1-2.28", "Welch, Bernard L.",
            "The generalization of Student's problem when several different population variances are involved",
            "Biometrika", "34", "28--35", "1947",
        ),
        _article(
            "mann1947", "Mann and Whitney 1947", "10.1214/aoms/1177730491", "Mann, Henry B. and Whitney, Donald R.",
            "On a test of whether one of two random variables is stochastically larger than the other",
            "The Annals of Mathematical Statistics", "18", "50--60", "1947",
        ),
        _article(
            "ignatiadis2016ihw", "Ignatiadis et al. 2016", "10.1038/nmeth.3885",
            "Ignatiadis, Nikolaos and Klaus, Bernd and Zaugg, Judith B. and Huber, Wolfgang",
            "Data-driven hypothesis weighting increases detection power in genome-scale multiple testing",
            "Nature Methods", "13", "577--580", "2016",
        ),
        _article(
            "blanchard2020posthoc", "Blanchard et al. 2020", "10.1214/19-AOS1847",
            "Blanchard, Gilles and Neuvial, Pierre and Roquain, Etienne",
            "Post hoc confidence bounds on false positives using reference families",
            "The Annals of Statistics", "48", "1281--1303", "2020",
        ),
        _article(
            "hejblum2024", "Hejblum et al. 2024", "10.1186/s13059-024-03231-9",
            "Hejblum, Boris P. and Ba, Kalidou and Thi{\\'e}baut, Rodolphe and Agniel, Denis",
            "Neglecting the impact of normalization in semi-synthetic RNA-seq data simulations generates artificial "
            "false positives",
            "Genome Biology", "25", "281", "2024",
        ),
        _article(
            "li2022exaggerated", "Li et al. 2022", "10.1186/s13059-022-02648-4",
            "Li, Yumei and Ge, Xinzhou and Peng, Fanglue and Li, Wei and Li, Jingyi Jessica",
            "Exaggerated false positives by popular differential expression methods when analyzing human population "
            "samples",
            "Genome Biology", "23", "79", "2022",
        ),
        _article(
            "korthauer2019fdr", "Korthauer et al. 2019", "10.1186/s13059-019-1716-1",
            "Korthauer, Keegan and Kimes, Patrick K. and Duvallet, Claire and others",
            "A practical guide to methods controlling false discoveries in computational biology",
            "Genome Biology", "20", "118", "2019",
        ),
    )
}  # fmt: skip
