// A function to be minimized over x (n values).
#pragma once

namespace fw {

struct Objective {
  virtual ~Objective() = default;
  // Value at x; where gradient is not null, the gradient (n) is written there.
  virtual double evaluate(const double* x, double* gradient) = 0;
};

}  // namespace fw
