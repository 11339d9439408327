// Elementary and special functions, as vectors of eight and as scalars with the same operations.
//
// log and exp follow the reductions of fdlibm (Copyright Sun Microsystems 1993; notice in LICENSES/fdlibm.txt).
// No libm: glibc chooses its log and exp by CPU, so bits would differ between machines.
#pragma once
#include "vec.hpp"

namespace FW_NS {

constexpr double LN2_HIGH = 6.93147180369123816490e-01;
constexpr double LN2_LOW = 1.90821492927058770002e-10;
constexpr double LN2 = 0.693147180559945309417;
constexpr double HALF_LOG_2PI = 0.918938533204672741780329736406;

// ---- the two number types share each algorithm -------------------------------------------------
FW_INLINE double choose(bool m, double a, double b) { return m ? a : b; }
FW_INLINE Vec choose(const Mask& m, const Vec& a, const Vec& b) { return select(m, a, b); }
template <class T> FW_INLINE T constant(double x);
template <> FW_MEMBER double constant<double>(double x) { return x; }
template <> FW_MEMBER Vec constant<Vec>(double x) { return splat(x); }

// x = 2^k (1 + f), sqrt(1/2) <= 1 + f < sqrt(2); k as a double.
FW_INLINE void split_exponent(double x, double& k, double& one_plus_f) {
  uint64_t u; std::memcpy(&u, &x, 8);
  u += 0x3ff0000000000000ull - 0x3fe6a09e00000000ull;
  uint64_t e = u >> 52;
  uint64_t d = e | 0x4330000000000000ull;
  std::memcpy(&k, &d, 8);
  k = k - 4503599627371519.0;  // 2^52 + 1023
  u = (u & 0x000fffffffffffffull) + 0x3fe6a09e00000000ull;
  std::memcpy(&one_plus_f, &u, 8);
}
FW_INLINE void split_exponent(const Vec& x, Vec& k, Vec& one_plus_f) {
  Bits u = bits_of(x) + splat_bits(0x3ff0000000000000ll - 0x3fe6a09e00000000ll);
  Bits e = shift_right(u, 52);
  k = from_bits(e | splat_bits(0x4330000000000000ll)) - 4503599627371519.0;
  one_plus_f = from_bits((u & splat_bits(0x000fffffffffffffll)) + splat_bits(0x3fe6a09e00000000ll));
}

// Natural log of positive normal numbers, below 1 ulp.
template <class T> FW_INLINE T log_t(const T& x) {
  T k, m;
  split_exponent(x, k, m);
  T f = m - 1.0;
  T s = f / (2.0 + f);
  T z = s * s;
  T w = z * z;
  T t1 = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  T t2 = z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  T hfsq = 0.5 * f * f;
  return s * (hfsq + (t2 + t1)) + k * LN2_LOW - hfsq + f + k * LN2_HIGH;
}

// 2^k scaling: the low bits of t hold k in two's complement after the magic addition.
FW_INLINE double scale_by_magic(double y, double t) {
  uint64_t a, b; std::memcpy(&a, &y, 8); std::memcpy(&b, &t, 8);
  a += b << 52; std::memcpy(&y, &a, 8); return y;
}
FW_INLINE Vec scale_by_magic(const Vec& y, const Vec& t) { return from_bits(bits_of(y) + shift_left(bits_of(t), 52)); }

// exp, argument clamped to [-708, 709], below 1 ulp.
template <class T> FW_INLINE T exp_t(const T& x0) {
  T x = choose(x0 < constant<T>(-708.0), constant<T>(-708.0), x0);
  x = choose(x > constant<T>(709.0), constant<T>(709.0), x);
  constexpr double MAGIC = 6755399441055744.0;  // 1.5 * 2^52
  T t = x * 1.44269504088896338700 + MAGIC;
  T k = t - MAGIC;
  T hi = x - k * LN2_HIGH;
  T lo = k * LN2_LOW;
  T r = hi - lo;
  T z = r * r;
  T c = r - z * (1.66666666666666019037e-01 + z * (-2.77777777770155933842e-03 + z * (6.61375632143793436117e-05 + z * (-1.65339022054652515390e-06 + z * 4.13813679705723846039e-08))));
  T y = 1.0 + (r * c / (2.0 - c) - lo + hi);
  return scale_by_magic(y, t);
}

// log(1 + x) for x > -1: log of the rounded sum plus the classical correction.
template <class T> FW_INLINE T log1p_t(const T& x) {
  T u = 1.0 + x;
  return log_t(u) + (x - (u - 1.0)) / u;
}

FW_INLINE double expm1_scalar(double x) {
  if (x > 1.0 || x < -1.0) return exp_t(x) - 1.0;
  double s = 0.0;  // Taylor series, 1/19! first
  for (int k = 19; k >= 2; --k) s = (s + 1.0) * x / k;
  return x + x * s;
}

// Stirling correction S(z) = lgamma(z) - ((z - 1/2) ln z - z + ln(2 pi)/2), z >= 8; iz = 1/z.
template <class T> FW_INLINE T stirling_t(const T& iz) {
  T z2 = iz * iz;
  return iz * (1.0 / 12 + z2 * (-1.0 / 360 + z2 * (1.0 / 1260 + z2 * (-1.0 / 1680 + z2 * (1.0 / 1188 + z2 * (-691.0 / 360360 + z2 * (1.0 / 156)))))));
}
// d(z) = digamma(z) - ln z, z >= 8; iz = 1/z.
template <class T> FW_INLINE T digamma_correction_t(const T& iz) {
  T z2 = iz * iz;
  return -0.5 * iz - z2 * (1.0 / 12 + z2 * (-1.0 / 120 + z2 * (1.0 / 252 + z2 * (-1.0 / 240 + z2 * (1.0 / 132 + z2 * (-691.0 / 32760 + z2 * (1.0 / 12)))))));
}

// ---- logarithm of a ratio u/v of positive vectors, for callers that merge its division with others --------------------
// s = (u 2^-k - v)/(u 2^-k + v) with k the rounded log2(u/v), so |s| <= 0.2004.
struct RatioSplit {
  Vec k, numerator, denominator;
};
FW_INLINE RatioSplit split_ratio(const Vec& u, const Vec& v, const Vec& u_minus_v) {
  Bits t = bits_of(u) - bits_of(v) + splat_bits(0x3ff8000000000000ll);  // exponent bias and one half
  Bits e = t & splat_bits((int64_t)0xfff0000000000000ull);
  Vec k = from_bits(shift_right(t, 52) | splat_bits(0x4330000000000000ll)) - 4503599627371519.0;  // 2^52 + 1023
  Vec scaled = from_bits(bits_of(u) + splat_bits(0x3ff0000000000000ll) - e);
  return {k, select(k == splat(0.0), u_minus_v, scaled - v), scaled + v};
}
// k ln 2 + 2 atanh(s): minimax in s^2, error 3e-17 relative to s (scripts/minimax_log.py).
FW_INLINE Vec log_of_split(const Vec& k, const Vec& s) {
  Vec z2 = s * s, z4 = z2 * z2;
  Vec odd = z2 * (0.39999999996073587 + z4 * (0.22222137213132623 + z4 * 0.152491345148182509));
  Vec even = 0.666666666666728725 + z4 * (0.285714294110793342 + z4 * (0.181864087927813942 + z4 * 0.153763827831132756));
  return k * LN2_HIGH + ((s + s) + (s * (z2 * (even + odd)) + k * LN2_LOW));
}

// Stirling and digamma corrections with 7, 5 or 3 terms: below 2e-16 from z = 8, 16 and 64 on. z2 = iz^2.
template <int TERMS> FW_INLINE Vec stirling_sum(const Vec& iz, const Vec& z2) {
  Vec t = TERMS == 7 ? z2 * (-1.0 / 1680 + z2 * (1.0 / 1188 + z2 * (-691.0 / 360360 + z2 * (1.0 / 156))))
                     : TERMS == 5 ? z2 * (-1.0 / 1680 + z2 * (1.0 / 1188)) : splat(0.0);
  Vec third = TERMS == 3 ? splat(1.0 / 1260) : 1.0 / 1260 + t;
  return iz * (1.0 / 12 + z2 * (-1.0 / 360 + z2 * third));
}
template <int TERMS> FW_INLINE Vec digamma_sum(const Vec& iz, const Vec& z2) {
  Vec t = TERMS == 7 ? z2 * (-1.0 / 240 + z2 * (1.0 / 132 + z2 * (-691.0 / 32760 + z2 * (1.0 / 12))))
                     : TERMS == 5 ? z2 * (-1.0 / 240 + z2 * (1.0 / 132)) : splat(0.0);
  Vec third = TERMS == 3 ? splat(1.0 / 252) : 1.0 / 252 + t;
  return -0.5 * iz - z2 * (1.0 / 12 + z2 * (-1.0 / 120 + z2 * third));
}

// ---- scalar functions for any positive argument -------------------------------------------------
FW_INLINE double infinity() { return __builtin_inf(); }
FW_INLINE double not_a_number() { return __builtin_nan(""); }

FW_CALL double log1(double x) {
  if (!(x > 0.0)) return x == 0.0 ? -infinity() : not_a_number();
  if (x == infinity()) return x;
  if (x < 2.2250738585072014e-308) return log_t(x * 18014398509481984.0) - 54 * LN2;
  return log_t(x);
}
FW_CALL double exp1(double x) {
  if (x != x) return x;
  if (x > 709.782712893384) return infinity();
  if (x < -745.2) return 0.0;
  if (x > 709.0) return exp_t(x - 2.0) * 7.38905609893065022723;
  if (x < -708.0) return exp_t(x + 64.0) * 1.60381089054863792659e-28;
  return exp_t(x);
}
FW_CALL double log1p1(double x) {
  if (!(x > -1.0)) return x == -1.0 ? -infinity() : not_a_number();
  if (x == infinity()) return x;
  if (x < 1.1e-16 && x > -1.1e-16) return x;
  return log1p_t(x);
}
FW_CALL double expm11(double x) {
  if (x != x) return x;
  if (x > 709.0) return exp1(x);
  if (x < -40.0) return -1.0;
  return expm1_scalar(x);
}
FW_CALL double lgamma1(double x) {
  if (!(x > 0.0)) return x == 0.0 ? infinity() : not_a_number();
  if (x == 1.0 || x == 2.0) return 0.0;
  if (x == infinity()) return x;
  double shift = 1.0;
  while (x < 8.0) { shift *= x; x += 1.0; }
  return (x - 0.5) * log_t(x) - x + HALF_LOG_2PI + stirling_t(1.0 / x) - (shift == 1.0 ? 0.0 : log1(shift));
}
FW_CALL double digamma1(double x) {
  if (!(x > 0.0)) return not_a_number();
  if (x == infinity()) return x;
  double shift = 0.0;
  while (x < 8.0) { shift += 1.0 / x; x += 1.0; }
  return log_t(x) + digamma_correction_t(1.0 / x) - shift;
}
FW_CALL double trigamma1(double x) {
  if (!(x > 0.0)) return not_a_number();
  double shift = 0.0;
  while (x < 16.0) { shift += 1.0 / (x * x); x += 1.0; }
  double iz = 1.0 / x, z2 = iz * iz;
  double tail = z2 * (1.0 / 6 + z2 * (-1.0 / 30 + z2 * (1.0 / 42 + z2 * (-1.0 / 30 + z2 * (5.0 / 66 + z2 * (-691.0 / 2730))))));
  return shift + iz * (1.0 + 0.5 * iz + tail);
}

}  // namespace FW_NS
