// Log density of the negative binomial, split into its maximum over the mean and half the unit deviance.
//
// ln NB(K; mu, alpha) = S(K) - D(K, mu). D has two forms; the one without cancellation is taken, since
// the numerical gradients of the fallback optimizer divide its rounding by 1e-3. r = 1/alpha.
#pragma once
#include "gene_row.hpp"

namespace fw {

// Sum whose rounding does not grow with the number of terms (Neumaier 1974).
class CompensatedSum {
 public:
  void add(double x) {
    const double t = sum_ + x;
    const double a = sum_ < 0 ? -sum_ : sum_, b = x < 0 ? -x : x;
    low_ += a >= b ? (sum_ - t) + x : (x - t) + sum_;
    sum_ = t;
  }
  double value() const { return sum_ - sum_ == 0.0 ? sum_ + low_ : sum_; }

 private:
  double sum_ = 0.0, low_ = 0.0;
};

// Log density at mu = count. count >= 0, alpha > 0.
inline double nb_saturated(double count, double alpha) {
  if (count == 0.0) return 0.0;
  const double r = 1.0 / alpha, z = count + r;
  const double saturated = -count * FW_NS::log1p1(r / count) - r * FW_NS::log1p1(count / r);
  const double log_factorial = FW_NS::lgamma1(count + 1.0);
  if (r < 10.0) return FW_NS::lgamma1(z) - FW_NS::lgamma1(r) - log_factorial + saturated;
  // ln Gamma(z) - ln Gamma(r) - count ln r by Stirling's series: no difference of large numbers.
  const double rise = (z - 0.5) * FW_NS::log1p1(alpha * count) - count + FW_NS::stirling_t(1.0 / z) - FW_NS::stirling_t(1.0 / r);
  return rise - log_factorial - z * FW_NS::log1p1(count / r) + count * FW_NS::log1(count);
}

// x - ln(1 + x), x > -1, without cancellation near 0.
inline double log1p_gap(double x) {
  if (x > 0.1 || x < -0.1) return x - FW_NS::log1p1(x);
  // ln(1 + x) = 2 atanh(s), s = x/(2 + x); x - 2s = s x.
  const double s = x / (2.0 + x), q = s * s;
  const double series = q * (1.0 / 3 + q * (1.0 / 5 + q * (1.0 / 7 + q * (1.0 / 9 + q * (1.0 / 11 + q * (1.0 / 13 + q / 15))))));
  return s * x - 2.0 * s * series;
}

// D(K, mu) >= 0. Infinite where mu is 0 with a positive count, or infinite.
inline double nb_half_deviance(double count, double mu, double alpha) {
  if (!(mu < FW_NS::infinity())) return FW_NS::infinity();
  const double r = 1.0 / alpha;
  if (count == 0.0) return r * FW_NS::log1p1(mu / r);
  if (!(mu > 0.0)) return FW_NS::infinity();
  const double difference = mu - count;
  if (r > count) {
    const double gap = mu < 0.5 * count ? difference - count * FW_NS::log1(mu / count) : count * log1p_gap(difference / count);
    return gap - (count + r) * log1p_gap(difference / (count + r));
  }
  return count * (FW_NS::log1p1(r / mu) - FW_NS::log1p1(r / count)) + r * FW_NS::log1p1(difference / (count + r));
}

}  // namespace fw
