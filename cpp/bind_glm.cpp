// Bindings of the glm family. Borders are checked here; kernels trust what they get.
#include <algorithm>
#include <map>

#include "binding.hpp"
#include "glm_kernels.hpp"

using namespace fw;

namespace {

using Doubles = Array<double>;
using MaybeDoubles = OptArray<double>;

struct Input {
  CountsHolder counts;
  GlmInput view{};
};

Input read_input(nb::handle counts, const Doubles& offset, const MaybeDoubles& prior, const MaybeDoubles& weights) {
  Input in;
  in.counts = read_counts_argument(counts);
  const int64_t G = in.counts.view.n_genes, N = in.counts.view.n_samples;
  const bool per_gene = offset.ndim() == 2;
  if (per_gene ? ((int64_t)offset.shape(0) != G || (int64_t)offset.shape(1) != N) : (offset.ndim() != 1 || (int64_t)offset.shape(0) != N))
    refuse("offset must be (n_samples,) or (n_genes, n_samples)");
  for (size_t k = 0; k < offset.size(); ++k)
    if (!(std::fabs(offset.data()[k]) <= 300.0)) refuse("offset: values must be finite, between -300 and 300");
  in.view = {in.counts.view, nullptr, {offset.data(), per_gene}, nullptr};
  if (prior) {
    if (prior->ndim() != 1 || (int64_t)prior->shape(0) != N) refuse("prior must be (n_samples,)");
    require_above(*prior, 0.0, true, "prior");
    in.view.prior = prior->data();
  }
  if (weights) {
    if (weights->ndim() != 2 || (int64_t)weights->shape(0) != G || (int64_t)weights->shape(1) != N) refuse("weights must be (n_genes, n_samples)");
    require_above(*weights, 0.0, false, "weights");
    in.view.weights = weights->data();
  }
  return in;
}

const double* read_dispersion(const Doubles& a, int64_t G) {
  if (a.ndim() != 1 || (int64_t)a.shape(0) != G) refuse("dispersion must be (n_genes,)");
  require_above(a, 0.0, true, "dispersion");
  return a.data();
}

const double* read_start(const MaybeDoubles& a, int64_t G, int64_t p) {
  if (!a) return nullptr;
  if (a->ndim() != 2 || (int64_t)a->shape(0) != G || (int64_t)a->shape(1) != p) refuse("start must be (n_genes, n_coefficients)");
  require_above(*a, -1e300, true, "start");
  return a->data();
}

struct Rows {
  std::vector<double> dense, value;
  std::vector<int32_t> column, row_start;
  RowsView view{};
};

Rows make_rows(const double* x, const std::vector<int64_t>& which, int64_t p) {
  Rows r;
  r.row_start.push_back(0);
  for (int64_t j : which) {
    r.dense.insert(r.dense.end(), x + j * p, x + (j + 1) * p);
    for (int64_t k = 0; k < p; ++k)
      if (x[j * p + k] != 0.0) { r.value.push_back(x[j * p + k]); r.column.push_back((int32_t)k); }
    r.row_start.push_back((int32_t)r.value.size());
  }
  r.view = {r.dense.data(), r.value.data(), r.column.data(), r.row_start.data(), (int)p};
  return r;
}

void check_design(const Doubles& X, int64_t n_rows) {
  if (X.ndim() != 2 || (int64_t)X.shape(0) != n_rows) refuse("design must be (n_samples, n_coefficients)");
  const int64_t p = (int64_t)X.shape(1);
  if (p < 1 || p > MAX_COEFFICIENTS || p > n_rows) refuse("design: between 1 and min(n_samples, 255) coefficients");
  for (size_t k = 0; k < X.size(); ++k) if (!std::isfinite(X.data()[k])) refuse("design: values must be finite");
}

const double* read_unit(const Doubles& a, int p) {
  if (a.ndim() != 1 || (int64_t)a.shape(0) != p) refuse("unit must be (n_coefficients,)");
  require_above(a, -1e300, true, "unit");
  return a.data();
}

struct Cells {
  std::vector<int32_t> order, start;
  CellView view{};
};

Cells sort_cells(const int32_t* cell, int64_t N, int32_t n_cells) {
  Cells c;
  c.start.assign((size_t)n_cells + 1, 0);
  for (int64_t j = 0; j < N; ++j) ++c.start[(size_t)cell[j] + 1];
  for (int32_t k = 0; k < n_cells; ++k) {
    if (c.start[(size_t)k + 1] == 0) refuse("cell: every number below the largest must occur");
    c.start[(size_t)k + 1] += c.start[(size_t)k];
  }
  c.order.resize((size_t)N);
  std::vector<int32_t> next(c.start);
  for (int64_t j = 0; j < N; ++j) c.order[(size_t)next[(size_t)cell[j]]++] = (int32_t)j;
  c.view = {c.order.data(), c.start.data(), n_cells};
  return c;
}

Cells read_cells(const Array<int32_t>& cell, int64_t N) {
  if (cell.ndim() != 1 || (int64_t)cell.shape(0) != N) refuse("cell must be (n_samples,)");
  int32_t n_cells = 0;
  for (int64_t j = 0; j < N; ++j) {
    if (cell.data()[j] < 0 || cell.data()[j] >= N) refuse("cell: numbers from 0 to n_samples - 1");
    n_cells = std::max(n_cells, cell.data()[j] + 1);
  }
  if (n_cells > MAX_COEFFICIENTS) refuse("cell: at most 255 cells");
  return sort_cells(cell.data(), N, n_cells);
}

// A design by its distinct rows.
struct Design {
  Cells cells;
  Rows rows;
};

Design read_design(const Doubles& X, int64_t N) {
  check_design(X, N);
  const int64_t p = (int64_t)X.shape(1);
  std::map<std::vector<double>, int32_t> seen;
  std::vector<int32_t> cell((size_t)N);
  std::vector<int64_t> first;
  for (int64_t j = 0; j < N; ++j) {
    std::vector<double> row(X.data() + j * p, X.data() + (j + 1) * p);
    for (double& v : row) if (v == 0.0) v = 0.0;  // one zero
    auto found = seen.emplace(row, (int32_t)seen.size());
    if (found.second) first.push_back(j);
    cell[(size_t)j] = found.first->second;
  }
  Design d;
  d.cells = sort_cells(cell.data(), N, (int32_t)seen.size());
  d.rows = make_rows(X.data(), first, p);
  return d;
}

// As run_genes, with the workspace of this family and chunks of whole tiles.
template <class Args, class Kernel>
void run_tiles(const Args& args, Kernel kernel, int64_t G, int64_t N, int64_t p, int n_threads) {
  nb::gil_scoped_release release;
  const int64_t chunk = (chunk_of(N) + 7) / 8 * 8;
  int threads = threads_argument(n_threads);
  if (threads > (G + chunk - 1) / chunk) threads = (int)std::max<int64_t>((G + chunk - 1) / chunk, 1);
  Workspaces work(threads, glm_workspace_size(N, p));
  parallel_for(G, threads, chunk, [&](int64_t begin, int64_t end, int thread) { kernel(args, begin, end, work.blocks[thread]); });
}

nb::dict one_way(nb::handle counts, Doubles offset, Array<int32_t> cell, Doubles dispersion, MaybeDoubles start, MaybeDoubles weights,
                 MaybeDoubles prior, double tolerance, int max_iterations, bool poisson_shortcut, int n_threads) {
  Input in = read_input(counts, offset, prior, weights);
  const int64_t G = in.view.counts.n_genes, N = in.view.counts.n_samples;
  Cells cells = read_cells(cell, N);
  const int64_t K = cells.view.n_cells;
  auto beta = fresh<double>({(size_t)G, (size_t)K});
  auto iterations = fresh<int32_t>({(size_t)G});
  OneWayArgs s{in.view, cells.view, read_dispersion(dispersion, G), read_start(start, G, K), tolerance, max_iterations, poisson_shortcut,
               beta.data, iterations.data};
  run_tiles(s, tier().glm->one_way, G, N, K, n_threads);
  nb::dict out;
  out["beta"] = beta.object;
  out["iterations"] = iterations.object;
  return out;
}

nb::dict levenberg(nb::handle counts, Doubles offset, Doubles design, Doubles dispersion, Doubles unit, MaybeDoubles start,
                   MaybeDoubles weights, MaybeDoubles prior, double tolerance, int max_iterations, int n_threads) {
  Input in = read_input(counts, offset, prior, weights);
  const int64_t G = in.view.counts.n_genes, N = in.view.counts.n_samples;
  Design x = read_design(design, N);
  const int p = x.rows.view.p;
  auto beta = fresh<double>({(size_t)G, (size_t)p});
  auto deviance = fresh<double>({(size_t)G});
  auto iterations = fresh<int32_t>({(size_t)G});
  auto status = fresh<int8_t>({(size_t)G});
  LevenbergArgs s{in.view, x.cells.view, x.rows.view, read_dispersion(dispersion, G), read_start(start, G, p), read_unit(unit, p), tolerance, max_iterations,
                  beta.data, deviance.data, iterations.data, status.data};
  run_tiles(s, tier().glm->levenberg, G, N, p, n_threads);
  nb::dict out;
  out["beta"] = beta.object;
  out["deviance"] = deviance.object;
  out["iterations"] = iterations.object;
  out["status"] = status.object;
  return out;
}

nb::dict deviance(nb::handle counts, Doubles offset, Doubles design, Doubles beta, Doubles dispersion, MaybeDoubles weights,
                  MaybeDoubles prior, bool return_fitted, int n_threads) {
  Input in = read_input(counts, offset, prior, weights);
  const int64_t G = in.view.counts.n_genes, N = in.view.counts.n_samples;
  Design x = read_design(design, N);
  const int p = x.rows.view.p;
  if (beta.ndim() != 2 || (int64_t)beta.shape(0) != G || (int64_t)beta.shape(1) != p) refuse("beta must be (n_genes, n_coefficients)");
  require_above(beta, -1e300, true, "beta");
  auto value = fresh<double>({(size_t)G});
  Fresh<double> fitted{nullptr, nb::none()};
  if (return_fitted) fitted = fresh<double>({(size_t)G, (size_t)N});
  GlmDevianceArgs s{in.view, x.cells.view, x.rows.view, beta.data(), read_dispersion(dispersion, G), value.data, fitted.data};
  run_tiles(s, tier().glm->deviance, G, N, p, n_threads);
  nb::dict out;
  out["deviance"] = value.object;
  if (return_fitted) out["fitted"] = fitted.object;
  return out;
}

nb::dict refit(nb::handle counts, Doubles offset, Doubles design, OptArray<int32_t> cell, Doubles grid, Doubles unit, double log_det,
               MaybeDoubles weights, double tolerance, int max_iterations, int n_threads) {
  Input in = read_input(counts, offset, std::nullopt, weights);
  const int64_t G = in.view.counts.n_genes, N = in.view.counts.n_samples;
  Design x;
  if (cell) {
    x.cells = read_cells(*cell, N);
    const int64_t K = x.cells.view.n_cells;
    check_design(design, K);
    if ((int64_t)design.shape(1) != K) refuse("design: one row and one column for each cell");
    std::vector<int64_t> all;
    for (int64_t k = 0; k < K; ++k) all.push_back(k);
    x.rows = make_rows(design.data(), all, K);
  } else {
    x = read_design(design, N);
  }
  if (grid.ndim() != 1 || grid.shape(0) < 1) refuse("grid must be (n_grid,)");
  require_above(grid, 0.0, true, "grid");
  const int M = (int)grid.shape(0);
  auto value = fresh<double>({(size_t)G, (size_t)M});
  auto constant = fresh<double>({(size_t)G});
  RefitArgs s{in.view, x.cells.view, x.rows.view, cell.has_value(), log_det, read_unit(unit, x.rows.view.p), grid.data(), M, tolerance,
              max_iterations, value.data, constant.data};
  run_tiles(s, tier().glm->refit, G, N, x.rows.view.p, n_threads);
  nb::dict out;
  out["value"] = value.object;
  out["constant"] = constant.object;
  return out;
}

nb::object grid_maximum(Doubles grid, Doubles value, int n_threads) {
  if (grid.ndim() != 1 || grid.shape(0) < 4) refuse("grid must be (n_grid,) with at least 4 points");
  for (size_t k = 0; k + 1 < grid.shape(0); ++k) if (!(grid.data()[k] < grid.data()[k + 1])) refuse("grid must ascend");
  if (value.ndim() != 2 || value.shape(1) != grid.shape(0)) refuse("value must be (n_rows, n_grid)");
  require_above(value, -1e300, true, "value");
  const auto G = (int64_t)value.shape(0);
  const int M = (int)grid.shape(0);
  auto place = fresh<double>({(size_t)G});
  GridMaximumArgs s{grid.data(), value.data(), M, place.data};
  run_tiles(s, tier().glm->grid_maximum, G, M, 1, n_threads);
  return place.object;
}

}  // namespace

void bind_glm(nb::module_& m) {
  using nb::arg;
  m.def("glm_one_way", &one_way, arg("counts"), arg("offset").noconvert(), arg("cell").noconvert(), arg("dispersion").noconvert(),
        arg("start").noconvert().none(), arg("weights").noconvert().none(), arg("prior").noconvert().none(), arg("tolerance"),
        arg("max_iterations"), arg("poisson_shortcut"), arg("n_threads") = 1);
  m.def("glm_levenberg", &levenberg, arg("counts"), arg("offset").noconvert(), arg("design").noconvert(), arg("dispersion").noconvert(),
        arg("unit").noconvert(), arg("start").noconvert().none(), arg("weights").noconvert().none(), arg("prior").noconvert().none(),
        arg("tolerance"), arg("max_iterations"), arg("n_threads") = 1);
  m.def("glm_deviance", &deviance, arg("counts"), arg("offset").noconvert(), arg("design").noconvert(), arg("beta").noconvert(),
        arg("dispersion").noconvert(), arg("weights").noconvert().none(), arg("prior").noconvert().none(), arg("return_fitted") = false,
        arg("n_threads") = 1);
  m.def("grid_maximum", &grid_maximum, arg("grid").noconvert(), arg("value").noconvert(), arg("n_threads") = 1);
  m.def("glm_profile_refit", &refit, arg("counts"), arg("offset").noconvert(), arg("design").noconvert(), arg("cell").noconvert().none(),
        arg("grid").noconvert(), arg("unit").noconvert(), arg("log_det"), arg("weights").noconvert().none(), arg("tolerance"),
        arg("max_iterations"), arg("n_threads") = 1);
}
