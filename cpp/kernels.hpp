// What the binding hands to a kernel: plain pointers, sizes and constants. No kernel allocates.
//
// G genes, N samples, p coefficients. Matrices of counts are genes x samples, a gene's row contiguous.
#pragma once
#include <cstdint>

namespace fw {

enum class CountKind : int { int32 = 0, float64 = 1, csr_int32 = 2, csr_float64 = 3 };

struct Counts {
  CountKind kind;
  const void* data;
  const int32_t* indices;  // CSR only
  const int64_t* indptr;   // CSR only
  int64_t n_genes, n_samples;
};

// Natural-scale normalization factors: one per sample, or one per gene and sample.
struct Factors {
  const double* values;
  bool per_gene;
};

// Design prepared once per call. A cell is a set of samples with equal rows. Where cells are far fewer than samples, the
// kernels hold a gene with the samples of a cell side by side: sums over a cell are then sums over few blocks.
// Columns are padded to a multiple of 8 samples with zeros.
struct DesignView {
  const double* columns;      // p x padded, by place
  const double* products;     // n_distinct x padded: the distinct x_a x_b that are not zero, or the cell indicators
  const int* product_of;      // n_products: row of x_a x_b (a >= b, by rows) in `products`, -1 where it is zero
  const double* cell_rows;    // n_cells x p, the distinct rows
  const double* rows;         // N x p, row-major, unpadded, by sample (scalar paths)
  const int32_t* place;       // N, where each sample stands in a row of a gene; null: in order
  // only with `place`
  const int32_t* cell_start;  // n_cells + 1, first place of each cell
  const double* indicators;   // n_cells x padded, 1 at the places of the cell
  const double* cell_products; // n_cells x n_distinct padded to 8: the value of each distinct product in the cell
  int p, n_products, n_distinct, n_cells, padded;
  bool one_way;               // products are indicators of p cells; log det = sum of logs of cell sums
};

// How the mean follows from the coefficients of a gene.
enum class Link : int { linear = 0, log = 1, matrix = 2 };
struct MeanSource {
  Link link;
  const double* beta;   // G x p (linear, log)
  const double* mu;     // G x N (matrix)
  double floor;         // minmu
};

struct DispersionArgs {
  Counts counts;
  Factors factors;
  DesignView design;
  MeanSource mean;
  const double* weights;      // G x N or null
  const double* start;        // G, log alpha
  const double* prior_mean;   // G, log alpha, or null
  double prior_variance;
  double log_min, log_max;    // clip of log alpha in the search (-30, 10)
  double stop_below;          // ln 1e-9
  double kappa, armijo, tolerance, gate;
  int max_iterations;
  int mode;                   // 0 parity, 1 exact, 2 R form for all
  double exact_low, exact_high;
  double* log_alpha;          // G outputs
  int32_t* iterations;
  double* value_start;
  double* value_end;
  int8_t* status;             // bit 0: decided in R's form
};

struct ProfileArgs {
  Counts counts;
  Factors factors;
  DesignView design;
  MeanSource mean;
  const double* weights;
  const double* grid;         // M or G x M, log alpha
  bool grid_per_gene;
  int n_grid;
  const double* prior_mean;
  double prior_variance;
  int form;                   // 0 fast, 2 R form
  double* value;              // G x M
};

struct IrlsArgs {
  Counts counts;
  Factors factors;
  DesignView design;
  const double* alpha;        // G
  const double* start;        // G x p or null (least squares of ln(q + 0.1) with `projection`)
  const double* projection;   // p x padded: R^-1 Q'
  const double* ridge;        // p, natural scale
  const double* weights;      // G x N or null
  double min_mu, tolerance, beta_limit;
  int max_iterations;
  double* beta;               // G x p outputs
  double* covariance;         // G x p(p+1)/2
  double* log_likelihood;     // G, at the unfloored mean
  double* deviance;           // G, of the loop (floored mean)
  int32_t* iterations;
  int8_t* status;             // 0 converged, 1 not converged, 2 not a number or variance <= 0
  double* mu;                 // G x N or null (unfloored)
  double* hat;                // G x N or null
};

struct StartArgs {
  Counts counts;
  Factors factors;
  DesignView design;
  const double* projection;   // p x padded
  double residual_df;
  double mean_inverse_size;   // xi
  double* mean;               // G of counts / factors
  double* variance;
  double* rough;
  double* moments;
  double* linear;             // G x p
};

struct CooksArgs {
  Counts counts;
  Factors factors;
  DesignView design;
  MeanSource mean;            // mean of the residuals (log: unfloored; floor 0 for none)
  const double* beta;         // G x p natural log, for weights and leverage (floored at min_mu)
  const double* alpha;        // G
  const double* ridge;
  const double* weights;      // G x N or null (leverage only)
  const double* hat;          // G x N leverages to use, or null to compute them
  double min_mu;
  const int32_t* order;       // N: places of the samples, sorted by cell
  const int32_t* cell_start;  // n_cells + 1
  int n_cells;
  bool any_cell_of_three;
  const uint8_t* counted;     // N: samples whose distance enters max_cooks
  double* max_cooks;          // G, over the counted samples; NaN if none
  double* max_all;            // G, over all samples
  int32_t* arg_max;           // G, over all samples, first maximum
  int32_t* n_larger;          // G, samples with a larger count than that sample
  double* cooks;              // G x N or null
};

struct SummaryArgs {
  Counts counts;
  Factors factors;
  const double* weights;      // G x N or null: multiply counts / factors
  double* mean;               // G outputs of w * counts / factors
  double* variance;           // divisor n - 1
  double* sum_log;            // sum of ln counts over positive counts
  int32_t* n_zero;
  int32_t* n_positive;
  double* max;
};

struct TmmArgs {
  const double* columns;      // N x G: the counts of each sample
  int64_t n_samples, n_genes;
  const double* sizes;        // N, library sizes
  int64_t reference;          // the reference sample
  const double* reference_logs;  // G, log2 of its counts per read of its library
  double log_ratio_trim, sum_trim, a_cutoff, same_sample;
  bool weighted;
  double* log2_factor;        // N
};

struct KernelTable {
  void (*row_summaries)(const SummaryArgs&, int64_t, int64_t, double*);
  double (*median_ratio)(double* y, const double* log_geomeans, int64_t n);
  void (*dispersion_search)(const DispersionArgs&, int64_t, int64_t, double*);
  void (*profile_loglik)(const ProfileArgs&, int64_t, int64_t, double*);
  void (*irls)(const IrlsArgs&, int64_t, int64_t, double*);
  void (*start)(const StartArgs&, int64_t, int64_t, double*);
  void (*cooks)(const CooksArgs&, int64_t, int64_t, double*);
  void (*elementwise)(int, const double*, double*, int64_t);
  void (*normal_tail)(const double*, double*, double*, int64_t);
  void (*tmm)(const TmmArgs&, int64_t, int64_t, double*);
};

// Doubles of workspace that every kernel may use for N samples and p coefficients.
inline int64_t workspace_size(int64_t n_samples, int64_t p) {
  int64_t padded = (n_samples + 7) / 8 * 8;
  return 16 * padded + (n_samples + p) * (p + 1) + 8 * (p + 2) * (p + 2) + 512;
}

}  // namespace fw
