// Bindings of quasi-likelihood and local regression: argument checks, outputs, the loop over genes.
#include "binding.hpp"

using namespace fw;

static const QuasiTable& quasi_kernels() { return *tier().quasi; }

static void check_length(const Array<double>& a, int64_t n, const char* name) {
  if (a.ndim() != 1 || (int64_t)a.shape(0) != n) refuse(std::string(name) + ": wrong shape");
}
static void check_rows(const Array<double>& a, const Counts& c, const char* name) {
  if (a.ndim() != 2 || (int64_t)a.shape(0) != c.n_genes || (int64_t)a.shape(1) != c.n_samples) refuse(std::string(name) + ": wrong shape");
  require_above(a, 0.0, true, name);
}

static nb::tuple moments(Array<double> mean, Array<double> dispersion, int n_threads) {
  const int64_t n = (int64_t)mean.size();
  check_length(mean, n, "mean");
  check_length(dispersion, n, "dispersion");
  require_above(mean, 0.0, false, "mean");
  require_above(dispersion, 0.0, true, "dispersion");
  auto expectation = fresh<double>({(size_t)n});
  auto variance = fresh<double>({(size_t)n});
  {
    nb::gil_scoped_release release;
    parallel_for(n, threads_argument(n_threads), 16, [&](int64_t begin, int64_t end, int) {
      quasi_kernels().deviance_moments(mean.data() + begin, dispersion.data() + begin, expectation.data + begin, variance.data + begin, end - begin);
    });
  }
  return nb::make_tuple(expectation.object, variance.object);
}

static nb::tuple nb_quasi(nb::object counts, Array<double> mu, Array<double> X, Array<double> dispersion, double scale,
                          OptArray<double> weights, OptArray<double> table, double origin, double per_unit, int64_t first_panel,
                          OptArray<double> alpha, OptArray<double> kappa, int n_threads) {
  CountsHolder c = read_counts_argument(counts);
  DesignHolder d = prepare_design(X);
  const int64_t G = c.view.n_genes, N = c.view.n_samples;
  if ((int64_t)d.rows.size() != N * d.view.p) refuse("design and counts: different numbers of samples");
  check_rows(mu, c.view, "mu");
  check_length(dispersion, G, "dispersion");
  require_above(dispersion, 0.0, true, "dispersion");
  if (!(scale > 0.0 && std::isfinite(scale))) refuse("scale must be positive and finite");
  if (weights) check_rows(*weights, c.view, "weights");
  if ((alpha && kappa) == (bool)table || (bool)alpha != (bool)kappa) refuse("either a table, or alpha and kappa");
  QuasiArgs a{};
  if (table) {
    if (table->ndim() != 3 || table->shape(0) < 1 || table->shape(1) < 1 || table->shape(2) != 2) refuse("table: (n_panels, order, 2)");
    require_above(*table, -INFINITY, false, "table");
    if (!(std::isfinite(origin) && per_unit > 0.0 && std::isfinite(per_unit))) refuse("table: origin and per_unit must be finite");
    a.table = {table->data(), (int64_t)table->shape(0), (int)table->shape(1), origin, per_unit, first_panel};
  } else {
    check_rows(*alpha, c.view, "alpha");
    check_rows(*kappa, c.view, "kappa");
    a.alpha = alpha->data();
    a.kappa = kappa->data();
  }
  a.counts = c.view; a.mu = mu.data(); a.design = d.view; a.dispersion = dispersion.data(); a.scale = scale;
  a.weights = weights ? weights->data() : nullptr;
  auto deviance = fresh<double>({(size_t)G});
  auto df = fresh<double>({(size_t)G});
  a.deviance = deviance.data;
  a.df = df.data;
  {
    nb::gil_scoped_release release;
    const int threads = threads_argument(n_threads);
    Workspaces work(threads, quasi_workspace_size(N, d.view.p));
    parallel_for(G, threads, chunk_of(N), [&](int64_t begin, int64_t end, int t) { quasi_kernels().quasi(a, begin, end, work.blocks[t]); });
  }
  return nb::make_tuple(deviance.object, df.object);
}

static nb::object local_lines(Array<double> x, Array<double> y, Array<double> weights, Array<int32_t> at, Array<int32_t> first,
                              Array<int32_t> last, Array<double> bandwidth, double near, double far, double min_bandwidth,
                              double min_spread, bool normalize, int n_threads) {
  const int64_t n = (int64_t)x.size(), k = (int64_t)at.size();
  check_length(x, n, "x");
  check_length(y, n, "y");
  check_length(weights, n, "weights");
  check_length(bandwidth, k, "bandwidth");
  require_above(x, -INFINITY, false, "x");
  require_above(y, -INFINITY, false, "y");
  require_above(weights, 0.0, true, "weights");
  require_above(bandwidth, 0.0, true, "bandwidth");
  if (at.ndim() != 1 || first.ndim() != 1 || last.ndim() != 1 || (int64_t)first.size() != k || (int64_t)last.size() != k) refuse("windows: wrong shape");
  for (int64_t i = 0; i < k; ++i)
    if (at.data()[i] < 0 || at.data()[i] >= n || first.data()[i] < 0 || first.data()[i] > last.data()[i] || last.data()[i] > n) refuse("windows: outside the points");
  auto fit = fresh<double>({(size_t)k});
  LocalLinesArgs a{x.data(), y.data(), weights.data(), at.data(), first.data(), last.data(), bandwidth.data(), near, far, min_bandwidth, min_spread, normalize, fit.data};
  {
    nb::gil_scoped_release release;
    parallel_for(k, threads_argument(n_threads), 8, [&](int64_t begin, int64_t end, int) { quasi_kernels().local_lines(a, begin, end); });
  }
  return fit.object;
}

static nb::object f_log_density(Array<double> x, Array<double> half_df, Array<double> scale, double q, double log_gamma_q) {
  const int64_t n = (int64_t)x.size();
  check_length(x, n, "x");
  check_length(half_df, n, "half_df");
  if (scale.ndim() != 1 || ((int64_t)scale.size() != n && scale.size() != 1)) refuse("scale: wrong shape");
  require_above(x, 0.0, true, "x");
  require_above(half_df, 0.0, false, "half_df");
  require_above(scale, 0.0, false, "scale");
  if (!(q > 0.0 && std::isfinite(q) && std::isfinite(log_gamma_q))) refuse("q must be positive and finite");
  auto density = fresh<double>({(size_t)n});
  FDensityArgs a{x.data(), half_df.data(), scale.data(), scale.size() == 1, q, log_gamma_q, density.data};
  {
    nb::gil_scoped_release release;
    quasi_kernels().f_density(a, 0, n);
  }
  return density.object;
}

void bind_quasi(nb::module_& m) {
  m.def("f_log_density", &f_log_density, nb::arg("x").noconvert(), nb::arg("half_df").noconvert(), nb::arg("scale").noconvert(),
        nb::arg("q"), nb::arg("log_gamma_q"));
  m.def("nb_deviance_moments", &moments, nb::arg("mean").noconvert(), nb::arg("dispersion").noconvert(), nb::arg("n_threads") = 1);
  m.def("nb_quasi", &nb_quasi, nb::arg("counts"), nb::arg("mu").noconvert(), nb::arg("design").noconvert(), nb::arg("dispersion").noconvert(),
        nb::arg("scale"), nb::arg("weights").noconvert().none(), nb::arg("table").noconvert().none(), nb::arg("origin"), nb::arg("per_unit"), nb::arg("first_panel"),
        nb::arg("alpha").noconvert().none() = nb::none(), nb::arg("kappa").noconvert().none() = nb::none(), nb::arg("n_threads") = 1);
  m.def("local_lines", &local_lines, nb::arg("x").noconvert(), nb::arg("y").noconvert(), nb::arg("weights").noconvert(), nb::arg("at").noconvert(),
        nb::arg("first").noconvert(), nb::arg("last").noconvert(), nb::arg("bandwidth").noconvert(), nb::arg("near"), nb::arg("far"),
        nb::arg("min_bandwidth"), nb::arg("min_spread"), nb::arg("normalize"), nb::arg("n_threads") = 1);
}
