// Kernels of the rare and the shrunken fits: plain pointers in, caller's arrays out. Genes are split over threads.
#pragma once
#include <cstdint>

#include "kernels.hpp"

namespace fw {

// What all of them take. G genes, N samples, p coefficients.
struct GeneInput {
  Counts counts;
  Factors factors;
  const double* design;   // N x p, row-major
  int p;
  const double* alpha;    // G
  const double* weights;  // G x N or null
  int n_threads;
};

// Maximum of the NB log-likelihood with normal priors, inside the box |beta| <= bound (log2), by L-BFGS-B.
struct NbOptimArgs {
  GeneInput input;
  const double* start;       // G x p, log2
  const double* ridge_log2;  // p, 1 / prior variance on the log2 scale
  double min_mu, bound;
  int max_iterations;
  double* beta_log2;         // G x p
  uint8_t* converged;        // G
  double* log_likelihood;    // G, at the mean floored at min_mu
  double* covariance;        // G x p(p+1)/2, natural scale, sandwich; NaN if singular
};
void nb_optim(const NbOptimArgs& args);

// Mode and curvature of the posterior with a Cauchy prior on one coefficient and normal priors on the others.
enum class CauchyStatus : int8_t { ok = 0, refitted = 1, no_sd = 2, failed = 3 };
struct CauchyMapArgs {
  GeneInput input;
  const double* start;        // G x p natural log or null: further start of the exact mode
  int coefficient;            // the shrunken one
  double prior_scale, no_shrink_scale;
  int mode;                   // 0 replay of R's path, 1 global optimum
  double* map;                // G x p natural log
  double* sd;                 // G, of the shrunken coefficient
  uint8_t* converged;         // G
  int8_t* status;             // G
};
void nb_cauchy_map(const CauchyMapArgs& args);

// Estimate and standard error of one contrast at given coefficients (natural log), mean floored at min_mu.
struct ContrastArgs {
  GeneInput input;
  const double* beta;      // G x p natural log
  const double* contrast;  // p
  const double* ridge;     // p, natural scale
  double min_mu;
  double* estimate;        // G natural log
  double* se;              // G natural log
};
void nb_contrast(const ContrastArgs& args);

}  // namespace fw
