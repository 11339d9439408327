// Line search with sufficient decrease and curvature condition (More and Thuente 1994, ACM TOMS 20:286),
// in the form of MINPACK-2 of 1993 that the 2.x generation of L-BFGS-B uses.
#pragma once

namespace fw {

// Reverse communication: construct at step 0, then evaluate at `step` and call `advance` until it returns false.
class MoreThuente {
 public:
  // f, slope: value and directional derivative (< 0) at step 0; step: first trial.
  MoreThuente(double f, double slope, double step, double step_max);
  // Takes value and slope at `step`. True: evaluate again at the new `step`. False: `step` is the answer.
  bool advance(double f, double slope);
  double step;

 private:
  bool finished(double f, double slope) const;
  void update_interval(double f, double slope);
  double case_three(double f, double slope) const;

  double step_max_, f0_, slope0_, test_;
  bool bracketed_ = false;
  int stage_ = 1;
  double low_ = 0.0, f_low_, slope_low_;    // best step so far
  double high_ = 0.0, f_high_, slope_high_; // other end of the interval
  double min_ = 0.0, max_;                  // range of the next step
  double width_, width_before_;
};

}  // namespace fw
