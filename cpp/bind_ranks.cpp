// Bindings of rank sums, group moments, projections and the tail of the beta distribution.
#include "binding.hpp"

using namespace fw;

// Groups of samples (N,): 0 .. K-1, -1 for samples left out; every group has a member.
static int groups_argument(const Array<int32_t>& group, int64_t n_samples) {
  if (group.ndim() != 1 || (int64_t)group.shape(0) != n_samples) refuse("groups must be (n_samples,)");
  int32_t most = -1;
  for (int64_t j = 0; j < n_samples; ++j) {
    if (group.data()[j] < -1) refuse("groups: numbers from 0, or -1 for samples left out");
    if (group.data()[j] > most) most = group.data()[j];
  }
  if (most < 0 || most >= n_samples) refuse("groups: numbers from 0 without a gap");
  std::vector<char> seen((size_t)most + 1, 0);
  for (int64_t j = 0; j < n_samples; ++j) if (group.data()[j] >= 0) seen[(size_t)group.data()[j]] = 1;
  for (char s : seen) if (!s) refuse("groups: numbers from 0 without a gap");
  return most + 1;
}

// Counts, or an array (G, N) of finite doubles of any sign.
static CountsHolder values_argument(nb::handle values) {
  Array<double> a;
  if (!nb::try_cast<Array<double>>(values, a, false)) return read_counts_argument(values);
  if (a.ndim() != 2 || a.shape(1) < 1) refuse("values must be (n_genes, n_samples)");
  require_above(a, -INFINITY, false, "values");
  CountsHolder h;
  h.view.kind = CountKind::float64;
  h.view.data = a.data();
  h.view.n_genes = (int64_t)a.shape(0);
  h.view.n_samples = (int64_t)a.shape(1);
  h.owners.push_back(nb::borrow(values));
  return h;
}

static nb::dict rank_sum_rows(nb::object values, Array<int32_t> groups, OptArray<double> factors, int n_threads) {
  CountsHolder c = values_argument(values);
  const int64_t G = c.view.n_genes, N = c.view.n_samples;
  RankSumArgs a{};
  a.counts = c.view;
  a.n_groups = groups_argument(groups, N);
  a.group = groups.data();
  if (factors) {
    if (factors->ndim() != 1) refuse("factors must be (n_samples,)");
    a.factors = factors_argument(*factors, c.view).values;
  }
  auto rank_sum = fresh<double>({(size_t)G, (size_t)a.n_groups}), tie_term = fresh<double>({(size_t)G});
  a.rank_sum = rank_sum.data;
  a.tie_term = tie_term.data;
  run_genes(a, tier().ranks->rank_sum, G, N, a.n_groups, n_threads);
  nb::dict out;
  out["rank_sum"] = rank_sum.object;
  out["tie_term"] = tie_term.object;
  return out;
}

static nb::dict group_moments(Array<double> values, Array<int32_t> groups, int n_threads) {
  if (values.ndim() != 2 || values.shape(1) < 1) refuse("values must be (n_genes, n_samples)");
  const int64_t G = (int64_t)values.shape(0), N = (int64_t)values.shape(1);
  MomentArgs a{};
  a.n_groups = groups_argument(groups, N);
  std::vector<int32_t> order, start{0};
  for (int k = 0; k < a.n_groups; ++k) {
    for (int64_t j = 0; j < N; ++j) if (groups.data()[j] == k) order.push_back((int32_t)j);
    start.push_back((int32_t)order.size());
  }
  a.values = values.data();
  a.n_samples = N;
  a.order = order.data();
  a.start = start.data();
  auto mean = fresh<double>({(size_t)G, (size_t)a.n_groups}), squares = fresh<double>({(size_t)G, (size_t)a.n_groups});
  a.mean = mean.data;
  a.squares = squares.data;
  run_genes(a, tier().ranks->moments, G, N, 1, n_threads);
  // A value of a group that is not finite makes its sum of squares so
  for (int64_t k = 0; k < G * a.n_groups; ++k) if (!std::isfinite(squares.data[k])) refuse("values must be finite");
  nb::dict out;
  out["mean"] = mean.object;
  out["squares"] = squares.object;
  return out;
}

static nb::dict project_rows(Array<double> values, Array<double> columns, int n_threads) {
  if (values.ndim() != 2 || values.shape(1) < 1) refuse("values must be (n_genes, n_samples)");
  const int64_t G = (int64_t)values.shape(0), N = (int64_t)values.shape(1);
  if (columns.ndim() != 2 || (int64_t)columns.shape(1) != N || columns.shape(0) < 1 || (int64_t)columns.shape(0) > N)
    refuse("columns must be (p, n_samples) with 1 <= p <= n_samples");
  require_above(columns, -INFINITY, false, "columns");
  const std::vector<double> q = pad_rows(columns, N);
  ProjectArgs a{};
  a.values = values.data();
  a.n_genes = G;
  a.n_samples = N;
  a.q = q.data();
  a.p = (int)columns.shape(0);
  auto projected = fresh<double>({(size_t)G, columns.shape(0)});
  auto residual = fresh<double>({(size_t)G}), size = fresh<double>({(size_t)G});
  a.projected = projected.data;
  a.residual = residual.data;
  a.size = size.data;
  run_genes(a, tier().ranks->project, G, N, 1, n_threads);
  for (int64_t i = 0; i < G; ++i) if (!std::isfinite(size.data[i])) refuse("values must be finite");
  nb::dict out;
  out["projected"] = projected.object;
  out["residual"] = residual.object;
  out["size"] = size.object;
  return out;
}

static nb::object beta_tail(Array<double> ratio, Array<double> a, Array<double> b) {
  if (ratio.ndim() != 1 || a.ndim() != 1 || b.ndim() != 1 || a.size() != ratio.size() || b.size() != ratio.size())
    refuse("ratio, a and b must be vectors of one length");
  auto out = fresh<double>({ratio.size()});
  {
    nb::gil_scoped_release release;
    tier().ranks->beta_tail(ratio.data(), a.data(), b.data(), out.data, (int64_t)ratio.size());
  }
  return out.object;
}

void bind_ranks(nb::module_& m) {
  using nb::arg;
  m.def("rank_sum_rows", &rank_sum_rows, arg("values"), arg("groups").noconvert(), arg("factors").noconvert().none() = nb::none(),
        arg("n_threads") = 1);
  m.def("group_moments", &group_moments, arg("values").noconvert(), arg("groups").noconvert(), arg("n_threads") = 1);
  m.def("project_rows", &project_rows, arg("values").noconvert(), arg("columns").noconvert(), arg("n_threads") = 1);
  m.def("beta_tail", &beta_tail, arg("ratio").noconvert(), arg("a").noconvert(), arg("b").noconvert());
}
