// Views of DLPack tensors: what is taken, where it points, and what is refused.

#include "heddle/dlpack.hpp"

#include <limits>

#include "test/oracle/dlpack.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {
namespace {

constexpr auto kInvalid = StatusCode::invalid_argument;
constexpr auto kUnsupported = StatusCode::unsupported;
constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
const Exec cpu = Exec::cpu(1);

float memory[256];

// All views of a source, to be refused alike.
void expect_refused(const DlpackSource& source, StatusCode code,
                    std::initializer_list<const char*> parts, const Exec& exec = cpu) {
  EXPECT_TRUE(fails(matrix_from_dlpack(exec, source).status(), code, parts));
  EXPECT_TRUE(fails(writable_matrix_from_dlpack(exec, source).status(), code, parts));
  EXPECT_TRUE(fails(tensor_from_dlpack(exec, source).status(), code, parts));
  EXPECT_TRUE(fails(writable_tensor_from_dlpack(exec, source).status(), code, parts));
  EXPECT_TRUE(fails(vector_from_dlpack(exec, source).status(), code, parts));
}

TEST(DlpackIn, Types) {
  const struct {
    int code, bits;
    DataType type;
  } known[] = {{2, 32, DataType::f32},    {2, 16, DataType::f16},    {4, 16, DataType::bf16},
               {10, 8, DataType::f8e4m3}, {12, 8, DataType::f8e5m2}, {0, 8, DataType::i8},
               {0, 32, DataType::i32}};
  int taken = 0;
  for (int code = 0; code < 256; ++code)
    for (const int bits : {0, 1, 4, 6, 8, 16, 32, 64, 128}) {
      DlCase t(memory, code, bits, {3, 5});
      const auto view = matrix_from_dlpack(cpu, t.source());
      DlpackSource as_bytes = t.source();
      as_bytes.bytes_as = DataType::f8e5m2;
      const auto by_bytes = matrix_from_dlpack(cpu, as_bytes);
      bool hit = false;
      for (const auto& each : known)
        if (each.code == code && each.bits == bits) {
          hit = true;
          ASSERT_TRUE(view.ok()) << view.status().to_string();
          EXPECT_EQ(view->type, each.type);
          EXPECT_EQ(by_bytes->type, each.type);
        }
      taken += hit;
      if (!hit) {
        EXPECT_TRUE(fails(view.status(), kUnsupported, {"tensor.dtype = code"}));
      }
      const bool bytes = code == 1 && bits == 8;
      EXPECT_EQ(by_bytes.ok(), hit || bytes) << code << " " << bits;
      if (bytes) {
        EXPECT_EQ(by_bytes->type, DataType::f8e5m2);
      }
      const bool mask = bits == 8 && (code == 1 || code == 6);
      EXPECT_EQ(mask_from_dlpack(cpu, t.source()).ok(), mask) << code << " " << bits;
      EXPECT_EQ(tensor_mask_from_dlpack(cpu, t.source()).ok(), mask);
    }
  EXPECT_EQ(taken, 7);
  for (const std::uint16_t lanes : {0, 2, 4, 65535}) {
    DlCase t(memory, 2, 32, {3, 5}), m(memory, 6, 8, {3, 5});
    t.tensor().lanes = m.tensor().lanes = lanes;
    expect_refused(t.source(), kUnsupported, {"tensor.dtype = code 2, 32 bits", "lanes"});
    EXPECT_TRUE(fails(mask_from_dlpack(cpu, m.source()).status(), kUnsupported, {"lanes"}));
  }
  DlCase t(memory, 1, 8, {3, 5});
  DlpackSource source = t.source();
  for (const DataType wide : {DataType::f16, DataType::f32, static_cast<DataType>(99)}) {
    source.bytes_as = wide;
    expect_refused(source, kInvalid, {"source.bytes_as"});
  }
}

TEST(DlpackIn, MatricesPointWhereTheyShould) {
  const struct {
    std::vector<std::int64_t> shape, strides;
    std::int64_t ld;
    Order order;
  } cases[] = {
      {{3, 5}, {}, 5, Order::row},      {{3, 5}, {5, 1}, 5, Order::row},
      {{3, 5}, {9, 1}, 9, Order::row},  {{3, 5}, {1, 3}, 3, Order::col},
      {{3, 5}, {1, 8}, 8, Order::col},  {{1, 5}, {77, 1}, 5, Order::row},
      {{1, 5}, {1, 7}, 7, Order::col},  {{1, 5}, {-4, 7}, 7, Order::col},
      {{3, 1}, {4, 99}, 4, Order::row}, {{3, 1}, {1, 0}, 1, Order::row},
      {{1, 1}, {0, 0}, 1, Order::row},  {{1, 1}, {-5, -5}, 1, Order::row},
  };
  for (const auto& each : cases) {
    DlCase t(memory, 2, 32, each.shape, each.strides);
    t.tensor().byte_offset = 12;
    const auto view = matrix_from_dlpack(cpu, t.source());
    ASSERT_TRUE(view.ok()) << view.status().to_string();
    EXPECT_EQ(view->data, memory + 3);
    EXPECT_EQ(view->rows, each.shape[0]);
    EXPECT_EQ(view->cols, each.shape[1]);
    EXPECT_EQ(view->order, each.order);
    EXPECT_EQ(view->ld, each.ld);
    const auto writable = writable_matrix_from_dlpack(cpu, t.source());
    ASSERT_TRUE(writable.ok());
    EXPECT_EQ(writable->data, memory + 3);
    EXPECT_EQ(writable->ld, each.ld);

    DlCase b(memory, 6, 8, each.shape, each.strides);
    b.tensor().byte_offset = 5;
    const auto mask = mask_from_dlpack(cpu, b.source());
    const auto writable_mask = writable_mask_from_dlpack(cpu, b.source());
    ASSERT_TRUE(mask.ok() && writable_mask.ok());
    EXPECT_EQ(mask->data, reinterpret_cast<std::uint8_t*>(memory) + 5);
    EXPECT_EQ(mask->ld, each.ld);
    EXPECT_EQ(mask->order, each.order);
    EXPECT_EQ(writable_mask->data, mask->data);
  }
}

TEST(DlpackIn, EmptyTensorsNeedNoMemory) {
  for (const std::vector<std::int64_t>& shape :
       {std::vector<std::int64_t>{0, 5}, {3, 0}, {0, 0}, {0, kHuge}}) {
    DlCase t(nullptr, 2, 32, shape), odd(memory, 2, 32, shape, {-7, kHuge});
    odd.tensor().byte_offset = UINT64_MAX;
    for (const DlpackSource& source : {t.source(), odd.source()}) {
      const auto view = matrix_from_dlpack(cpu, source);
      ASSERT_TRUE(view.ok()) << view.status().to_string();
      EXPECT_EQ(view->rows, shape[0]);
      EXPECT_EQ(view->cols, shape[1]);
      EXPECT_TRUE(tensor_from_dlpack(cpu, source).ok());
    }
  }
}

TEST(DlpackIn, TensorsAndVectors) {
  DlCase t(memory, 2, 16, {2, 3, 4, 2, 2}, {1, 2, 6, 24, 48});
  t.tensor().byte_offset = 2;
  const auto view = tensor_from_dlpack(cpu, t.source());
  ASSERT_TRUE(view.ok()) << view.status().to_string();
  EXPECT_EQ(view->data, reinterpret_cast<std::uint8_t*>(memory) + 2);
  EXPECT_EQ(view->rank, 5);
  EXPECT_EQ(view->shape, (Dims{2, 3, 4, 2, 2}));
  EXPECT_EQ(view->stride, (Dims{1, 2, 6, 24, 48}));
  EXPECT_EQ(writable_tensor_from_dlpack(cpu, t.source())->data, view->data);
  DlCase plain(memory, 1, 8, {2, 3, 4});
  const auto mask = tensor_mask_from_dlpack(cpu, plain.source());
  ASSERT_TRUE(mask.ok());
  EXPECT_EQ(mask->stride, (Dims{12, 4, 1}));
  EXPECT_EQ(writable_tensor_mask_from_dlpack(cpu, plain.source())->rank, 3);

  for (const std::vector<std::int64_t>& strides : {std::vector<std::int64_t>{}, {1}}) {
    DlCase v(memory, 2, 32, {7}, strides);
    const auto vector = vector_from_dlpack(cpu, v.source());
    ASSERT_TRUE(vector.ok());
    EXPECT_EQ(vector->data, memory);
    EXPECT_EQ(vector->size, 7);
    EXPECT_EQ(vector->type, DataType::f32);
  }
  DlCase gaps(memory, 2, 32, {7}, {2}), one(memory, 2, 32, {1}, {2}), flat(memory, 2, 32, {7, 1});
  EXPECT_TRUE(
      fails(vector_from_dlpack(cpu, gaps.source()).status(), kUnsupported, {"tensor.strides"}));
  EXPECT_TRUE(vector_from_dlpack(cpu, one.source()).ok());
  EXPECT_TRUE(
      fails(vector_from_dlpack(cpu, flat.source()).status(), kUnsupported, {"tensor.ndim = 2"}));
  EXPECT_TRUE(
      fails(matrix_from_dlpack(cpu, gaps.source()).status(), kUnsupported, {"tensor.ndim = 1"}));
  DlCase neither(memory, 2, 32, {3, 5}, {10, 2});
  EXPECT_TRUE(fails(matrix_from_dlpack(cpu, neither.source()).status(), kUnsupported,
                    {"tensor.strides = [10, 2]"}));
  EXPECT_TRUE(tensor_from_dlpack(cpu, neither.source()).ok());
}

TEST(DlpackIn, ShapesThatCannotBe) {
  for (const int rank : {0, 6, -1, std::numeric_limits<int>::max()}) {
    DlCase t(memory, 2, 32, {3, 5});
    t.tensor().ndim = rank;
    expect_refused(t.source(), kUnsupported, {"tensor.ndim = ", "[1, 5]"});
  }
  DlCase none(memory, 2, 32, {3, 5});
  none.tensor().shape = nullptr;
  expect_refused(none.source(), kInvalid, {"tensor.shape = null"});
  none.tensor().shape = none.shape.data();
  none.tensor().data = nullptr;
  expect_refused(none.source(), kInvalid, {"tensor.data = null"});
  DlCase negative(memory, 2, 32, {3, -5});
  expect_refused(negative.source(), kInvalid, {"tensor.shape[1] = -5"});
  expect_refused({}, kInvalid, {"source.tensor = null"});

  // Too large to be addressed, whatever the strides.
  for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{kHuge, 2},
                                                 {2, kHuge},
                                                 {std::int64_t{1} << 32, std::int64_t{1} << 31},
                                                 {kHuge, kHuge}}) {
    DlCase t(memory, 2, 32, shape);
    expect_refused(t.source(), kInvalid, {"tensor."});
  }
  // Overlapping, backward or endless strides.
  for (const std::vector<std::int64_t>& strides : {std::vector<std::int64_t>{0, 1},
                                                   {1, 0},
                                                   {4, 1},
                                                   {-5, 1},
                                                   {5, -1},
                                                   {1, 2},
                                                   {kHuge, 1},
                                                   {1, kHuge},
                                                   {std::numeric_limits<std::int64_t>::min(), 1}}) {
    DlCase t(memory, 2, 32, {3, 5}, strides);
    expect_refused(t.source(), kInvalid, {"tensor."});
  }
}

TEST(DlpackIn, OffsetsStayAddressable) {
  DlCase t(memory, 2, 32, {3, 5});
  const auto base = reinterpret_cast<std::uintptr_t>(memory);
  t.tensor().byte_offset = UINT64_MAX - base;  // the first byte is the last one that there is
  expect_refused(t.source(), kInvalid, {"tensor.byte_offset", "60 bytes"});
  t.tensor().byte_offset = UINT64_MAX - base + 1;
  expect_refused(t.source(), kInvalid, {"tensor.byte_offset"});
  t.tensor().byte_offset = UINT64_MAX;
  expect_refused(t.source(), kInvalid, {"tensor.byte_offset"});
  t.tensor().byte_offset = UINT64_MAX - base - 59;
  EXPECT_TRUE(matrix_from_dlpack(cpu, t.source()).ok());
}

TEST(DlpackIn, Devices) {
  DlCase t(memory, 2, 32, {3, 5});
  for (int device = -1; device <= 20; ++device) {
    t.tensor().device_type = device;
    if (device == 1 || device == 3 || device == 13) {
      EXPECT_TRUE(matrix_from_dlpack(cpu, t.source()).ok()) << device;
      continue;
    }
    expect_refused(t.source(), kInvalid, {"tensor.device = (", "Exec::cpu"});
  }
  t.tensor().device_type = 1;
  expect_refused(t.source(), kInvalid, {"exec.threads = -1"}, Exec::cpu(-1));
}

TEST(DlpackIn, ManagedTensors) {
  DlCase t(memory, 2, 32, {3, 5});
  for (const std::uint32_t minor : {0u, 1u, 3u, 99u}) {
    t.managed.minor = minor;
    const auto source = open_dlpack(t.versioned());
    ASSERT_TRUE(source.ok());
    EXPECT_EQ(source->tensor, &t.managed.dl_tensor);
    EXPECT_FALSE(source->read_only);
    EXPECT_FALSE(source->bytes_as.has_value());
  }
  for (const std::uint32_t major : {0u, 2u, 0xFFFFFFFFu}) {
    t.managed.major = major;
    EXPECT_TRUE(
        fails(open_dlpack(t.versioned()).status(), kUnsupported, {"managed.version = ", "1.x"}));
  }
  t.managed.major = 1;
  for (const std::uint64_t flags : {1u, 3u, 7u, 2u, 6u}) {  // read-only, copied, padded
    t.managed.flags = flags;
    const auto source = open_dlpack(t.versioned());
    ASSERT_TRUE(source.ok());
    EXPECT_EQ(source->read_only, (flags & 1) != 0);
    EXPECT_TRUE(matrix_from_dlpack(cpu, *source).ok());
    EXPECT_EQ(writable_matrix_from_dlpack(cpu, *source).ok(), !source->read_only);
  }
  DlpackSource source = t.source();
  source.read_only = true;
  EXPECT_TRUE(
      fails(writable_matrix_from_dlpack(cpu, source).status(), kInvalid, {"source.read_only"}));
  EXPECT_TRUE(
      fails(writable_tensor_from_dlpack(cpu, source).status(), kInvalid, {"source.read_only"}));
  EXPECT_TRUE(
      fails(writable_mask_from_dlpack(cpu, source).status(), kInvalid, {"source.read_only"}));
  EXPECT_TRUE(fails(writable_tensor_mask_from_dlpack(cpu, source).status(), kInvalid,
                    {"source.read_only"}));

  DlManaged legacy;
  legacy.dl_tensor = t.tensor();
  const auto opened = open_dlpack(reinterpret_cast<const DLManagedTensor*>(&legacy));
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened->tensor, &legacy.dl_tensor);
  EXPECT_FALSE(opened->read_only);
  EXPECT_TRUE(fails(open_dlpack(static_cast<const DLManagedTensor*>(nullptr)).status(), kInvalid,
                    {"managed = null"}));
  EXPECT_TRUE(fails(open_dlpack(static_cast<const DLManagedTensorVersioned*>(nullptr)).status(),
                    kInvalid, {"managed = null"}));
}

// ---- out ----------------------------------------------------------------------------------------

void count(void* context) { ++*static_cast<int*>(context); }

// The library declares the structure too, by another name: the protocol rests on that, and clang's
// check of function types does not know it.
#ifdef __clang__
__attribute__((no_sanitize("function")))
#endif
void destroy(const DlVersioned& managed) {
  managed.deleter(const_cast<DlVersioned*>(&managed));
}

TEST(DlpackOut, TensorsCarryEverything) {
  const struct {
    DataType type;
    int code, bits;
  } known[] = {{DataType::f32, 2, 32},    {DataType::f16, 2, 16},    {DataType::bf16, 4, 16},
               {DataType::f8e4m3, 10, 8}, {DataType::f8e5m2, 12, 8}, {DataType::i8, 0, 8},
               {DataType::i32, 0, 32}};
  for (const auto& each : known) {
    const TensorView view{memory, 3, {2, 1, 4}, {9, -77, 2}, each.type};
    int released = 0;
    const auto managed = to_dlpack(cpu, view, {&released, count});
    ASSERT_TRUE(managed.ok());
    const DlVersioned& m = read(*managed);
    EXPECT_EQ(m.major, 1u);
    EXPECT_EQ(m.flags, 0u);
    const DlTensor& t = m.dl_tensor;
    EXPECT_EQ(t.data, memory);
    EXPECT_EQ(t.byte_offset, 0u);
    EXPECT_EQ(t.device_type, 1);
    EXPECT_EQ(t.device_id, 0);
    EXPECT_EQ(t.code, each.code);
    EXPECT_EQ(t.bits, each.bits);
    EXPECT_EQ(t.lanes, 1);
    EXPECT_EQ(t.ndim, 3);
    EXPECT_EQ((std::vector<std::int64_t>(t.shape, t.shape + 3)),
              (std::vector<std::int64_t>{2, 1, 4}));
    EXPECT_EQ((std::vector<std::int64_t>(t.strides, t.strides + 3)),
              (std::vector<std::int64_t>{9, 1, 2}))
        << "a stride that says nothing is 1";
    const auto back = open_dlpack(*managed);
    ASSERT_TRUE(back.ok());
    EXPECT_EQ(tensor_from_dlpack(cpu, *back)->type, each.type);
    EXPECT_EQ(released, 0);
    destroy(m);
    EXPECT_EQ(released, 1);

    const auto constant = to_dlpack(cpu, ConstTensorView(view), {&released, count});
    ASSERT_TRUE(constant.ok());
    EXPECT_EQ(read(*constant).flags, 1u);
    release_dlpack(*constant);
    EXPECT_EQ(released, 2);

    const auto legacy = to_unversioned_dlpack(cpu, view, {&released, count});
    ASSERT_TRUE(legacy.ok());
    EXPECT_EQ(read(*legacy).dl_tensor.code, each.code);
    EXPECT_EQ(read(*legacy).dl_tensor.strides[0], 9);
    release_dlpack(*legacy);
    EXPECT_EQ(released, 3);
  }
}

TEST(DlpackOut, MasksAreBool) {
  auto* bytes = reinterpret_cast<std::uint8_t*>(memory);
  const TensorMask mask = contiguous_mask(bytes, 2, {3, 4});
  int released = 0;
  const auto managed = to_dlpack(cpu, mask, {&released, count});
  const auto constant = to_dlpack(cpu, ConstTensorMask(mask));
  const auto legacy = to_unversioned_dlpack(cpu, mask);
  ASSERT_TRUE(managed.ok() && constant.ok() && legacy.ok());
  for (const DlTensor* t :
       {&read(*managed).dl_tensor, &read(*constant).dl_tensor, &read(*legacy).dl_tensor}) {
    EXPECT_EQ(t->data, bytes);
    EXPECT_EQ(t->code, 6);
    EXPECT_EQ(t->bits, 8);
    EXPECT_EQ(t->strides[0], 4);
  }
  EXPECT_EQ(read(*managed).flags, 0u);
  EXPECT_EQ(read(*constant).flags, 1u);
  release_dlpack(*managed);
  release_dlpack(*constant);
  release_dlpack(*legacy);
  EXPECT_EQ(released, 1);
  release_dlpack(static_cast<DLManagedTensor*>(nullptr));
  release_dlpack(static_cast<DLManagedTensorVersioned*>(nullptr));
  DlVersioned no_deleter;
  release_dlpack(reinterpret_cast<DLManagedTensorVersioned*>(&no_deleter));
}

TEST(DlpackOut, BadViewsReleaseNothing) {
  int released = 0;
  const DlpackOwner owner{&released, count};
  const TensorView bad{memory, 2, {3, 5}, {1, 1}, DataType::f32};
  const TensorView null{nullptr, 1, {3}, {1}, DataType::f32};
  const TensorMask mask{nullptr, 1, {3}, {1}};
  EXPECT_TRUE(fails(to_dlpack(cpu, bad, owner).status(), kInvalid, {"tensor.stride"}));
  EXPECT_TRUE(
      fails(to_dlpack(cpu, ConstTensorView(null), owner).status(), kInvalid, {"tensor.data"}));
  EXPECT_TRUE(fails(to_dlpack(cpu, mask, owner).status(), kInvalid, {"mask.data"}));
  EXPECT_TRUE(
      fails(to_dlpack(cpu, ConstTensorMask(mask), owner).status(), kInvalid, {"mask.data"}));
  EXPECT_TRUE(fails(to_unversioned_dlpack(cpu, bad, owner).status(), kInvalid, {"tensor.stride"}));
  EXPECT_TRUE(fails(to_unversioned_dlpack(cpu, mask, owner).status(), kInvalid, {"mask.data"}));
  EXPECT_TRUE(fails(
      to_dlpack(Exec::cpu(-1), ConstTensorView{memory, 1, {3}, {1}, DataType::f32}, owner).status(),
      kInvalid, {"exec.threads"}));
  EXPECT_EQ(released, 0);
}

}  // namespace
}  // namespace heddle::oracle
