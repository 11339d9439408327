# The R side of the cold-process benchmark: from two files to result table, normalized counts and VST values.
#   Rscript airway_tables.R <counts.tsv.gz> <samples.tsv> <output folder>
arguments <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages(library(DESeq2))
counts <- as.matrix(read.delim(gzfile(arguments[1]), row.names = 1, check.names = FALSE))
samples <- read.delim(arguments[2], row.names = 1, stringsAsFactors = TRUE)
samples$dex <- relevel(samples$dex, "untrt")
dds <- DESeq(DESeqDataSetFromMatrix(counts, samples[colnames(counts), ], ~ cell + dex), quiet = TRUE)
dir.create(arguments[3], showWarnings = FALSE)
put <- function(table, file) write.table(table, file, sep = "\t", quote = FALSE, col.names = NA)
put(as.data.frame(results(dds, alpha = 0.05)), file.path(arguments[3], "results.tsv"))
put(counts(dds, normalized = TRUE), gzfile(file.path(arguments[3], "normalized.tsv.gz")))
put(assay(varianceStabilizingTransformation(dds, blind = TRUE)), gzfile(file.path(arguments[3], "vst.tsv.gz")))
