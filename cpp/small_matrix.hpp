// Dense algebra of p x p matrices (row-major) for the scalar optimizers; p is the number of coefficients.
#pragma once
#include <cmath>
#include <utility>
#include <vector>

namespace fw {

using Values = std::vector<double>;

inline double dot(const double* a, const double* b, int n) {
  double s = 0.0;
  for (int i = 0; i < n; ++i) s += a[i] * b[i];
  return s;
}

// Upper factor U of A = U'U in place of the upper triangle of a (n x n, leading dimension ld); false if A is not positive.
inline bool cholesky_upper(double* a, int n, int ld) {
  for (int j = 0; j < n; ++j) {
    for (int i = 0; i < j; ++i) {
      double s = a[i * ld + j];
      for (int k = 0; k < i; ++k) s -= a[k * ld + i] * a[k * ld + j];
      a[i * ld + j] = s / a[i * ld + i];
    }
    double s = a[j * ld + j];
    for (int k = 0; k < j; ++k) s -= a[k * ld + j] * a[k * ld + j];
    if (!(s > 0.0)) return false;
    a[j * ld + j] = std::sqrt(s);
  }
  return true;
}

// b <- U'^-1 b with the upper factor in a.
inline void solve_transposed(const double* a, double* b, int n, int ld) {
  for (int i = 0; i < n; ++i) {
    double s = b[i];
    for (int k = 0; k < i; ++k) s -= a[k * ld + i] * b[k];
    b[i] = s / a[i * ld + i];
  }
}
// b <- U^-1 b with the upper factor in a.
inline void solve_upper(const double* a, double* b, int n, int ld) {
  for (int i = n - 1; i >= 0; --i) {
    double s = b[i];
    for (int k = i + 1; k < n; ++k) s -= a[i * ld + k] * b[k];
    b[i] = s / a[i * ld + i];
  }
}

// Inverse of any square matrix by elimination with partial pivoting; false if singular or not finite.
inline bool invert(const double* a, double* inverse, int n) {
  Values work(a, a + n * n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) inverse[i * n + j] = i == j ? 1.0 : 0.0;
  for (int k = 0; k < n; ++k) {
    int pivot = k;
    for (int i = k + 1; i < n; ++i)
      if (std::fabs(work[i * n + k]) > std::fabs(work[pivot * n + k])) pivot = i;
    const double d = work[pivot * n + k];
    if (!(std::fabs(d) > 0.0) || !(std::fabs(d) <= 1.7e308)) return false;
    if (pivot != k)
      for (int j = 0; j < n; ++j) {
        std::swap(work[k * n + j], work[pivot * n + j]);
        std::swap(inverse[k * n + j], inverse[pivot * n + j]);
      }
    for (int i = 0; i < n; ++i) {
      if (i == k) continue;
      const double factor = work[i * n + k] / d;
      if (factor == 0.0) continue;
      for (int j = k; j < n; ++j) work[i * n + j] -= factor * work[k * n + j];
      for (int j = 0; j < n; ++j) inverse[i * n + j] -= factor * inverse[k * n + j];
    }
  }
  for (int k = 0; k < n; ++k)
    for (int j = 0; j < n; ++j) inverse[k * n + j] /= work[k * n + k];
  return true;
}

// Index of entry (i, j), i >= j, in a packed lower triangle by rows.
inline int packed_index(int i, int j) { return i * (i + 1) / 2 + j; }

}  // namespace fw
