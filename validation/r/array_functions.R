# Values of base R functions for tests/unit/stats, printed with 17 significant digits.
# Usage: Rscript validation/r/array_functions.R > tests/unit/stats/r_array_functions.tsv
library(splines)
emit <- function(name, values) {
  values <- as.numeric(t(values))  # matrices row by row
  cat(sprintf("%s\t%d\t%.17g\n", name, seq_along(values) - 1L, values), sep = "")
}
cat("name\tindex\tvalue\n")

x <- c(1, 2.5, 3, 3, 4.2, 6, 7, 7.7, 9, 12, 13.5, 20)
emit("x", x)
emit("poly4", poly(x, 4))
emit("bs_df6", bs(x, df = 6))
emit("bs_default", bs(x))
emit("bs_knots_degree2_intercept", bs(x, knots = c(4, 8), degree = 2, intercept = TRUE))
emit("ns_df4", ns(x, df = 4))
emit("ns_df1", ns(x, df = 1))
emit("ns_df4_intercept", ns(x, df = 4, intercept = TRUE))

probabilities <- c(0, 0.013, 0.25, 0.5, 0.77, 0.95, 0.999, 1)
emit("probabilities", probabilities)
emit("quantile7", quantile(x, probabilities, names = FALSE))
emit("trimmed_mean_0.1", mean(x, trim = 0.1))
emit("mad", mad(x))

p <- c(0.01, 0.2, 0.03, NA, 0.5, 0.03, 1e-9, 0.04, 0.9)
emit("p", p)
for (method in c("BH", "BY", "holm")) emit(method, p.adjust(p, method))

y <- c(3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 40)
emit("y", y)
emit("lowess_ties", lowess(x, y, f = 0.6, iter = 3, delta = 0)$y)
emit("lowess_delta", lowess(x, y, f = 0.6, iter = 2, delta = 2.6)$y)
emit("lowess_no_robust", lowess(x, y, f = 0.5, iter = 0, delta = 0)$y)
emit("lowess_line", lowess(x, 2 * x + 1)$y)

knots <- c(0, 1, 2.5, 3, 5, 8)
heights <- c(1, 0.3, 2, 2.5, -1, 4)
at <- c(-1, 0, 0.5, 2, 2.5, 4, 8, 9)
emit("knots", knots)
emit("heights", heights)
emit("at", at)
emit("spline_fmm", splinefun(knots, heights, method = "fmm")(at))

z <- c(0.1, 1.3, 2.2, 3.7, 8.5, 20, 36, 37.6)
emit("z", z)
emit("normal_two_sided", 2 * pnorm(z, lower.tail = FALSE))
emit("normal_upper", c(pnorm(z, lower.tail = FALSE), pnorm(-z, lower.tail = FALSE)))
for (df in c(1, 3, 4, 12.5, 94)) emit(paste0("t_two_sided_", df), 2 * pt(z, df, lower.tail = FALSE))
for (df in c(1, 2, 5, 8)) emit(paste0("chi2_upper_", df), pchisq(z^2, df, lower.tail = FALSE))
emit("cooks_cutoff", c(qf(0.99, 5, 3), qf(0.99, 3, 4), qf(0.99, 2, 94), qf(0.99, 12, 24), qf(0.99, 2, 4)))
