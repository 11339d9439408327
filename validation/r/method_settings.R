# Answers of limma and edgeR to settings that are not their defaults, for tests/unit/methods/test_method_settings.py.
#   Rscript method_settings.R <limma_small.tsv.gz> <output file.tsv.gz> <output of removed batches>
arguments <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages(library(edgeR))
counts <- as.matrix(read.delim(arguments[1], row.names = 1)[, sprintf("s%02d", 1:10)])
group <- factor(rep(c("a", "b"), each = 5))
batch <- factor(rep(c("u", "v"), 5))
design <- model.matrix(~ batch + group)
out <- data.frame(row.names = rownames(counts))
put <- function(name, lfc, p) {
  out[[paste0(name, ".lfc")]] <<- lfc
  out[[paste0(name, ".p")]] <<- p
}
limma <- function(name, fit) put(name, fit$coefficients[, "groupb"], fit$p.value[, "groupb"])
edger <- function(name, found) put(name, found$table$logFC, found$table$PValue)
limma("span", eBayes(lmFit(voom(counts, design, span = 0.8), design)))
prior <- cpm(counts, log = TRUE, prior.count = 1)
limma("prior_count_trend", eBayes(lmFit(prior, design), trend = TRUE))
# A contrast of correlated coefficients with each gene's own weights: the coefficient of another coding
v <- voom(counts, model.matrix(~ 0 + group + batch))
limma("exact_contrast", eBayes(lmFit(v$E, design, weights = v$weights)))
y <- DGEList(counts, group = group)
edger("prior_df", glmLRT(glmFit(estimateDisp(y, design, prior.df = 4), design)))
edger("span_lrt", glmLRT(glmFit(estimateDisp(y, design, span = 0.9), design)))
d <- estimateDisp(y, design)
edger("prior_count_lrt", glmLRT(glmFit(d, design, prior.count = 2)))
edger("worst_case_lrt", glmTreat(glmFit(d, design), lfc = 0.5, null = "worst.case"))
edger("worst_case_ql", glmTreat(glmQLFit(d, design), lfc = 0.5, null = "worst.case"))
edger("prior_count_ql", glmQLFTest(glmQLFit(d, design, prior.count = 2)))
edger("exact", exactTest(estimateDisp(y), pair = c("a", "b"), prior.count = 2))
edger("exact_prior_df", exactTest(estimateDisp(y, prior.df = 4), pair = c("a", "b")))
# Log counts of limma-trend without the batch, and without batch and a covariate, for six genes
logs <- cpm(counts, log = TRUE, prior.count = 3)
age <- seq(20, 65, 5)
shown <- rbind(removeBatchEffect(logs, batch = batch, design = model.matrix(~ group)),
               removeBatchEffect(logs, batch = batch, covariates = age - mean(age), design = model.matrix(~ group)))
shown <- data.frame(gene = rownames(shown), kind = rep(c("batch", "batch_age"), each = nrow(logs)), shown)
write.table(format(shown[shown$gene %in% rownames(logs)[c(1, 2, 5, 40, 90, 150)], ], digits = 15, trim = TRUE),
            arguments[3], sep = "\t", quote = FALSE, row.names = FALSE)
file <- gzfile(arguments[2], "w")
write.table(format(out, digits = 15, trim = TRUE), file, sep = "\t", quote = FALSE, col.names = NA)
close(file)
