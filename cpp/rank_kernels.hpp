// What the bindings hand to the kernels of ranks, group moments, projections and the tail of the beta distribution.
//
// G genes, N samples, K groups; a gene's row is contiguous. No kernel allocates.
#pragma once
#include "kernels.hpp"

namespace fw {

struct RankSumArgs {
  Counts counts;            // whole numbers or real values, any sign
  const double* factors;    // N, values are divided by them; null for none
  const int32_t* group;     // N, 0 .. K-1, or -1 for samples left out
  int n_groups;
  double* rank_sum;         // G x K outputs: sums of mid-ranks among the samples of all groups
  double* tie_term;         // G: sum of t^3 - t over ties of t values
};

struct MomentArgs {
  const double* values;     // G x N, finite
  int64_t n_samples;
  const int32_t* order;     // samples sorted by group; those left out are not in it
  const int32_t* start;     // K + 1
  int n_groups;
  double* mean;             // G x K outputs
  double* squares;          // G x K: sums of squared deviations from the mean
};

struct ProjectArgs {
  const double* values;     // G x N, finite
  int64_t n_genes, n_samples;
  const double* q;          // p x padded: orthonormal columns, 0 in the padding
  int p;
  double* projected;        // G x p outputs: inner products
  double* residual;         // G: sum of squares that the columns leave
  double* size;             // G: sum of squares of the row
};

struct RankTable {
  void (*rank_sum)(const RankSumArgs&, int64_t, int64_t, double*);
  void (*moments)(const MomentArgs&, int64_t, int64_t, double*);
  void (*project)(const ProjectArgs&, int64_t, int64_t, double*);
  void (*beta_tail)(const double* ratio, const double* a, const double* b, double* out, int64_t n);
};

}  // namespace fw
