#include "lbfgs.hpp"

#include <algorithm>
#include <cmath>

namespace fw {
namespace {

constexpr double DECREASE = 1e-4;
constexpr double CURVATURE = 0.9;
constexpr double EXPANSION = 2.0;
constexpr double NEAR_END = 0.01;  // of the bracket: an interpolated step closer to an end is replaced by the middle
constexpr int MAX_TRIALS = 100;
constexpr double EPSILON = 2.220446049250313e-16;

double norm(const Values& v) { return std::sqrt(dot(v.data(), v.data(), (int)v.size())); }

// Newest pairs with the products s'y; the two-loop recursion.
struct Pairs {
  std::vector<Values> s, y;
  Values sy;
  double scale = 1.0;  // y'y / s'y of the newest pair

  void add(Values&& s_new, Values&& y_new, int memory) {
    const int n = (int)s_new.size();
    const double product = dot(s_new.data(), y_new.data(), n), square = dot(y_new.data(), y_new.data(), n);
    if (!(product > EPSILON * square)) return;
    if ((int)s.size() == memory) {
      s.erase(s.begin());
      y.erase(y.begin());
      sy.erase(sy.begin());
    }
    scale = square / product;
    s.push_back(std::move(s_new));
    y.push_back(std::move(y_new));
    sy.push_back(product);
  }

  void direction(const Values& gradient, Values& d) const {
    const int n = (int)gradient.size(), m = (int)s.size();
    Values a(m);
    for (int i = 0; i < n; ++i) d[i] = -gradient[i];
    for (int k = m - 1; k >= 0; --k) {
      a[k] = dot(s[k].data(), d.data(), n) / sy[k];
      for (int i = 0; i < n; ++i) d[i] -= a[k] * y[k][i];
    }
    for (int i = 0; i < n; ++i) d[i] /= scale;
    for (int k = 0; k < m; ++k) {
      const double b = dot(y[k].data(), d.data(), n) / sy[k];
      for (int i = 0; i < n; ++i) d[i] += (a[k] - b) * s[k][i];
    }
  }
};

// A point on the search line.
struct Trial {
  double step, value, slope;
};

class WolfeSearch {
 public:
  WolfeSearch(Objective& f, const Values& origin, const Values& direction, Values& x, Values& gradient)
      : f_(f), origin_(origin), direction_(direction), x_(x), gradient_(gradient), n_((int)x.size()) {}

  // First trial at `step`; value and slope at step 0. On success x, gradient and value are those of the answer.
  bool run(double step, double& value, double slope) {
    if (slope > 0.0) return false;
    const double value0 = value, decrease = DECREASE * slope, curvature = -CURVATURE * slope;
    Trial low{0.0, value, slope}, high{0.0, value, slope};
    keep();
    int trials = 0;
    for (;;) {  // bracketing
      Trial t = evaluate(step);
      value = t.value;
      if (t.value - value0 > step * decrease || (low.step > 0.0 && t.value >= low.value)) {
        high = t;
        break;
      }
      if (std::fabs(t.slope) <= curvature) return true;
      high = low;
      low = t;
      keep();
      if (t.slope >= 0.0) break;
      if (++trials >= MAX_TRIALS) return true;
      step *= EXPANSION;
    }
    for (;;) {  // zoom
      step = interpolate(low, high);
      Trial t = evaluate(step);
      value = t.value;
      if (t.value - value0 > step * decrease || t.value >= low.value) {
        if (step == high.step) return false;
        high = t;
      } else {
        if (std::fabs(t.slope) <= curvature) return true;
        if (t.slope * (high.step - low.step) >= 0.0) high = low;
        if (step == low.step) return false;
        low = t;
        keep();
      }
      if (++trials >= MAX_TRIALS) {
        if (low.step <= 0.0) return false;
        x_ = x_low_;
        gradient_ = gradient_low_;
        value = low.value;
        return true;
      }
    }
  }

 private:
  void keep() {
    x_low_ = x_;
    gradient_low_ = gradient_;
  }
  Trial evaluate(double step) {
    for (int i = 0; i < n_; ++i) x_[i] = origin_[i] + step * direction_[i];
    const double value = f_.evaluate(x_.data(), gradient_.data());
    return {step, value, dot(gradient_.data(), direction_.data(), n_)};
  }
  // Minimum of the parabola through the low value, low slope and high value, else the middle.
  static double interpolate(const Trial& low, const Trial& high) {
    const double rise = high.value - low.value, width = high.step - low.step, middle = (high.step + low.step) / 2.0;
    const double step = (rise * low.step - middle * width * low.slope) / (rise - width * low.slope);
    const double to_end = std::min(std::fabs(step - low.step), std::fabs(step - high.step));
    const bool inside = step > std::min(low.step, high.step) && step < std::max(low.step, high.step);
    return inside && !(to_end < NEAR_END * std::fabs(width)) ? step : middle;
  }

  Objective& f_;
  const Values &origin_, &direction_;
  Values &x_, &gradient_;
  int n_;
  Values x_low_, gradient_low_;
};

bool flat(const Values& gradient, const Values& x, double tolerance) {
  const double g = norm(gradient);
  return g <= tolerance || g <= tolerance * norm(x);
}

}  // namespace

bool minimize_lbfgs(Objective& f, const LbfgsSettings& settings, Values& x) {
  const int n = (int)x.size();
  Values gradient(n), direction(n);
  double value = f.evaluate(x.data(), gradient.data());
  double value_before = value;
  if (flat(gradient, x, settings.gradient_tolerance)) return true;
  for (int i = 0; i < n; ++i) direction[i] = -gradient[i];
  double step = 1.0 / norm(direction);
  Pairs pairs;
  for (int k = 1;; ++k) {
    const Values x_old = x, gradient_old = gradient;
    const double slope = dot(gradient.data(), direction.data(), n);
    if (!WolfeSearch(f, x_old, direction, x, gradient).run(step, value, slope)) return false;
    if (flat(gradient, x, settings.gradient_tolerance)) return true;
    const double size = std::max(std::max(std::fabs(value), std::fabs(value_before)), 1.0);
    if (std::fabs(value_before - value) <= settings.value_tolerance * size) return true;
    if (!(std::fabs(value) <= 1.7e308)) return false;
    value_before = value;
    if (k >= settings.max_iterations) return true;
    Values s(n), y(n);
    for (int i = 0; i < n; ++i) {
      s[i] = x[i] - x_old[i];
      y[i] = gradient[i] - gradient_old[i];
    }
    pairs.add(std::move(s), std::move(y), settings.memory);
    pairs.direction(gradient, direction);
    step = 1.0;
  }
}

}  // namespace fw
