# Calls across contrasts by limma, for tests/unit/methods/test_decide_across.py.
#   Rscript decide_tests.R <limma_small.tsv.gz> <output file.tsv.gz>
arguments <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages(library(limma))
counts <- as.matrix(read.delim(arguments[1], row.names = 1)[, sprintf("s%02d", 1:10)])
counts <- counts[rowSums(counts) > 0, ]
part <- factor(c("p", "p", "p", "q", "q", "q", "r", "r", "r", "r"))
design <- model.matrix(~ 0 + part)
colnames(design) <- levels(part)
contrasts <- makeContrasts(q - p, r - p, r - q, levels = design)
fit <- eBayes(contrasts.fit(lmFit(voom(counts, design), design), contrasts))
out <- data.frame(row.names = rownames(counts))
for (method in c("separate", "global", "hierarchical", "nestedF")) for (rate in c(0.05, 0.2)) for (adjust in c("BH", "holm")) {
  found <- unclass(decideTests(fit, method = method, p.value = rate, adjust.method = adjust))
  for (k in 1:3) out[[paste(method, rate, adjust, c("qp", "rp", "rq")[k], sep = ".")]] <- found[, k]
}
file <- gzfile(arguments[2], "w")
write.table(out, file, sep = "\t", quote = FALSE, col.names = NA)
close(file)
print(colSums(out != 0))
