# Camera and fry of limma and edgeR on small counts, for tests/unit/methods/test_set_models.py.
#   Rscript set_tests.R <limma_small.tsv.gz> <output file.tsv>
arguments <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages(library(edgeR))
counts <- as.matrix(read.delim(arguments[1], row.names = 1)[, sprintf("s%02d", 1:10)])
counts <- counts[rowSums(counts) > 0, ]
group <- factor(rep(c("a", "b"), each = 5))
batch <- factor(rep(c("u", "v"), 5))
design <- model.matrix(~ batch + group)
other <- c(0, 1, -1)
sets <- list(first = rownames(counts)[1:12], third = rownames(counts)[seq(20, 80, 3)],
             last = rownames(counts)[120:149], one = rownames(counts)[5])
index <- ids2indices(sets, rownames(counts), remove.empty = TRUE)
out <- data.frame()
put <- function(test, found) {
  for (name in c("Correlation", "PValue.Mixed")) if (is.null(found[[name]])) found[[name]] <- NA
  rows <- found[names(sets), ]
  out <<- rbind(out, data.frame(test = test, gene_set = names(sets), n = rows$NGenes, direction = rows$Direction,
                                correlation = rows$Correlation, p = rows$PValue, mixed = rows$PValue.Mixed))
}
v <- voom(counts, design)
put("voom camera", camera(v, index, design, sort = FALSE))
put("voom camera estimate", camera(v, index, design, inter.gene.cor = NA, sort = FALSE))
put("voom camera contrast", camera(v, index, design, contrast = other, sort = FALSE))
put("voom fry", fry(v, index, design, sort = "none"))
prior <- 3 * colSums(counts) / mean(colSums(counts))
logs <- log2(t((t(counts) + prior) / (colSums(counts) + 2 * prior) * 1e6))
put("trend camera", camera(logs, index, design, trend.var = TRUE, sort = FALSE))
put("trend fry", fry(logs, index, design, sort = "none"))
y <- estimateDisp(DGEList(counts), design)
put("edger camera", camera(y, index, design, sort = FALSE))
put("edger camera contrast", camera(y, index, design, contrast = other, sort = FALSE))
put("edger fry", fry(y, index, design, sort = "none"))
write.table(format(out, digits = 15, trim = TRUE), arguments[2], sep = "\t", quote = FALSE, row.names = FALSE)
