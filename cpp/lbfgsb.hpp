// Limited-memory BFGS inside a box, in the 2.x generation (Byrd, Lu, Nocedal, Zhu 1995, SIAM J. Sci. Comput. 16:1190;
// Zhu et al. 1997, ACM TOMS 23:550), that is with the subspace step truncated at the box, and with the reduced matrix
// of the subspace step kept up to date incrementally. DESeq2 specification, section 8.7.
#pragma once
#include "objective.hpp"
#include "small_matrix.hpp"

namespace fw {

struct BoxSettings {
  double factor = 1e7;  // stop when f falls by less than factor * 2.2e-16 * max(|f|, 1)
  int max_iterations = 100;
  int memory = 5;
};

// x: start in, answer out (n). lower, upper: finite bounds (n). Returns whether the stop rule was met.
bool minimize_in_box(Objective& f, const Values& lower, const Values& upper, const BoxSettings& settings, Values& x);

}  // namespace fw
