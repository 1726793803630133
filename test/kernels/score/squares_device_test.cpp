// accumulate_squares and norms_of_squares with CUDA, bit for bit those of the definition and the
// CPU.
#include "test/device/device.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "heddle/score.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceBytes;
using test::DeviceMatrix;

struct Shape {
  std::int64_t rows, cols;
};
enum class Fill { normal, codes };

// Row i to partial sum i mod 32, ascending; then neighbours, and their sums' neighbours.
double tree_sum(const Matrix& x, std::int64_t col) {
  std::vector<double> sum(32, 0.0);
  for (std::int64_t row = 0; row < x.rows(); ++row) {
    const double v = x.at(row, col);
    sum[static_cast<std::size_t>(row % 32)] += v * v;
  }
  while (sum.size() > 1) {
    for (std::size_t i = 0; i < sum.size() / 2; ++i) sum[i] = sum[2 * i] + sum[2 * i + 1];
    sum.resize(sum.size() / 2);
  }
  return sum[0];
}

std::uint64_t bits_of_double(double x) {
  if (std::isnan(x)) return 0x7FF8000000000000u;
  std::uint64_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}

testing::AssertionResult same_sums(const std::vector<double>& want, const double* got) {
  for (std::size_t j = 0; j < want.size(); ++j) {
    std::uint64_t bits;
    std::memcpy(&bits, got + j, sizeof bits);
    if (bits != bits_of_double(want[j]))
      return testing::AssertionFailure()
             << "column " << j << ": " << got[j] << " instead of " << want[j];
  }
  return testing::AssertionSuccess();
}

void expect_accumulated(DataType type, Shape shape, const Placement& place, Fill how,
                        const test::Effort& effort = {}) {
  Random random(shape.rows * 31 + shape.cols);
  Matrix x(type, shape.rows, shape.cols, place);
  how == Fill::normal ? fill_normal(x, random) : fill_codes(x, random);
  std::vector<double> start, want;
  for (std::int64_t j = 0; j < shape.cols; ++j) {
    start.push_back(random.below(3) == 0 ? 0.0 : std::fabs(random.normal()));
    want.push_back(shape.rows == 0 ? start.back() : start.back() + tree_sum(x, j));
  }
  std::vector<double> on_cpu = start;
  ASSERT_TRUE(succeeds(accumulate_squares(Exec::cpu(1), x.view(), on_cpu.data())));
  EXPECT_TRUE(same_sums(want, on_cpu.data())) << "CPU";
  test::on_device(
      std::string("squares:") + to_string(type) + ":" + std::to_string(shape.rows) + "x" +
          std::to_string(shape.cols) + ":" + to_string(place),
      [&](const Exec& exec) {
        const DeviceMatrix dx(x.view(), place.misalign);
        const DeviceBytes sums(start.data(), 8 * start.size());
        ASSERT_TRUE(
            succeeds(accumulate_squares(exec, dx.cview(), reinterpret_cast<double*>(sums.data()))));
        std::vector<unsigned char> bytes = sums.read();
        std::vector<double> got(start.size());
        if (!got.empty()) std::memcpy(got.data(), bytes.data(), bytes.size());
        EXPECT_TRUE(same_sums(want, got.data()));
        EXPECT_TRUE(sums.zones_intact());
        EXPECT_TRUE(dx.zones_intact());
      },
      effort);
}

class SquaresDevice : public testing::TestWithParam<DataType> {};

// 32 partial sums; 4 or 8 rows (16 of order col) of each in flight.
TEST_P(SquaresDevice, Rows) {
  HEDDLE_NEED_DEVICE();
  for (std::int64_t rows : {0, 1, 31, 32, 33, 127, 128, 129, 255, 256, 257, 511})
    expect_accumulated(GetParam(), {rows, 32}, {}, Fill::normal, {1, 0});
  for (std::int64_t rows : {0, 1, 31, 33, 511, 512, 513})
    expect_accumulated(GetParam(), {rows, 9}, {Order::col, 0, 0}, Fill::normal, {1, 0});
}

// Strips of 2, 4 and 8 runs of 16 bytes: on 2 multiprocessors from 13 and 25 runs on.
TEST_P(SquaresDevice, Columns) {
  HEDDLE_NEED_DEVICE();
  const auto run = static_cast<std::int64_t>(16 / size_of(GetParam()));
  for (std::int64_t runs : {1, 2, 3, 12, 13, 24, 25})
    for (std::int64_t more : {-1, 0, 1})
      for (Fill how : {Fill::normal, Fill::codes})
        if (runs * run + more > 0)
          expect_accumulated(GetParam(), {35, runs * run + more}, {}, how, {1, 0});
}

TEST_P(SquaresDevice, Schedules) {
  HEDDLE_NEED_DEVICE();
  const auto run = static_cast<std::int64_t>(16 / size_of(GetParam()));
  for (std::int64_t runs : {5, 14, 27})
    expect_accumulated(GetParam(), {290, runs * run + 1}, {Order::row, 2 * run - 1, 0},
                       Fill::normal);
  expect_accumulated(GetParam(), {290, 19}, {Order::col, 0, 0}, Fill::normal);
}

TEST_P(SquaresDevice, EveryPlacement) {
  HEDDLE_NEED_DEVICE();
  for (const Placement& place : placements())
    for (Fill how : {Fill::normal, Fill::codes})
      for (const Shape& s : {Shape{1, 1}, Shape{35, 70}, Shape{530, 35}})
        expect_accumulated(GetParam(), s, place, how, {1, 0});
}

TEST_P(SquaresDevice, FewBlocksDoAllTheWork) {
  HEDDLE_NEED_DEVICE();
  for (std::int64_t blocks : {1, 3})
    for (Order order : {Order::row, Order::col})
      expect_accumulated(GetParam(), {70, 300}, {order, 0, 0}, Fill::normal, {2, blocks});
}

INSTANTIATE_TEST_SUITE_P(Types, SquaresDevice, testing::ValuesIn(matrix_types()), by_type);

TEST(NormsDevice, RootsOfSums) {
  HEDDLE_NEED_DEVICE();
  constexpr double inf = std::numeric_limits<double>::infinity();
  std::vector<double> sums = {0.0, -0.0, 1.0, 2.0, inf, NAN, -1.0, 1e-300, 1e300, 5e-324, 1e77};
  Random random(3);
  while (sums.size() < 700) sums.push_back(std::exp(20 * random.normal()));
  for (std::size_t k :
       {std::size_t{0}, std::size_t{1}, std::size_t{11}, std::size_t{256}, std::size_t{700}}) {
    std::vector<float> want(k), on_cpu(k);
    for (std::size_t j = 0; j < k; ++j) want[j] = static_cast<float>(std::sqrt(sums[j]));
    ASSERT_TRUE(succeeds(
        norms_of_squares(Exec::cpu(1), sums.data(), static_cast<std::int64_t>(k), on_cpu.data())));
    for (std::int64_t blocks : {0, 1})
      test::on_device("norms of " + std::to_string(k),
                      [&](const Exec& exec) {
                        const DeviceBytes from(sums.data(), 8 * k), to(4 * k);
                        ASSERT_TRUE(succeeds(norms_of_squares(
                            exec, reinterpret_cast<const double*>(from.data()),
                            static_cast<std::int64_t>(k), reinterpret_cast<float*>(to.data()))));
                        const std::vector<unsigned char> bytes = to.read();
                        for (std::size_t j = 0; j < k; ++j) {
                          std::uint32_t got, cpu, plain;
                          std::memcpy(&got, bytes.data() + 4 * j, 4);
                          std::memcpy(&cpu, &on_cpu[j], 4);
                          std::memcpy(&plain, &want[j], 4);
                          EXPECT_EQ(got, std::isnan(want[j]) ? 0x7FC00000u : plain) << sums[j];
                          EXPECT_EQ(got, cpu) << sums[j];
                        }
                        EXPECT_TRUE(to.zones_intact());
                      },
                      {4, blocks});
  }
}

}  // namespace
}  // namespace heddle
