#pragma once
// Contents for matrices and masks.

#include <cstdint>

#include "heddle/pattern.hpp"
#include "test/oracle/matrix.hpp"
#include "test/oracle/random.hpp"

namespace heddle::oracle {

void fill_normal(Matrix& m, Random& random, double scale = 1.0);
// Integers low .. high: products and sums of a few thousand are exact in every accumulator.
void fill_integers(Matrix& m, Random& random, int low, int high);
// Any bits at all: NaN of every payload, infinities, subnormals.
void fill_codes(Matrix& m, Random& random);
// Few distinct values, so that most groups hold ties; NaN, infinities and both zeros among them.
void fill_ties(Matrix& m, Random& random);

// Every group keeps exactly min(keep, its size) random entries.
void fill_full_mask(Mask& mask, Random& random, Pattern pattern);
// Every group keeps at most `keep` entries, often fewer, sometimes none.
void fill_sparse_mask(Mask& mask, Random& random, Pattern pattern);

// The mask the library must find, from the definition.
Mask best_mask_of(const Matrix& m, Pattern pattern);
// m where the mask keeps, +0 elsewhere; placed plainly.
Matrix masked(const Matrix& m, const Mask& mask, Placement placement = {});
// The same elements in another placement.
Matrix relaid(const Matrix& m, Placement placement);
Mask relaid(const Mask& m, Placement placement);
// Rows [r0, r1) and columns [c0, c1).
Matrix submatrix(const Matrix& m, std::int64_t r0, std::int64_t r1, std::int64_t c0,
                 std::int64_t c1);
Mask submask(const Mask& m, std::int64_t r0, std::int64_t r1, std::int64_t c0, std::int64_t c1);

}  // namespace heddle::oracle
