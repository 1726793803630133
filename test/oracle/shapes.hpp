#pragma once
// Shapes at which something changes: one element, vector widths, groups that do not divide, blocks
// of 64, and the pieces in which the CPU path works.

#include <cstdint>
#include <vector>

#include "host/cpu/parallel.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {

struct Shape {
  std::int64_t rows, cols;
};

// Small shapes, for every combination of everything else.
inline const std::vector<Shape>& edge_shapes() {
  static const std::vector<Shape> full = {
      {1, 1},   {1, 2},   {1, 3},   {1, 4},   {2, 5},   {3, 7},   {1, 8},   {5, 9},   {2, 15},
      {2, 16},  {3, 17},  {4, 31},  {2, 32},  {3, 33},  {17, 1},  {2, 63},  {64, 64}, {65, 65},
      {63, 66}, {1, 127}, {2, 128}, {3, 129}, {1, 255}, {2, 257}, {66, 13}, {1, 511}, {1, 513},
  };
  static const std::vector<Shape> few = {{1, 1},  {1, 3},   {2, 5},   {3, 7},   {2, 16},  {3, 33},
                                         {17, 1}, {64, 64}, {65, 65}, {2, 128}, {66, 13}, {1, 257}};
  return kSmall ? few : full;
}

// Shapes on either side of the pieces handed to threads, whose size host/cpu decides.
inline const std::vector<Shape>& chunk_shapes() {
  constexpr std::int64_t kRows = cpu::kUnitRows, kCols = cpu::kUnitCols;
  static const std::vector<Shape> full = {{kRows - 1, 1023},
                                          {kRows, 64},
                                          {kRows + 1, 1025},
                                          {2 * kRows + 1, 70},
                                          {200, 65},
                                          {1, kCols - 1},
                                          {2, kCols},
                                          {3, kCols + 1},
                                          {2, kCols + 2049},
                                          {2, 2 * kCols + 35},
                                          {kRows + 1, kCols + 3}};
  static const std::vector<Shape> few = {{kRows + 1, 130}, {2, kCols + 1}, {2 * kRows + 1, 9}};
  return kSmall ? few : full;
}

}  // namespace heddle::oracle
