#include "bfgs.hpp"

#include <cmath>

namespace fw {
namespace {

constexpr double STEP_REDUCTION = 0.2;
constexpr double ACCEPTANCE = 1e-4;
constexpr double RELATIVE_TOLERANCE = 1.490116119384766e-8;  // sqrt of the machine epsilon
constexpr double UNCHANGED = 10.0;                            // x and x + d are equal if 10 + x and 10 + x + d are

bool is_finite(double v) { return std::fabs(v) <= 1.7976931348623157e308; }

void identity(Values& h, int n) {
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) h[i * n + j] = i == j ? 1.0 : 0.0;
}

// H of the inverse update from step t and gradient change c; false if t'c is not positive.
bool update(Values& h, const Values& t, const Values& c, int n) {
  const double d1 = dot(t.data(), c.data(), n);
  if (!(d1 > 0.0)) return false;
  Values u(n);
  for (int i = 0; i < n; ++i) u[i] = dot(&h[i * n], c.data(), n);
  const double d2 = 1.0 + dot(u.data(), c.data(), n) / d1;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j <= i; ++j) {
      h[i * n + j] += (d2 * t[i] * t[j] - t[i] * u[j] - u[i] * t[j]) / d1;
      h[j * n + i] = h[i * n + j];
    }
  return true;
}

}  // namespace

bool minimize_bfgs(Objective& f, Values& x, int max_iterations) {
  const int n = (int)x.size();
  Values g(n), t(n), c(n), start(n), h(n * n);
  double best = f.evaluate(x.data(), g.data());
  if (!is_finite(best)) return false;
  int n_gradients = 1, last_restart = 1, iteration = 0;
  bool restart = true;
  for (;;) {
    if (restart) {
      identity(h, n);
      last_restart = n_gradients;
    }
    start = x;
    c = g;
    double slope = 0.0;
    for (int i = 0; i < n; ++i) {
      t[i] = -dot(&h[i * n], g.data(), n);
      slope += t[i] * g[i];
    }
    int n_unchanged = 0;
    const bool fresh = n_gradients == last_restart;
    if (slope < 0.0) {
      double step = 1.0, value = best;
      bool accepted = false;
      while (!accepted) {
        n_unchanged = 0;
        for (int i = 0; i < n; ++i) {
          x[i] = start[i] + step * t[i];
          if (UNCHANGED + start[i] == UNCHANGED + x[i]) ++n_unchanged;
        }
        if (n_unchanged == n) break;
        value = f.evaluate(x.data(), nullptr);
        accepted = is_finite(value) && value <= best + slope * step * ACCEPTANCE;
        if (!accepted) step *= STEP_REDUCTION;
      }
      if (std::fabs(value - best) <= RELATIVE_TOLERANCE * (std::fabs(best) + RELATIVE_TOLERANCE)) {
        n_unchanged = n;
        best = value;
      }
      if (n_unchanged < n) {
        best = value;
        f.evaluate(x.data(), g.data());
        ++n_gradients;
        ++iteration;
        for (int i = 0; i < n; ++i) {
          t[i] *= step;
          c[i] = g[i] - c[i];
        }
        restart = !update(h, t, c, n);
      } else {
        if (fresh) return true;
        restart = true;
      }
    } else {
      if (fresh) return true;
      restart = true;
    }
    if (iteration >= max_iterations) return true;
    if (n_gradients - last_restart > 2 * n) restart = true;
  }
}

}  // namespace fw
