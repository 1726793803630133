// DLPack tensors in device memory: views that a kernel reads and writes, and the devices refused.
#include "heddle/dlpack.hpp"

#include "heddle/mask.hpp"
#include "test/device/device.hpp"
#include "test/oracle/dlpack.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

namespace heddle {
namespace {

using namespace oracle;
constexpr std::int32_t kCuda = 2, kPinned = 3, kManaged = 13;

TEST(DlpackDevice, ViewsAreKernelsOperands) {
  HEDDLE_NEED_DEVICE();
  Random random(1);
  Matrix m(DataType::bf16, 9, 24);
  fill_ties(m, random);
  const Mask want = best_mask_of(m, {2, 4});
  test::on_device("dlpack: best_mask of 9 x 24", [&](const Exec& exec) {
    const test::DeviceBytes weight(m.view().data, 9 * 24 * 2), kept(9 * 24);
    DlCase in(weight.data(), 4, 16, {9, 24}), out(kept.data(), 6, 8, {9, 24});
    in.tensor().device_type = out.tensor().device_type = kCuda;
    const auto matrix = matrix_from_dlpack(exec, in.source());
    const auto mask = writable_mask_from_dlpack(exec, out.source());
    ASSERT_TRUE(succeeds(matrix.status()) && succeeds(mask.status()));
    ASSERT_TRUE(succeeds(best_mask(exec, *matrix, {2, 4}, *mask)));
    const auto bytes = kept.read();
    for (std::size_t i = 0; i < bytes.size(); ++i)
      EXPECT_EQ(bytes[i],
                want.byte(static_cast<std::int64_t>(i) / 24, static_cast<std::int64_t>(i) % 24));

    const auto managed = to_dlpack(exec, as_tensor(*mask));
    ASSERT_TRUE(managed.ok());
    EXPECT_EQ(read(*managed).dl_tensor.device_type, kCuda);
    const auto back = open_dlpack(*managed);
    EXPECT_EQ(mask_from_dlpack(exec, *back)->data, kept.data());
    EXPECT_TRUE(fails(mask_from_dlpack(Exec::cpu(1), *back).status(), StatusCode::invalid_argument,
                      {"tensor.device = (2, ", "Exec::cpu"}));
    release_dlpack(*managed);
  });
}

TEST(DlpackDevice, MemoryOfOtherDevicesIsRefused) {
  HEDDLE_NEED_DEVICE();
  test::on_device("dlpack: devices", [&](const Exec& exec) {
    const test::DeviceBytes weight(60);
    DlCase t(weight.data(), 2, 32, {3, 5});
    int current = 0;
    t.tensor().device_type = kCuda;
    for (int id = -1; id < 64; ++id) {
      t.tensor().device_id = id;
      const auto view = matrix_from_dlpack(exec, t.source());
      current += view.ok();
      if (!view.ok()) {
        EXPECT_TRUE(fails(view.status(), StatusCode::invalid_argument,
                          {"tensor.device = (2, ", "current device"}));
      }
    }
    EXPECT_EQ(current, 1);
    for (int type = -1; type < 20; ++type) {
      t.tensor().device_type = type;
      if (type == kCuda) continue;
      const bool reached = type == kPinned || type == kManaged;
      EXPECT_EQ(matrix_from_dlpack(exec, t.source()).ok(), reached) << type;
    }
  });
}

}  // namespace
}  // namespace heddle
