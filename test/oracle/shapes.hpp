#pragma once
// Shapes at which something changes: one element, vector widths, groups that do not divide, and the
// 64-row, 64-column and about-2048-column pieces in which the CPU path works.

#include <cstdint>
#include <vector>

#include "test/oracle/suite.hpp"

namespace heddle::oracle {

struct Shape {
  std::int64_t rows, cols;
};

// Small shapes, for every combination of everything else.
inline const std::vector<Shape>& edge_shapes() {
  static const std::vector<Shape> shapes = {
      {1, 1},   {1, 2},   {1, 3},   {1, 4},   {2, 5},   {3, 7},   {1, 8},   {5, 9},   {2, 15},
      {2, 16},  {3, 17},  {4, 31},  {2, 32},  {3, 33},  {17, 1},  {2, 63},  {64, 64}, {65, 65},
      {63, 66}, {1, 127}, {2, 128}, {3, 129}, {1, 255}, {2, 257}, {66, 13}, {1, 511}, {1, 513},
  };
  return shapes;
}

// Shapes on either side of the pieces handed to threads.
inline const std::vector<Shape>& chunk_shapes() {
  static const std::vector<Shape> full = {
      {63, 1023}, {64, 1024}, {65, 1025}, {1, 1919}, {2, 1921}, {3, 2047},
      {64, 2048}, {65, 2049}, {129, 70},  {200, 65}, {2, 4096}, {3, 4097},
  };
  static const std::vector<Shape> few = {{65, 130}, {3, 2049}, {129, 9}};
  return kSmall ? few : full;
}

}  // namespace heddle::oracle
