// What the binding hands to the kernels of quasi-likelihood and of local regression. No kernel allocates.
//
// G genes, N samples, p columns of the design; a gene's row is contiguous.
#pragma once
#include <cstdint>

#include "kernels.hpp"

namespace fw {

// alpha and kappa of one dispersion as polynomials in t = ln mean, on panels of equal width counted from t = origin. A
// table holds some of them: a mean has the same place on its panel whichever table it is looked up in.
struct MomentTable {
  const double* coefficients;  // n_panels x (order x 2): alpha and kappa in turn, lowest power first, u in [-1, 1]
  int64_t n_panels;
  int order;                   // coefficients of a polynomial
  double origin, per_unit;     // panels per unit of t
  int64_t first_panel;         // number of the first panel of the table
};

struct QuasiArgs {
  Counts counts;
  const double* mu;            // G x N, 0 where all counts of a cell are 0
  DesignView design;           // orthonormal columns, or one-way
  const double* dispersion;    // G
  double scale;                // average quasi-dispersion psi
  const double* weights;       // G x N or null
  MomentTable table;
  const double* alpha;         // G x N or null: weights of the deviances instead of the table's
  const double* kappa;
  double* deviance;            // G, adjusted
  double* df;                  // G, adjusted
};

struct LocalLinesArgs {
  const double *x, *y, *weights;  // n; x ascending
  const int32_t* at;              // k points to fit
  const int32_t *first, *last;    // k windows [first, last)
  const double* bandwidth;        // k
  double near, far;               // the kernel is 1 up to near x bandwidth and 0 beyond far x bandwidth
  double min_bandwidth;           // the kernel is 1 everywhere in windows narrower than this
  double min_spread;              // smaller weighted sums of squares of x have no slope
  bool normalize;                 // min_spread is of weights that sum to 1
  double* fit;                    // k
};

// Log density of variances x ~ scale F(2 half, 2 q) without the terms free of q and scale; dimension: half = df1 / 2.
struct FDensityArgs {
  const double *x, *half, *scale;  // n
  bool one_scale;                  // scale has one value
  double q, log_gamma_q;
  double* density;                 // n
};

struct QuasiTable {
  void (*deviance_moments)(const double* mean, const double* dispersion, double* expectation, double* variance, int64_t n);
  void (*quasi)(const QuasiArgs&, int64_t, int64_t, double*);
  void (*local_lines)(const LocalLinesArgs&, int64_t, int64_t);
  void (*f_density)(const FDensityArgs&, int64_t, int64_t);
};

// Doubles of workspace of `quasi` for N samples and p columns.
inline int64_t quasi_workspace_size(int64_t n_samples, int64_t p) {
  int64_t padded = (n_samples + 7) / 8 * 8;
  return 12 * padded + p * padded + (p + 2) * (p + 2) + 8 * p + 256;
}

}  // namespace fw
