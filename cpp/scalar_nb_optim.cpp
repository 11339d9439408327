// Genes whose IRLS did not converge: L-BFGS-B on the log2 coefficients. DESeq2 specification, section 8.6.
#include "optim.hpp"

#include <algorithm>
#include <cmath>

#include "lbfgsb.hpp"
#include "nb_density.hpp"
#include "parallel.hpp"
#include "sandwich.hpp"

namespace fw {
namespace {

constexpr double NOT_FINITE = 1e300;      // value of the objective where the likelihood is not finite
constexpr double DIFFERENCE_STEP = 1e-3;  // of the numerical gradient

// Log-likelihood of one gene; the part that the mean does not change is computed once.
class NbLikelihood {
 public:
  explicit NbLikelihood(const GeneRow& gene) : gene_(gene), saturated_(gene.n) {
    for (int j = 0; j < gene.n; ++j) saturated_[j] = nb_saturated(gene.counts[j], gene.alpha);
  }
  // beta: p coefficients, natural log; mean floored at min_mu.
  double value(const double* beta, double min_mu) const {
    CompensatedSum s;
    for (int j = 0; j < gene_.n; ++j) {
      double mu = gene_.factors[j] * FW_NS::exp1(gene_.eta(j, beta));
      if (mu < min_mu) mu = min_mu;
      s.add(gene_.weight(j) * (saturated_[j] - nb_half_deviance(gene_.counts[j], mu, gene_.alpha)));
    }
    return s.value();
  }

 private:
  const GeneRow& gene_;
  Values saturated_;
};

// Minus log posterior of one gene; x: p coefficients, log2.
class NbPosterior : public Objective {
 public:
  NbPosterior(const NbLikelihood& likelihood, const double* ridge, double bound, int p)
      : likelihood_(likelihood), ridge_(ridge), bound_(bound), constant_(0.0), p_(p), shifted_(p), beta_(p) {
    for (int k = 0; k < p; ++k) constant_ += 0.5 * FW_NS::log1(ridge[k]) - FW_NS::HALF_LOG_2PI;
  }

  double evaluate(const double* x, double* gradient) override {
    const double f = value(x);
    for (int k = 0; gradient && k < p_; ++k) {
      shifted_.assign(x, x + p_);
      const double up = std::min(x[k] + DIFFERENCE_STEP, bound_), down = std::max(x[k] - DIFFERENCE_STEP, -bound_);
      const double step_up = up < bound_ ? DIFFERENCE_STEP : up - x[k];
      const double step_down = down > -bound_ ? DIFFERENCE_STEP : x[k] - down;
      shifted_[k] = up;
      const double f_up = value(shifted_.data());
      shifted_[k] = down;
      gradient[k] = (f_up - value(shifted_.data())) / (step_up + step_down);
    }
    return f;
  }

 private:
  double value(const double* x) {
    double prior = constant_;
    for (int k = 0; k < p_; ++k) {
      beta_[k] = x[k] * FW_NS::LN2;
      prior -= 0.5 * ridge_[k] * x[k] * x[k];
    }
    const double s = likelihood_.value(beta_.data(), 0.0) + prior;
    return std::fabs(s) < FW_NS::infinity() ? -s : NOT_FINITE;
  }

  const NbLikelihood& likelihood_;
  const double* ridge_;
  double bound_, constant_;
  int p_;
  Values shifted_, beta_;
};

void fit_gene(const NbOptimArgs& args, const GeneRow& gene, int64_t g) {
  const int p = gene.p;
  Values x(args.start + g * p, args.start + (g + 1) * p), lower(p, -args.bound), upper(p, args.bound);
  const NbLikelihood likelihood(gene);
  NbPosterior posterior(likelihood, args.ridge_log2, args.bound, p);
  BoxSettings settings;
  settings.max_iterations = args.max_iterations;
  args.converged[g] = minimize_in_box(posterior, lower, upper, settings, x);
  Values beta(p), ridge(p), covariance;
  for (int k = 0; k < p; ++k) {
    args.beta_log2[g * p + k] = x[k];
    beta[k] = x[k] * FW_NS::LN2;
    ridge[k] = args.ridge_log2[k] / (FW_NS::LN2 * FW_NS::LN2);
  }
  args.log_likelihood[g] = likelihood.value(beta.data(), args.min_mu);
  const bool regular = sandwich(gene, beta.data(), ridge.data(), args.min_mu, covariance);
  for (int a = 0; a < p; ++a)
    for (int b = 0; b <= a; ++b)
      args.covariance[g * (p * (p + 1) / 2) + packed_index(a, b)] = regular ? covariance[a * p + b] : FW_NS::not_a_number();
}

}  // namespace

void nb_optim(const NbOptimArgs& args) {
  const GeneInput& in = args.input;
  parallel_for(in.counts.n_genes, in.n_threads, 1, [&](int64_t begin, int64_t end, int) {
    GeneReader reader(in.counts, in.factors, in.design, in.p, in.alpha, in.weights);
    for (int64_t g = begin; g < end; ++g) fit_gene(args, reader.read(g), g);
  });
}

void nb_contrast(const ContrastArgs& args) {
  const GeneInput& in = args.input;
  const int p = in.p;
  parallel_for(in.counts.n_genes, in.n_threads, chunk_of(in.counts.n_samples), [&](int64_t begin, int64_t end, int) {
    GeneReader reader(in.counts, in.factors, in.design, p, in.alpha, in.weights);
    Values covariance;
    for (int64_t g = begin; g < end; ++g) {
      const GeneRow gene = reader.read(g);
      const double* beta = args.beta + g * p;
      args.estimate[g] = dot(args.contrast, beta, p);
      double variance = FW_NS::not_a_number();
      if (sandwich(gene, beta, args.ridge, args.min_mu, covariance)) {
        variance = 0.0;
        for (int a = 0; a < p; ++a) variance += args.contrast[a] * dot(&covariance[a * p], args.contrast, p);
      }
      args.se[g] = std::sqrt(variance > 0.0 || variance != variance ? variance : 0.0);
    }
  });
}

}  // namespace fw
