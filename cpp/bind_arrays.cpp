// Bindings of the kernels that know no genes: elementwise functions and the normal tail.
#include "binding.hpp"

#include <cmath>
#include <cstring>

using namespace fw;

static nb::object shaped(nb::object flat, const nb::ndarray<const double, nb::c_contig, nb::device::cpu>& like) {
  nb::list shape;
  for (size_t k = 0; k < like.ndim(); ++k) shape.append(like.shape(k));
  return flat.attr("reshape")(nb::tuple(shape));
}

// log2 of the TMM factor of each row of (N, G) against the reference row
static nb::object tmm_log2_factors(Array<double> columns, Array<double> sizes, int64_t reference, Array<double> reference_logs,
                                   double log_ratio_trim, double sum_trim, double a_cutoff, double same_sample, bool weighted,
                                   int n_threads) {
  if (columns.ndim() != 2 || columns.size() == 0) refuse("columns must be (n_samples, n_genes)");
  const int64_t N = (int64_t)columns.shape(0), G = (int64_t)columns.shape(1);
  if (sizes.ndim() != 1 || (int64_t)sizes.shape(0) != N) refuse("sizes: one per sample");
  if (reference_logs.ndim() != 1 || (int64_t)reference_logs.shape(0) != G) refuse("reference_logs: one per gene");
  if (reference < 0 || reference >= N) refuse("reference: no such sample");
  if (!(log_ratio_trim >= 0.0 && log_ratio_trim < 1.0 && sum_trim >= 0.0 && sum_trim < 1.0)) refuse("trims must be shares below 1");
  require_above(columns, 0.0, true, "columns");
  require_above(sizes, 0.0, true, "sizes");
  require_above(reference_logs, -INFINITY, false, "reference_logs");
  auto out = fresh<double>({(size_t)N});
  TmmArgs a{columns.data(), N, G, sizes.data(), reference, reference_logs.data(), log_ratio_trim, sum_trim, a_cutoff, same_sample, weighted, out.data};
  {
    nb::gil_scoped_release release;
    const int threads = threads_argument(n_threads) < N ? threads_argument(n_threads) : (int)N;
    Workspaces work(threads, 6 * ((G + 7) / 8 * 8));
    parallel_for(N, threads, 1, [&](int64_t begin, int64_t end, int thread) { kernels().tmm(a, begin, end, work.blocks[thread]); });
  }
  return out.object;
}

void bind_arrays(nb::module_& m) {
  m.def(
      "elementwise",
      [](const std::string& name, Array<double> x) {
        static const char* names[] = {"log", "exp", "log1p", "expm1", "lgamma", "digamma", "trigamma", "lgamma_r", "digamma_r", "log_r", "log2_nearest"};
        int code = -1;
        for (int k = 0; k < 11; ++k) if (name == names[k]) code = k;
        if (code < 0) refuse("elementwise: unknown function " + name);
        auto out = fresh<double>({x.size()});
        {
          nb::gil_scoped_release release;
          kernels().elementwise(code, x.data(), out.data, (int64_t)x.size());
        }
        return shaped(out.object, x);
      },
      nb::arg("name"), nb::arg("x").noconvert());
  m.def(
      "normal_tail",
      [](Array<double> z) {
        auto p = fresh<double>({z.size()});
        auto log_p = fresh<double>({z.size()});
        {
          nb::gil_scoped_release release;
          kernels().normal_tail(z.data(), p.data, log_p.data, (int64_t)z.size());
        }
        return nb::make_tuple(shaped(p.object, z), shaped(log_p.object, z));
      },
      nb::arg("z").noconvert());
  m.def("tmm_log2_factors", &tmm_log2_factors, nb::arg("columns").noconvert(), nb::arg("sizes").noconvert(), nb::arg("reference"),
        nb::arg("reference_logs").noconvert(), nb::arg("log_ratio_trim"), nb::arg("sum_trim"), nb::arg("a_cutoff"),
        nb::arg("same_sample"), nb::arg("weighted"), nb::arg("n_threads") = 1);
}
