#pragma once
// What the bits of every DataType mean, written from the standards and not from the library:
// decode is the textbook formula, encode a search among all codes for the nearest one.

#include <cstdint>
#include <string>
#include <vector>

#include "heddle/types.hpp"

namespace heddle::oracle {

// Sign, exponent and mantissa widths of a float type; of no use for the integers.
struct FloatFormat {
  int exponent_bits;
  int mantissa_bits;
  int bias;
  bool has_infinity;
};
FloatFormat float_format(DataType type);

bool is_integer(DataType type);
int bits_of(DataType type);

// The value of a code; a quiet NaN for every NaN code.
double decode(DataType type, std::uint32_t bits);

// The nearest code, ties to the even one; out of range as heddle/numeric.hpp documents.
std::uint32_t encode(DataType type, double value);

std::uint32_t nan_code(DataType type);       // for integers a conspicuous value
std::uint32_t infinity_code(DataType type);  // only where float_format(type).has_infinity
std::uint32_t negate_code(DataType type, std::uint32_t bits);

// Half the distance between 1 and the next value: the unit roundoff.
double unit_roundoff(DataType type);
// The smallest positive value.
double smallest_subnormal(DataType type);

// Element `index` of an array at any address.
std::uint32_t load_bits(const void* data, std::int64_t index, DataType type);
void store_bits(void* data, std::int64_t index, DataType type, std::uint32_t bits);

// The types a matrix to be pruned can have, and those of them that are floats.
const std::vector<DataType>& matrix_types();
const std::vector<DataType>& float_types();

// A name fit for GoogleTest's parameterised suites.
std::string type_name(DataType type);

}  // namespace heddle::oracle
