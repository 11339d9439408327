# The R side of the benchmark: counts in memory to adjusted p-values, one fresh process.
#   Rscript fit.R <case folder> <output>
arguments <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages(library(DESeq2))
folder <- arguments[1]
samples <- read.delim(file.path(folder, "samples.tsv"), row.names = 1, colClasses = "character", stringsAsFactors = TRUE)
samples[] <- lapply(samples, factor)
size <- file.size(file.path(folder, "counts.int32")) / 4
counts <- matrix(readBin(file.path(folder, "counts.int32"), "integer", size, size = 4), ncol = nrow(samples), byrow = TRUE,
                 dimnames = list(NULL, rownames(samples)))
formula <- as.formula(readLines(file.path(folder, "formula.txt")))
cpu <- function(t) sum(t[c("user.self", "sys.self", "user.child", "sys.child")])
fit <- function(counts) results(DESeq(DESeqDataSetFromMatrix(counts, samples, formula), quiet = TRUE), alpha = 0.1)
imported <- proc.time()
invisible(fit(counts[seq_len(min(300, nrow(counts))), ]))  # what happens only once in a process is not counted
warm <- proc.time()
result <- fit(counts)
done <- proc.time()
writeBin(as.vector(t(as.matrix(as.data.frame(result)[c("log2FoldChange", "pvalue", "padj")]))), arguments[2])
status <- readLines("/proc/self/status")
peak <- as.numeric(gsub("[^0-9]", "", grep("VmHWM", status, value = TRUE))) / 1024
blas <- basename(extSoftVersion()[["BLAS"]])
cat(sprintf('\n{"version": "%s (R %s, %s)", "import_cpu": %.4f, "first_call_cpu": %.4f, "cpu": %.4f, "wall": %.4f, "peak_mb": %.1f}\n',
            packageVersion("DESeq2"), getRversion(), blas, cpu(imported), cpu(warm) - cpu(imported),
            cpu(done) - cpu(warm), done[["elapsed"]] - warm[["elapsed"]], peak))
