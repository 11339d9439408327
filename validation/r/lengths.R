# Counts with average transcript lengths through DESeq2, edgeR and limma, as their documentation does it.
#   Rscript validation/r/lengths.R <folder with counts.csv, lengths.csv, tpm.csv, samples.csv> <output folder>
# samples.csv: sample, group (a is the reference), batch. Designs: ~ group and ~ batch + group. 17 significant digits.
suppressPackageStartupMessages({library(DESeq2); library(edgeR); library(limma)})
arguments <- commandArgs(trailingOnly = TRUE)
from <- arguments[1]
out <- arguments[2]
dir.create(out, showWarnings = FALSE)
read <- function(name) as.matrix(read.csv(file.path(from, name), row.names = 1, check.names = FALSE))
txi <- list(counts = read("counts.csv"), length = read("lengths.csv"), abundance = read("tpm.csv"), countsFromAbundance = "no")
samples <- read.csv(file.path(from, "samples.csv"), row.names = 1, colClasses = "character")[colnames(txi$counts), ]
samples$group <- factor(samples$group)
samples$batch <- factor(samples$batch)
put <- function(table, name, digits = 17) {
  table <- data.frame(gene_id = rownames(table), table, check.names = FALSE)
  number <- vapply(table, is.double, TRUE)
  table[number] <- lapply(table[number], function(x) ifelse(is.na(x), "NA", sprintf(paste0("%.", digits, "g"), x)))
  file <- gzfile(file.path(out, paste0(name, ".tsv.gz")), "w")
  write.table(table, file, sep = "\t", quote = FALSE, row.names = FALSE)
  close(file)
}
tested <- paste0("group", levels(samples$group)[2])
for (name in c("group", "batch")) {
  formula <- if (name == "group") ~ group else ~ batch + group
  design <- model.matrix(formula, samples)

  # DESeq2: the average transcript lengths are taken from the list
  dds <- DESeq(DESeqDataSetFromTximport(txi, samples, formula), quiet = TRUE)
  put(as.data.frame(results(dds)), paste0("deseq2_", name))
  if (name == "group") put(normalizationFactors(dds), "deseq2_factors")

  # edgeR: offsets of all genes, then filterByExpr
  lengths <- txi$length / exp(rowMeans(log(txi$length)))
  scaled <- txi$counts / lengths
  effective <- calcNormFactors(scaled) * colSums(scaled)
  y <- scaleOffset(DGEList(txi$counts), log(sweep(lengths, 2, effective, "*")))
  y <- y[filterByExpr(y, design), ]
  put(y$offset, paste0("edger_offset_", name))
  if (name == "group") put(cpm(y, log = TRUE), "edger_logcpm")
  y <- estimateDisp(y, design)
  put(topTags(glmQLFTest(glmQLFit(y, design), coef = tested), n = Inf, sort.by = "none")$table, paste0("edger_ql_", name))
  put(topTags(glmLRT(glmFit(y, design), coef = tested), n = Inf, sort.by = "none")$table, paste0("edger_lrt_", name))

  # limma: counts of scaled abundance
  scaled <- txi$abundance * rowMeans(txi$length)
  scaled <- t(t(scaled) * (colSums(txi$counts) / colSums(scaled)))
  y <- DGEList(scaled)
  y <- calcNormFactors(y[filterByExpr(y, design), , keep.lib.sizes = FALSE])
  put(topTable(eBayes(lmFit(voom(y, design), design)), coef = tested, n = Inf, sort.by = "none"), paste0("voom_", name))
  put(topTable(eBayes(lmFit(cpm(y, log = TRUE, prior.count = 3), design), trend = TRUE), coef = tested, n = Inf, sort.by = "none"), paste0("trend_", name))
}
