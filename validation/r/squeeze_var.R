# squeezeVar of limma on simulated variances for tests/unit/stats, printed with 16 significant digits.
# Usage: Rscript validation/r/squeeze_var.R | gzip -9n > tests/unit/stats/r_squeeze_var.tsv.gz     (limma 3.54: moments only)
library(limma)
emit <- function(name, values) {
  values <- as.numeric(values)
  cat(sprintf("%s\t%d\t%.16g\n", name, seq_along(values) - 1L, values), sep = "")
}
cat("name\tindex\tvalue\n")
set.seed(3)
n <- 60
x <- round(sort(runif(n, 0, 12)), 3)
equal <- rep(4, n)
few <- rep(c(4, 3, 4, 1, 2), length.out = n)
none <- few
none[c(1, 22, n)] <- 0
s2 <- 0.3 * (1 + 8 / (1 + x)) * rchisq(n, 4) / 4 * 6 / rchisq(n, 6)
chance <- 0.4 * rchisq(n, 4) / 4
outliers <- s2
outliers[c(20, 37, 53)] <- c(60, 900, 45)
outlier_of_chance <- chance
outlier_of_chance[c(7, 49)] <- c(20, 6)
zeros <- s2
zeros[c(3, 44)] <- 0
ties <- x
ties[1:40] <- 0.25
for (name in c("x", "ties", "few", "none", "s2", "chance", "outliers", "outlier_of_chance", "zeros"))
  emit(name, get(name))
run <- function(name, ...) {
  found <- suppressWarnings(squeezeVar(...))
  emit(paste0(name, ":posterior"), found$var.post)
  emit(paste0(name, ":prior"), found$var.prior)
  emit(paste0(name, ":df"), found$df.prior)
}
for (v in c("s2", "chance", "outliers", "outlier_of_chance", "zeros")) for (robust in c(FALSE, TRUE)) {
  label <- paste(v, if (robust) "robust" else "plain")
  run(paste(label, "equal none"), get(v), equal, robust = robust)
  run(paste(label, "equal x"), get(v), equal, covariate = x, robust = robust)
  run(paste(label, "few none"), get(v), few, robust = robust)
  run(paste(label, "none x"), get(v), none, covariate = x, robust = robust)
}
run("s2 plain equal ties", s2, equal, covariate = ties)
run("s2 plain equal x 5", s2[1:5], equal[1:5], covariate = x[1:5])
run("s2 plain equal x 3", s2[1:3], equal[1:3], covariate = x[1:3])
run("outliers robust equal x tails", outliers, equal, covariate = x, robust = TRUE, winsor.tail.p = c(0.02, 0.2))
