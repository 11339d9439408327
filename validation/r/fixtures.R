# Small simulated data sets of special designs with every stage of DESeq2, for tests that need no other data.
#   Rscript fixtures.R <output folder> [name ...]
# Folder per fixture: counts.tsv.gz, samples.tsv, settings.tsv, scalars.tsv, genes.tsv.gz (all stages), mu_genewise.tsv.gz,
# cooks.tsv.gz, results*.tsv.gz and, by design, replaced_counts, weights, normalization_factors, vst*, normal*.
arguments <- commandArgs(trailingOnly = TRUE)
source(file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "common.R"))

# ---- simulated counts ------------------------------------------------------------------------------------------
simulate <- function(samples, formula, n_genes = 250, seed = 1, zeros = 0, outliers = 0, log_mean = 4.5, effect = 0.7) {
  set.seed(seed)
  x <- model.matrix(formula, samples)
  m <- nrow(samples)
  mean <- exp(rnorm(n_genes, log_mean, 1.7))
  beta <- matrix(rnorm(n_genes * ncol(x), 0, effect) * rbinom(n_genes * ncol(x), 1, .4), n_genes)
  if (all(x[, 1] == 1)) beta[, 1] <- 0
  beta[, seq_len(ncol(x))[apply(x, 2, max) > 3]] <- 0.01 * beta[, seq_len(ncol(x))[apply(x, 2, max) > 3]]
  size <- exp(rnorm(m, 0, .25))
  alpha <- (0.03 + 2 / mean) * exp(rnorm(n_genes, 0, .9))
  mu <- mean * exp(beta %*% t(x)) * rep(size, each = n_genes)
  counts <- matrix(rnbinom(n_genes * m, mu = mu, size = 1 / alpha), n_genes)
  counts[runif(length(counts)) < zeros] <- 0
  for (g in seq_len(outliers)) counts[g, 1 + g %% m] <- counts[g, 1 + g %% m] * 40 + 2000
  counts[n_genes, ] <- 0          # never seen
  counts[n_genes - 1, ] <- 0      # one read in one sample
  counts[n_genes - 1, 1] <- 1
  storage.mode(counts) <- "integer"
  dimnames(counts) <- list(sprintf("g%03d", seq_len(n_genes)), rownames(samples))
  counts
}
sheet <- function(...) {
  table <- data.frame(..., stringsAsFactors = TRUE)
  rownames(table) <- sprintf("s%02d", seq_len(nrow(table)))
  table
}
two <- function(a, b) sheet(group = rep(c("A", "B"), c(a, b)))

# ---- what is asked of R ----------------------------------------------------------------------------------------
# stages = TRUE also keeps the start of the dispersion search and the means it used.
fixture <- function(name, samples, formula, counts = simulate(samples, formula, ...), ..., fit = "parametric", sf = "ratio",
                    reduced = NULL, weights = NULL, factors = NULL, use_t = FALSE, contrasts = list(), thresholds = FALSE,
                    normal = FALSE, vst = FALSE) {
  if (length(wanted) && !(name %in% wanted)) return(invisible())
  path <- file.path(arguments[1], name)
  dir.create(path, showWarnings = FALSE, recursive = TRUE)
  put <- function(table, file) write_table(table, file.path(path, file))
  genes <- rownames(counts)
  by_gene <- function(x) data.frame(gene_id = genes, x, check.names = FALSE)

  dds <- DESeqDataSetFromMatrix(counts, samples, formula)
  if (!is.null(factors)) normalizationFactors(dds) <- factors else dds <- estimateSizeFactors(dds, type = sf)
  if (!is.null(weights)) assays(dds, withDimnames = FALSE)[["weights"]] <- weights

  # Gene-wise stage alone: the start values and the means that the search was given.
  staged <- estimateDispersionsGeneEst(dds, quiet = TRUE)
  if (ncol(counts) <= 9) put(by_gene(assays(staged)[["mu"]]), "mu_genewise.tsv.gz")
  seen <- rowSums(counts) > 0
  start <- rep(NA_real_, length(genes))
  x <- model.matrix(formula, samples)
  rough <- DESeq2:::roughDispEstimate(counts(dds, normalized = TRUE)[seen, ], x)
  moments <- DESeq2:::momentsDispEstimate(staged[seen, ])
  start[seen] <- pmin(pmax(1e-8, pmin(rough, moments)), max(10, ncol(counts)))

  fitted <- if (is.null(reduced)) DESeq(dds, fitType = fit, quiet = TRUE, useT = use_t) else
    DESeq(dds, test = "LRT", reduced = reduced, fitType = fit, quiet = TRUE)
  table <- as.data.frame(mcols(fitted))
  table <- table[!grepl("^(Wald|LRT)(Statistic|Pvalue)", colnames(table))]
  put(cbind(gene_id = genes, startDispersion = start, table), "genes.tsv.gz")
  if ("cooks" %in% assayNames(fitted)) put(by_gene(assays(fitted)[["cooks"]]), "cooks.tsv.gz")
  if ("replaceCounts" %in% assayNames(fitted)) put(by_gene(assays(fitted)[["replaceCounts"]]), "replaced_counts.tsv.gz")
  if (!is.null(weights)) put(by_gene(weights), "weights.tsv.gz")
  if (!is.null(factors)) put(by_gene(factors), "normalization_factors.tsv.gz")
  put(by_gene(counts), "counts.tsv.gz")
  sheet <- data.frame(sample = rownames(samples), samples)
  if (is.null(factors)) sheet$sizeFactor <- sizeFactors(fitted)
  put(sheet, "samples.tsv")
  put(data.frame(sample = rownames(samples), x, check.names = FALSE), "design.tsv")

  # Results: default, calls at .05, contrasts, thresholds.
  filter <- NULL
  keep <- function(result, file, columns = c("log2FoldChange", "lfcSE", "stat", "pvalue", "padj")) {
    put(by_gene(as.data.frame(result)[intersect(columns, colnames(result))]), file)
  }
  result <- results(fitted, alpha = 0.1)
  filter <- metadata(result)
  keep(result, "results.tsv.gz")
  keep(results(fitted, alpha = 0.05), "results_alpha05.tsv.gz", "padj")
  put(data.frame(metadata(result)$filterNumRej, lowess = metadata(result)$lo.fit$y), "filter_curve.tsv")
  keep(results(fitted, independentFiltering = FALSE, cooksCutoff = FALSE), "results_unfiltered.tsv.gz", c("pvalue", "padj"))
  for (contrast in names(contrasts)) keep(results(fitted, contrast = contrasts[[contrast]]), paste0("results_contrast_", contrast, ".tsv.gz"))
  if (thresholds) for (alternative in c("greaterAbs", "lessAbs", "greater", "less")) {
    keep(results(fitted, lfcThreshold = 0.5, altHypothesis = alternative), paste0("results_lfc0.5_", alternative, ".tsv.gz"), c("stat", "pvalue", "padj"))
  }
  if (normal) keep(lfcShrink(fitted, coef = tail(resultsNames(fitted), 1), type = "normal", quiet = TRUE), "normal.tsv.gz", c("log2FoldChange", "lfcSE"))
  if (normal && nlevels(samples[[tail(all.vars(formula), 1)]]) > 2) {
    last <- tail(all.vars(formula), 1)
    levels <- levels(samples[[last]])
    keep(lfcShrink(fitted, contrast = c(last, levels[3], levels[2]), type = "normal", quiet = TRUE), "normal_contrast.tsv.gz", c("log2FoldChange", "lfcSE"))
  }
  if (vst) {
    put(by_gene(assay(varianceStabilizingTransformation(fitted, blind = FALSE))), "vst.tsv.gz")
    put(by_gene(assay(varianceStabilizingTransformation(dds, blind = TRUE, fitType = fit))), "vst_blind.tsv.gz")
  }

  # Numbers that belong to the whole data set.
  form <- dispersionFunction(fitted)
  one <- function(x) if (is.null(x)) NA_real_ else as.numeric(x)[1]
  coefficients <- attr(form, "coefficients")
  put(data.frame(
    name = c("dispPriorVar", "varLogDispEsts", "asymptDisp", "extraPois", "mean", "filterThreshold", "filterTheta"),
    value = c(one(attr(form, "dispPriorVar")), one(attr(form, "varLogDispEsts")), one(coefficients["asymptDisp"]),
              one(coefficients["extraPois"]), one(attr(form, "mean")), one(filter$filterThreshold), one(filter$filterTheta))
  ), "scalars.tsv")
  factor_levels <- vapply(samples, function(v) paste(levels(v), collapse = ","), "")
  put(data.frame(
    name = c("formula", "reduced", "fitType", "fitTypeUsed", "sfType", "useT", paste0("levels:", names(factor_levels)),
             sprintf("contrast:%s", names(contrasts))),
    value = c(deparse(formula), if (is.null(reduced)) "" else deparse(reduced), fit, attr(form, "fitType"), sf, use_t, factor_levels,
              vapply(contrasts, function(c) paste(unlist(c), collapse = ","), ""))
  ), "settings.tsv")
  cat(name, "trend:", attr(form, "fitType"), " fallback genes:", sum(table$betaIter >= 100, na.rm = TRUE), "\n")
}

wanted <- arguments[-1]
threshold <- list(BvA = c("group", "B", "A"))

# ---- replicates ------------------------------------------------------------------------------------------------
fixture("n3_2v1", two(2, 1), ~ group, seed = 3)
fixture("n4_2v2", two(2, 2), ~ group, seed = 4, vst = TRUE)
fixture("n5_3v2", two(3, 2), ~ group, seed = 5)
fixture("n6_3v3", two(3, 3), ~ group, seed = 6, thresholds = TRUE, normal = TRUE, vst = TRUE, contrasts = list(AvB = c("group", "A", "B")))
fixture("n6_paired", sheet(pair = gl(3, 2, labels = c("p1", "p2", "p3")), group = rep(c("A", "B"), 3)), ~ pair + group, seed = 7)
fixture("n24_12v12", two(12, 12), ~ group, seed = 24, thresholds = TRUE, normal = TRUE)
fixture("n24_batches", sheet(batch = gl(3, 8, labels = c("x", "y", "z")), group = rep(c("A", "B"), 12)), ~ batch + group, seed = 25,
        normal = TRUE, contrasts = list(zvy = c("batch", "z", "y")))

fixture("n50_25v25", two(25, 25), ~ group, seed = 50, n_genes = 120)

# ---- designs ---------------------------------------------------------------------------------------------------
three <- sheet(group = gl(3, 3, labels = c("A", "B", "C")))
fixture("three_levels", three, ~ group, seed = 9, normal = TRUE, thresholds = TRUE,
        contrasts = list(CvB = c("group", "C", "B"), BvA = c("group", "B", "A"), AvC = c("group", "A", "C"), numeric = c(0, -1, 1)))
fixture("no_intercept", three, ~ 0 + group, seed = 10,
        contrasts = list(CvB = c("group", "C", "B"), list = list("groupC", c("groupA")), average = c(-1, .5, .5)))
crossed <- sheet(strain = gl(2, 6, labels = c("wt", "mut")), treatment = rep(gl(2, 3, labels = c("no", "yes")), 2))
crossed$strain <- relevel(crossed$strain, "wt")
fixture("interaction", crossed, ~ strain + treatment + strain:treatment, seed = 11,
        contrasts = list(in_mut = c(0, 0, 1, 1), mut = c("strain", "mut", "wt")))
fixture("covariate", sheet(age = c(31.5, 40.25, 28, 55.125, 47, 36, 60.5, 33, 44, 52), group = rep(c("A", "B"), each = 5)), ~ age + group, seed = 12)
fixture("intercept_only", two(3, 3), ~ 1, seed = 13)
fixture("lrt_three_levels", three, ~ group, seed = 14, reduced = ~ 1)
fixture("lrt_batch", sheet(batch = gl(2, 6, labels = c("x", "y")), group = rep(gl(3, 2, labels = c("A", "B", "C")), 2)), ~ batch + group, seed = 15, reduced = ~ batch,
        contrasts = list(CvB = c("group", "C", "B")))

# ---- special input ---------------------------------------------------------------------------------------------
set.seed(100)
fixture("weights", two(4, 4), ~ group, seed = 16, weights = matrix(ifelse(runif(2000) < .1, 0, runif(2000, .1, 1)), 250))
set.seed(101)
lengths <- matrix(exp(rnorm(1500, 0, .3)), 250)
fixture("normalization_factors", two(3, 3), ~ group, seed = 17, factors = lengths / exp(rowMeans(log(lengths))), vst = TRUE)
fixture("zero_heavy", two(10, 10), ~ group, seed = 18, zeros = .55, log_mean = 2.5, sf = "poscounts")
fixture("outliers_3v3", two(3, 3), ~ group, seed = 19, outliers = 12)
fixture("outliers_7v7", two(7, 7), ~ group, seed = 20, outliers = 15)
fixture("outliers_9v4", two(9, 4), ~ group, seed = 21, outliers = 15)
# Genes with a single huge count and otherwise zeros: the IRLS diverges and the fallback optimizer takes over.
fallback <- sheet(batch = gl(3, 6, labels = c("x", "y", "z")), group = rep(c("A", "B"), 9))
sparse <- simulate(fallback, ~ batch + group, seed = 23)
for (g in 1:40) {
  sparse[g, ] <- 0L
  sparse[g, 1 + (g * 7) %% 18] <- as.integer(50 * 4^(g %% 8))
  sparse[g, 1 + (g * 5) %% 18] <- as.integer(g %% 3)
}
fixture("fallback", fallback, ~ batch + group, counts = sparse)
fixture("trend_local", two(3, 3), ~ group, seed = 6, fit = "local", vst = TRUE)
fixture("trend_mean", two(3, 3), ~ group, seed = 6, fit = "mean", vst = TRUE)
fixture("use_t", two(4, 3), ~ group, seed = 22, use_t = TRUE, thresholds = TRUE)

# ---- size factors alone ----------------------------------------------------------------------------------------
if (!length(wanted) || "size_factors" %in% wanted) {
  path <- file.path(arguments[1], "size_factors")
  dir.create(path, showWarnings = FALSE, recursive = TRUE)
  samples <- two(3, 3)
  counts <- simulate(samples, ~ group, seed = 30, zeros = .1)
  dds <- DESeqDataSetFromMatrix(counts, samples, ~ group)
  set.seed(102)
  lengths <- matrix(exp(rnorm(1500, 7, .3)), 250)
  of <- function(...) sizeFactors(estimateSizeFactors(dds, quiet = TRUE, ...))
  write_table(data.frame(gene_id = rownames(counts), counts), file.path(path, "counts.tsv.gz"))
  write_table(data.frame(
    sample = colnames(counts), ratio = of(), poscounts = of(type = "poscounts"), iterate = of(type = "iterate"),
    control = of(controlGenes = 1:100), control_poscounts = of(type = "poscounts", controlGenes = 1:100)
  ), file.path(path, "size_factors.tsv"))
  write_table(data.frame(gene_id = rownames(counts), lengths), file.path(path, "norm_matrix.tsv.gz"))
  write_table(data.frame(gene_id = rownames(counts), normalizationFactors(estimateSizeFactors(dds, normMatrix = lengths))),
              file.path(path, "normalization_factors.tsv.gz"))
}
note_versions(file.path(arguments[1], "versions.txt"))
