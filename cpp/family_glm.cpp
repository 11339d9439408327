// Generalized linear models as edgeR fits them; see family_nb.cpp for what a family is.
#include "glm_kernels.hpp"
#include "special.hpp"
#include "vec.hpp"

namespace FW_NS {
using namespace fw;
#include "linalg.inc"
#include "row.inc"
#include "glm_tile.inc"
#include "glm_one_way.inc"
#include "glm_levenberg.inc"
#include "glm_profile.inc"
#include "glm_grid_maximum.inc"
static const GlmTable GLM_TABLE = {one_way, levenberg, glm_deviance, refit, grid_maximum};
const GlmTable* glm_table() { return &GLM_TABLE; }
}  // namespace FW_NS
