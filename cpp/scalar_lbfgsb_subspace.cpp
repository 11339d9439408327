#include "lbfgsb_subspace.hpp"

namespace fw {

void Curvature::clear() {
  s.clear();
  y.clear();
  n_added = 0;
  theta = 1.0;
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) b_[i * n + j] = i == j ? 1.0 : 0.0;
}

void Curvature::add(const Values& s_new, const Values& y_new, double theta_new) {
  if (size() == memory) {
    s.erase(s.begin());
    y.erase(y.begin());
  }
  s.push_back(s_new);
  y.push_back(y_new);
  theta = theta_new;
  ++n_added;
  // B from theta * I by the BFGS update with each pair, oldest first.
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) b_[i * n + j] = i == j ? theta : 0.0;
  Values bs(n);
  for (int k = 0; k < size(); ++k) {
    product(s[k], bs);
    const double sbs = dot(s[k].data(), bs.data(), n), sy = dot(s[k].data(), y[k].data(), n);
    for (int i = 0; i < n; ++i)
      for (int j = 0; j < n; ++j) b_[i * n + j] += y[k][i] * y[k][j] / sy - bs[i] * bs[j] / sbs;
  }
}

void Curvature::product(const Values& v, Values& out) const {
  for (int i = 0; i < n; ++i) out[i] = dot(&b_[i * n], v.data(), n);
}

void FreeSystem::add_newest(const Curvature& c, const std::vector<char>& free_now) {
  if (c.n_added > m_) {
    for (int i = 0; i < m_ - 1; ++i)
      for (int j = 0; j < m_ - 1; ++j) {
        sum(i, j) = sum(i + 1, j + 1);
        sum(m_ + i, m_ + j) = sum(m_ + i + 1, m_ + j + 1);
        sum(m_ + i, j) = sum(m_ + i + 1, j + 1);
      }
  }
  const int last = c.size() - 1;
  for (int j = 0; j <= last; ++j) {
    double yy = 0.0, ss = 0.0, sy = 0.0;
    for (int k = 0; k < c.n; ++k) {
      if (free_now[k]) {
        yy += c.y[last][k] * c.y[j][k];
      } else {
        ss += c.s[last][k] * c.s[j][k];
        sy += c.s[last][k] * c.y[j][k];
      }
    }
    sum(last, j) = yy;
    sum(m_ + last, m_ + j) = ss;
    sum(m_ + last, j) = sy;
  }
  for (int i = 0; i <= last; ++i) {
    double sy = 0.0;
    for (int k = 0; k < c.n; ++k)
      if (free_now[k]) sy += c.s[i][k] * c.y[last][k];
    sum(m_ + i, last) = sy;
  }
}

void FreeSystem::correct(const Curvature& c, const std::vector<char>& free_now, const std::vector<char>& free_before, int upto) {
  for (int i = 0; i < upto; ++i)
    for (int j = 0; j < upto; ++j) {
      double yy = 0.0, ss = 0.0, sy = 0.0;  // sums over entering minus leaving coordinates
      for (int k = 0; k < c.n; ++k) {
        const int sign = (int)free_now[k] - (int)free_before[k];
        yy += sign * (c.y[i][k] * c.y[j][k]);
        ss += sign * (c.s[i][k] * c.s[j][k]);
        sy += sign * (c.s[i][k] * c.y[j][k]);
      }
      if (j <= i) {
        sum(i, j) += yy;
        sum(m_ + i, m_ + j) -= ss;
      }
      sum(m_ + i, j) += i <= j ? sy : -sy;
    }
}

// [[A, P], [P', C]] with A = U1'U1, P1 = U1'^-1 P, C + P1'P1 = U2'U2; the upper factor [[U1, P1], [0, U2]] is kept.
bool FreeSystem::factorize(const Curvature& c) {
  const int col = c.size(), ld = 2 * m_;
  n_columns_ = col;
  Values column(col);
  for (int i = 0; i < col; ++i)
    for (int j = 0; j <= i; ++j) {
      const double diagonal = i == j ? dot(c.s[i].data(), c.y[i].data(), c.n) : 0.0;
      factor_[j * ld + i] = sum(i, j) / c.theta + diagonal;
      factor_[(col + j) * ld + col + i] = sum(m_ + i, m_ + j) * c.theta;
    }
  if (!cholesky_upper(factor_.data(), col, ld)) return false;
  for (int i = 0; i < col; ++i) {
    for (int j = 0; j < col; ++j) column[j] = j < i ? -sum(m_ + i, j) : sum(m_ + i, j);
    solve_transposed(factor_.data(), column.data(), col, ld);
    for (int j = 0; j < col; ++j) factor_[j * ld + col + i] = column[j];
  }
  for (int i = 0; i < col; ++i)
    for (int j = i; j < col; ++j)
      for (int k = 0; k < col; ++k) factor_[(col + i) * ld + col + j] += factor_[k * ld + col + i] * factor_[k * ld + col + j];
  return cholesky_upper(&factor_[col * ld + col], col, ld);
}

bool FreeSystem::step(const Curvature& c, const std::vector<char>& free_now, const std::vector<char>& free_before,
                      bool changed, bool pair_added, Values& residual) {
  const int col = c.size(), ld = 2 * m_;
  if (changed || pair_added) {
    if (pair_added) add_newest(c, free_now);
    if (changed) correct(c, free_now, free_before, pair_added ? col - 1 : col);
    if (!factorize(c)) return false;
  }
  Values v(2 * col, 0.0);
  for (int i = 0; i < col; ++i)
    for (int k = 0; k < c.n; ++k)
      if (free_now[k]) {
        v[i] += c.y[i][k] * residual[k];
        v[col + i] += c.theta * (c.s[i][k] * residual[k]);
      }
  solve_transposed(factor_.data(), v.data(), 2 * col, ld);
  for (int i = 0; i < col; ++i) v[i] = -v[i];
  solve_upper(factor_.data(), v.data(), 2 * col, ld);
  for (int k = 0; k < c.n; ++k) {
    if (!free_now[k]) continue;
    for (int i = 0; i < col; ++i) residual[k] += c.y[i][k] * v[i] / c.theta + c.s[i][k] * v[col + i];
    residual[k] /= c.theta;
  }
  return true;
}

}  // namespace fw
