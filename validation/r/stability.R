# Which numbers of R change when only the order of the sample columns changes?
#   [ORDERS=8] [TREND=parametric] Rscript stability.R <reference folder> <output folder> [set ...]
# Writes <set>.tsv.gz (<set>_<trend>.tsv.gz for other trends): the genes whose gene-wise dispersion, final dispersion, p-value (relative) or log2 fold change
# (absolute) moves by more than 1e-6 in one of the column orders, or whose gene-wise search ends differently; and
# <set>_summary.tsv: median, 99.9 % and maximum over genes of R against permuted R (the largest of the orders).
arguments <- commandArgs(trailingOnly = TRUE)
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "common.R"))
folder <- arguments[1]
output <- arguments[2]
sets <- if (length(arguments) > 2) arguments[-(1:2)] else names(designs)
n_orders <- as.integer(Sys.getenv("ORDERS", "8"))
trend <- Sys.getenv("TREND", "parametric")
dir.create(output, showWarnings = FALSE, recursive = TRUE)

fit_stages <- function(set, order) {
  dds <- DESeqDataSetFromMatrix(set$counts[, order], set$samples[order, , drop = FALSE], set$design)
  dds <- DESeq(dds, fitType = trend, quiet = TRUE)
  table <- mcols(dds)
  last <- if ("strainmut.minute15" %in% resultsNames(dds)) "strainmut.minute15" else tail(resultsNames(dds), 1)
  result <- results(dds, name = last, alpha = 0.1)
  maximum <- 100
  list(
    values = cbind(
      dispGeneEst = table$dispGeneEst, dispFit = table$dispFit, dispMAP = table$dispMAP, dispersion = table$dispersion,
      log2FoldChange = table[[last]], lfcSE = table[[paste0("SE_", last)]],
      pvalue = table[[paste0("WaldPvalue_", last)]], maxCooks = table$maxCooks, padj = result$padj
    ),
    grid = (table$dispGeneIter >= maximum | table$dispGeneIter == 1) & table$dispGeneEst > 1e-7,
    outlier = table$dispOutlier, missing = is.na(result$padj),
    scalars = c(attr(dispersionFunction(dds), "dispPriorVar"), attr(dispersionFunction(dds), "coefficients"))
  )
}

difference <- function(a, b, absolute) {
  d <- abs(a - b)
  if (!absolute) d <- ifelse(a == b, 0, d / pmax(abs(a), abs(b)))
  d[is.na(a) & is.na(b)] <- 0
  d[xor(is.na(a), is.na(b))] <- Inf
  d
}

for (name in sets) {
  set <- read_set(folder, name)
  m <- ncol(set$counts)
  set.seed(1)
  base <- fit_stages(set, seq_len(m))
  worst <- matrix(0, nrow(base$values), ncol(base$values), dimnames = dimnames(base$values))
  flips <- rep(FALSE, nrow(worst))
  calls <- c(0, 0, 0)
  quantiles <- matrix(0, ncol(worst), 3, dimnames = list(colnames(worst), c("median", "q999", "max")))
  for (k in seq_len(n_orders)) {
    other <- fit_stages(set, sample(m))
    for (q in colnames(worst)) {
      moved <- difference(base$values[, q], other$values[, q], q == "log2FoldChange")
      worst[, q] <- pmax(worst[, q], moved)
      moved <- moved[is.finite(moved) & !is.na(base$values[, "dispersion"]) & !is.na(base$values[, q])]
      if (length(moved)) quantiles[q, ] <- pmax(quantiles[q, ], c(median(moved), quantile(moved, .999), max(moved)))
    }
    flips <- flips | (xor(base$grid, other$grid) %in% TRUE) | (xor(base$outlier, other$outlier) %in% TRUE)
    called <- function(x, level) x$values[, "padj"] < level & !is.na(x$values[, "padj"])
    calls <- pmax(calls, c(sum(xor(base$missing, other$missing)), sum(xor(called(base, .05), called(other, .05))),
                           sum(xor(called(base, .1), called(other, .1)))))
  }
  unstable <- flips | apply(worst[, c("dispGeneEst", "dispersion", "pvalue", "log2FoldChange")] > 1e-6, 1, any)
  kept <- data.frame(gene_id = rownames(set$counts)[unstable], worst[unstable, c("dispGeneEst", "dispMAP", "dispersion", "log2FoldChange", "pvalue"), drop = FALSE],
                     flip = flips[unstable], check.names = FALSE)
  stem <- if (trend == "parametric") name else paste0(name, "_", trend)
  write_table(kept, file.path(output, paste0(stem, ".tsv.gz")), digits = 3)
  summary <- data.frame(
    quantity = c(rownames(quantiles), "padj_missing", "calls_0.05", "calls_0.1"),
    rbind(quantiles, cbind(NA, NA, calls))
  )
  write_table(summary, file.path(output, paste0(stem, "_summary.tsv")), digits = 3)
  note_versions(file.path(output, paste0(stem, "_versions.txt")), file.path(folder, name, c("counts.tsv.gz", "samples.tsv")))
  cat(stem, sum(unstable), "unstable genes\n")
}
