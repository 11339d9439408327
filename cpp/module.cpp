// The extension module: chooses the instruction-set tier once and collects the bindings.
#include "binding.hpp"

#include <cstdlib>
#include <map>

#define FW_TIER(ns) \
  namespace ns { \
  const fw::KernelTable* nb_table(); \
  const fw::QuasiTable* quasi_table(); \
  const fw::RankTable* ranks_table(); \
  const fw::LinearTable* linear_table(); \
  const fw::GlmTable* glm_table(); \
  static fw::Tier tables(const char* name) { return {name, nb_table(), quasi_table(), ranks_table(), linear_table(), glm_table()}; } \
  }
FW_TIER(fw_portable)
#ifdef FOLDWISE_HAS_v2
FW_TIER(fw_v2)
#endif
#ifdef FOLDWISE_HAS_v3
FW_TIER(fw_v3)
#endif
#ifdef FOLDWISE_HAS_v4
FW_TIER(fw_v4)
#endif

namespace fw {

static Tier chosen{};

#if defined(FOLDWISE_HAS_v2) || defined(FOLDWISE_HAS_v3) || defined(FOLDWISE_HAS_v4)
static bool has_v2() { return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("popcnt"); }
static bool has_v3() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2"); }
static bool has_v4() {
  return has_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512cd");
}
#endif

// The best tier of this machine, or the one that FOLDWISE_ISA names.
static void pick() {
  const char* wanted = std::getenv("FOLDWISE_ISA");
  const std::string name = wanted ? wanted : "";
  auto fits = [&](const char* tier, bool supported) { return supported && (name.empty() || name == tier); };
#ifdef FOLDWISE_HAS_v4
  if (fits("v4", has_v4())) { chosen = fw_v4::tables("v4"); return; }
#endif
#ifdef FOLDWISE_HAS_v3
  if (fits("v3", has_v3())) { chosen = fw_v3::tables("v3"); return; }
#endif
#ifdef FOLDWISE_HAS_v2
  if (fits("v2", has_v2())) { chosen = fw_v2::tables("v2"); return; }
#endif
  if (!fits("portable", true)) throw nb::import_error(("FOLDWISE_ISA=" + name + " is not supported on this machine").c_str());
  chosen = fw_portable::tables("portable");
}

const Tier& tier() { return chosen; }

constexpr double LARGEST_COUNT = 9007199254740992.0;  // 2^53: whole numbers are exact up to here

CountsHolder read_counts_argument(nb::handle counts) {
  CountsHolder h;
  auto dense = [&](nb::handle x, CountKind kind, size_t ndim) -> const void* {
    auto take = [&](auto tag) -> const void* {
      using T = decltype(tag);
      Array<T> a;
      if (!nb::try_cast<Array<T>>(x, a, false)) return nullptr;
      if (a.ndim() != ndim) refuse("counts: wrong number of dimensions");
      if (ndim == 2) { h.view.n_genes = (int64_t)a.shape(0); h.view.n_samples = (int64_t)a.shape(1); }
      return a.data();
    };
    const void* p = kind == CountKind::int32 ? take(int32_t{}) : take(double{});
    if (p) { h.view.kind = kind; h.view.data = p; h.owners.push_back(nb::borrow(x)); }
    return p;
  };
  if (nb::isinstance<nb::tuple>(counts)) {
    nb::tuple t = nb::borrow<nb::tuple>(counts);
    if (t.size() != 4) refuse("sparse counts: (data, indices, indptr, n_samples) expected");
    if (dense(t[0], CountKind::int32, 1)) h.view.kind = CountKind::csr_int32;
    else if (dense(t[0], CountKind::float64, 1)) h.view.kind = CountKind::csr_float64;
    else refuse("sparse counts: data must be a contiguous int32 or float64 vector");
    Array<int32_t> indices;
    Array<int64_t> indptr;
    if (!nb::try_cast(t[1], indices, false) || indices.ndim() != 1) refuse("sparse counts: indices must be a contiguous int32 vector");
    if (!nb::try_cast(t[2], indptr, false) || indptr.ndim() != 1 || indptr.shape(0) < 1) refuse("sparse counts: indptr must be a contiguous int64 vector");
    int64_t n_samples = nb::cast<int64_t>(t[3]);
    int64_t n_genes = (int64_t)indptr.shape(0) - 1, nonzero = (int64_t)indices.shape(0);
    Array<double> as_double; Array<int32_t> as_int;
    int64_t n_data = h.view.kind == CountKind::csr_int32 ? (nb::try_cast(t[0], as_int, false), (int64_t)as_int.shape(0)) : (nb::try_cast(t[0], as_double, false), (int64_t)as_double.shape(0));
    const int64_t* ptr = indptr.data();
    const int32_t* idx = indices.data();
    if (n_data != nonzero || ptr[0] != 0 || ptr[n_genes] != nonzero) refuse("sparse counts: data, indices and indptr disagree");
    for (int64_t g = 0; g < n_genes; ++g) if (ptr[g] > ptr[g + 1]) refuse("sparse counts: indptr decreases");
    for (int64_t k = 0; k < nonzero; ++k) if (idx[k] < 0 || idx[k] >= n_samples) refuse("sparse counts: index outside the samples");
    h.view.indices = idx;
    h.view.indptr = ptr;
    h.view.n_genes = n_genes;
    h.view.n_samples = n_samples;
    h.owners.push_back(nb::borrow(t[1]));
    h.owners.push_back(nb::borrow(t[2]));
  } else if (!dense(counts, CountKind::int32, 2) && !dense(counts, CountKind::float64, 2)) {
    refuse("counts must be a C-contiguous (n_genes, n_samples) array of int32 or float64, or a CSR tuple");
  }
  if (h.view.n_samples < 1) refuse("counts: no samples");
  const bool sparse = h.view.kind == CountKind::csr_int32 || h.view.kind == CountKind::csr_float64;
  const int64_t n = sparse ? h.view.indptr[h.view.n_genes] : h.view.n_genes * h.view.n_samples;
  if (h.view.kind == CountKind::int32 || h.view.kind == CountKind::csr_int32) {
    const int32_t* v = (const int32_t*)h.view.data;
    int32_t signs = 0;
    for (int64_t k = 0; k < n; ++k) signs |= v[k];
    if (signs < 0) refuse("counts must not be negative");
  } else {
    const double* v = (const double*)h.view.data;
    for (int64_t k = 0; k < n; ++k) if (!(v[k] >= 0.0 && v[k] <= LARGEST_COUNT)) refuse("counts must be finite and not negative");
  }
  return h;
}

CountsHolder read_whole_counts_argument(nb::handle counts) {
  CountsHolder h = read_counts_argument(counts);
  if (h.view.kind == CountKind::int32 || h.view.kind == CountKind::csr_int32) return h;
  const double* v = (const double*)h.view.data;
  const int64_t n = h.view.kind == CountKind::csr_float64 ? h.view.indptr[h.view.n_genes] : h.view.n_genes * h.view.n_samples;
  for (int64_t k = 0; k < n; ++k) if ((double)(int64_t)v[k] != v[k]) refuse("counts must be whole numbers");
  return h;
}

void require_above(const Array<double>& a, double low, bool closed, const char* name) {
  const double* v = a.data();
  for (size_t k = 0; k < a.size(); ++k)
    if (!std::isfinite(v[k]) || !(closed ? v[k] >= low : v[k] > low))
      refuse(std::string(name) + (low < 0.0 ? " must be finite" : closed ? " must be finite and not negative" : " must be positive and finite"));
}

// Side by side pays where cells are few: a kernel walks the blocks of each cell, and blocks that two share twice.
static bool few_cells(int64_t n_cells, int64_t n) { return 4 * n_cells <= n && n_cells <= 64 && n >= 16; }

// Places of the samples sorted by cell, the cells' indicators, and the distinct products of each cell.
static void place_by_cell(DesignHolder& h, const std::vector<int32_t>& cell, int64_t n_cells, int64_t padded) {
  h.cell_start.assign((size_t)n_cells + 1, 0);
  for (int32_t c : cell) ++h.cell_start[(size_t)c + 1];
  for (int64_t c = 0; c < n_cells; ++c) h.cell_start[(size_t)c + 1] += h.cell_start[(size_t)c];
  std::vector<int32_t> next(h.cell_start.begin(), h.cell_start.end() - 1);
  h.place.resize(cell.size());
  h.indicators.assign((size_t)(n_cells * padded), 0.0);
  for (size_t j = 0; j < cell.size(); ++j) {
    h.place[j] = next[(size_t)cell[j]]++;
    h.indicators[(size_t)(cell[j] * padded + h.place[j])] = 1.0;
  }
}

DesignHolder prepare_design(const Array<double>& X, bool by_cell) {
  if (X.ndim() != 2) refuse("design must be (n_samples, n_coefficients)");
  int64_t n = (int64_t)X.shape(0), p = (int64_t)X.shape(1);
  if (p < 1 || p > MAX_COEFFICIENTS || p > n) refuse("design: between 1 and min(n_samples, 255) coefficients");
  const double* x = X.data();
  for (int64_t k = 0; k < n * p; ++k) if (!std::isfinite(x[k])) refuse("design: values must be finite");
  int64_t padded = (n + 7) / 8 * 8;
  DesignHolder h;
  h.rows.assign(x, x + n * p);
  // distinct rows
  std::map<std::vector<double>, int> cells;
  std::vector<int32_t> cell((size_t)n);
  for (int64_t j = 0; j < n; ++j) {
    std::vector<double> row(x + j * p, x + (j + 1) * p);
    for (double& v : row) if (v == 0.0) v = 0.0;  // one zero
    auto [place, added] = cells.emplace(row, (int)cells.size());
    cell[(size_t)j] = place->second;
    if (added) h.cell_rows.insert(h.cell_rows.end(), row.begin(), row.end());
  }
  const int64_t n_cells = (int64_t)cells.size();
  if (by_cell && few_cells(n_cells, n)) place_by_cell(h, cell, n_cells, padded);
  auto at = [&](int64_t j) { return h.place.empty() ? j : (int64_t)h.place[(size_t)j]; };
  h.columns.assign((size_t)(p * padded), 0.0);
  for (int64_t j = 0; j < n; ++j) for (int64_t k = 0; k < p; ++k) h.columns[(size_t)(k * padded + at(j))] = x[j * p + k];
  // products
  bool one_way = n_cells == p;
  int64_t n_products = one_way ? p : p * (p + 1) / 2;
  h.product_of.assign((size_t)n_products, -1);
  if (one_way) {
    h.products.assign((size_t)(p * padded), 0.0);
    for (int64_t j = 0; j < n; ++j) h.products[(size_t)(cell[(size_t)j] * padded + at(j))] = 1.0;
    for (int64_t k = 0; k < p; ++k) h.product_of[(size_t)k] = (int)k;
  } else {
    std::map<std::vector<double>, int> distinct;
    int64_t q = 0;
    for (int64_t a = 0; a < p; ++a) {
      for (int64_t b = 0; b <= a; ++b, ++q) {
        std::vector<double> product((size_t)padded, 0.0);
        bool zero = true;
        for (int64_t j = 0; j < n; ++j) {
          double v = x[j * p + a] * x[j * p + b];
          if (v != 0.0) { product[(size_t)at(j)] = v; zero = false; }  // one zero
        }
        if (zero) continue;
        auto [place, added] = distinct.emplace(product, (int)distinct.size());
        if (added) h.products.insert(h.products.end(), product.begin(), product.end());
        h.product_of[(size_t)q] = place->second;
      }
    }
  }
  int n_distinct = (int)(h.products.size() / (size_t)padded);
  if (!h.place.empty()) {
    const int64_t width = (n_distinct + 7) / 8 * 8;
    h.cell_products.assign((size_t)(n_cells * width), 0.0);
    for (int64_t c = 0; c < n_cells; ++c)
      for (int64_t q = 0; q < n_distinct; ++q)
        h.cell_products[(size_t)(c * width + q)] = h.products[(size_t)(q * padded + h.cell_start[(size_t)c])];
  }
  h.view = {h.columns.data(), h.products.data(), h.product_of.data(), h.cell_rows.data(), h.rows.data(),
            h.place.empty() ? nullptr : h.place.data(), h.cell_start.data(), h.indicators.data(), h.cell_products.data(),
            (int)p, (int)n_products, n_distinct, (int)n_cells, (int)padded, one_way};
  return h;
}

std::vector<double> pad_rows(const Array<double>& m, int64_t n_samples, const int32_t* place) {
  if (m.ndim() != 2 || (int64_t)m.shape(1) != n_samples) refuse("projection must be (n_coefficients, n_samples)");
  int64_t p = (int64_t)m.shape(0), padded = (n_samples + 7) / 8 * 8;
  std::vector<double> out((size_t)(p * padded), 0.0);
  for (int64_t k = 0; k < p; ++k) for (int64_t j = 0; j < n_samples; ++j) out[(size_t)(k * padded + (place ? place[j] : j))] = m.data()[k * n_samples + j];
  return out;
}

Factors factors_argument(const Array<double>& f, const Counts& counts) {
  bool per_gene = f.ndim() == 2;
  if (per_gene ? ((int64_t)f.shape(0) != counts.n_genes || (int64_t)f.shape(1) != counts.n_samples)
               : (f.ndim() != 1 || (int64_t)f.shape(0) != counts.n_samples))
    refuse("factors must be (n_samples,) or (n_genes, n_samples)");
  const double* v = f.data();
  for (size_t k = 0; k < f.size(); ++k) if (!(v[k] > 0.0) || !std::isfinite(v[k])) refuse("factors must be positive and finite");
  return {v, per_gene};
}

int threads_argument(int n_threads) { return n_threads < 1 ? 1 : (n_threads > 1024 ? 1024 : n_threads); }

}  // namespace fw

void bind_nb(nb::module_& m);
void bind_quasi(nb::module_& m);
void bind_glm(nb::module_& m);
void bind_arrays(nb::module_& m);
void bind_io(nb::module_& m);
void bind_optim(nb::module_& m);
void bind_ranks(nb::module_& m);
void bind_linear(nb::module_& m);

NB_MODULE(_compiled, m) {
  fw::pick();
  nb::set_leak_warnings(false);
  m.attr("tier") = fw::tier().name;
  bind_nb(m);
  bind_quasi(m);
  bind_glm(m);
  bind_arrays(m);
  bind_io(m);
  bind_optim(m);
  bind_ranks(m);
  bind_linear(m);
}
