// What the binding hands to the kernels of linear models. No kernel allocates.
//
// G genes, N samples, p coefficients; a gene's row is contiguous; padded = N rounded up to a multiple of 8.
#pragma once
#include <cstdint>

#include "kernels.hpp"

namespace fw {

struct LeastSquaresArgs {
  int64_t n_samples;
  int p;
  int padded;
  const double* values;       // G x N, NaN where missing
  const double* design;       // p x padded columns, zeros in the padding
  const double* weights;      // null, N, or G x N; NaN and values <= 0 make the cell missing
  bool weights_per_gene;
  const int32_t* block;       // N block numbers, or null
  int n_blocks;
  const double* block_shift;  // by number of observed earlier members of the block: share of their sum to take off,
  const double* block_scale;  // and the factor that makes the variance 1
  double tolerance;           // a column is dependent when less than this part of its length is left
  double* coefficients;       // G x p outputs, NaN where not estimable
  double* stdev;              // G x p, unscaled
  double* covariance;         // G x p(p+1)/2 or null, unscaled, packed lower triangle
  double* sigma;              // G, NaN without residual df
  double* df;                 // G
  double* mean;               // G, of the values that are given
  double* leverage;           // G x N or null
};

// log2((count + prior_j) / size_j * 1e6)
struct LogCpmArgs {
  Counts counts;
  const double* prior;        // N
  const double* sizes;        // N
  double* values;             // G x N
};

// 1 / f(x b + offset)^4 with f the piecewise line through the knots, constant outside them
struct VoomWeightArgs {
  int64_t n_samples;
  int p;
  const double* coefficients; // G x p
  const double* design;       // p x padded
  int padded;
  const double* offset;       // N
  const double* knot_x;       // K, ascending, distinct
  const double* knot_y;
  const double* slope;        // K, of the piece from each knot on; 0 for the last
  int64_t n_knots;
  const int32_t* bucket;      // n_buckets of equal width: the piece in which the bucket starts
  int64_t n_buckets;
  double* weights;            // G x N
};

// Log variance factors of samples, and their weights exp(-Z gamma)
struct ArrayWeightArgs {
  LeastSquaresArgs fit;       // values, design, weights (G x N or null)
  int64_t n_genes;
  const double* factors;      // N x n_factors, Z
  int n_factors;
  bool sum_contrasts;         // Z is the identity above a row of -1
  double prior_n;             // genes that the prior of equal variances counts for
  double* gamma;              // n_factors
};

struct BlockCorrelationArgs {
  LeastSquaresArgs fit;       // values, design, weights, block
  double* correlation;        // G, NaN where not determined
};

struct LinearEffectArgs {
  LeastSquaresArgs fit;       // complete values and weights, design of full rank
  double* effects;            // G x (N - p + 1)
};

struct LinearTable {
  void (*least_squares)(const LeastSquaresArgs&, int64_t, int64_t, double*);
  void (*log_cpm)(const LogCpmArgs&, int64_t, int64_t, double*);
  void (*voom_weights)(const VoomWeightArgs&, int64_t, int64_t, double*);
  void (*student_tail)(const double* t, const double* df, double* p, double* log_p, int64_t n);
  void (*f_tail)(const double* f, const double* df1, const double* df2, double* p, double* log_p, int64_t n);
  void (*array_weights)(const ArrayWeightArgs&, double*);
  void (*block_correlation)(const BlockCorrelationArgs&, int64_t, int64_t, double*);
  void (*linear_effects)(const LinearEffectArgs&, int64_t, int64_t, double*);
};

// Doubles of workspace of array_weights and block_correlation.
inline int64_t array_weights_size(int64_t n_samples, int64_t p, int64_t n_factors) {
  int64_t padded = (n_samples + 7) / 8 * 8, stride = (n_factors + 7) / 8 * 8;
  return (p + 6) * padded + 2 * p * p + 2 * stride + 2 * stride * stride + 64;
}
inline int64_t block_correlation_size(int64_t n_samples, int64_t p, int64_t n_blocks) {
  int64_t padded = (n_samples + 7) / 8 * 8;
  return (p + n_blocks + 4) * padded + 2 * p * p + 4 * n_blocks + 64;
}

// Doubles of workspace of the other kernels above.
inline int64_t linear_workspace_size(int64_t n_samples, int64_t p, int64_t n_blocks) {
  int64_t padded = (n_samples + 7) / 8 * 8;
  return (2 * p + 6) * padded + 6 * (p + 2) * (p + 2) + 4 * n_blocks + 512;
}

}  // namespace fw
