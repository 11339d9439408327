// Shrinkage by the mode of a posterior with a Cauchy prior: replay of R's path, or the global mode.
// Zhu, Ibrahim, Love 2019; DESeq2 specification, sections 16.3 and 16.4.
#include <algorithm>
#include <cmath>

#include "bfgs.hpp"
#include "cauchy_posterior.hpp"
#include "lbfgs.hpp"
#include "optim.hpp"
#include "parallel.hpp"

namespace fw {
namespace {

constexpr double START = 0.1;              // coefficients of the two starts: +, -, +, ... and -, +, -, ...
constexpr double AGREEMENT = 0.01;         // of the two answers
constexpr double OBJECTIVE_SHIFT = 10.0;   // added to the scaled objective; loosens the relative stop rule
constexpr double HESSIAN_STEP = 1e-3;
constexpr int MAX_NEWTON = 200;
constexpr double NEAR_MODE = 1e-7;         // Newton decrement, squared distance in standard deviations
constexpr int LAST_STEPS = 2;              // full steps from there: the error is squared by each

struct Fit {
  Values beta;
  double sd;
  bool converged;
  CauchyStatus status;
};

bool all_finite(const Values& v) {
  return std::all_of(v.begin(), v.end(), [](double x) { return std::fabs(x) <= 1.7e308; });
}

// Variances from the inverse Hessian (p x p); false if one is not positive.
bool variances(const Values& hessian, int p, Values& out) {
  Values inverse(p * p);
  out.assign(p, FW_NS::not_a_number());
  if (!invert(hessian.data(), inverse.data(), p)) return false;
  bool positive = true;
  for (int k = 0; k < p; ++k) {
    out[k] = inverse[k * p + k];
    positive = positive && out[k] > 0.0;
  }
  return positive;
}

// Central differences of the gradient of the unscaled minus log posterior, symmetrized.
Values numeric_hessian(CauchyPosterior& posterior, const Values& beta) {
  const int p = (int)beta.size();
  posterior.divisor = 1.0;
  posterior.shift = 0.0;
  Values h(p * p), up(p), down(p), x = beta;
  for (int k = 0; k < p; ++k) {
    x[k] = beta[k] + HESSIAN_STEP;
    posterior.evaluate(x.data(), up.data());
    x[k] = beta[k] - HESSIAN_STEP;
    posterior.evaluate(x.data(), down.data());
    x[k] = beta[k];
    for (int a = 0; a < p; ++a) h[k * p + a] = (up[a] - down[a]) / (2.0 * HESSIAN_STEP);
  }
  for (int a = 0; a < p; ++a)
    for (int b = 0; b < a; ++b) h[a * p + b] = h[b * p + a] = 0.5 * (h[a * p + b] + h[b * p + a]);
  return h;
}

// Start of the second attempt: log of the mean raw count of the samples with only an intercept, then -1, +1, ...
Values second_start(const GeneRow& gene) {
  double sum_all = 0.0, sum_base = 0.0;
  int n_base = 0;
  for (int j = 0; j < gene.n; ++j) {
    const double* x = gene.design + (int64_t)j * gene.p;
    const bool base = x[0] == 1.0 && std::all_of(x + 1, x + gene.p, [](double v) { return v == 0.0; });
    sum_all += gene.counts[j];
    if (base) sum_base += gene.counts[j];
    n_base += base;
  }
  const double mean = n_base > 0 ? sum_base / n_base : sum_all / gene.n;
  Values start(gene.p);
  for (int k = 1; k < gene.p; ++k) start[k] = k % 2 ? -1.0 : 1.0;
  start[0] = FW_NS::log1(mean);
  return start;
}

Values starting_point(int p, double first) {
  Values x(p);
  for (int k = 0; k < p; ++k) x[k] = k % 2 ? -first : first;
  return x;
}

Fit replay(const GeneRow& gene, CauchyPosterior& posterior, int coefficient) {
  const int p = gene.p;
  const Values zero(p, 0.0);
  const double at_zero = posterior.evaluate(zero.data(), nullptr);
  posterior.divisor = at_zero > 1.0 ? at_zero : 1.0;
  posterior.shift = OBJECTIVE_SHIFT;
  Values a = starting_point(p, START), b = starting_point(p, -START);
  bool converged = minimize_lbfgs(posterior, {}, a);
  converged = minimize_lbfgs(posterior, {}, b) && converged;
  if (!all_finite(a)) {
    a = second_start(gene);
    converged = minimize_lbfgs(posterior, {}, a) && converged;
  }
  for (int k = 0; k < p; ++k) converged = converged && std::fabs(a[k] - b[k]) <= AGREEMENT;
  Values variance;
  if (all_finite(a) && converged && variances(numeric_hessian(posterior, a), p, variance))
    return {a, std::sqrt(variance[coefficient]), true, CauchyStatus::ok};
  // BFGS from the first answer, on the unscaled objective moved to -1 at its start.
  posterior.divisor = 1.0;
  posterior.shift = 0.0;
  posterior.shift = -posterior.evaluate(a.data(), nullptr) - 1.0;
  if (!all_finite(a) || !minimize_bfgs(posterior, a))
    return {Values(p, FW_NS::not_a_number()), FW_NS::not_a_number(), converged, CauchyStatus::failed};
  if (variances(numeric_hessian(posterior, a), p, variance))
    return {a, std::sqrt(variance[coefficient]), converged, CauchyStatus::refitted};
  return {a, FW_NS::not_a_number(), converged, CauchyStatus::no_sd};
}

// Newton's method with a positive Hessian and step halving; all terms but the Cauchy one are convex. Returns the value.
double newton(CauchyPosterior& posterior, Values& x) {
  const int p = (int)x.size();
  Values g(p), h, step(p), next(p);
  double value = posterior.evaluate(x.data(), g.data());
  for (int iteration = 0, n_last = 0; iteration < MAX_NEWTON && n_last < LAST_STEPS; ++iteration) {
    posterior.hessian(x.data(), false, h);
    if (!cholesky_upper(h.data(), p, p)) {
      posterior.hessian(x.data(), true, h);
      if (!cholesky_upper(h.data(), p, p)) return value;
    }
    step = g;
    solve_transposed(h.data(), step.data(), p, p);
    solve_upper(h.data(), step.data(), p, p);
    const double decrement = dot(step.data(), g.data(), p);
    const bool near = decrement < NEAR_MODE;  // differences of the value are rounding from here on
    double size = 1.0;
    for (int halving = 0; halving < 60; ++halving, size *= 0.5) {
      for (int k = 0; k < p; ++k) next[k] = x[k] - size * step[k];
      if (near || posterior.evaluate(next.data(), nullptr) <= value - 1e-4 * size * decrement) break;
    }
    n_last += near;
    x = next;
    value = posterior.evaluate(x.data(), g.data());
  }
  return value;
}

// Lower of the modes reached from zero (intercept at the log mean) and from `start` (else the two usual starts).
Fit global_mode(const GeneRow& gene, CauchyPosterior& posterior, int coefficient, const double* start) {
  const int p = gene.p;
  Values zero(p, 0.0);
  double mean = 0.0;
  for (int j = 0; j < gene.n; ++j) mean += gene.counts[j] / gene.factors[j] / gene.n;
  zero[0] = FW_NS::log1(mean);
  std::vector<Values> starts{zero};
  if (start) starts.emplace_back(start, start + p);
  if (!start || !all_finite(starts.back())) {
    starts.push_back(starting_point(p, START));
    starts.push_back(starting_point(p, -START));
  }
  Values best;
  double lowest = FW_NS::infinity();
  for (Values& x : starts) {
    if (!all_finite(x)) continue;
    const double value = newton(posterior, x);
    if (value < lowest && all_finite(x)) {
      lowest = value;
      best = x;
    }
  }
  if (best.empty()) return {Values(p, FW_NS::not_a_number()), FW_NS::not_a_number(), false, CauchyStatus::failed};
  Values h, variance;
  posterior.hessian(best.data(), false, h);
  if (!variances(h, p, variance)) return {best, FW_NS::not_a_number(), true, CauchyStatus::no_sd};
  return {best, std::sqrt(variance[coefficient]), true, CauchyStatus::ok};
}

}  // namespace

void nb_cauchy_map(const CauchyMapArgs& args) {
  const GeneInput& in = args.input;
  const int p = in.p, coefficient = args.coefficient;
  const CauchyPrior prior{coefficient, args.prior_scale, args.no_shrink_scale};
  parallel_for(in.counts.n_genes, in.n_threads, 16, [&](int64_t begin, int64_t end, int) {
    GeneReader reader(in.counts, in.factors, in.design, p, in.alpha, in.weights);
    for (int64_t g = begin; g < end; ++g) {
      const GeneRow gene = reader.read(g);
      CauchyPosterior posterior(gene, prior);
      const double* start = args.start ? args.start + g * p : nullptr;
      const Fit fit = args.mode == 0 ? replay(gene, posterior, coefficient) : global_mode(gene, posterior, coefficient, start);
      for (int k = 0; k < p; ++k) args.map[g * p + k] = fit.beta[k];
      args.sd[g] = fit.sd;
      args.converged[g] = fit.converged;
      args.status[g] = (int8_t)fit.status;
    }
  });
}

}  // namespace fw
