#include "lbfgsb.hpp"

#include <algorithm>
#include <cmath>

#include "lbfgsb_subspace.hpp"
#include "more_thuente.hpp"

namespace fw {
namespace {

constexpr double EPSILON = 2.220446049250313e-16;
constexpr int MAX_EVALUATIONS = 20;  // in one line search

// State of one minimization: n variables.
class BoxSearch {
 public:
  BoxSearch(Objective& f, const Values& lower, const Values& upper, const BoxSettings& settings, Values& x)
      : f_(f), lower_(lower), upper_(upper), settings_(settings), n_((int)x.size()), x_(x), g_(n_), cauchy_(n_), d_(n_),
        free_(n_, 1), free_before_(n_, 1), curvature_(n_, settings.memory), system_(settings.memory) {}

  bool run() {
    for (int i = 0; i < n_; ++i) x_[i] = std::min(std::max(x_[i], lower_[i]), upper_[i]);
    value_ = f_.evaluate(x_.data(), g_.data());
    if (projected_gradient() <= 0.0) return true;
    for (;;) {
      if (!search_direction()) {
        reset();
        continue;
      }
      const Values x_old = x_, g_old = g_;
      const double f_old = value_;
      if (!line_search(x_old, g_old, f_old)) {
        x_ = x_old;
        g_ = g_old;
        value_ = f_old;
        if (curvature_.size() == 0) return false;
        reset();
        continue;
      }
      ++iteration_;
      if (iteration_ > settings_.max_iterations) return false;
      if (projected_gradient() <= 0.0) return true;
      const double size = std::max(std::fabs(f_old), std::max(std::fabs(value_), 1.0));
      if (f_old - value_ <= EPSILON * settings_.factor * size) return true;
      store_pair(g_old);
    }
  }

 private:
  void reset() {
    curvature_.clear();
    pair_added_ = false;
  }

  double projected_gradient() const {
    double norm = 0.0;
    for (int i = 0; i < n_; ++i) {
      const double g = g_[i] < 0.0 ? std::max(x_[i] - upper_[i], g_[i]) : std::min(x_[i] - lower_[i], g_[i]);
      norm = std::max(norm, std::fabs(g));
    }
    return norm;
  }

  // First local minimizer of the quadratic model along the projected steepest descent path; sets cauchy_ and free_.
  void cauchy_point() {
    free_before_ = free_;
    Values direction(n_), break_at(n_, HUGE_VAL), z(n_, 0.0), bz(n_), bd(n_);
    for (int i = 0; i < n_; ++i) {
      const bool bound = (x_[i] <= lower_[i] && g_[i] >= 0.0) || (x_[i] >= upper_[i] && g_[i] <= 0.0);
      free_[i] = !bound;
      direction[i] = bound ? 0.0 : -g_[i];
      if (direction[i] < 0.0) break_at[i] = (x_[i] - lower_[i]) / g_[i];
      if (direction[i] > 0.0) break_at[i] = (x_[i] - upper_[i]) / g_[i];
    }
    cauchy_ = x_;
    double time = 0.0;
    for (;;) {
      curvature_.product(z, bz);
      curvature_.product(direction, bd);
      double slope = 0.0;
      for (int i = 0; i < n_; ++i) slope += direction[i] * (g_[i] + bz[i]);
      const double bend = dot(direction.data(), bd.data(), n_);
      int next = -1;
      for (int i = 0; i < n_; ++i)
        if (direction[i] != 0.0 && (next < 0 || break_at[i] < break_at[next])) next = i;
      if (next < 0) return;
      const double wanted = -slope / bend, segment = break_at[next] - time;
      if (wanted < segment) {
        time += std::max(wanted, 0.0);
        for (int i = 0; i < n_; ++i)
          if (direction[i] != 0.0) cauchy_[i] = x_[i] + time * direction[i];
        return;
      }
      time = break_at[next];
      cauchy_[next] = direction[next] > 0.0 ? upper_[next] : lower_[next];
      direction[next] = 0.0;
      free_[next] = 0;
      for (int i = 0; i < n_; ++i) z[i] = direction[i] != 0.0 ? time * direction[i] : cauchy_[i] - x_[i];
    }
  }

  // Cauchy point, then Newton step in the free variables truncated at the first bound; d_ = end - x. False: reset.
  bool search_direction() {
    cauchy_point();
    target_ = cauchy_;
    const bool any_free = std::any_of(free_.begin(), free_.end(), [](char c) { return c != 0; });
    if (curvature_.size() > 0 && any_free) {
      const bool changed = iteration_ > 0 && free_ != free_before_;
      Values z(n_), step(n_);
      for (int i = 0; i < n_; ++i) z[i] = cauchy_[i] - x_[i];
      curvature_.product(z, step);
      for (int i = 0; i < n_; ++i) step[i] = -(g_[i] + step[i]);
      if (!system_.step(curvature_, free_, free_before_, changed, pair_added_, step)) return false;
      truncate(step);
    }
    for (int i = 0; i < n_; ++i) d_[i] = target_[i] - x_[i];
    return true;
  }

  void truncate(Values& step) {
    double part = 1.0;
    int blocking = -1;
    for (int i = 0; i < n_; ++i) {
      if (!free_[i] || step[i] == 0.0) continue;
      const double room = step[i] < 0.0 ? lower_[i] - cauchy_[i] : upper_[i] - cauchy_[i];
      const bool outside = step[i] < 0.0 ? room >= 0.0 : room <= 0.0;
      double limit = part;
      if (outside) limit = 0.0;
      else if (step[i] < 0.0 ? step[i] * part < room : step[i] * part > room) limit = room / step[i];
      if (limit < part) {
        part = limit;
        blocking = i;
      }
    }
    for (int i = 0; i < n_; ++i) {
      if (!free_[i]) continue;
      if (i == blocking) target_[i] = step[i] < 0.0 ? lower_[i] : upper_[i];
      else target_[i] += part * step[i];
    }
  }

  bool line_search(const Values& x_old, const Values& g_old, double f_old) {
    double step_max = 1.0;
    if (iteration_ > 0) {
      step_max = 1e10;
      for (int i = 0; i < n_; ++i) {
        if (d_[i] < 0.0) step_max = std::min(step_max, std::min(0.0, lower_[i] - x_old[i]) / d_[i]);
        if (d_[i] > 0.0) step_max = std::min(step_max, std::max(0.0, upper_[i] - x_old[i]) / d_[i]);
      }
    }
    slope_before_ = dot(g_old.data(), d_.data(), n_);
    if (!(slope_before_ < 0.0)) return false;
    MoreThuente search(f_old, slope_before_, std::min(1.0, step_max), step_max);
    for (int evaluation = 0; evaluation < MAX_EVALUATIONS; ++evaluation) {
      step_ = search.step;
      for (int i = 0; i < n_; ++i) x_[i] = step_ == 1.0 ? target_[i] : step_ * d_[i] + x_old[i];
      value_ = f_.evaluate(x_.data(), g_.data());
      slope_ = dot(g_.data(), d_.data(), n_);
      if (!search.advance(value_, slope_)) return true;
    }
    return false;
  }

  void store_pair(const Values& g_old) {
    Values s(n_), y(n_);
    for (int i = 0; i < n_; ++i) {
      y[i] = g_[i] - g_old[i];
      s[i] = step_ == 1.0 ? d_[i] : step_ * d_[i];
    }
    const double sy = step_ == 1.0 ? slope_ - slope_before_ : (slope_ - slope_before_) * step_;
    const double descent = step_ == 1.0 ? -slope_before_ : -slope_before_ * step_;
    pair_added_ = sy > EPSILON * descent;
    if (pair_added_) curvature_.add(s, y, dot(y.data(), y.data(), n_) / sy);
  }

  Objective& f_;
  const Values &lower_, &upper_;
  const BoxSettings settings_;
  int n_;
  int iteration_ = 0;
  bool pair_added_ = false;
  double value_ = 0.0, step_ = 0.0, slope_ = 0.0, slope_before_ = 0.0;
  Values& x_;
  Values g_, cauchy_, d_, target_;
  std::vector<char> free_, free_before_;
  Curvature curvature_;
  FreeSystem system_;
};

}  // namespace

bool minimize_in_box(Objective& f, const Values& lower, const Values& upper, const BoxSettings& settings, Values& x) {
  return BoxSearch(f, lower, upper, settings, x).run();
}

}  // namespace fw
