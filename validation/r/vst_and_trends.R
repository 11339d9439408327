# Trends of DESeq2 (run as a black box) and its variance stabilizing transformation on small simulated data.
# Usage: Rscript validation/r/vst_and_trends.R | gzip -9n > tests/unit/stats/r_vst_and_trends.tsv.gz
suppressPackageStartupMessages(library(DESeq2))
set.seed(8)
n <- 300
m <- 6
mean <- exp(rnorm(n, 4.5, 2))
lengths <- rep(c(0.7, 1, 1.4), 2)
counts <- matrix(rnbinom(n * m, mu = outer(mean, lengths), size = 1 / (0.05 + 2 / mean)), n, m)
condition <- factor(rep(c("a", "b"), each = 3))
object <- DESeqDataSetFromMatrix(counts, data.frame(condition), ~condition)
object <- estimateSizeFactors(object)
object <- suppressMessages(estimateDispersionsGeneEst(object))
columns <- list(base_mean = mcols(object)$baseMean, genewise = mcols(object)$dispGeneEst)
for (kind in c("parametric", "local", "mean")) {
  fitted <- suppressMessages(estimateDispersionsFit(object, fitType = kind))
  columns[[paste0("trend_", kind)]] <- mcols(fitted)$dispFit
  values <- assay(varianceStabilizingTransformation(fitted, blind = FALSE))
  for (j in seq_len(m)) columns[[paste0("vst_", kind, "_", j)]] <- values[, j]
}
for (j in seq_len(m)) columns[[paste0("count_", j)]] <- counts[, j]
for (j in seq_len(m)) columns[[paste0("size_factor_", j)]] <- rep(sizeFactors(object)[j], n)
cat(names(columns), sep = "\t")
cat("\n")
table <- sapply(columns, function(v) ifelse(is.na(v), "nan", sprintf("%.17g", v)))
cat(apply(table, 1, paste, collapse = "\t"), sep = "\n")
