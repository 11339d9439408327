// The kernels of rank sums, group moments, projections and the tails of t and F, once per instruction set (see family_nb.cpp).
#include "rank_kernels.hpp"
#include "special.hpp"
#include "vec.hpp"

namespace FW_NS {
using namespace fw;
#include "row.inc"
#include "rank_sum.inc"
#include "group_moments.inc"
#include "project_rows.inc"
#include "beta_tail.inc"
static const RankTable RANKS = {rank_sum, group_moments, project_rows, beta_tail};
const RankTable* ranks_table() { return &RANKS; }
}  // namespace FW_NS
