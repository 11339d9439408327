// Covariance of a ridge-penalized NB fit: (G + R)^-1 G (G + R)^-1 with G = X'WX, w = W mu / (1 + alpha mu).
#pragma once
#include "gene_row.hpp"
#include "small_matrix.hpp"

namespace fw {

// beta: p, natural log; ridge: p, natural scale; mean floored at min_mu. covariance: p x p. False if singular.
inline bool sandwich(const GeneRow& gene, const double* beta, const double* ridge, double min_mu, Values& covariance) {
  const int p = gene.p;
  Values g(p * p, 0.0), penalized, inverse(p * p), half(p * p, 0.0);
  for (int j = 0; j < gene.n; ++j) {
    double mu = gene.factors[j] * FW_NS::exp1(gene.eta(j, beta));
    if (!(mu >= min_mu)) mu = min_mu;
    const double w = gene.weight(j) * (mu / (1.0 + gene.alpha * mu));
    const double* x = gene.design + (int64_t)j * p;
    for (int a = 0; a < p; ++a)
      for (int b = 0; b < p; ++b) g[a * p + b] += w * x[a] * x[b];
  }
  penalized = g;
  for (int a = 0; a < p; ++a) penalized[a * p + a] += ridge[a];
  if (!invert(penalized.data(), inverse.data(), p)) return false;
  covariance.assign(p * p, 0.0);
  for (int a = 0; a < p; ++a)
    for (int b = 0; b < p; ++b)
      for (int k = 0; k < p; ++k) half[a * p + b] += inverse[a * p + k] * g[k * p + b];
  for (int a = 0; a < p; ++a)
    for (int b = 0; b < p; ++b)
      for (int k = 0; k < p; ++k) covariance[a * p + b] += half[a * p + k] * inverse[k * p + b];
  return true;
}

}  // namespace fw
