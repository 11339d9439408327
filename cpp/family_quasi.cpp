// Quasi-likelihood with negative binomial deviances, and local regression; see family_nb.cpp for what a family is.
#include "quasi_kernels.hpp"
#include "special.hpp"
#include "vec.hpp"

namespace FW_NS {
using namespace fw;
#include "linalg.inc"
#include "row.inc"
#include "quasi_moments.inc"
#include "nb_quasi.inc"
#include "local_lines.inc"
#include "f_density.inc"
static const QuasiTable QUASI_TABLE = {deviance_moments, quasi, local_lines, f_density};
const QuasiTable* quasi_table() { return &QUASI_TABLE; }
}  // namespace FW_NS
