// What the binding hands to the kernels of the glm family: generalized linear models as edgeR fits them.
//
// G genes, N samples, p coefficients, K cells, M grid points. These kernels work on eight genes at once, one gene in
// each lane, and add over samples in their order: a gene's numbers do not depend on the genes beside it.
#pragma once
#include <cstdint>

#include "kernels.hpp"

namespace fw {

struct GlmInput {
  Counts counts;              // whole or not
  const double* prior;        // N counts added to every gene, or null
  Factors offset;             // natural log, N or G x N
  const double* weights;      // G x N or null
};

// Samples by cell: those of cell k are order[start[k]] .. order[start[k + 1] - 1].
struct CellView {
  const int32_t* order;
  const int32_t* start;       // n_cells + 1
  int n_cells;
};

// The row of the design of each cell (samples with equal rows), dense (n_cells x p) and as lists of non-zero values.
struct RowsView {
  const double* dense;
  const double* value;
  const int32_t* column;
  const int32_t* row_start;   // n_cells + 1
  int p;
};

struct OneWayArgs {
  GlmInput input;
  CellView cells;
  const double* dispersion;   // G
  const double* start;        // G x K or null
  double tolerance;
  int max_iterations;
  bool poisson_shortcut;      // dispersion 0 without weights has a closed form
  double* beta;               // G x K, floored at -1e8
  int32_t* iterations;        // G, of the slowest cell
};

struct LevenbergArgs {
  GlmInput input;
  CellView cells;
  RowsView rows;
  const double* dispersion;   // G
  const double* start;        // G x p or null
  const double* unit;         // p: coefficients of the least-squares fit of a constant 1
  double tolerance;
  int max_iterations;
  double* beta;               // G x p; NaN where no sample has a count
  double* deviance;           // G
  int32_t* iterations;        // G
  int8_t* status;             // G: 0 converged, 1 no step lowers the deviance, 2 out of iterations
};

struct GlmDevianceArgs {
  GlmInput input;
  CellView cells;
  RowsView rows;
  const double* beta;         // G x p
  const double* dispersion;   // G
  double* deviance;           // G
  double* fitted;             // G x N or null
};

struct RefitArgs {
  GlmInput input;
  CellView cells;
  RowsView rows;
  bool one_way;               // as many cells as coefficients
  double log_det;             // one-way: ln of the absolute determinant of the cells' rows
  const double* unit;         // else, as above
  const double* grid;         // M dispersions
  int n_grid;
  double tolerance;
  int max_iterations;
  double* value;              // G x M
  double* constant;           // G
};

struct GridMaximumArgs {
  const double* grid;         // M, ascending
  const double* value;        // G x M
  int n_grid;
  double* place;              // G
};

struct GlmTable {
  void (*one_way)(const OneWayArgs&, int64_t, int64_t, double*);
  void (*levenberg)(const LevenbergArgs&, int64_t, int64_t, double*);
  void (*deviance)(const GlmDevianceArgs&, int64_t, int64_t, double*);
  void (*refit)(const RefitArgs&, int64_t, int64_t, double*);
  void (*grid_maximum)(const GridMaximumArgs&, int64_t, int64_t, double*);
};

// Doubles of workspace for N samples and p coefficients or cells: ten tiles of eight genes and small matrices.
inline int64_t glm_workspace_size(int64_t n_samples, int64_t p) {
  return 84 * n_samples + 8 * (3 * p * (p + 1) / 2 + 8 * p) + 2 * p * p + 256;
}

}  // namespace fw
