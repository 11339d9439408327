# edgeR 3.40's quasi-likelihood on simulated counts for tests/unit/methods/test_edger_ql.py, 15 significant digits.
# Usage: Rscript validation/r/edger_ql.R tests/fixtures/edger_ql
suppressMessages(library(edgeR))
out <- commandArgs(TRUE)[1]
write <- function(table, name) {
  file <- gzfile(file.path(out, paste0(name, ".tsv.gz")), "w")
  write.table(format(table, digits = 15, trim = TRUE), file, sep = "\t", quote = FALSE, col.names = NA)
  close(file)
}
set.seed(11)
n <- 300
group <- factor(rep(c("a", "b", "c"), each = 3))
age <- c(1, 4, 2, 6, 3, 5, 2.5, 4.5, 0.5)
mean <- exp(rnorm(n, 3.5, 1.6))
effect <- ifelse(runif(n) < 0.2, rnorm(n, 0, 1.2), 0)
mu <- outer(mean, c(1, 1.3, 0.8, 1.1, 0.9, 1.2, 1, 0.7, 1.4))
mu[, 4:6] <- mu[, 4:6] * exp(effect)
phi <- (0.05 + 1 / mean) * rchisq(n, 12) / 12
counts <- matrix(rnbinom(n * 9, mu = mu, size = 1 / phi), n, dimnames = list(sprintf("g%03d", seq_len(n)), paste0("s", 1:9)))
counts[1:6, 1:3] <- 0   # a group without reads
counts[7, ] <- 0
counts[7, 8] <- 1        # too few reads to count (without any, glmTreat mixes genes up where coefficients are NA)
counts[8, 5] <- 4000    # outliers
counts[9, 2] <- 900
design <- model.matrix(~ group + age)
one_way <- model.matrix(~ group)
write(counts, "counts")
write(data.frame(group, age), "samples")
y <- calcNormFactors(DGEList(counts))
write(data.frame(size = y$samples$lib.size * y$samples$norm.factors, row.names = colnames(counts)), "sizes")
for (kind in c("age", "one_way")) {
  x <- if (kind == "age") design else one_way
  d <- estimateDisp(y, x)
  for (robust in c(FALSE, TRUE)) {
    fit <- glmQLFit(d, x, robust = robust)
    test <- glmQLFTest(fit, coef = 2)
    contrast <- c(0, -1, 1, rep(0, ncol(x) - 3))
    between <- glmQLFTest(fit, contrast = contrast)
    both <- glmQLFTest(fit, coef = 2:3)
    treat <- glmTreat(fit, coef = 2, lfc = 0.5)
    treat_between <- glmTreat(fit, contrast = contrast, lfc = 0.5)
    worst <- glmTreat(fit, coef = 2, lfc = 0.5, null = "worst.case")
    write(data.frame(
      dispersion = fit$dispersion, df = fit$df.residual.zeros, df_prior = fit$df.prior, prior = fit$var.prior,
      posterior = fit$var.post, lfc = test$table$logFC, f = test$table$F, p = test$table$PValue,
      between_lfc = between$table$logFC, between_f = between$table$F, between_p = between$table$PValue,
      both_f = both$table$F, both_p = both$table$PValue, treat_p = treat$table$PValue,
      treat_between_p = treat_between$table$PValue, worst_p = worst$table$PValue, row.names = rownames(counts)
    ), paste0(kind, if (robust) "_robust" else ""))
  }
}
