// The kernels of linear models: least squares, voom, weights and correlations of samples, tails of t and F. See family_nb.cpp for how a family is compiled.
#include "linear_kernels.hpp"
#include "r_special.hpp"
#include "special.hpp"
#include "vec.hpp"

namespace FW_NS {
using namespace fw;
#include "linalg.inc"
#include "row.inc"
#include "t_f_tails.inc"
#include "least_squares.inc"
#include "voom.inc"
#include "array_weights.inc"
#include "block_correlation.inc"
#include "linear_effects.inc"
static const LinearTable LINEAR_TABLE = {least_squares, log_cpm, voom_weights, student_tail, f_tail,
                                         array_weights, block_correlation, linear_effects};
const LinearTable* linear_table() { return &LINEAR_TABLE; }
}  // namespace FW_NS
