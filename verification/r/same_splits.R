# R's own methods on given splits:  Rscript same_splits.R <folder with counts.tsv and splits.tsv> [method,method,...]
# Writes p_<split>.tsv: gene_id, p.<method>, padj.<method>. DESeq2, edgeR and limma with their usual calls.
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[1]
methods <- c("deseq2", "edger-ql", "edger-lrt", "edger-exact", "limma-voom", "limma-trend")
if (length(arguments) > 1) methods <- strsplit(arguments[2], ",")[[1]]
suppressPackageStartupMessages({library(edgeR); library(limma)})
if ("deseq2" %in% methods) suppressPackageStartupMessages(library(DESeq2))
counts <- as.matrix(read.delim(file.path(folder, "counts.tsv"), row.names = 1, check.names = FALSE))
splits <- read.delim(file.path(folder, "splits.tsv"), header = FALSE, colClasses = "character")
for (row in seq_len(nrow(splits))) {
  x <- counts[, as.integer(strsplit(splits[row, 2], ",")[[1]])]
  group <- factor(rep(c("a", "b"), each = ncol(x) / 2))
  design <- model.matrix(~ group)
  out <- data.frame(row.names = rownames(x))
  put <- function(method, ids, p, padj) {
    out[[paste0("p.", method)]] <<- NA_real_; out[[paste0("padj.", method)]] <<- NA_real_
    out[ids, paste0("p.", method)] <<- p; out[ids, paste0("padj.", method)] <<- padj
  }
  edger <- function(method, test) {
    found <- topTags(test, n = Inf)$table
    put(method, rownames(found), found$PValue, found$FDR)
  }
  limma <- function(method, fit) {
    found <- topTable(fit, coef = 2, number = Inf)
    put(method, rownames(found), found$P.Value, found$adj.P.Val)
  }
  if ("deseq2" %in% methods) {
    dds <- DESeq(DESeqDataSetFromMatrix(x, data.frame(group), ~ group), quiet = TRUE)
    found <- results(dds, alpha = 0.05)
    put("deseq2", rownames(found), found$pvalue, found$padj)
  }
  y <- DGEList(x, group = group)
  y <- calcNormFactors(y[filterByExpr(y, design), , keep.lib.sizes = FALSE])
  if (any(c("edger-ql", "edger-lrt") %in% methods)) d <- estimateDisp(y, design)
  if ("edger-ql" %in% methods) edger("edger-ql", glmQLFTest(glmQLFit(d, design), coef = 2))
  if ("edger-lrt" %in% methods) edger("edger-lrt", glmLRT(glmFit(d, design), coef = 2))
  if ("edger-exact" %in% methods) edger("edger-exact", exactTest(suppressMessages(estimateDisp(y))))
  if ("limma-voom" %in% methods) limma("limma-voom", eBayes(lmFit(voom(y, design), design)))
  if ("limma-trend" %in% methods) {
    limma("limma-trend", eBayes(lmFit(cpm(y, log = TRUE, prior.count = 3), design), trend = TRUE))
  }
  write.table(format(cbind(gene_id = rownames(out), out), digits = 15, trim = TRUE),
              file.path(folder, paste0("p_", splits[row, 1], ".tsv")), sep = "\t", quote = FALSE, row.names = FALSE)
}
