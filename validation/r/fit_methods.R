# The R side of the benchmark of edgeR and limma: counts in memory to adjusted p-values, one fresh process.
#   Rscript fit_methods.R <edger-lrt|edger-ql|limma-voom> <case folder> <output>
arguments <- commandArgs(trailingOnly = TRUE)
method <- arguments[1]
suppressPackageStartupMessages(library(edgeR))
folder <- arguments[2]
samples <- read.delim(file.path(folder, "samples.tsv"), row.names = 1, colClasses = "character")
samples[] <- lapply(samples, factor)
size <- file.size(file.path(folder, "counts.int32")) / 4
counts <- matrix(readBin(file.path(folder, "counts.int32"), "integer", size, size = 4), ncol = nrow(samples), byrow = TRUE,
                 dimnames = list(NULL, rownames(samples)))
design <- model.matrix(as.formula(readLines(file.path(folder, "formula.txt"))), samples)
cpu <- function(t) sum(t[c("user.self", "sys.self", "user.child", "sys.child")])
fit <- function(counts) {
  y <- calcNormFactors(DGEList(counts))
  if (method == "limma-voom") {
    table <- topTable(eBayes(lmFit(voom(y, design), design)), coef = ncol(design), number = Inf, sort.by = "none")
    return(cbind(table$logFC, table$P.Value, table$adj.P.Val))
  }
  y <- estimateDisp(y, design)
  test <- if (method == "edger-lrt") glmLRT(glmFit(y, design)) else glmQLFTest(glmQLFit(y, design))
  cbind(test$table$logFC, test$table$PValue, p.adjust(test$table$PValue, "BH"))
}
imported <- proc.time()
invisible(fit(counts[seq_len(min(300, nrow(counts))), ]))  # what happens only once in a process is not counted
warm <- proc.time()
result <- fit(counts)
done <- proc.time()
writeBin(as.vector(t(result)), arguments[3])
status <- readLines("/proc/self/status")
peak <- as.numeric(gsub("[^0-9]", "", grep("VmHWM", status, value = TRUE))) / 1024
version <- sprintf("edgeR %s, limma %s (R %s)", packageVersion("edgeR"), packageVersion("limma"), getRversion())
cat(sprintf('\n{"version": "%s", "import_cpu": %.4f, "first_call_cpu": %.4f, "cpu": %.4f, "wall": %.4f, "peak_mb": %.1f}\n',
            version, cpu(imported), cpu(warm) - cpu(imported), cpu(done) - cpu(warm), done[["elapsed"]] - warm[["elapsed"]],
            peak))
