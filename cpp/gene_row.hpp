// One gene as the scalar optimizers see it: plain rows of doubles and the design, samples in order.
//
// N samples, p coefficients. Counts may be dense or CSR, factors one per sample or one per gene and sample.
#pragma once
#ifndef FW_NS
#define FW_NS fw_scalar
#endif
#include <cstdint>
#include <vector>

#include "kernels.hpp"
#include "special.hpp"

namespace fw {

// Counts, natural-scale factors and their logs of one gene, each of n values; weights (n) or null.
struct GeneRow {
  int n, p;
  const double* counts;
  const double* factors;
  const double* log_factors;
  const double* weights;
  const double* design;  // n x p, row-major
  double alpha;

  double weight(int j) const { return weights ? weights[j] : 1.0; }
  // Linear predictor of sample j on the scale of beta.
  double eta(int j, const double* beta) const {
    double s = 0.0;
    for (int k = 0; k < p; ++k) s += design[(int64_t)j * p + k] * beta[k];
    return s;
  }
};

// The rows of a call; each thread holds one reader. alpha: G; design: N x p row-major; weights: G x N or null.
class GeneReader {
 public:
  GeneReader(const Counts& counts, const Factors& factors, const double* design, int p, const double* alpha,
             const double* weights)
      : counts_(counts), factors_(factors), design_(design), p_(p), alpha_(alpha), weights_(weights),
        row_(counts.n_samples), factor_(counts.n_samples), log_factor_(counts.n_samples) {
    if (!factors.per_gene) load_factors(factors.values);
  }

  GeneRow read(int64_t gene) {
    load_counts(gene);
    const int64_t n = counts_.n_samples;
    if (factors_.per_gene) load_factors(factors_.values + gene * n);
    return {(int)n, p_, row_.data(), factor_.data(), log_factor_.data(), weights_ ? weights_ + gene * n : nullptr,
            design_, alpha_[gene]};
  }

 private:
  void load_factors(const double* values) {
    for (size_t j = 0; j < factor_.size(); ++j) {
      factor_[j] = values[j];
      log_factor_[j] = FW_NS::log1(values[j]);
    }
  }
  template <class T> void load_dense(int64_t gene) {
    const T* source = static_cast<const T*>(counts_.data) + gene * counts_.n_samples;
    for (size_t j = 0; j < row_.size(); ++j) row_[j] = (double)source[j];
  }
  template <class T> void load_sparse(int64_t gene) {
    const T* source = static_cast<const T*>(counts_.data);
    for (double& value : row_) value = 0.0;
    for (int64_t k = counts_.indptr[gene]; k < counts_.indptr[gene + 1]; ++k) row_[counts_.indices[k]] = (double)source[k];
  }
  void load_counts(int64_t gene) {
    switch (counts_.kind) {
      case CountKind::int32: return load_dense<int32_t>(gene);
      case CountKind::float64: return load_dense<double>(gene);
      case CountKind::csr_int32: return load_sparse<int32_t>(gene);
      case CountKind::csr_float64: return load_sparse<double>(gene);
    }
  }

  Counts counts_;
  Factors factors_;
  const double* design_;
  int p_;
  const double* alpha_;
  const double* weights_;
  std::vector<double> row_, factor_, log_factor_;
};

}  // namespace fw
