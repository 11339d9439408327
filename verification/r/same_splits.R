# R's own methods on given splits:  Rscript same_splits.R <folder with counts.tsv and splits.tsv>
# Writes p_<split>.tsv: gene_id, p.<method>, padj.<method>. DESeq2, edgeR and limma with their usual calls.
folder <- commandArgs(trailingOnly = TRUE)[1]
suppressPackageStartupMessages({library(DESeq2); library(edgeR); library(limma)})
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
  dds <- DESeq(DESeqDataSetFromMatrix(x, data.frame(group), ~ group), quiet = TRUE)
  found <- results(dds, alpha = 0.05)
  put("deseq2", rownames(found), found$pvalue, found$padj)
  y <- DGEList(x)
  y <- calcNormFactors(y[filterByExpr(y, design), , keep.lib.sizes = FALSE])
  d <- estimateDisp(y, design)
  found <- topTags(glmQLFTest(glmQLFit(d, design), coef = 2), n = Inf)$table
  put("edger-ql", rownames(found), found$PValue, found$FDR)
  found <- topTags(glmLRT(glmFit(d, design), coef = 2), n = Inf)$table
  put("edger-lrt", rownames(found), found$PValue, found$FDR)
  found <- topTable(eBayes(lmFit(voom(y, design), design)), coef = 2, number = Inf)
  put("limma-voom", rownames(found), found$P.Value, found$adj.P.Val)
  found <- topTable(eBayes(lmFit(cpm(y, log = TRUE, prior.count = 3), design), trend = TRUE), coef = 2, number = Inf)
  put("limma-trend", rownames(found), found$P.Value, found$adj.P.Val)
  write.table(format(cbind(gene_id = rownames(out), out), digits = 15, trim = TRUE),
              file.path(folder, paste0("p_", splits[row, 1], ".tsv")), sep = "\t", quote = FALSE, row.names = FALSE)
}
