#include "more_thuente.hpp"

#include <algorithm>
#include <cmath>

namespace fw {
namespace {

constexpr double DECREASE = 1e-3;
constexpr double CURVATURE = 0.9;
constexpr double INTERVAL = 0.1;      // relative width at which the search ends
constexpr double EXTRAPOLATION = 4.0;

double largest(double a, double b, double c) { return std::max(std::fabs(a), std::max(std::fabs(b), std::fabs(c))); }

}  // namespace

MoreThuente::MoreThuente(double f, double slope, double first, double step_max)
    : step(first), step_max_(step_max), f0_(f), slope0_(slope), test_(DECREASE * slope), f_low_(f), slope_low_(slope),
      f_high_(f), slope_high_(slope), max_(first + EXTRAPOLATION * first), width_(step_max), width_before_(2.0 * step_max) {}

bool MoreThuente::finished(double f, double slope) const {
  const double bound = f0_ + step * test_;
  if (bracketed_ && (step <= min_ || step >= max_)) return true;
  if (bracketed_ && max_ - min_ <= INTERVAL * max_) return true;
  if (step == step_max_ && f <= bound && slope <= test_) return true;
  if (step == 0.0 && (f > bound || slope >= test_)) return true;
  return f <= bound && std::fabs(slope) <= CURVATURE * -slope0_;
}

bool MoreThuente::advance(double f, double slope) {
  const double bound = f0_ + step * test_;
  if (stage_ == 1 && f <= bound && slope >= std::min(DECREASE, CURVATURE) * slope0_) stage_ = 2;
  if (finished(f, slope)) return false;
  if (stage_ == 1 && f <= f_low_ && f > bound) {
    // The auxiliary function f - step * test predicts the step until a point with sufficient decrease is seen.
    const double trial = step;
    f_low_ -= low_ * test_;
    f_high_ -= high_ * test_;
    slope_low_ -= test_;
    slope_high_ -= test_;
    update_interval(f - trial * test_, slope - test_);
    f_low_ += low_ * test_;
    f_high_ += high_ * test_;
    slope_low_ += test_;
    slope_high_ += test_;
  } else {
    update_interval(f, slope);
  }
  if (bracketed_) {
    if (std::fabs(high_ - low_) >= 0.66 * width_before_) step = low_ + 0.5 * (high_ - low_);
    width_before_ = width_;
    width_ = std::fabs(high_ - low_);
    min_ = std::min(low_, high_);
    max_ = std::max(low_, high_);
  } else {
    min_ = low_;
    max_ = step + EXTRAPOLATION * (step - low_);
  }
  step = std::min(std::max(step, 0.0), step_max_);
  if (bracketed_ && (step <= min_ || step >= max_ || max_ - min_ <= INTERVAL * max_)) step = low_;
  return true;
}

// Third case: lower value, slope of the same sign and smaller. The cubic may have no minimizer beyond the step.
double MoreThuente::case_three(double f, double slope) const {
  const double theta = 3.0 * (f_low_ - f) / (step - low_) + slope_low_ + slope;
  const double s = largest(theta, slope_low_, slope);
  double gamma = s * std::sqrt(std::max(0.0, (theta / s) * (theta / s) - (slope_low_ / s) * (slope / s)));
  if (step > low_) gamma = -gamma;
  const double r = ((gamma - slope) + theta) / ((gamma + (slope_low_ - slope)) + gamma);
  double cubic = step > low_ ? max_ : min_;
  if (r < 0.0 && gamma != 0.0) cubic = step + r * (low_ - step);
  const double secant = step + slope / (slope - slope_low_) * (low_ - step);
  const bool cubic_nearer = std::fabs(cubic - step) < std::fabs(secant - step);
  if (bracketed_) {
    const double next = cubic_nearer ? cubic : secant;
    const double limit = step + 0.66 * (high_ - step);
    return step > low_ ? std::min(limit, next) : std::max(limit, next);
  }
  const double next = std::fabs(cubic - step) > std::fabs(secant - step) ? cubic : secant;
  return std::max(min_, std::min(max_, next));
}

// Safeguarded cubic or quadratic step; keeps in (low, high) an interval that holds a minimizer.
void MoreThuente::update_interval(double f, double slope) {
  const double sign = slope * (slope_low_ / std::fabs(slope_low_));
  double next;
  if (f > f_low_) {
    // First case: higher value. The minimum is bracketed; the cubic if closer to the best step, else the mean.
    const double theta = 3.0 * (f_low_ - f) / (step - low_) + slope_low_ + slope;
    const double s = largest(theta, slope_low_, slope);
    double gamma = s * std::sqrt((theta / s) * (theta / s) - (slope_low_ / s) * (slope / s));
    if (step < low_) gamma = -gamma;
    const double r = ((gamma - slope_low_) + theta) / (((gamma - slope_low_) + gamma) + slope);
    const double cubic = low_ + r * (step - low_);
    const double quadratic = low_ + ((slope_low_ / ((f_low_ - f) / (step - low_) + slope_low_)) / 2.0) * (step - low_);
    next = std::fabs(cubic - low_) < std::fabs(quadratic - low_) ? cubic : cubic + (quadratic - cubic) / 2.0;
    bracketed_ = true;
  } else if (sign < 0.0) {
    // Second case: lower value, slopes of opposite sign. Bracketed; the step farther from the trial.
    const double theta = 3.0 * (f_low_ - f) / (step - low_) + slope_low_ + slope;
    const double s = largest(theta, slope_low_, slope);
    double gamma = s * std::sqrt((theta / s) * (theta / s) - (slope_low_ / s) * (slope / s));
    if (step > low_) gamma = -gamma;
    const double r = ((gamma - slope) + theta) / (((gamma - slope) + gamma) + slope_low_);
    const double cubic = step + r * (low_ - step);
    const double secant = step + slope / (slope - slope_low_) * (low_ - step);
    next = std::fabs(cubic - step) > std::fabs(secant - step) ? cubic : secant;
    bracketed_ = true;
  } else if (std::fabs(slope) < std::fabs(slope_low_)) {
    next = case_three(f, slope);
  } else if (bracketed_) {
    // Fourth case: lower value, slope not smaller. The cubic through the other end.
    const double theta = 3.0 * (f - f_high_) / (high_ - step) + slope_high_ + slope;
    const double s = largest(theta, slope_high_, slope);
    double gamma = s * std::sqrt((theta / s) * (theta / s) - (slope_high_ / s) * (slope / s));
    if (step > high_) gamma = -gamma;
    const double r = ((gamma - slope) + theta) / (((gamma - slope) + gamma) + slope_high_);
    next = step + r * (high_ - step);
  } else {
    next = step > low_ ? max_ : min_;
  }
  if (f > f_low_) {
    high_ = step;
    f_high_ = f;
    slope_high_ = slope;
  } else {
    if (sign < 0.0) {
      high_ = low_;
      f_high_ = f_low_;
      slope_high_ = slope_low_;
    }
    low_ = step;
    f_low_ = f;
    slope_low_ = slope;
  }
  step = next;
}

}  // namespace fw
