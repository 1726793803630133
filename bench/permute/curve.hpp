#pragma once
// The curve of kept magnitude against time as files.

#include <string>
#include <vector>

namespace heddle::bench {

struct CurvePoint {
  std::string search;
  double seconds;
  double kept;
};

// What the README of NVIDIA apex's contrib/sparsity says of a V100.
const std::vector<CurvePoint>& published_points();

// False if the file cannot be written.
bool write_csv(const std::string& path, const std::vector<CurvePoint>& points);
bool write_svg(const std::string& path, const std::vector<CurvePoint>& points);

}  // namespace heddle::bench
