// verify of device-order blobs with CUDA: the CPU path's report, whatever is broken.
#include "kernels/layout/device_order.hpp"
#include "test/kernels/pack/device_case.hpp"

namespace heddle {
namespace {

using namespace oracle;

Blob good_blob(DataType type, Pattern pattern, const Shape& shape) {
  const Matrix m = device_matrix(type, shape.rows, shape.cols);
  return packed(m, best_mask_of(m, pattern), pattern, PackedOrder::device);
}

std::string text_of(const VerifyReport& report) {
  return "fault " + std::to_string(static_cast<int>(report.fault)) + " row " +
         std::to_string(report.row) + " group " + std::to_string(report.group);
}

// The report on `bytes`, the contents of a blob of this description.
std::string found_on_device(const Exec& exec, const PackedDesc& desc, const Bytes& bytes,
                            std::size_t at = 0) {
  const DeviceBlob blob(desc, bytes, at);
  const DeviceReport<VerifyReport> report;
  EXPECT_TRUE(succeeds(verify(exec, blob.cview(), report.data())));
  return text_of(report.read());
}

std::string found_on_host(const PackedDesc& desc, const Bytes& bytes) {
  VerifyReport report;
  EXPECT_TRUE(
      succeeds(verify(Exec::cpu(1), ConstPackedView{desc, bytes.data(), bytes.size()}, &report)));
  return text_of(report);
}

class DeviceVerify : public testing::TestWithParam<DataType> {};
INSTANTIATE_TEST_SUITE_P(Types, DeviceVerify, testing::ValuesIn(matrix_types()), by_type);

TEST_P(DeviceVerify, Intact) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam()))
    for (const Shape& shape : device_shapes()) {
      const Blob blob = good_blob(GetParam(), pattern, shape);
      test::on_device(problem(blob.desc()),
                      [&](const Exec& exec) {
                        for (const std::size_t at : {0, 4, 1})
                          EXPECT_EQ(found_on_device(exec, blob.desc(), bytes_of(blob), at),
                                    text_of({}));
                      },
                      {.schedules = 1});
    }
}

// Every byte in turn of a 16-bit and an 8-bit blob, every third or fifth of the others. Most bytes
// have a rule, because most of the block is padding.
std::size_t step_of(DataType type, Pattern pattern) {
  if (type == DataType::f32) return 3;
  const bool all = (type == DataType::bf16 && pattern == Pattern{2, 4}) ||
                   (type == DataType::i8 && pattern == Pattern{1, 4});
  return all ? 1 : 5;
}

TEST_P(DeviceVerify, EveryByteInTurn) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam())) {
    const Blob blob = good_blob(GetParam(), pattern, {35, 37});
    Random random(5);
    std::size_t broken = 0;
    test::on_device(problem(blob.desc()),
                    [&](const Exec& exec) {
                      const std::size_t step = step_of(GetParam(), pattern);
                      for (std::size_t i = 0; i < blob.size(); i += step) {
                        Bytes bytes = bytes_of(blob);
                        bytes[i] = static_cast<unsigned char>(bytes[i] ^ random.between(1, 255));
                        const std::string want = found_on_host(blob.desc(), bytes);
                        broken += want != text_of({});
                        ASSERT_EQ(found_on_device(exec, blob.desc(), bytes), want) << "byte " << i;
                      }
                    },
                    {.schedules = 1});
    EXPECT_GT(broken, blob.size() / 20);
  }
}

// Several bytes at once: the first fault counts, whoever finds it.
TEST_P(DeviceVerify, FirstOfMany) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam())) {
    const Blob blob = good_blob(GetParam(), pattern, {70, 150});
    for (int trial = 0; trial < 8; ++trial) {
      Random random(static_cast<std::uint64_t>(trial));
      Bytes bytes = bytes_of(blob);
      for (int i = 0; i < 3; ++i)
        bytes[static_cast<std::size_t>(
            random.between(128, static_cast<std::int64_t>(bytes.size()) - 1))] ^= 0x35;
      const std::string want = found_on_host(blob.desc(), bytes);
      test::on_device(
          problem(blob.desc()),
          [&](const Exec& exec) { EXPECT_EQ(found_on_device(exec, blob.desc(), bytes), want); },
          {.schedules = trial == 0 ? 16u : 1u, .max_blocks = trial % 4});
    }
  }
}

// Any payload at all.
TEST_P(DeviceVerify, AnyBytes) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam())) {
    const Blob blob = good_blob(GetParam(), pattern, {65, 66});
    test::on_device(problem(blob.desc()),
                    [&](const Exec& exec) {
                      for (int trial = 0; trial < 16; ++trial) {
                        Random random(static_cast<std::uint64_t>(trial));
                        Bytes bytes = bytes_of(blob);
                        const auto from = static_cast<std::size_t>(
                            random.between(128, static_cast<std::int64_t>(bytes.size())));
                        for (std::size_t i = from; i < bytes.size(); ++i)
                          bytes[i] = static_cast<unsigned char>(random.next());
                        EXPECT_EQ(found_on_device(exec, blob.desc(), bytes),
                                  found_on_host(blob.desc(), bytes));
                      }
                    },
                    {.schedules = 1});
  }
}

// Each nibble of each of a blob's first chunks.
void expect_faults_of_nibbles(const Blob& blob) {
  const layout::DeviceGeometry geo = {1, blob.desc().cols,
                                      static_cast<int>(size_of(blob.desc().type))};
  test::on_device(
      problem(blob.desc()),
      [&](const Exec& exec) {
        for (std::int64_t chunk = 0; chunk < 3; ++chunk)
          for (unsigned nibble = 0; nibble < 16; ++nibble) {
            const layout::NibbleOffset at = layout::nibble_offset(geo, {0, chunk});
            Bytes bytes = bytes_of(blob);
            unsigned char& byte = bytes[128 + static_cast<std::size_t>(at.word + at.nibble / 2)];
            const int shift = at.nibble % 2 * 4;
            byte = static_cast<unsigned char>((byte & ~(15 << shift)) | nibble << shift);
            EXPECT_EQ(found_on_device(exec, blob.desc(), bytes), found_on_host(blob.desc(), bytes));
          }
      },
      {.schedules = 1});
}

// Rules about the last columns, with values and with zeros, which may lie past the end.
TEST_P(DeviceVerify, EveryNibbleAtTheEdge) {
  HEDDLE_NEED_DEVICE();
  for (const Pattern pattern : device_patterns(GetParam()))
    for (const std::int64_t cols : {1, 2, 3, 5}) {
      expect_faults_of_nibbles(good_blob(GetParam(), pattern, {1, cols}));
      const Matrix zeros(GetParam(), 1, cols);
      expect_faults_of_nibbles(
          packed(zeros, best_mask_of(zeros, pattern), pattern, PackedOrder::device));
    }
}

TEST_P(DeviceVerify, EmptyHasAHeader) {
  HEDDLE_NEED_DEVICE();
  for (const Shape& shape : {Shape{0, 0}, Shape{0, 5}, Shape{5, 0}}) {
    const Blob blob = good_blob(GetParam(), device_patterns(GetParam()).front(), shape);
    test::on_device(problem(blob.desc()),
                    [&](const Exec& exec) {
                      Bytes bytes = bytes_of(blob);
                      EXPECT_EQ(found_on_device(exec, blob.desc(), bytes), text_of({}));
                      bytes[127] = 1;
                      EXPECT_EQ(found_on_device(exec, blob.desc(), bytes),
                                found_on_host(blob.desc(), bytes));
                    },
                    {.schedules = 2});
  }
}

}  // namespace
}  // namespace heddle
