"""What every message id means and what to do about it: the text of ``foldwise explain``.

Imports nothing of ours. The ids are API: never reused, never renumbered; errors
and warnings are numbered apart.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One message: its id, title words that are accepted for it, what it means and what to do."""

    id: str
    titles: tuple[str, ...]
    meaning: str
    fix: str

    @property
    def family(self) -> str:
        """The word in the middle of the id, such as ``COUNT``."""
        return self.id.split("-")[1]


FAMILIES = {
    "COUNT": "values of the count matrix",
    "NAME": "gene and sample ids",
    "SHEET": "sample sheet and matching",
    "DESIGN": "rank, replicates, levels",
    "FORMULA": "formulas",
    "CONTRAST": "comparisons",
    "NORM": "size factors, offsets, lengths, weights",
    "FIT": "trend and convergence",
    "CELL": "single cells, layers, donors",
    "FILE": "reading files",
    "IO": "writing, locks, checkpoints",
    "MEM": "memory",
    "EXTRA": "missing optional packages",
    "PATH": "paths outside the allowed folders",
    "SAFE": "unsafe content",
    "USAGE": "command line and calls",
    "CONFIG": "configuration file",
    "ANNOT": "gene sets and id maps",
    "QC": "checks of samples",
    "LEARN": "learned parts and certificate",
    "VERIFY": "recomputation of results",
    "INTERNAL": "bugs of foldwise",
}

# Titles stand in brackets after the id; "|" parts the meaning from the remedy; indented lines go on.
_TEXT = """
E-COUNT-001 [E-FRACTIONS] The values hold fractions, and the method models whole counts. | Give gene lengths
  (--lengths) where the counts are estimates of salmon, kallisto or RSEM, use edger-ql or limma-voom, which take
  fractions, or round them (--round).
E-COUNT-002 [E-NOT-COUNTS] Every column sums to a million, with fractions: the table holds TPM or CPM, not counts. |
  Give the counts themselves; TPM, FPKM and CPM have lost the precision of each count.
E-COUNT-003 [E-NOT-COUNTS] The values look like logarithms: none is above 25, and there are fractions or negative
  values. | Give the raw counts; methods that work on logarithms take them themselves.
E-COUNT-004 Cells are empty or NaN. | Fill them, or leave these genes out with --drop-na.
E-COUNT-005 Values are infinite. | Counts are finite; correct the table.
E-COUNT-006 Values are negative. | Counts are never negative; give raw counts, not normalized, centered or log values.
E-COUNT-007 Values are above 2^53, where whole numbers are no longer exact. | Correct the table; no library has so
  many reads.
E-COUNT-008 Cells hold text where numbers should stand. | Correct the cells that the message lists; write numbers
  without thousands separators and units.
E-COUNT-009 There is nothing to test: all counts are zero, or there are no genes or no samples. | Check that the right
  file was given.
E-COUNT-010 A sample has no reads at all, so its size factor is undefined. | Leave it out with --exclude, or correct
  the table.
E-COUNT-011 A real value is too large for the exact sums that data larger than memory need. | Give counts, or values
  below 2^20 in size.
W-COUNT-001 The values hold fractions; the method takes them as they are. | Make sure they are estimated counts and
  not normalized values.
W-COUNT-002 Two samples have identical counts. | A file may have been read twice; repeated samples are no replicates.
W-COUNT-003 [W-LIBRARY-SIZE] Library sizes differ more than tenfold, or a library has fewer than 100,000 reads. |
  Depth is corrected for, but shallow samples carry little; consider leaving them out (--exclude).
E-NAME-001 Gene ids occur more than once. | Choose with --duplicates: sum, first or suffix.
E-NAME-002 Two columns carry one name. | Give every sample and every column its own name.
E-NAME-003 An id holds a NUL or a line feed, or is longer than 10 kB. | Correct the id; a quote that is not closed
  also makes such ids.
E-NAME-004 A row or column has no name. | Give every gene and sample a name.
W-NAME-001 Gene ids look like dates made by Excel (2-Sep was SEPTIN2). | Nothing was changed; export the table again
  with ids as text.
W-NAME-002 Gene ids look like rounded numbers (2.31E+13). | They are kept as text; ids such as 2310009E13 lose their
  digits in a spreadsheet.
W-NAME-003 Gene ids look like the serial numbers of Excel dates. | Nothing was changed; export the table again with
  ids as text.
W-NAME-004 Gene ids without their versions would no longer be unique. | They keep their versions.
E-SHEET-001 [E-ORIENTATION] Which axis of the table holds the samples cannot be told: the names of the sheet match
  neither axis, or both. | Sample names must be those of the columns, or of the rows, and not of both.
E-SHEET-002 [E-SAMPLES] Samples of the table and of the sheet differ. | Correct the names, or keep the samples that
  both have with --intersect.
E-SHEET-003 [E-SAMPLES] Sample names of the table and of the sheet differ only in spelling (case, blanks, - and ., R's
  X prefix). | Write them alike in both; names match exactly or not at all.
E-SHEET-004 [E-COLUMN] The sheet has no such column. | Correct the name; the message lists the nearest ones.
E-SHEET-005 Samples have no value in a column of the design. | Fill the cells, or leave these samples out with
  --drop-na.
E-SHEET-006 [E-SAMPLE-ROWS] A sample has more than one row. | Keep one row per sample; rows of an nf-core sheet that
  repeat a sample must agree.
W-SHEET-001 The table has samples in rows and was turned. | Nothing to do.
E-DESIGN-001 A factor has one level only. | Take it out of the design, or add samples of another group.
E-DESIGN-002 [E-NO-REPLICATES] No group has replicates, so no p-value is possible. | Add replicates, or drop a
  variable from the design; 'foldwise check' shows the design.
E-DESIGN-003 There are not more samples than coefficients. | Drop variables from the design, or add samples.
E-DESIGN-004 [E-CONFOUNDED] Two variables say the same thing: one cannot be told from the other. | Drop one of them
  (the result may then be its effect), or add samples that break the tie.
E-DESIGN-005 [E-NESTED] The columns of the design depend on each other. | Drop the columns that the message names, or
  number nested units anew within each group.
E-DESIGN-006 A combination of levels that the interaction needs has no samples. | Drop the interaction, or join the
  levels into one factor.
E-DESIGN-007 An ordered factor: separate levels, or a trend? | Write C(x) for levels, or give a column of numbers for
  a trend.
E-DESIGN-008 A covariate is the same for all samples. | Take it out of the design.
E-DESIGN-009 The reduced model is not part of the full one, or equal to it. | The reduced formula must leave out terms
  of the full one.
E-DESIGN-010 [E-DESIGN] The design cannot be guessed from the sheet. | Give it with --design; the message lists the
  candidates.
W-DESIGN-001 [W-SINGLE-REPLICATE] A group has one sample only. | Its comparisons rest on the variability of the other
  groups.
W-DESIGN-002 [W-NUMERIC-FACTOR] A column of small whole numbers is used as a number, as a slope. | If the numbers are
  names of groups, write C(batch).
W-DESIGN-003 [W-REFERENCE] The reference level was chosen alphabetically. | Set it with --reference VAR=LEVEL.
W-DESIGN-004 A level has no samples and was dropped. | Nothing to do, unless samples are missing.
W-DESIGN-005 The sheet has a donor or pair column that the design does not use. | Consider ~ donor + ...
W-DESIGN-006 A covariate varies a lot (standard deviation above 5) and is not scaled. | Consider scale(x); the test is
  the same, the numbers are stabler.
W-DESIGN-007 [W-FEW-REPLICATES] A compared group has fewer than 5 samples. | Advice only: small effects will often be
  missed.
E-FORMULA-001 The formula holds something that is no model term. Formulas are never run as code. | Use columns of the
  sheet, + - : * / ^ and the allowed functions.
E-FORMULA-002 The formula uses a function that is not allowed. | The message lists those that are.
E-FORMULA-003 An argument in the formula is no plain value. | Write numbers and quoted words only.
E-FORMULA-004 The formula is too long, too deep or makes too many terms. | Write fewer terms.
E-FORMULA-005 The formula cannot be parsed. | The caret shows the place.
E-FORMULA-006 The formula has a left side, several parts, or a dot. | Write the right side only: ~ batch + condition.
E-FORMULA-007 A function of the formula has no value for some samples. | Correct these values, or use another
  function.
E-CONTRAST-001 The comparison names a level or coefficient that does not exist, or has the wrong length. | The message
  lists the valid names.
E-CONTRAST-002 [E-NOT-ESTIMABLE] The comparison cannot be estimated with these samples and this design. | Compare what
  the samples hold, or change the design.
E-CONTRAST-003 A level is compared with itself. | Name two different levels.
E-CONTRAST-004 The contrasts file has unknown or missing columns or keys, an id twice, or a row that does not say what
  to compare. | Use the columns and keys of nf-core/differentialabundance; the message lists them.
E-NORM-001 No gene is counted in every sample, so size factors by the median of ratios do not exist. | Choose
  --size-factors poscounts.
E-NORM-002 A size factor is zero, negative or missing. | Size factors are positive numbers.
E-NORM-003 [E-LENGTHS] Gene lengths are missing or not positive. | Correct them, or use --lengths none where lengths
  do not matter.
E-NORM-004 Offsets do not fit the counts in shape or names. | Give one value per gene and sample, with the same names.
E-NORM-005 Weights are negative or missing. | Weights are numbers from zero up.
E-NORM-006 The iterated estimation of size factors did not settle, or its optimizer failed. | Choose --size-factors
  poscounts, or give the factors in a file.
W-NORM-001 [W-ZERO-LENGTH] RSEM effective lengths of 0 were taken as 1. | Nothing to do.
W-NORM-002 The given size factors lie far from 1; start values and outliers are found in units of one read. | Divide
  them by their geometric mean.
E-FIT-001 There are too few genes to fit the trend of dispersions. | Give more genes, or the dispersions.
E-FIT-002 All dispersions are at their lower limit, so no trend can be fitted. | Use the gene-wise estimates.
W-FIT-001 The parametric trend could not be fitted; the local one was used. | Look at the dispersion plot of the
  report.
W-FIT-002 Some genes did not converge. | They carry the status not_converged.
E-CELL-001 [E-PSEUDOREPLICATION] Cells were given as samples; cells of a donor are no replicates. | Sum the cells per
  donor first: foldwise pseudobulk.
E-CELL-002 The counts of the AnnData were not found: X holds no whole numbers. | Name a layer; the message lists those
  with whole numbers.
E-CELL-003 The donor column is missing, or there is one donor only. | Give a column that names donors; one donor
  allows no inference.
W-CELL-001 A cell type has fewer than two donors in a condition. | It is listed and not tested.
W-CELL-002 [W-PSEUDOREPLICATION] Cell-level tests rank markers; cells are no replicates. | Use pseudobulk for
  inference.
E-FILE-001 Numbers can be read with a decimal mark or with a thousands separator. | Write numbers without thousands
  separators and with a decimal point.
E-FILE-002 A row has more or fewer fields than the table. | Look for a missing or extra delimiter, or an unclosed
  quote.
E-FILE-003 The gzip file is damaged or cut off. | Copy or download it again; compare the checksum.
E-FILE-004 The file is no text table, or of an unknown format. | Give the counts as CSV or TSV, plain or
  gzip-compressed.
E-FILE-005 The workbook has several sheets. | Name one with --sheet.
E-FILE-006 The file is empty or has a header only. | Check that it was written completely.
E-FILE-007 The file does not exist, cannot be read, or is no file (directory, pipe, device). | Check path and
  permission.
E-FILE-008 The HDF5, zarr or 10x file is inconsistent or unsafe. | Write it again with its own library.
E-FILE-009 [E-STRAND] The strandedness cannot be told from the counts. | Give it with --strand.
E-FILE-010 [E-EXON-COUNTS] The ids are exons (gene:exon), as DEXSeq counts them. | Count per gene.
E-FILE-011 The inputs of the run are gone or have changed. | Give COUNTS and SAMPLES after DIR.
E-FILE-012 The files of a list do not belong together: they hold different genes, or are of different formats. |
  Give files of one format, counted with the same annotation.
W-FILE-001 Rows of the counting program (__no_feature, N_unmapped) were left out. | They count reads outside genes.
W-FILE-002 The workbook has merged or hidden cells. | Check that nothing is missing.
E-IO-001 A file could not be written. | Make room and permission; earlier results are untouched.
E-IO-002 Another run writes to this directory. | Wait for it, or choose another directory.
E-IO-003 The output exists. | Use --force to replace it, --resume to continue, or choose another directory.
E-IO-004 Input and output are the same, or one lies inside the other. | Choose another directory with -o.
W-IO-001 A checkpoint did not fit this run and was computed anew. | Nothing to do.
E-MEM-001 The run would not fit into memory. | The message says what is needed and how to stream.
E-MEM-002 Memory ran out during the run. | Close other programs, or use a machine with more memory.
E-EXTRA-001 An optional package is missing. | Install it with the pip command of the message.
E-PATH-001 The path lies outside the allowed folders. | Give a path inside them.
E-SAFE-001 The file holds objects that would run code when loaded. | Write the table as CSV or TSV.
E-SAFE-002 The file unpacks to far more than a table would. | Check where it comes from.
E-USAGE-001 There is no such option, command or method. | The message gives the nearest.
E-USAGE-002 A value is not allowed. | See --help.
E-CONFIG-001 The configuration has an unknown key, a wrong type or a syntax error. | The message gives line and
  nearest key.
E-ANNOT-001 Fewer than 20 % of the genes are found in the gene sets or id map. | Both must use the same kind of ids.
W-ANNOT-001 Only 20 to 70 % of the genes are found in the gene sets or id map. | Check that both use the same kind and
  version of ids.
W-QC-001 XIST and genes of the Y chromosome (RPS4Y1, DDX3Y, ...) contradict the sex given in the sheet. | Samples may
  have been swapped: find out and correct the sheet, or leave them out (--exclude). Nothing is changed by itself.
W-QC-002 A sample looks swapped, duplicated, outlying or shallow. | The message gives the rule and its numbers. Find out
  why; leave the sample out (--exclude), or let limma-voom or limma-trend weigh it down (--sample-weights).
E-LEARN-001 The model file has another version or hash. | Make it again with this version.
E-LEARN-002 [E-HIDDEN-CONFOUNDED] Hidden factors were asked for where group and batch are the same. | No method can
  separate them.
E-LEARN-003 [E-SIG-N] There are too few persons per class for a signature, or the outcome is the batch. | Collect more
  persons.
W-LEARN-001 The certificate cannot be made. | The results stand; the message gives the reason.
W-LEARN-002 The certificate failed: null runs find genes too often. | padj stays as it is; read it with caution.
W-LEARN-003 [W-WEIGHTS-OFF] The covariate depends on the test or is constant; learned weights are off. | Choose
  another covariate.
W-LEARN-004 [W-HIDDEN-GLOBAL] More than 30 % of genes differ, so hidden factors may take up the effect. | Give
  --negative-controls.
W-LEARN-005 The certificate gives a warning. | The message gives the reason.
W-LEARN-006 There are fewer than 20 persons per class, or quality covariates explain the signature. | Validate it in
  new persons.
E-VERIFY-001 Recomputed numbers differ from those stored. | Files were changed, or another version was used.
E-INTERNAL-001 A bug of foldwise. | Send the crash file that the message names.
"""


def _parse(text: str) -> dict[str, Entry]:
    entries = {}
    for line in text.strip().replace("\n  ", " ").splitlines():
        id, _, rest = line.partition(" ")
        titles: tuple[str, ...] = ()
        if rest.startswith("["):
            words, _, rest = rest[1:].partition("] ")
            titles = tuple(words.split(", "))
        meaning, _, fix = rest.partition(" | ")
        entries[id] = Entry(id, titles, meaning, fix)
    return entries


CATALOGUE = _parse(_TEXT)


def find(code: str) -> tuple[Entry, ...]:
    """Return the entries of an id (``E-SHEET-002``, ``sheet-002``) or title (``E-SAMPLES``); none if unknown."""
    word = code.strip().upper()
    if word in CATALOGUE:
        return (CATALOGUE[word],)
    by_title = tuple(entry for entry in CATALOGUE.values() if word in entry.titles)
    if by_title:
        return by_title
    return tuple(CATALOGUE[f"{kind}-{word}"] for kind in "EW" if f"{kind}-{word}" in CATALOGUE)


def title(id: str) -> str:
    """Return the title word of an id, or the id itself."""
    entry = CATALOGUE.get(id)
    return entry.titles[0] if entry and entry.titles else id


def explain(code: str) -> str | None:
    """Return what an id or title means and what to do, or None where there is no such message."""
    entries = find(code)
    return "\n\n".join(_told(entry) for entry in entries) if entries else None


def _told(entry: Entry) -> str:
    names = " = ".join((entry.id, *entry.titles))
    kind = "error" if entry.id.startswith("E-") else "warning"
    return f"{names}  ({kind}: {FAMILIES[entry.family]})\n  {entry.meaning}\n  {entry.fix}"
