// apply_masks with CUDA: lists around the 128 items of a launch, of mixed types, shapes and
// placements.
#include "test/device/device.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

#include <memory>
#include <vector>

#include "heddle/mask.hpp"

namespace heddle {
namespace {

using namespace oracle;
using test::DeviceMatrix;

// One item of a list, its expected result, and whether it overwrites its matrix.
struct Item {
  Matrix matrix;
  Mask mask;
  Placement matrix_place, mask_place, out_place;
  bool in_place;
};

std::vector<Item> make_list(std::size_t count) {
  Random random(count);
  std::vector<Item> list;
  for (std::size_t i = 0; i < count; ++i) {
    const auto any_place = [&] { return placements()[static_cast<std::size_t>(random.below(6))]; };
    const DataType type = matrix_types()[i % matrix_types().size()];
    const std::int64_t rows = i % 9 == 4 ? 0 : random.between(1, 9);
    const std::int64_t cols = i % 11 == 7 ? 0 : random.between(1, 70);
    const Placement matrix = any_place(), mask = any_place(), out = any_place();
    const bool in_place = random.below(3) == 0;
    list.push_back({Matrix(type, rows, cols, matrix), Mask(rows, cols, mask), matrix, mask,
                    in_place ? matrix : out, in_place});
    fill_codes(list.back().matrix, random);
    fill_sparse_mask(list.back().mask, random, {2, 4});
  }
  return list;
}

void expect_applied(std::size_t count, const test::Effort& effort = {}) {
  const std::vector<Item> list = make_list(count);
  test::on_device(
      "list of " + std::to_string(count),
      [&](const Exec& exec) {
        std::vector<DeviceMatrix> matrices, masks, outs;
        std::vector<Matrix> results;
        std::vector<MaskedMatrix> items;
        for (const Item& item : list) {
          matrices.emplace_back(item.matrix.view(), item.matrix_place.misalign);
          masks.emplace_back(test::bytes_of(item.mask.view()), item.mask_place.misalign);
          results.emplace_back(item.matrix.type(), item.matrix.rows(), item.matrix.cols(),
                               item.out_place);
          results.back().poison();
          outs.emplace_back(results.back().view(), item.out_place.misalign);
          const MatrixView target = (item.in_place ? matrices : outs).back().view();
          items.push_back({matrices.back().cview(), test::mask_of(masks.back().view()), target});
        }
        ASSERT_TRUE(succeeds(apply_masks(exec, items.data(), items.size())));
        for (std::size_t i = 0; i < list.size(); ++i) {
          SCOPED_TRACE(testing::Message() << "item " << i);
          const Item& item = list[i];
          (item.in_place ? matrices : outs)[i].read_into(results[i].view());
          EXPECT_TRUE(same_bits(masked(item.matrix, item.mask), results[i]));
          EXPECT_TRUE(results[i].surroundings_intact());
          EXPECT_TRUE(matrices[i].zones_intact());
          EXPECT_TRUE(outs[i].zones_intact());
        }
      },
      effort);
}

TEST(ApplyMasksDevice, Lists) {
  HEDDLE_NEED_DEVICE();
  for (std::size_t count : {0, 1, 2, 17}) expect_applied(count);
}

TEST(ApplyMasksDevice, ListsLongerThanALaunch) {
  HEDDLE_NEED_DEVICE();
  for (std::size_t count : {127, 128, 129, 300}) expect_applied(count, {4, 0});
}

TEST(ApplyMasksDevice, FewBlocksDoAllTheWork) {
  HEDDLE_NEED_DEVICE();
  for (std::int64_t blocks : {1, 3}) expect_applied(129, {2, blocks});
}

TEST(ApplyMasksDevice, NothingButEmptyMatrices) {
  HEDDLE_NEED_DEVICE();
  test::on_device("empty list", [&](const Exec& exec) {
    const std::vector<MaskedMatrix> items(200);
    EXPECT_TRUE(succeeds(apply_masks(exec, items.data(), items.size())));
  });
}

}  // namespace
}  // namespace heddle
