// Unconstrained limited-memory BFGS (Nocedal and Wright 2006, algorithms 7.4, 3.5 and 3.6) with the stop rules and the
// safeguards of the LBFGS++ library (MIT). DESeq2 specification, section 16.3.
#pragma once
#include "objective.hpp"
#include "small_matrix.hpp"

namespace fw {

struct LbfgsSettings {
  int memory = 6;
  int max_iterations = 300;
  double gradient_tolerance = 1e-8;  // absolute, and relative to the norm of x
  double value_tolerance = 1e-8;     // relative to max(|f|, 1)
};

// x: start in, answer out (n). False: the line search failed or f is not finite.
bool minimize_lbfgs(Objective& f, const LbfgsSettings& settings, Values& x);

}  // namespace fw
