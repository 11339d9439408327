// Bindings of the negative binomial kernels: argument checks, outputs, the loop over genes.
#include "binding.hpp"

#include <algorithm>

using namespace fw;

static void check_vector(const Array<double>& a, int64_t n, const char* name) {
  if (a.ndim() != 1 || (int64_t)a.shape(0) != n) refuse(std::string(name) + ": wrong shape");
}
static void check_matrix(const Array<double>& a, int64_t rows, int64_t columns, const char* name) {
  if (a.ndim() != 2 || (int64_t)a.shape(0) != rows || (int64_t)a.shape(1) != columns) refuse(std::string(name) + ": wrong shape");
}
// weights: none, or finite and not negative
static const double* weights_argument(const OptArray<double>& a, int64_t rows, int64_t columns) {
  const char* name = "weights";
  if (!a) return nullptr;
  check_matrix(*a, rows, columns, name);
  require_above(*a, 0.0, true, name);
  return a->data();
}
static void check_prior(const Array<double>& mean, double variance, int64_t n) {
  check_vector(mean, n, "prior_mean");
  require_above(mean, -INFINITY, false, "prior_mean");
  if (!(variance > 0.0 && std::isfinite(variance))) refuse("prior_variance must be positive and finite");
}
static void check_samples(const DesignHolder& d, const Counts& c) {
  if ((int64_t)d.rows.size() != c.n_samples * d.view.p) refuse("design and counts: different numbers of samples");
}
// link: "linear", "log" with beta (G, p), or "matrix" with mu (G, N)
static MeanSource mean_argument(const std::string& link, const Array<double>& values, double floor, const Counts& c, int p) {
  MeanSource m{};
  m.floor = floor;
  if (link == "matrix") {
    check_matrix(values, c.n_genes, c.n_samples, "mean");
    m.link = Link::matrix;
    m.mu = values.data();
  } else {
    check_matrix(values, c.n_genes, p, "mean");
    m.link = link == "log" ? Link::log : Link::linear;
    if (link != "log" && link != "linear") refuse("link: linear, log or matrix");
    m.beta = values.data();
  }
  return m;
}

static nb::dict dispersion_search(nb::object counts, Array<double> factors, Array<double> X, Array<double> mean, const std::string& link,
                                  double min_mu, Array<double> start, OptArray<double> prior_mean, double prior_variance,
                                  OptArray<double> weights, double log_min, double log_max, double stop_below, double kappa,
                                  double armijo, double tolerance, double gate, int max_iterations, int mode, double exact_low,
                                  double exact_high, int n_threads) {
  CountsHolder c = read_whole_counts_argument(counts);
  DesignHolder d = prepare_design(X, !weights);
  check_samples(d, c.view);
  int64_t G = c.view.n_genes, N = c.view.n_samples;
  DispersionArgs a{};
  a.counts = c.view;
  a.factors = factors_argument(factors, c.view);
  a.design = d.view;
  a.mean = mean_argument(link, mean, min_mu, c.view, d.view.p);
  a.weights = weights_argument(weights, G, N);
  check_vector(start, G, "start");
  require_above(start, -INFINITY, false, "start");
  a.start = start.data();
  if (prior_mean) {
    check_prior(*prior_mean, prior_variance, G);
    a.prior_mean = prior_mean->data();
  }
  a.prior_variance = prior_variance;
  a.log_min = log_min; a.log_max = log_max; a.stop_below = stop_below; a.kappa = kappa; a.armijo = armijo;
  a.tolerance = tolerance; a.gate = gate; a.max_iterations = max_iterations; a.mode = mode;
  a.exact_low = exact_low; a.exact_high = exact_high;
  auto log_alpha = fresh<double>({(size_t)G});
  auto iterations = fresh<int32_t>({(size_t)G});
  auto value_start = fresh<double>({(size_t)G});
  auto value_end = fresh<double>({(size_t)G});
  auto status = fresh<int8_t>({(size_t)G});
  a.log_alpha = log_alpha.data; a.iterations = iterations.data; a.value_start = value_start.data; a.value_end = value_end.data; a.status = status.data;
  run_genes(a, kernels().dispersion_search, G, N, d.view.p, n_threads);
  nb::dict out;
  out["log_alpha"] = log_alpha.object;
  out["iterations"] = iterations.object;
  out["value_start"] = value_start.object;
  out["value_end"] = value_end.object;
  out["status"] = status.object;
  return out;
}

static nb::object profile_loglik(nb::object counts, Array<double> factors, Array<double> X, Array<double> mean, const std::string& link,
                                 double min_mu, Array<double> grid, OptArray<double> prior_mean, double prior_variance,
                                 OptArray<double> weights, int form, int n_threads) {
  CountsHolder c = read_whole_counts_argument(counts);
  DesignHolder d = prepare_design(X, !weights);
  check_samples(d, c.view);
  int64_t G = c.view.n_genes, N = c.view.n_samples;
  ProfileArgs a{};
  a.counts = c.view;
  a.factors = factors_argument(factors, c.view);
  a.design = d.view;
  a.mean = mean_argument(link, mean, min_mu, c.view, d.view.p);
  a.weights = weights_argument(weights, G, N);
  a.grid_per_gene = grid.ndim() == 2;
  if (a.grid_per_gene ? (int64_t)grid.shape(0) != G : grid.ndim() != 1) refuse("grid must be (n_grid,) or (n_genes, n_grid)");
  require_above(grid, -INFINITY, false, "grid");
  a.n_grid = (int)grid.shape(grid.ndim() - 1);
  a.grid = grid.data();
  if (prior_mean) { check_prior(*prior_mean, prior_variance, G); a.prior_mean = prior_mean->data(); }
  a.prior_variance = prior_variance;
  a.form = form;
  auto value = fresh<double>({(size_t)G, (size_t)a.n_grid});
  a.value = value.data;
  run_genes(a, kernels().profile_loglik, G, N, d.view.p, n_threads);
  return value.object;
}

static nb::dict start(nb::object counts, Array<double> factors, Array<double> X, Array<double> projection, double mean_inverse_size, int n_threads) {
  CountsHolder c = read_whole_counts_argument(counts);
  DesignHolder d = prepare_design(X, true);
  check_samples(d, c.view);
  int64_t G = c.view.n_genes, N = c.view.n_samples;
  std::vector<double> padded = pad_rows(projection, N, d.view.place);
  if ((int64_t)projection.shape(0) != d.view.p) refuse("projection: one row per coefficient");
  StartArgs a{};
  a.counts = c.view;
  a.factors = factors_argument(factors, c.view);
  a.design = d.view;
  a.projection = padded.data();
  a.residual_df = (double)(N - d.view.p);
  a.mean_inverse_size = mean_inverse_size;
  auto mean = fresh<double>({(size_t)G}), variance = fresh<double>({(size_t)G}), rough = fresh<double>({(size_t)G}),
       moments = fresh<double>({(size_t)G}), linear = fresh<double>({(size_t)G, (size_t)d.view.p});
  a.mean = mean.data; a.variance = variance.data; a.rough = rough.data; a.moments = moments.data; a.linear = linear.data;
  run_genes(a, kernels().start, G, N, d.view.p, n_threads);
  nb::dict out;
  out["mean"] = mean.object;
  out["variance"] = variance.object;
  out["rough"] = rough.object;
  out["moments"] = moments.object;
  out["linear_coefficients"] = linear.object;
  return out;
}

static nb::dict irls(nb::object counts, Array<double> factors, Array<double> X, Array<double> alpha, OptArray<double> start,
                     OptArray<double> projection, Array<double> ridge, OptArray<double> weights, double min_mu, double tolerance,
                     double beta_limit, int max_iterations, bool return_mu, bool return_hat, int n_threads) {
  CountsHolder c = read_whole_counts_argument(counts);
  DesignHolder d = prepare_design(X, true);
  check_samples(d, c.view);
  int64_t G = c.view.n_genes, N = c.view.n_samples;
  int p = d.view.p;
  IrlsArgs a{};
  a.counts = c.view;
  a.factors = factors_argument(factors, c.view);
  a.design = d.view;
  check_vector(alpha, G, "alpha");
  require_above(alpha, 0.0, false, "alpha");
  a.alpha = alpha.data();
  if (start) { check_matrix(*start, G, p, "start"); require_above(*start, -INFINITY, false, "start"); a.start = start->data(); }
  std::vector<double> padded;
  if (projection) {
    if ((int64_t)projection->shape(0) != p) refuse("projection: one row per coefficient");
    padded = pad_rows(*projection, N, d.view.place);
    a.projection = padded.data();
  }
  if (!a.start && !a.projection) refuse("start or projection is needed");
  check_vector(ridge, p, "ridge");
  require_above(ridge, 0.0, true, "ridge");
  a.ridge = ridge.data();
  a.weights = weights_argument(weights, G, N);
  a.min_mu = min_mu; a.tolerance = tolerance; a.beta_limit = beta_limit; a.max_iterations = max_iterations;
  size_t np = (size_t)p * (p + 1) / 2;
  auto beta = fresh<double>({(size_t)G, (size_t)p}), covariance = fresh<double>({(size_t)G, np}), log_likelihood = fresh<double>({(size_t)G}),
       deviance = fresh<double>({(size_t)G});
  auto iterations = fresh<int32_t>({(size_t)G});
  auto status = fresh<int8_t>({(size_t)G});
  a.beta = beta.data; a.covariance = covariance.data; a.log_likelihood = log_likelihood.data; a.deviance = deviance.data;
  a.iterations = iterations.data; a.status = status.data;
  nb::dict out;
  if (return_mu) { auto mu = fresh<double>({(size_t)G, (size_t)N}); a.mu = mu.data; out["mu"] = mu.object; }
  if (return_hat) { auto hat = fresh<double>({(size_t)G, (size_t)N}); a.hat = hat.data; out["hat"] = hat.object; }
  run_genes(a, kernels().irls, G, N, p, n_threads);
  out["beta"] = beta.object;
  out["covariance"] = covariance.object;
  out["log_likelihood"] = log_likelihood.object;
  out["deviance"] = deviance.object;
  out["iterations"] = iterations.object;
  out["status"] = status.object;
  return out;
}

static nb::dict cooks(nb::object counts, Array<double> factors, Array<double> X, Array<double> mean, const std::string& link,
                      Array<double> beta, Array<double> alpha, Array<double> ridge, OptArray<double> weights, double mean_floor,
                      double min_mu, Array<int32_t> cells, OptArray<uint8_t> counted, OptArray<double> hat, bool return_cooks, int n_threads) {
  CountsHolder c = read_whole_counts_argument(counts);
  DesignHolder d = prepare_design(X, true);
  check_samples(d, c.view);
  int64_t G = c.view.n_genes, N = c.view.n_samples;
  int p = d.view.p;
  CooksArgs a{};
  a.counts = c.view;
  a.factors = factors_argument(factors, c.view);
  a.design = d.view;
  a.mean = mean_argument(link, mean, mean_floor, c.view, p);
  check_matrix(beta, G, p, "beta");
  check_vector(alpha, G, "alpha");
  require_above(alpha, 0.0, false, "alpha");
  check_vector(ridge, p, "ridge");
  require_above(ridge, 0.0, true, "ridge");
  a.beta = beta.data(); a.alpha = alpha.data(); a.ridge = ridge.data();
  a.weights = weights_argument(weights, G, N);
  if (hat) { check_matrix(*hat, G, N, "hat"); a.hat = hat->data(); }
  a.min_mu = min_mu;
  if (cells.ndim() != 1 || (int64_t)cells.shape(0) != N) refuse("cells: one number per sample");
  int n_cells = 0;
  for (int64_t j = 0; j < N; ++j) {
    if (cells.data()[j] < 0 || cells.data()[j] >= N) refuse("cells: numbers from 0");
    n_cells = std::max(n_cells, cells.data()[j] + 1);
  }
  std::vector<int32_t> cell_start((size_t)n_cells + 1, 0), order((size_t)N);
  for (int64_t j = 0; j < N; ++j) ++cell_start[(size_t)cells.data()[j] + 1];
  for (int k = 0; k < n_cells; ++k) cell_start[(size_t)k + 1] += cell_start[(size_t)k];
  std::vector<int32_t> next(cell_start.begin(), cell_start.end() - 1);
  for (int64_t j = 0; j < N; ++j) order[(size_t)next[(size_t)cells.data()[j]]++] = d.view.place ? d.view.place[j] : (int32_t)j;
  std::vector<uint8_t> in_three((size_t)N, 0);
  for (int64_t j = 0; j < N; ++j) {
    int k = cells.data()[j];
    in_three[(size_t)j] = cell_start[(size_t)k + 1] - cell_start[(size_t)k] >= 3;
    if (in_three[(size_t)j]) a.any_cell_of_three = true;
  }
  a.order = order.data(); a.cell_start = cell_start.data(); a.n_cells = n_cells; a.counted = in_three.data();
  if (counted) {
    if (counted->ndim() != 1 || (int64_t)counted->shape(0) != N) refuse("counted: one value per sample");
    a.counted = counted->data();
  }
  auto max_cooks = fresh<double>({(size_t)G}), max_all = fresh<double>({(size_t)G});
  a.max_all = max_all.data;
  auto arg_max = fresh<int32_t>({(size_t)G}), n_larger = fresh<int32_t>({(size_t)G});
  a.max_cooks = max_cooks.data; a.arg_max = arg_max.data; a.n_larger = n_larger.data;
  nb::dict out;
  if (return_cooks) { auto all = fresh<double>({(size_t)G, (size_t)N}); a.cooks = all.data; out["cooks"] = all.object; }
  run_genes(a, kernels().cooks, G, N, p, n_threads);
  out["max"] = max_cooks.object;
  out["max_all"] = max_all.object;
  out["argmax"] = arg_max.object;
  out["n_larger"] = n_larger.object;
  return out;
}

static nb::dict row_summaries(nb::object counts, Array<double> factors, OptArray<double> weights, int n_threads) {
  CountsHolder c = read_counts_argument(counts);
  int64_t G = c.view.n_genes, N = c.view.n_samples;
  SummaryArgs a{};
  a.counts = c.view;
  a.factors = factors_argument(factors, c.view);
  a.weights = weights_argument(weights, G, N);
  auto mean = fresh<double>({(size_t)G}), variance = fresh<double>({(size_t)G}), sum_log = fresh<double>({(size_t)G}), max = fresh<double>({(size_t)G});
  auto n_zero = fresh<int32_t>({(size_t)G}), n_positive = fresh<int32_t>({(size_t)G});
  a.mean = mean.data; a.variance = variance.data; a.sum_log = sum_log.data; a.max = max.data; a.n_zero = n_zero.data; a.n_positive = n_positive.data;
  run_genes(a, kernels().row_summaries, G, N, 1, n_threads);
  nb::dict out;
  out["mean"] = mean.object;
  out["variance"] = variance.object;
  out["sum_log"] = sum_log.object;
  out["n_zero"] = n_zero.object;
  out["n_positive"] = n_positive.object;
  out["max"] = max.object;
  return out;
}

// exp of the median over genes of ln K - g, of each sample; genes with finite g and positive count. NaN where there is none.
static nb::object column_medians(nb::object counts, Array<double> log_geomeans, OptArray<double> control, int n_threads) {
  CountsHolder c = read_counts_argument(counts);
  int64_t G = c.view.n_genes, N = c.view.n_samples;
  check_vector(log_geomeans, G, "log_geomeans");
  if (control) check_vector(*control, G, "control");
  std::vector<int64_t> rows;
  for (int64_t i = 0; i < G; ++i)
    if (std::isfinite(log_geomeans.data()[i]) && (!control || control->data()[i] > 0)) rows.push_back(i);
  auto out = fresh<double>({(size_t)N});
  {
    nb::gil_scoped_release release;
    const double* g = log_geomeans.data();
    // Columns are gathered a few at a time, so that rows are read in order.
    constexpr int64_t TILE = 16;
    parallel_for((N + TILE - 1) / TILE, threads_argument(n_threads), 1, [&](int64_t begin, int64_t end, int) {
      const Counts& v = c.view;
      // each column has room for all rows and the last eight lanes; writing first and counting after needs no branch
      const size_t room = rows.size() + 8;
      std::vector<double> positive(TILE * room), reference(TILE * room);
      for (int64_t tile = begin; tile < end; ++tile) {
        int64_t first = tile * TILE, last = std::min(N, first + TILE);
        int64_t count[TILE] = {};
        auto add = [&](int64_t j, double y, double log_geomean) {
          const size_t place = (size_t)(j - first) * room + (size_t)count[j - first];
          positive[place] = y;
          reference[place] = log_geomean;
          count[j - first] += y > 0;
        };
        for (int64_t i : rows) {
          if (v.kind == CountKind::int32) {
            const int32_t* row = (const int32_t*)v.data + i * N;
            for (int64_t j = first; j < last; ++j) add(j, row[j], g[i]);
          } else if (v.kind == CountKind::float64) {
            const double* row = (const double*)v.data + i * N;
            for (int64_t j = first; j < last; ++j) add(j, row[j], g[i]);
          } else {
            for (int64_t k = v.indptr[i]; k < v.indptr[i + 1]; ++k)
              if (v.indices[k] >= first && v.indices[k] < last)
                add(v.indices[k], v.kind == CountKind::csr_int32 ? ((const int32_t*)v.data)[k] : ((const double*)v.data)[k], g[i]);
          }
        }
        for (int64_t j = first; j < last; ++j) {
          double *y = &positive[(size_t)(j - first) * room], *l = &reference[(size_t)(j - first) * room];
          const int64_t n = count[j - first];
          if (n == 0) { out.data[j] = std::nan(""); continue; }
          for (int64_t k = n; k % 8; ++k) { y[k] = 1.0; l[k] = 0.0; }  // padding of the last eight lanes
          out.data[j] = kernels().median_ratio(y, l, n);
        }
      }
    });
  }
  return out.object;
}

void bind_nb(nb::module_& m) {
  using nb::arg;
  m.def("row_summaries", &row_summaries, arg("counts"), arg("factors").noconvert(), arg("weights").noconvert().none() = nb::none(), arg("n_threads") = 1);
  m.def("column_medians", &column_medians, arg("counts"), arg("log_geomeans").noconvert(), arg("control").noconvert().none() = nb::none(), arg("n_threads") = 1);
  m.def("nb_dispersion_search", &dispersion_search, arg("counts"), arg("factors").noconvert(), arg("design").noconvert(), arg("mean").noconvert(),
        arg("link"), arg("min_mu"), arg("start").noconvert(), arg("prior_mean").noconvert().none(), arg("prior_variance"),
        arg("weights").noconvert().none(), arg("log_min"), arg("log_max"), arg("stop_below"), arg("kappa"), arg("armijo"), arg("tolerance"),
        arg("gate"), arg("max_iterations"), arg("mode"), arg("exact_low"), arg("exact_high"), arg("n_threads") = 1);
  m.def("nb_profile_loglik", &profile_loglik, arg("counts"), arg("factors").noconvert(), arg("design").noconvert(), arg("mean").noconvert(),
        arg("link"), arg("min_mu"), arg("grid").noconvert(), arg("prior_mean").noconvert().none(), arg("prior_variance"),
        arg("weights").noconvert().none(), arg("form"), arg("n_threads") = 1);
  m.def("nb_start", &start, arg("counts"), arg("factors").noconvert(), arg("design").noconvert(), arg("projection").noconvert(),
        arg("mean_inverse_size"), arg("n_threads") = 1);
  m.def("nb_irls", &irls, arg("counts"), arg("factors").noconvert(), arg("design").noconvert(), arg("alpha").noconvert(),
        arg("start").noconvert().none(), arg("projection").noconvert().none(), arg("ridge").noconvert(), arg("weights").noconvert().none(),
        arg("min_mu"), arg("tolerance"), arg("beta_limit"), arg("max_iterations"), arg("return_mu") = false, arg("return_hat") = false,
        arg("n_threads") = 1);
  m.def("nb_cooks", &cooks, arg("counts"), arg("factors").noconvert(), arg("design").noconvert(), arg("mean").noconvert(), arg("link"),
        arg("beta").noconvert(), arg("alpha").noconvert(), arg("ridge").noconvert(), arg("weights").noconvert().none(), arg("mean_floor"),
        arg("min_mu"), arg("cells").noconvert(), arg("counted").noconvert().none() = nb::none(), arg("hat").noconvert().none() = nb::none(), arg("return_cooks") = false, arg("n_threads") = 1);
}
