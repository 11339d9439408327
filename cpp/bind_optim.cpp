// Python face of nb_optim, nb_cauchy_map and nb_contrast: argument checks only.
#include "binding.hpp"
#include "optim.hpp"

namespace {

using fw::refuse;
using Doubles = fw::Array<double>;
using OptDoubles = fw::OptArray<double>;

void require(bool ok, const char* sentence) {
  if (!ok) refuse(sentence);
}

bool has_shape(const Doubles& a, std::initializer_list<int64_t> shape) {
  if (a.ndim() != shape.size()) return false;
  size_t axis = 0;
  for (int64_t n : shape)
    if ((int64_t)a.shape(axis++) != n) return false;
  return true;
}

void require_finite(const Doubles& a, const char* sentence) {
  for (size_t i = 0; i < a.size(); ++i) require(std::isfinite(a.data()[i]), sentence);
}

// The arguments that all kernels of this file share, checked.
struct Arguments {
  fw::CountsHolder counts;
  fw::GeneInput input{};
  int64_t genes, samples, p;

  Arguments(nb::handle counts_in, const Doubles& factors, const Doubles& design, const Doubles& alpha,
            const OptDoubles& weights, int n_threads)
      : counts(fw::read_counts_argument(counts_in)) {
    genes = counts.view.n_genes;
    samples = counts.view.n_samples;
    require(design.ndim() == 2 && (int64_t)design.shape(0) == samples, "design must be (n_samples, n_coefficients)");
    p = design.shape(1);
    require(p >= 1 && p <= fw::MAX_COEFFICIENTS, "design: between 1 and 255 coefficients");
    require(has_shape(alpha, {genes}), "alpha must be (n_genes,)");
    require_finite(design, "design: values must be finite");
    for (size_t i = 0; i < alpha.size(); ++i)
      require(alpha.data()[i] > 0.0 && std::isfinite(alpha.data()[i]), "alpha must be positive and finite");
    if (weights) {
      require(has_shape(*weights, {genes, samples}), "weights must be (n_genes, n_samples)");
      for (size_t i = 0; i < weights->size(); ++i)
        require(weights->data()[i] >= 0.0 && std::isfinite(weights->data()[i]), "weights must be finite and not negative");
    }
    input = {counts.view, fw::factors_argument(factors, counts.view), design.data(), (int)p, alpha.data(),
             weights ? weights->data() : nullptr, fw::threads_argument(n_threads)};
  }
};

template <class T> nb::object output(std::initializer_list<size_t> shape, T** pointer) {
  fw::Fresh<T> made = fw::fresh<T>(shape);
  *pointer = made.data;
  return made.object;
}

nb::dict nb_optim(nb::object counts, Doubles factors, Doubles design, Doubles alpha, Doubles start_log2, Doubles ridge_log2,
                  OptDoubles weights, double min_mu, double bound, int max_iterations, int n_threads) {
  const Arguments a(counts, factors, design, alpha, weights, n_threads);
  require(has_shape(start_log2, {a.genes, a.p}), "start_log2 must be (n_genes, n_coefficients)");
  require(has_shape(ridge_log2, {a.p}), "ridge_log2 must be (n_coefficients,)");
  require_finite(start_log2, "start_log2");
  for (int64_t k = 0; k < a.p; ++k) require(ridge_log2.data()[k] > 0.0, "ridge_log2 must be positive");
  fw::NbOptimArgs args{a.input, start_log2.data(), ridge_log2.data(), min_mu, bound, max_iterations, {}, {}, {}, {}};
  nb::dict out;
  const size_t g = a.genes, p = a.p;
  out["beta_log2"] = output({g, p}, &args.beta_log2);
  out["converged"] = output({g}, &args.converged);
  out["log_likelihood"] = output({g}, &args.log_likelihood);
  out["covariance"] = output({g, p * (p + 1) / 2}, &args.covariance);
  {
    nb::gil_scoped_release release;
    fw::nb_optim(args);
  }
  return out;
}

nb::dict nb_cauchy_map(nb::object counts, Doubles factors, Doubles design, Doubles alpha, int64_t coef, double prior_scale,
                       double no_shrink_scale, OptDoubles weights, OptDoubles start, int mode,
                       int n_threads) {
  const Arguments a(counts, factors, design, alpha, weights, n_threads);
  require(coef >= 0 && coef < a.p, "coef is not a column of the design");
  require(prior_scale > 0.0 && no_shrink_scale > 0.0, "prior scales must be positive");
  require(mode == 0 || mode == 1, "mode must be 0 (parity) or 1 (exact)");
  if (start) require(has_shape(*start, {a.genes, a.p}), "start must be (n_genes, n_coefficients)");
  fw::CauchyMapArgs args{a.input, start ? start->data() : nullptr, (int)coef, prior_scale, no_shrink_scale, mode, {}, {}, {}, {}};
  nb::dict out;
  const size_t g = a.genes, p = a.p;
  out["map"] = output({g, p}, &args.map);
  out["sd"] = output({g}, &args.sd);
  out["converged"] = output({g}, &args.converged);
  out["status"] = output({g}, &args.status);
  {
    nb::gil_scoped_release release;
    fw::nb_cauchy_map(args);
  }
  return out;
}

nb::dict nb_contrast(nb::object counts, Doubles factors, Doubles design, Doubles beta, Doubles alpha, Doubles contrast, Doubles ridge,
                     OptDoubles weights, double min_mu, int n_threads) {
  const Arguments a(counts, factors, design, alpha, weights, n_threads);
  require(has_shape(beta, {a.genes, a.p}), "beta must be (n_genes, n_coefficients)");
  require(has_shape(contrast, {a.p}), "contrast must be (n_coefficients,)");
  require(has_shape(ridge, {a.p}), "ridge must be (n_coefficients,)");
  fw::ContrastArgs args{a.input, beta.data(), contrast.data(), ridge.data(), min_mu, {}, {}};
  nb::dict out;
  out["estimate"] = output({(size_t)a.genes}, &args.estimate);
  out["se"] = output({(size_t)a.genes}, &args.se);
  {
    nb::gil_scoped_release release;
    fw::nb_contrast(args);
  }
  return out;
}

}  // namespace

void bind_optim(nb::module_& m) {
  using namespace nb::literals;
  m.def("nb_optim", &nb_optim, "counts"_a, "factors"_a, "design"_a, "alpha"_a, "start_log2"_a, "ridge_log2"_a,
        "weights"_a = nb::none(), nb::kw_only(), "min_mu"_a, "bound"_a, "max_iterations"_a, "n_threads"_a = 1,
        "Maximum of the NB likelihood with normal priors in a box of log2 coefficients, by L-BFGS-B.");
  m.def("nb_cauchy_map", &nb_cauchy_map, "counts"_a, "factors"_a, "design"_a, "alpha"_a, "coef"_a, "prior_scale"_a,
        "no_shrink_scale"_a, "weights"_a = nb::none(), "start"_a = nb::none(), "mode"_a = 0, "n_threads"_a = 1,
        "Posterior mode and standard deviation with a Cauchy prior on one coefficient.");
  m.def("nb_contrast", &nb_contrast, "counts"_a, "factors"_a, "design"_a, "beta"_a, "alpha"_a, "contrast"_a, "ridge"_a,
        "weights"_a = nb::none(), nb::kw_only(), "min_mu"_a, "n_threads"_a = 1,
        "Estimate and standard error (natural log) of a contrast at given coefficients.");
}
