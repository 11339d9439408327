// Eight lanes of double: the only vector type of the kernels.
//
// Sample j lives in lane j mod 8 whatever the instruction set, so sums have one order and results
// the same bits everywhere. A tier sets FW_WIDTH to the doubles of its native register (8, 4, 2)
// or 1 for plain loops. Everything is static and inlined: no symbol may leave the unit.
#pragma once
#include <cstdint>
#include <cstring>

#define FW_INLINE static inline __attribute__((always_inline))
#define FW_MEMBER inline __attribute__((always_inline))
#define FW_CALL static __attribute__((noinline, unused))  // large pieces that many instances share

#ifndef FW_WIDTH
#define FW_WIDTH 2
#endif

namespace FW_NS {

constexpr int LANES = 8;
constexpr int PARTS = LANES / FW_WIDTH;

#if FW_WIDTH > 1
typedef double native_t __attribute__((vector_size(FW_WIDTH * 8)));
typedef int64_t native_i __attribute__((vector_size(FW_WIDTH * 8)));
#else
typedef double native_t;
typedef int64_t native_i;
#endif

struct Mask { native_i part[PARTS]; };   // each lane 0 or -1
struct Bits { native_i part[PARTS]; };   // eight int64

struct Vec {
  native_t part[PARTS];
};

// A statement for each part i, written out: loops over parts would keep the array in memory.
#define FW_PART(k, ...) { constexpr int i = k; __VA_ARGS__; }
#if FW_WIDTH == 8
#define FW_EACH(...) FW_PART(0, __VA_ARGS__)
#elif FW_WIDTH == 4
#define FW_EACH(...) FW_PART(0, __VA_ARGS__) FW_PART(1, __VA_ARGS__)
#elif FW_WIDTH == 2
#define FW_EACH(...) FW_PART(0, __VA_ARGS__) FW_PART(1, __VA_ARGS__) FW_PART(2, __VA_ARGS__) FW_PART(3, __VA_ARGS__)
#else
#define FW_EACH(...) for (int i = 0; i < PARTS; ++i) { __VA_ARGS__; }
#endif

FW_INLINE native_t native_splat(double x) {
#if FW_WIDTH > 1
  return native_t{} + x;
#else
  return x;
#endif
}
FW_INLINE native_i native_splat_i(int64_t x) {
#if FW_WIDTH > 1
  return native_i{} + x;
#else
  return x;
#endif
}

FW_INLINE Vec splat(double x) { Vec r; FW_EACH(r.part[i] = native_splat(x)) return r; }
FW_INLINE Bits splat_bits(int64_t x) { Bits r; FW_EACH(r.part[i] = native_splat_i(x)) return r; }
// Part by part: a copy of 64 bytes would keep the struct in memory where registers are narrower.
FW_INLINE Vec load(const double* p) { Vec r; FW_EACH(std::memcpy(&r.part[i], p + i * FW_WIDTH, sizeof(native_t))) return r; }
FW_INLINE void store(double* p, const Vec& v) { FW_EACH(std::memcpy(p + i * FW_WIDTH, &v.part[i], sizeof(native_t))) }

#define FW_BINARY(op) \
  FW_INLINE Vec operator op(const Vec& a, const Vec& b) { Vec r; FW_EACH(r.part[i] = a.part[i] op b.part[i]) return r; } \
  FW_INLINE Vec operator op(const Vec& a, double b) { return a op splat(b); } \
  FW_INLINE Vec operator op(double a, const Vec& b) { return splat(a) op b; }
FW_BINARY(+)
FW_BINARY(-)
FW_BINARY(*)
FW_BINARY(/)
#undef FW_BINARY
FW_INLINE Vec operator-(const Vec& a) { Vec r; FW_EACH(r.part[i] = -a.part[i]) return r; }
FW_INLINE Vec& operator+=(Vec& a, const Vec& b) { a = a + b; return a; }

#if FW_WIDTH > 1
#define FW_COMPARE(op) \
  FW_INLINE Mask operator op(const Vec& a, const Vec& b) { Mask r; FW_EACH(r.part[i] = (native_i)(a.part[i] op b.part[i])) return r; }
FW_INLINE native_t native_select(native_i m, native_t a, native_t b) { return m ? a : b; }
#else
#define FW_COMPARE(op) \
  FW_INLINE Mask operator op(const Vec& a, const Vec& b) { Mask r; FW_EACH(r.part[i] = a.part[i] op b.part[i] ? -1 : 0) return r; }
FW_INLINE native_t native_select(native_i m, native_t a, native_t b) { return m ? a : b; }
#endif
FW_COMPARE(<)
FW_COMPARE(<=)
FW_COMPARE(>)
FW_COMPARE(>=)
FW_COMPARE(==)
#undef FW_COMPARE

FW_INLINE Vec select(const Mask& m, const Vec& a, const Vec& b) {
  Vec r; FW_EACH(r.part[i] = native_select(m.part[i], a.part[i], b.part[i])) return r;
}
FW_INLINE Vec max(const Vec& a, const Vec& b) { return select(a > b, a, b); }
FW_INLINE Vec min(const Vec& a, const Vec& b) { return select(a < b, a, b); }

FW_INLINE Bits bits_of(const Vec& v) { Bits r; FW_EACH(std::memcpy(&r.part[i], &v.part[i], sizeof(native_t))) return r; }
FW_INLINE Vec from_bits(const Bits& b) { Vec r; FW_EACH(std::memcpy(&r.part[i], &b.part[i], sizeof(native_t))) return r; }
FW_INLINE Bits operator+(const Bits& a, const Bits& b) { Bits r; FW_EACH(r.part[i] = a.part[i] + b.part[i]) return r; }
FW_INLINE Bits operator-(const Bits& a, const Bits& b) { Bits r; FW_EACH(r.part[i] = a.part[i] - b.part[i]) return r; }
FW_INLINE Bits operator&(const Bits& a, const Bits& b) { Bits r; FW_EACH(r.part[i] = a.part[i] & b.part[i]) return r; }
FW_INLINE Bits operator|(const Bits& a, const Bits& b) { Bits r; FW_EACH(r.part[i] = a.part[i] | b.part[i]) return r; }
FW_INLINE Bits shift_left(const Bits& a, int n) { Bits r; FW_EACH(r.part[i] = (native_i)(a.part[i] << n)) return r; }
// Right shift of values whose sign bit is clear (SSE and AVX2 have no arithmetic 64-bit shift).
FW_INLINE Bits shift_right(const Bits& a, int n) {
#if FW_WIDTH > 1
  typedef uint64_t native_u __attribute__((vector_size(FW_WIDTH * 8)));
  Bits r; FW_EACH(r.part[i] = (native_i)((native_u)a.part[i] >> n)) return r;
#else
  Bits r; FW_EACH(r.part[i] = (int64_t)((uint64_t)a.part[i] >> n)) return r;
#endif
}

// Sum of the eight lanes in one fixed tree: ((0+4)+(2+6))+((1+5)+(3+7)).
FW_INLINE double sum(const Vec& v) {
#if FW_WIDTH == 8
  typedef double half_t __attribute__((vector_size(32)));
  typedef double pair_t __attribute__((vector_size(16)));
  half_t low = __builtin_shufflevector(v.part[0], v.part[0], 0, 1, 2, 3);
  half_t high = __builtin_shufflevector(v.part[0], v.part[0], 4, 5, 6, 7);
  half_t s = low + high;
  pair_t t = __builtin_shufflevector(s, s, 0, 1) + __builtin_shufflevector(s, s, 2, 3);
  return t[0] + t[1];
#elif FW_WIDTH == 4
  typedef double pair_t __attribute__((vector_size(16)));
  native_t s = v.part[0] + v.part[1];
  pair_t t = __builtin_shufflevector(s, s, 0, 1) + __builtin_shufflevector(s, s, 2, 3);
  return t[0] + t[1];
#elif FW_WIDTH == 2
  native_t a = v.part[0] + v.part[2], b = v.part[1] + v.part[3];
  native_t t = a + b;
  return t[0] + t[1];
#else
  const native_t* p = v.part;
  return ((p[0] + p[4]) + (p[2] + p[6])) + ((p[1] + p[5]) + (p[3] + p[7]));
#endif
}

// Sums of eight vectors at once, each in the tree of `sum`: out lane k = sum(v[k]).
FW_INLINE Vec sum8(const Vec* v) {
#if FW_WIDTH == 8
  native_t s[4], t[2];
  for (int k = 0; k < 4; ++k) {
    native_t a = v[2 * k].part[0], b = v[2 * k + 1].part[0];
    s[k] = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11) + __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
  }
  for (int k = 0; k < 2; ++k) {
    native_t a = s[2 * k], b = s[2 * k + 1];
    t[k] = __builtin_shufflevector(a, b, 0, 1, 4, 5, 8, 9, 12, 13) + __builtin_shufflevector(a, b, 2, 3, 6, 7, 10, 11, 14, 15);
  }
  Vec r;
  r.part[0] = __builtin_shufflevector(t[0], t[1], 0, 2, 4, 6, 8, 10, 12, 14) + __builtin_shufflevector(t[0], t[1], 1, 3, 5, 7, 9, 11, 13, 15);
  return r;
#elif FW_WIDTH == 4
  native_t t[4];
  for (int k = 0; k < 4; ++k) {
    native_t a = v[2 * k].part[0] + v[2 * k].part[1], b = v[2 * k + 1].part[0] + v[2 * k + 1].part[1];
    t[k] = __builtin_shufflevector(a, b, 0, 1, 4, 5) + __builtin_shufflevector(a, b, 2, 3, 6, 7);
  }
  Vec r;
  for (int k = 0; k < 2; ++k)
    r.part[k] = __builtin_shufflevector(t[2 * k], t[2 * k + 1], 0, 2, 4, 6) + __builtin_shufflevector(t[2 * k], t[2 * k + 1], 1, 3, 5, 7);
  return r;
#else
  double out[8];
  for (int k = 0; k < 8; ++k) out[k] = sum(v[k]);
  return load(out);
#endif
}

FW_INLINE double lane(const Vec& v, int k) { double t[8]; store(t, v); return t[k]; }

#undef FW_EACH
}  // namespace FW_NS
