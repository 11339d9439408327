// The two models of L-BFGS-B: the quadratic with the full matrix B, and the factored system of the free variables.
#pragma once
#include "small_matrix.hpp"

namespace fw {

// Stored pairs (s, y), oldest first, and the matrix B that follows from them. n variables, at most m pairs.
class Curvature {
 public:
  Curvature(int n, int memory) : n(n), memory(memory), b_(n * n) { clear(); }
  void clear();
  void add(const Values& s, const Values& y, double theta_new);
  void product(const Values& v, Values& out) const;  // B v
  int size() const { return (int)s.size(); }

  int n, memory;
  int n_added = 0;      // since the last clear
  double theta = 1.0;
  std::vector<Values> s, y;

 private:
  Values b_;
};

// Solves for the Newton step in the free variables. The sums over free and bound coordinates (WN1 of the specification)
// are updated by the coordinates that changed, and only in the iterations in which `step` is called.
class FreeSystem {
 public:
  explicit FreeSystem(int memory) : m_(memory), sums_(4 * memory * memory), factor_(4 * memory * memory) {}
  // free_now, free_before: flags (n); pair_added: the last update stored a pair; changed: compare the two sets.
  // residual (n, free coordinates used) becomes the step. False: the matrix is not positive definite.
  bool step(const Curvature& c, const std::vector<char>& free_now, const std::vector<char>& free_before, bool changed,
            bool pair_added, Values& residual);

 private:
  double& sum(int i, int j) { return sums_[i * 2 * m_ + j]; }
  void add_newest(const Curvature& c, const std::vector<char>& free_now);
  void correct(const Curvature& c, const std::vector<char>& free_now, const std::vector<char>& free_before, int upto);
  bool factorize(const Curvature& c);
  int m_;
  int n_columns_ = 0;
  Values sums_, factor_;
};

}  // namespace fw
