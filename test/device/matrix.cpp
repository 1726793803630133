#include <cstring>

#include "test/device/device.hpp"

namespace heddle::test {
namespace {

std::size_t extent(const ConstMatrixView& v) {
  const bool row = v.order == Order::row;
  const std::int64_t lines = row ? v.rows : v.cols, width = row ? v.cols : v.rows;
  if (lines == 0 || width == 0) return 0;
  return static_cast<std::size_t>((lines - 1) * v.ld + width) * size_of(v.type);
}

}  // namespace

DeviceMatrix::DeviceMatrix(const ConstMatrixView& host, std::size_t misalign)
    : view_{nullptr, host.rows, host.cols, host.ld, host.type, host.order},
      bytes_(host.data, extent(host), misalign) {
  view_.data = bytes_.data();
}

MatrixView DeviceMatrix::view() const { return view_; }

void DeviceMatrix::read_into(const MatrixView& host) const {
  const std::vector<unsigned char> bytes = bytes_.read();
  if (!bytes.empty()) std::memcpy(host.data, bytes.data(), bytes.size());
}

}  // namespace heddle::test
