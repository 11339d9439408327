# Shared by the scripts of this folder: read a data set, run DESeq2 as a black box, write tables at full precision.
suppressPackageStartupMessages(library(DESeq2))

write_table <- function(table, path, digits = 17) {
  number <- vapply(table, is.double, TRUE)
  table[number] <- lapply(table[number], function(x) ifelse(is.na(x), "NA", sprintf(paste0("%.", digits, "g"), x)))
  file <- if (grepl("gz$", path)) gzfile(path, "w", compression = 9) else file(path, "w")
  on.exit(close(file))
  write.table(table, file, sep = "\t", quote = FALSE, row.names = FALSE, na = "NA")
}

# Design, factor levels (reference first) and reduced formula of each public data set.
designs <- list(
  airway = list(~ cell + dex, ~ cell, c(dex = "untrt")),
  pasilla = list(~ type + condition, ~ type, c(condition = "untreated")),
  bottomly = list(~ batch + strain, ~ batch, c(strain = "C57BL6J")),
  fission = list(~ strain + minute + strain:minute, ~ strain + minute, c(strain = "wt")),
  macrophage = list(~ line + IFNg + SL1344 + IFNg:SL1344, ~ line + IFNg + SL1344, c(IFNg = "no", SL1344 = "no")),
  nivolumab = list(~ time, ~ 1, c(time = "Pre")),
  yeast48 = list(~ condition, ~ 1, c(condition = "WT"))
)

read_set <- function(folder, name) {
  counts <- as.matrix(read.delim(gzfile(file.path(folder, name, "counts.tsv.gz")), row.names = 1, check.names = FALSE))
  counts <- round(counts)
  storage.mode(counts) <- "integer"
  samples <- read.delim(file.path(folder, name, "samples.tsv"), colClasses = "character", row.names = 1)
  samples <- samples[colnames(counts), , drop = FALSE]
  setting <- designs[[name]]
  for (variable in all.vars(setting[[1]])) {
    values <- samples[[variable]]
    levels <- if (all(grepl("^[0-9]+$", values))) as.character(sort(unique(as.integer(values)))) else sort(unique(values), method = "radix")
    samples[[variable]] <- factor(values, levels = levels)
    if (variable %in% names(setting[[3]])) samples[[variable]] <- relevel(samples[[variable]], setting[[3]][[variable]])
  }
  list(counts = counts, samples = samples, design = setting[[1]], reduced = setting[[2]])
}

note_versions <- function(path, inputs = character()) {
  writeLines(c(capture.output(print(sessionInfo())), "", if (length(inputs)) paste(sha256(inputs), basename(dirname(inputs)), basename(inputs))), path)
}
sha256 <- function(paths) vapply(paths, function(p) sub(" .*", "", system2("sha256sum", shQuote(p), stdout = TRUE)), "")
