# limma's answers on small simulated counts, for tests/unit/methods/test_limma.py.
#   Rscript limma_small.R <output file.tsv.gz>
arguments <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages(library(limma))
set.seed(7)
n_genes <- 150
group <- factor(rep(c("a", "b"), each = 5))
batch <- factor(rep(c("u", "v"), 5))
patient <- factor(c(1, 1, 2, 2, 3, 3, 4, 4, 5, 5))
mean <- exp(rnorm(n_genes, 4, 1.5))
change <- ifelse(runif(n_genes) < 0.3, rnorm(n_genes), 0)
rate <- outer(mean, exp(rnorm(10, 0, 0.3))) * exp(outer(change, as.numeric(group == "b"))) *
  exp(outer(rep(1, n_genes), c(0.2, -0.1, 0.3, 0, 0.1)[as.integer(patient)]) * rnorm(n_genes, 0, 1))
counts <- matrix(rnbinom(n_genes * 10, mu = rate, size = 8), n_genes,
                 dimnames = list(sprintf("g%03d", seq_len(n_genes)), sprintf("s%02d", 1:10)))
counts[3, ] <- 0
counts[4, ] <- c(0, 0, 0, 0, 0, 3, 9, 4, 6, 2)
design <- model.matrix(~ batch + group)
sizes <- colSums(counts)
out <- data.frame(counts)
put <- function(fit, name) {
  table <- data.frame(lfc = fit$coefficients[, "groupb"], t = fit$t[, "groupb"], p = fit$p.value[, "groupb"])
  if (!is.null(fit$lods)) table$log_odds <- fit$lods[, "groupb"]
  table$df_prior <- fit$df.prior
  names(table) <- paste0(name, ".", names(table))
  out <<- cbind(out, table)
}
v <- voom(counts, design)
fit <- lmFit(v, design)
put(eBayes(fit), "voom")
put(eBayes(fit, robust = TRUE), "robust")
put(eBayes(fit, trend = TRUE), "trend_of_voom")
put(treat(fit, lfc = 0.5), "treat")
w <- suppressWarnings(voomWithQualityWeights(counts, design))
put(eBayes(lmFit(w, design)), "quality")
prior <- 3 * sizes / mean(sizes)
logs <- log2(t((t(counts) + prior) / (sizes + 2 * prior) * 1e6))
put(eBayes(lmFit(logs, design), trend = TRUE), "limma_trend")
put(eBayes(lmFit(logs, design), trend = TRUE, robust = TRUE), "limma_trend_robust")
quality <- arrayWeights(logs, design)
put(eBayes(lmFit(logs, design, weights = quality), trend = TRUE), "trend_quality")
# gene 3, without counts, is constant up to rounding: it has no correlation, which R takes from the rounding
together <- duplicateCorrelation(logs[-3, ], design, block = patient)$consensus
put(eBayes(lmFit(logs, design, block = patient, correlation = together), trend = TRUE), "trend_block")
rho <- duplicateCorrelation(v, design, block = patient)$consensus
v2 <- voom(counts, design, block = patient, correlation = rho)
rho2 <- duplicateCorrelation(v2, design, block = patient)$consensus
put(eBayes(lmFit(v2, design, block = patient, correlation = rho2)), "block")
out$correlation <- rho2
contrast <- contrasts.fit(lmFit(v, model.matrix(~ 0 + group + batch)), c(-1, 1, 0.5))
contrast <- eBayes(contrast)
out$contrast.lfc <- contrast$coefficients[, 1]
out$contrast.t <- contrast$t[, 1]
out$contrast.p <- contrast$p.value[, 1]
file <- gzfile(arguments[1], "w")
write.table(format(out, digits = 15, trim = TRUE), file, sep = "\t", quote = FALSE, col.names = NA)
close(file)
