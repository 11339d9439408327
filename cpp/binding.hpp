// What all bindings share: array types, argument checks, new arrays, the chosen tier.
#pragma once
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <cmath>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "glm_kernels.hpp"
#include "kernels.hpp"
#include "linear_kernels.hpp"
#include "parallel.hpp"
#include "quasi_kernels.hpp"
#include "rank_kernels.hpp"

namespace nb = nanobind;

namespace fw {

constexpr int MAX_COEFFICIENTS = 255;  // kernels keep p x 1 scratch on the stack

template <class T>
using Array = nb::ndarray<const T, nb::c_contig, nb::device::cpu>;
template <class T>
using OptArray = std::optional<Array<T>>;

// The kernel families: one table of functions each, of the tier chosen at import.
struct Tier {
  const char* name;
  const KernelTable* nb;
  const QuasiTable* quasi;
  const RankTable* ranks;
  const LinearTable* linear;
  const GlmTable* glm;
};
const Tier& tier();
inline const KernelTable& kernels() { return *tier().nb; }

[[noreturn]] inline void refuse(const std::string& what) { throw std::invalid_argument(what); }

// A new aligned array owned by Python.
template <class T>
struct Fresh {
  T* data;
  nb::object object;
};
template <class T>
Fresh<T> fresh(std::initializer_list<size_t> shape) {
  size_t n = 1;
  for (size_t s : shape) n *= s;
  T* data = static_cast<T*>(operator new(sizeof(T) * (n ? n : 1), std::align_val_t{64}));
  nb::capsule owner(data, [](void* p) noexcept { operator delete(p, std::align_val_t{64}); });
  nb::ndarray<nb::numpy, T> array(data, shape.size(), shape.begin(), owner);
  return {data, nb::cast(array)};
}

// Counts as an array (G, N) of int32 or float64, or as (data, indices, indptr, n_samples). Keeps its owners alive.
struct CountsHolder {
  Counts view{};
  std::vector<nb::object> owners;
};
CountsHolder read_counts_argument(nb::handle counts);
CountsHolder read_whole_counts_argument(nb::handle counts);  // the negative binomial kernels know no fractional counts

// Per-thread workspaces of doubles, 64-byte aligned.
struct Workspaces {
  std::vector<double*> blocks;
  Workspaces(int n_threads, int64_t size) {
    blocks.reserve((size_t)n_threads);
    try {
      for (int t = 0; t < n_threads; ++t)
        blocks.push_back(static_cast<double*>(operator new(sizeof(double) * (size_t)size, std::align_val_t{64})));
    } catch (...) {
      release();
      throw;
    }
  }
  ~Workspaces() { release(); }
  void release() { for (double* b : blocks) operator delete(b, std::align_val_t{64}); }
  Workspaces(const Workspaces&) = delete;
  Workspaces& operator=(const Workspaces&) = delete;
};

// The design of a call, padded, with its products; one-way designs use cell indicators instead.
struct DesignHolder {
  DesignView view{};
  std::vector<double> columns, products, cell_rows, rows, indicators, cell_products;
  std::vector<int> product_of;
  std::vector<int32_t> place, cell_start;
};
// by_cell: the kernel may hold the samples of a cell side by side (it reads and writes by `place`).
DesignHolder prepare_design(const Array<double>& X, bool by_cell = false);

// p x padded copy of a (p, N) matrix, by place
std::vector<double> pad_rows(const Array<double>& m, int64_t n_samples, const int32_t* place = nullptr);

// Refuses values that are not finite, or not above `low` (`low` itself is fine where `closed`).
void require_above(const Array<double>& a, double low, bool closed, const char* name);

Factors factors_argument(const Array<double>& f, const Counts& counts);
int threads_argument(int n_threads);

// Runs kernel(args, begin, end, workspace) over all genes without the GIL.
template <class Args, class Kernel>
void run_genes(const Args& args, Kernel kernel, int64_t n_genes, int64_t n_samples, int p, int n_threads) {
  nb::gil_scoped_release release;
  const int64_t chunk = chunk_of(n_samples);
  int threads = threads_argument(n_threads);
  if (threads > (n_genes + chunk - 1) / chunk) threads = (int)((n_genes + chunk - 1) / chunk);  // no workspace without work
  Workspaces work(threads, workspace_size(n_samples, p));
  parallel_for(n_genes, threads, chunk,
               [&](int64_t begin, int64_t end, int thread) { kernel(args, begin, end, work.blocks[thread]); });
}

}  // namespace fw
