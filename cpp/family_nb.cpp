// The negative binomial kernels, and what all methods share. A family is compiled once per instruction set: the build
// sets FW_NS (the namespace of the tier) and FW_WIDTH (doubles of its register). All but the table stays local.
#include "kernels.hpp"
#include "log2_table.hpp"
#include "r_special.hpp"
#include "special.hpp"
#include "vec.hpp"

namespace FW_NS {
using namespace fw;
#include "linalg.inc"
#include "row.inc"
#include "order_statistic.inc"
#include "row_summaries.inc"
#include "nb_objective.inc"
#include "nb_objective_r.inc"
#include "nb_dispersion.inc"
#include "nb_start.inc"
#include "nb_irls.inc"
#include "nb_cooks.inc"
#include "log2_nearest.inc"
#include "tails.inc"
#include "tmm.inc"
static const KernelTable TABLE = {row_summaries, median_ratio, dispersion_search, profile_loglik, irls, nb_start, cooks, elementwise, normal_tail, tmm};
const KernelTable* nb_table() { return &TABLE; }
}  // namespace FW_NS
