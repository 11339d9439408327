// lgamma and digamma in the rounding that R shows, and a log rounded as glibc's: for decisions that hang on R's last digits.
// Source: SLATEC/FNLIB DGAMMA and D9LGMC (public domain), Amos 1983 (TOMS 610) for digamma; DESeq2 specification, section 5.
#pragma once
#include "special.hpp"

namespace FW_NS {

template <class T> struct Pair { T high, low; };  // unevaluated sum
template <class T> FW_INLINE Pair<T> two_sum(const T& a, const T& b) {
  T s = a + b, t = s - a;
  return {s, (a - (s - t)) + (b - t)};
}
template <class T> FW_INLINE Pair<T> two_product(const T& a, const T& b) {  // Dekker's split: no fused multiply-add
  T p = a * b;
  T ca = 134217729.0 * a, cb = 134217729.0 * b;
  T ah = ca - (ca - a), bh = cb - (cb - b);
  T al = a - ah, bl = b - bh;
  return {p, ((ah * bh - p) + ah * bl + al * bh) + al * bl};
}

// log with the error of the last rounding only (about .51 ulp): 2 atanh(f / (2 + f)), leading term in two words.
template <class T> FW_INLINE T log_tight(const T& x) {
  T k, m;
  split_exponent(x, k, m);
  T f = m - 1.0;
  Pair<T> d = two_sum(constant<T>(2.0), f);
  T s = f / d.high;
  Pair<T> sd = two_product(s, d.high);
  T s_low = ((f - sd.high) - sd.low - s * d.low) / d.high;
  T z = s * s;
  T w = z * z;
  T t1 = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  T t2 = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  T rest = s * (t1 + t2);  // log(1+f) = 2 s + s R
  Pair<T> a = two_sum<T>(k * LN2_HIGH, 2.0 * s);
  Pair<T> b = two_sum(a.high, rest);
  T low = a.low + 2.0 * s_low + b.low + k * LN2_LOW;
  return b.high + low;
}
FW_INLINE double log_r(double x) { return x > 0.0 && x < 1e300 ? log_tight(x) : log1(x); }

static const double GAMMA_SERIES[22] = {
    .8571195590989331421920062399942e-2, .4415381324841006757191315771652e-2, .5685043681599363378632664588789e-1,
    -.4219835396418560501012500186624e-2, .1326808181212460220584006796352e-2, -.1893024529798880432523947023886e-3,
    .3606925327441245256578082217231e-4, -.6056761904460864218485548290365e-5, .1055829546302283344731823509093e-5,
    -.1811967365542384048291855891166e-6, .3117724964715322277790254593169e-7, -.5354219639019687140874081024347e-8,
    .9193275519859588946887786825940e-9, -.1577941280288339761767423273953e-9, .2707980622934954543266540433089e-10,
    -.4646818653825730144081661058933e-11, .7973350192007419656460767175359e-12, -.1368078209830916025799499172309e-12,
    .2347319486563800657233471771688e-13, -.4027432614949066932766570534699e-14, .6910051747372100912138336975257e-15,
    -.1185584500221992907052387126192e-15};
static const double LGAMMA_SERIES[5] = {.1666389480451863247205729650822e+0, -.1384948176067563840732986059135e-4,
                                        .9810825646924729426157171547487e-8, -.1809129475572494194263306266719e-10,
                                        .6221098041892605227126015543416e-13};
// Bernoulli numbers B4, B6, ... B40.
static const double BERNOULLI[19] = {
    -0.03333333333333333, 0.023809523809523808, -0.03333333333333333, 0.07575757575757576, -0.2531135531135531, 1.1666666666666667,
    -7.092156862745098, 54.971177944862156, -529.1242424242424, 6192.123188405797, -86580.25311355312, 1425517.1666666667,
    -27298231.067816094, 601580873.9006424, -15116315767.092157, 429614643061.1667, -13711655205088.332, 488332318973593.2,
    -1.9296579341940068e+16};

FW_INLINE double chebyshev(double x, const double* c, int n) {
  double b2 = 0, b1 = 0, b0 = 0, twice = x * 2;
  for (int i = 1; i <= n; ++i) { b2 = b1; b1 = b0; b0 = twice * b1 - b2 + c[n - i]; }
  return (b0 - b2) * 0.5;
}
FW_INLINE double gamma_small(double x) {  // 0 < x <= 10
  int k = (int)x;
  double y = x - k;
  double g = chebyshev(y * 2 - 1, GAMMA_SERIES, 22) + .9375;
  if (k == 0) return g / x;
  for (int i = 1; i < k; ++i) g *= (y + i);
  return g;
}
FW_CALL double lgamma_r1(double x) {
  if (!(x > 0.0)) return not_a_number();
  if (x <= 10.0) return log_r(gamma_small(x));
  if (x > 1e17) return x * (log_r(x) - 1.0);
  double main = HALF_LOG_2PI + (x - 0.5) * log_r(x) - x;
  if (x > 4934720.0) return main;
  double t = 10.0 / x;
  return main + chebyshev(t * t * 2 - 1, LGAMMA_SERIES, 5) / x;
}
FW_CALL double digamma_r1(double x) {
  if (!(x > 0.0)) return not_a_number();
  if (x * log_r(x) > 1.0 / (2.0 * 2.220446049250313e-16)) return log_r(x);
  int n = 0;
  double z = x;
  if (x < 9.0) { n = 9 - (int)x; z = x + n; }
  double half = 1.0 / (2.0 * z);
  double inverse_square = 1.0 / (z * z);
  double tolerance = 1.1102230246251565e-16 * half;
  double t = 0.5 * inverse_square;
  double s = t * (1.0 / 6.0);
  if ((s < 0 ? -s : s) >= tolerance) {
    double tk = 2.0;
    for (int i = 0; i < 19; ++i) {
      t = t * ((tk + 1.0) / (tk + 1.0)) * (tk / (tk + 2.0)) * inverse_square;
      double term = t * BERNOULLI[i];
      if ((term < 0 ? -term : term) < tolerance) break;
      s += term;
      tk += 2.0;
    }
  }
  s += half;
  for (int i = 1; i <= n; ++i) s += 1.0 / (x + (n - i));
  return -(s - log_r(z));
}

// The two above 10 (and below 1e13), eight at a time, with the same operations. log_x = log_tight(x).
FW_INLINE Vec lgamma_r_above_10(const Vec& x, const Vec& log_x) {
  Vec main = HALF_LOG_2PI + (x - 0.5) * log_x - x;
  Vec t = 10.0 / x;
  Vec twice = (t * t * 2.0 - 1.0) * 2.0;
  Vec b2 = splat(0.0), b1 = splat(0.0), b0 = splat(0.0);
  for (int i = 1; i <= 5; ++i) { b2 = b1; b1 = b0; b0 = twice * b1 - b2 + LGAMMA_SERIES[5 - i]; }
  Vec corrected = main + (b0 - b2) * 0.5 / x;
  return select(x > splat(4934720.0), main, corrected);
}
FW_INLINE Vec digamma_r_above_10(const Vec& x, const Vec& log_x) {
  const Vec zero = splat(0.0), one = splat(1.0);
  Vec half = 1.0 / (2.0 * x);
  Vec inverse_square = 1.0 / (x * x);
  Vec tolerance = 1.1102230246251565e-16 * half;
  Vec t = 0.5 * inverse_square;
  Vec s = t * (1.0 / 6.0);
  Vec active = select(s >= tolerance, one, zero);  // 1 until a term falls below the tolerance
  double tk = 2.0;
  for (int i = 0; i < 19 && sum(active) > 0.0; ++i) {
    t = t * (tk / (tk + 2.0)) * inverse_square;
    Vec term = t * BERNOULLI[i];
    active = select(max(term, -term) < tolerance, zero, active);
    s = s + term * active;
    tk += 2.0;
  }
  s = s + half;
  return -(s - log_x);
}

}  // namespace FW_NS
