# Model matrices of R for a list of formulas; R is used as a black box.
# Usage: Rscript model_matrix.R SAMPLES.tsv FORMULAS.txt OUT.tsv
# OUT has one row per column of a model matrix: formula, column name, values of all samples (17 digits).
library(splines)
arguments <- commandArgs(trailingOnly = TRUE)
samples <- read.delim(arguments[1], row.names = 1, stringsAsFactors = TRUE)
formulas <- readLines(arguments[2])
lines <- character()
for (text in formulas) {
  matrix <- tryCatch(model.matrix(as.formula(text), samples), error = function(e) NULL)
  if (is.null(matrix)) {
    lines <- c(lines, paste(text, "ERROR", sep = "\t"))
    next
  }
  if (ncol(matrix) == 0) lines <- c(lines, paste(text, "EMPTY", sep = "\t"))
  for (name in colnames(matrix)) {
    lines <- c(lines, paste(c(text, name, sprintf("%.17g", matrix[, name])), collapse = "\t"))
  }
}
writeLines(lines, arguments[3])
