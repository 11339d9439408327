// Variable metric method of Nash (Compact Numerical Methods for Computers, algorithm 21), with a restart every 2n
// gradients. DESeq2 specification, section 16.4.
#pragma once
#include "objective.hpp"
#include "small_matrix.hpp"

namespace fw {

// x: start in, answer out (n). False: the value at the start is not finite.
bool minimize_bfgs(Objective& f, Values& x, int max_iterations = 100);

}  // namespace fw
