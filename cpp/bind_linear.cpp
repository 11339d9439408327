// Bindings of the kernels of linear models: argument checks, outputs, the loop over genes.
#include "binding.hpp"
#include "linear_kernels.hpp"

using namespace fw;

namespace {

const LinearTable& linear() { return *tier().linear; }

void check_length(const Array<double>& a, int64_t n, const char* name) {
  if (a.ndim() != 1 || (int64_t)a.shape(0) != n) refuse(std::string(name) + ": wrong shape");
}

// Runs a kernel over all genes without the GIL, with the workspace of this family.
template <class Args, class Kernel>
void run_rows(const Args& args, Kernel kernel, int64_t n_genes, int64_t n_samples, int64_t size, int n_threads) {
  nb::gil_scoped_release release;
  const int64_t chunk = chunk_of(n_samples);
  int threads = threads_argument(n_threads);
  if (threads > (n_genes + chunk - 1) / chunk) threads = (int)((n_genes + chunk - 1) / chunk);
  Workspaces work(threads, size);
  parallel_for(n_genes, threads, chunk,
               [&](int64_t begin, int64_t end, int thread) { kernel(args, begin, end, work.blocks[thread]); });
}

// Design columns, padded with zeros.
std::vector<double> design_columns(const Array<double>& X, int64_t n_samples) {
  if (X.ndim() != 2 || (int64_t)X.shape(0) != n_samples) refuse("design must be (n_samples, n_coefficients)");
  int64_t p = (int64_t)X.shape(1), padded = (n_samples + 7) / 8 * 8;
  if (p < 1 || p > MAX_COEFFICIENTS) refuse("design: between 1 and 255 coefficients");
  require_above(X, -INFINITY, false, "design");
  std::vector<double> out((size_t)(p * padded), 0.0);
  for (int64_t j = 0; j < n_samples; ++j) for (int64_t k = 0; k < p; ++k) out[(size_t)(k * padded + j)] = X.data()[j * p + k];
  return out;
}

// Whitening of equally correlated blocks: by number of earlier members, the share of their sum to take off and the scale.
struct Blocks {
  std::vector<double> shift, scale;
  int n = 0;
};
Blocks block_tables(const Array<int32_t>& block, int64_t n_samples, double correlation) {
  if (block.ndim() != 1 || (int64_t)block.shape(0) != n_samples) refuse("block: wrong shape");
  Blocks b;
  std::vector<int> size;
  for (int64_t j = 0; j < n_samples; ++j) {
    int code = block.data()[j];
    if (code < 0 || code >= n_samples) refuse("block: numbers between 0 and n_samples - 1");
    if (code >= b.n) { b.n = code + 1; size.resize((size_t)b.n, 0); }
    ++size[(size_t)code];
  }
  int largest = 0;
  for (int s : size) largest = s > largest ? s : largest;
  for (int k = 0; k < largest; ++k) {
    double inside = 1.0 + (k - 1) * correlation;  // variance of the sum of k earlier members, divided by k
    double shift = k ? correlation / inside : 0.0, variance = k ? 1.0 - k * correlation * shift : 1.0;
    if (!(variance > 0.0) || !std::isfinite(variance) || (k && !(inside > 0.0))) refuse("correlation: not possible for blocks of this size");
    b.shift.push_back(shift);
    b.scale.push_back(1.0 / std::sqrt(variance));
  }
  return b;
}

// What all linear fits take; `columns` holds the padded design.
LeastSquaresArgs fit_arguments(const Array<double>& values, const Array<double>& X, const OptArray<double>& weights, double tolerance,
                               std::vector<double>& columns) {
  if (values.ndim() != 2 || values.shape(1) < 1) refuse("values must be (n_genes, n_samples)");
  const int64_t G = (int64_t)values.shape(0), N = (int64_t)values.shape(1);
  columns = design_columns(X, N);
  for (size_t k = 0; k < values.size(); ++k) if (std::isinf(values.data()[k])) refuse("values must be finite or NaN");
  LeastSquaresArgs a{};
  a.n_samples = N;
  a.p = (int)X.shape(1);
  a.padded = (int)((N + 7) / 8 * 8);
  a.values = values.data();
  a.design = columns.data();
  a.tolerance = tolerance;
  if (weights) {
    a.weights_per_gene = weights->ndim() == 2;
    if (a.weights_per_gene ? (int64_t)weights->shape(0) != G || (int64_t)weights->shape(1) != N
                           : weights->ndim() != 1 || (int64_t)weights->shape(0) != N)
      refuse("weights must be (n_samples,) or (n_genes, n_samples)");
    for (size_t k = 0; k < weights->size(); ++k) if (std::isinf(weights->data()[k])) refuse("weights must be finite or NaN");
    a.weights = weights->data();
  }
  return a;
}

nb::dict least_squares(Array<double> values, Array<double> X, OptArray<double> weights, std::optional<Array<int32_t>> block,
                       double correlation, double tolerance, bool want_covariance, bool want_leverage, int n_threads) {
  std::vector<double> columns;
  LeastSquaresArgs a = fit_arguments(values, X, weights, tolerance, columns);
  const int64_t G = (int64_t)values.shape(0), N = a.n_samples;
  const size_t p = X.shape(1);
  Blocks blocks;
  if (block) {
    blocks = block_tables(*block, N, correlation);
    a.block = block->data();
    a.n_blocks = blocks.n;
    a.block_shift = blocks.shift.data();
    a.block_scale = blocks.scale.data();
  }
  auto g = (size_t)G;
  auto coefficients = fresh<double>({g, p}), stdev = fresh<double>({g, p}), sigma = fresh<double>({g}), df = fresh<double>({g}),
       mean = fresh<double>({g});
  nb::dict out;
  if (want_covariance) {
    auto covariance = fresh<double>({g, p * (p + 1) / 2});
    a.covariance = covariance.data;
    out["covariance"] = covariance.object;
  }
  if (want_leverage) {
    auto leverage = fresh<double>({g, (size_t)N});
    a.leverage = leverage.data;
    out["leverage"] = leverage.object;
  }
  a.coefficients = coefficients.data; a.stdev = stdev.data; a.sigma = sigma.data; a.df = df.data; a.mean = mean.data;
  run_rows(a, linear().least_squares, G, N, linear_workspace_size(N, (int64_t)p, a.n_blocks), n_threads);
  out["coefficients"] = coefficients.object;
  out["stdev_unscaled"] = stdev.object;
  out["sigma"] = sigma.object;
  out["df_residual"] = df.object;
  out["mean"] = mean.object;
  return out;
}

nb::object log_cpm(nb::object counts, Array<double> prior, Array<double> sizes, int n_threads) {
  CountsHolder c = read_counts_argument(counts);
  const int64_t G = c.view.n_genes, N = c.view.n_samples;
  check_length(prior, N, "prior");
  check_length(sizes, N, "sizes");
  require_above(prior, 0.0, false, "prior");
  require_above(sizes, 0.0, false, "sizes");
  auto values = fresh<double>({(size_t)G, (size_t)N});
  LogCpmArgs a{c.view, prior.data(), sizes.data(), values.data};
  run_rows(a, linear().log_cpm, G, N, linear_workspace_size(N, 1, 0), n_threads);
  return values.object;
}

nb::object voom_weights(Array<double> coefficients, Array<double> X, Array<double> offset, Array<double> knot_x, Array<double> knot_y, int n_threads) {
  if (offset.ndim() != 1 || coefficients.ndim() != 2) refuse("coefficients must be (n_genes, p), offset (n_samples,)");
  const int64_t G = (int64_t)coefficients.shape(0), N = (int64_t)offset.shape(0);
  std::vector<double> columns = design_columns(X, N);
  if (coefficients.shape(1) != X.shape(1)) refuse("coefficients: one per column of the design");
  require_above(offset, -INFINITY, false, "offset");
  const int64_t K = (int64_t)knot_x.size();
  check_length(knot_x, K, "knot_x");
  check_length(knot_y, K, "knot_y");
  if (K < 1) refuse("knots: none");
  require_above(knot_x, -INFINITY, false, "knot_x");
  require_above(knot_y, -INFINITY, false, "knot_y");  // R takes the fourth power of whatever the lowess gives
  for (int64_t k = 1; k < K; ++k) if (!(knot_x.data()[k] > knot_x.data()[k - 1])) refuse("knot_x must ascend");
  // Buckets of equal width lead to the pieces.
  const double *x = knot_x.data(), *y = knot_y.data();
  const int64_t n_buckets = K < 128 ? 1024 : (K < 8192 ? 8 * K : 65536);
  std::vector<int32_t> bucket((size_t)n_buckets);
  std::vector<double> slope((size_t)K, 0.0);
  for (int64_t c = 0, k = 0; c < n_buckets; ++c) {
    double start = x[0] + (x[K - 1] - x[0]) * ((double)c / (double)n_buckets);
    while (k < K - 2 && x[k + 1] <= start) ++k;
    bucket[(size_t)c] = (int32_t)k;
  }
  for (int64_t k = 0; k < K - 1; ++k) slope[(size_t)k] = (y[k + 1] - y[k]) / (x[k + 1] - x[k]);
  auto weights = fresh<double>({(size_t)G, (size_t)N});
  VoomWeightArgs a{N, (int)X.shape(1), coefficients.data(), columns.data(), (int)((N + 7) / 8 * 8), offset.data(),
                   x, y, slope.data(), K, bucket.data(), n_buckets, weights.data};
  run_rows(a, linear().voom_weights, G, N, linear_workspace_size(N, 1, 0), n_threads);
  return weights.object;
}

nb::object array_weights(Array<double> values, Array<double> X, OptArray<double> weights, Array<double> factors, double prior_n, double tolerance) {
  std::vector<double> columns;
  ArrayWeightArgs a{};
  if (weights && weights->ndim() != 2) refuse("weights must be (n_genes, n_samples)");
  a.fit = fit_arguments(values, X, weights, tolerance, columns);
  const int64_t N = a.fit.n_samples;
  if (factors.ndim() != 2 || (int64_t)factors.shape(0) != N || factors.shape(1) < 1 || factors.shape(1) >= (size_t)N)
    refuse("factors must be (n_samples, fewer columns)");
  require_above(factors, -INFINITY, false, "factors");
  if (!(prior_n > 0.0) || !std::isfinite(prior_n)) refuse("prior_n must be positive and finite");
  a.n_genes = (int64_t)values.shape(0);
  a.factors = factors.data();
  a.n_factors = (int)factors.shape(1);
  a.prior_n = prior_n;
  a.sum_contrasts = a.n_factors == (int)N - 1;
  for (int64_t j = 0; j < N && a.sum_contrasts; ++j)
    for (int64_t k = 0; k < N - 1; ++k) if (factors.data()[j * (N - 1) + k] != (j == N - 1 ? -1.0 : (j == k ? 1.0 : 0.0))) a.sum_contrasts = false;
  auto gamma = fresh<double>({factors.shape(1)});
  a.gamma = gamma.data;
  {
    nb::gil_scoped_release release;
    Workspaces work(1, array_weights_size(N, a.fit.p, a.n_factors));
    linear().array_weights(a, work.blocks[0]);
  }
  return gamma.object;
}

nb::object block_correlation(Array<double> values, Array<double> X, OptArray<double> weights, Array<int32_t> block, double tolerance, int n_threads) {
  std::vector<double> columns;
  BlockCorrelationArgs a{};
  a.fit = fit_arguments(values, X, weights, tolerance, columns);
  const int64_t G = (int64_t)values.shape(0), N = a.fit.n_samples;
  a.fit.n_blocks = block_tables(block, N, 0.0).n;
  a.fit.block = block.data();
  auto correlation = fresh<double>({(size_t)G});
  a.correlation = correlation.data;
  run_rows(a, linear().block_correlation, G, N, block_correlation_size(N, a.fit.p, a.fit.n_blocks), n_threads);
  return correlation.object;
}

nb::object linear_effects(Array<double> values, Array<double> X, OptArray<double> weights, int n_threads) {
  std::vector<double> columns;
  LinearEffectArgs a{};
  a.fit = fit_arguments(values, X, weights, 0.0, columns);
  const int64_t G = (int64_t)values.shape(0), N = a.fit.n_samples;
  if (a.fit.p >= N) refuse("design: fewer coefficients than samples");
  require_above(values, -INFINITY, false, "values");
  if (weights) require_above(*weights, 0.0, false, "weights");
  auto effects = fresh<double>({(size_t)G, (size_t)(N - a.fit.p + 1)});
  a.effects = effects.data;
  run_rows(a, linear().linear_effects, G, N, linear_workspace_size(N, a.fit.p, 0), n_threads);
  return effects.object;
}

nb::tuple student_tail(Array<double> t, Array<double> df) {
  const auto n = (int64_t)t.size();
  check_length(t, n, "t");
  check_length(df, n, "df");
  auto p = fresh<double>({t.size()}), log_p = fresh<double>({t.size()});
  {
    nb::gil_scoped_release release;
    linear().student_tail(t.data(), df.data(), p.data, log_p.data, n);
  }
  return nb::make_tuple(p.object, log_p.object);
}

nb::tuple f_tail(Array<double> f, Array<double> df1, Array<double> df2) {
  const auto n = (int64_t)f.size();
  check_length(f, n, "f");
  check_length(df1, n, "df1");
  check_length(df2, n, "df2");
  auto p = fresh<double>({f.size()}), log_p = fresh<double>({f.size()});
  {
    nb::gil_scoped_release release;
    linear().f_tail(f.data(), df1.data(), df2.data(), p.data, log_p.data, n);
  }
  return nb::make_tuple(p.object, log_p.object);
}

}  // namespace

void bind_linear(nb::module_& m) {
  using nb::arg;
  m.def("least_squares", &least_squares, arg("values").noconvert(), arg("design").noconvert(), arg("weights").noconvert().none() = nb::none(),
        arg("block").noconvert().none() = nb::none(), arg("correlation") = 0.0, arg("tolerance") = 1e-7, arg("want_covariance") = false,
        arg("want_leverage") = false, arg("n_threads") = 1);
  m.def("log_cpm", &log_cpm, arg("counts"), arg("prior").noconvert(), arg("sizes").noconvert(), arg("n_threads") = 1);
  m.def("voom_weights", &voom_weights, arg("coefficients").noconvert(), arg("design").noconvert(), arg("offset").noconvert(),
        arg("knot_x").noconvert(), arg("knot_y").noconvert(), arg("n_threads") = 1);
  m.def("array_weights", &array_weights, arg("values").noconvert(), arg("design").noconvert(), arg("weights").noconvert().none(),
        arg("factors").noconvert(), arg("prior_n"), arg("tolerance") = 1e-7);
  m.def("block_correlation", &block_correlation, arg("values").noconvert(), arg("design").noconvert(), arg("weights").noconvert().none(),
        arg("block").noconvert(), arg("tolerance") = 1e-7, arg("n_threads") = 1);
  m.def("linear_effects", &linear_effects, arg("values").noconvert(), arg("design").noconvert(), arg("weights").noconvert().none() = nb::none(),
        arg("n_threads") = 1);
  m.def("student_tail", &student_tail, arg("t").noconvert(), arg("df").noconvert());
  m.def("f_tail", &f_tail, arg("f").noconvert(), arg("df1").noconvert(), arg("df2").noconvert());
}
