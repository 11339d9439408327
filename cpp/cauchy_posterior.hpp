// Posterior of one gene's coefficients (natural log): NB likelihood, Cauchy prior on one, normal priors on the others.
// Zhu, Ibrahim, Love 2019 (Bioinformatics 35:2084); DESeq2 specification, section 16.2.
#pragma once
#include <cmath>

#include "gene_row.hpp"
#include "objective.hpp"
#include "small_matrix.hpp"

namespace fw {

struct CauchyPrior {
  int coefficient;         // of the Cauchy prior
  double scale;            // of the Cauchy prior
  double no_shrink_scale;  // sd of the others
};

// evaluate: minus log posterior (terms with beta only) / divisor + shift, and its gradient / divisor.
class CauchyPosterior : public Objective {
 public:
  CauchyPosterior(const GeneRow& gene, const CauchyPrior& prior) : gene_(gene), prior_(prior), r_(1.0 / gene.alpha) {}
  double divisor = 1.0, shift = 0.0;

  double evaluate(const double* beta, double* gradient) override {
    const int p = gene_.p;
    if (gradient) for (int k = 0; k < p; ++k) gradient[k] = 0.0;
    double log_likelihood = 0.0;
    for (int j = 0; j < gene_.n; ++j) {
      const double w = gene_.weight(j), y = gene_.counts[j], eta = gene_.eta(j, beta);
      const double mu = FW_NS::exp1(eta + gene_.log_factors[j]);
      log_likelihood += w * (y * eta - (y + r_) * FW_NS::log1(r_ + mu));
      if (!gradient) continue;
      const double ratio = mu < FW_NS::infinity() ? mu / (r_ + mu) : 1.0;
      const double residual = w * (y - (y + r_) * ratio);
      for (int k = 0; k < p; ++k) gradient[k] -= residual * gene_.design[(int64_t)j * p + k];
    }
    double log_prior = 0.0;
    const double square = prior_.scale * prior_.scale, variance = prior_.no_shrink_scale * prior_.no_shrink_scale;
    for (int k = 0; k < p; ++k) {
      const double b = beta[k];
      const bool shrunk = k == prior_.coefficient;
      log_prior -= shrunk ? FW_NS::log1p1(b * b / square) : b * b / (2.0 * variance);
      if (gradient) gradient[k] = (gradient[k] + (shrunk ? 2.0 * b / (square + b * b) : b / variance)) / divisor;
    }
    return (-log_likelihood - log_prior) / divisor + shift;
  }

  // Exact Hessian of minus log posterior (p x p). bounded: the Cauchy term by its positive quadratic bound at beta.
  void hessian(const double* beta, bool bounded, Values& h) const {
    const int p = gene_.p;
    h.assign(p * p, 0.0);
    for (int j = 0; j < gene_.n; ++j) {
      const double mu = FW_NS::exp1(gene_.eta(j, beta) + gene_.log_factors[j]);
      const double ratio = mu < FW_NS::infinity() ? mu / (r_ + mu) : 1.0;
      const double w = gene_.weight(j) * (gene_.counts[j] + r_) * ratio * (1.0 - ratio);
      const double* x = gene_.design + (int64_t)j * p;
      for (int a = 0; a < p; ++a)
        for (int b = 0; b <= a; ++b) h[a * p + b] += w * x[a] * x[b];
    }
    for (int a = 0; a < p; ++a)
      for (int b = 0; b < a; ++b) h[b * p + a] = h[a * p + b];
    const double square = prior_.scale * prior_.scale;
    for (int k = 0; k < p; ++k) {
      if (k != prior_.coefficient) {
        h[k * p + k] += 1.0 / (prior_.no_shrink_scale * prior_.no_shrink_scale);
        continue;
      }
      const double b2 = beta[k] * beta[k], sum = square + b2;
      h[k * p + k] += bounded ? 2.0 / sum : 2.0 * (square - b2) / (sum * sum);
    }
  }

 private:
  const GeneRow& gene_;
  CauchyPrior prior_;
  double r_;
};

}  // namespace fw
