// Every call that an operation makes of the CUDA layer fails once, in turn, on the testbed: the
// caller learns it, no device memory stays behind, and the same operation then gives the same
// bytes. test/host/cuda does the same with the runtime's functions below that layer.
#include <algorithm>
#include <cstdio>
#include <functional>
#include <string>
#include <vector>

#include "heddle/heddle.hpp"
#include "test/device/device.hpp"
#include "test/oracle/suite.hpp"
#include "test/simt/runtime.hpp"

namespace heddle {
namespace {

using oracle::fails;
using oracle::succeeds;
using test::DeviceBytes;

constexpr std::int64_t kM = 64, kK = 128, kN = 8;
constexpr DataType kType = DataType::f16;

std::size_t blob_bytes(PackedOrder order) {
  return packed_size({kM, kK, {2, 4}, kType, order}).value();
}

// Device memory for every operation below; `reset` brings back how it starts.
class Stage {
 public:
  Stage() { reset(); }

  void reset() {
    for (DeviceBytes* bytes : all()) std::fill_n(bytes->data(), bytes->size(), std::uint8_t{0});
    for (std::size_t i = 0; i < kM * kK; ++i) {
      // All different within a group, and with two kept of each.
      store_from_float(weight.data(), static_cast<std::int64_t>(i), kType,
                       static_cast<float>((i * 29 % 64) + 1));
      mask.data()[i] = i % 4 == 1 || i % 4 == 2;
    }
    for (std::int64_t i = 0; i < kK * kN; ++i) store_from_float(b.data(), i, kType, 1.0f);
    for (std::int64_t i = 0; i < kK; ++i) store_from_float(norms.data(), i, DataType::f32, 2.0f);
    const ConstMatrixView w = matrix();
    const Exec cpu = Exec::cpu(1);
    EXPECT_TRUE(pack(cpu, w, blob(canonical, PackedOrder::canonical)).ok());
    EXPECT_TRUE(pack(cpu, w, blob(device, PackedOrder::device)).ok());
  }
  std::vector<unsigned char> bytes() {
    std::vector<unsigned char> all_bytes;
    for (const DeviceBytes* one : all()) {
      const std::vector<unsigned char> read = one->read();
      all_bytes.insert(all_bytes.end(), read.begin(), read.end());
    }
    return all_bytes;
  }

  MatrixView matrix() const { return row_major(weight.data(), kM, kK, kType); }
  MatrixView result() const { return row_major(out.data(), kM, kK, kType); }
  MaskView keep() const { return row_major_mask(mask.data(), kM, kK); }
  MaskView found() const { return row_major_mask(new_mask.data(), kM, kK); }
  MatrixView x() const { return row_major(b.data(), kN, kK, kType); }
  MatrixView y() const { return row_major(d.data(), kN, kM, kType); }
  PackedView blob(const DeviceBytes& bytes, PackedOrder order) const {
    return {{kM, kK, {2, 4}, kType, order}, bytes.data(), bytes.size()};
  }
  template <class T>
  T* as(const DeviceBytes& bytes) const {
    return reinterpret_cast<T*>(bytes.data());
  }

  DeviceBytes weight{kM * kK * 2}, out{kM * kK * 2}, mask{kM * kK}, new_mask{kM * kK};
  DeviceBytes b{kK * kN * 2}, d{kM * kN * 2}, scores{kM * kK * 4}, norms{kK * 4}, sums{kK * 8};
  DeviceBytes report{64}, gradient{kM * kK * 2}, dropped{kM * kK * 2};
  DeviceBytes canonical{blob_bytes(PackedOrder::canonical)}, other{canonical.size()};
  DeviceBytes device{blob_bytes(PackedOrder::device)}, device_other{device.size()};
  DeviceBytes workspace{1 << 16};

 private:
  std::vector<DeviceBytes*> all() {
    return {&weight,  &out,       &mask,  &new_mask,     &b,        &d,
            &scores,  &norms,     &sums,  &report,       &device,   &gradient,
            &dropped, &canonical, &other, &device_other, &workspace};
  }
};

struct Operation {
  const char* name;
  std::function<Status(const Exec&, const Stage&)> run;
};

const Operation kOperations[] = {
    {"best_mask",
     [](auto& e, auto& s) {
       return best_mask(e, s.matrix(), {2, 4}, s.found());
     }},
    {"apply_mask",
     [](auto& e, auto& s) { return apply_mask(e, s.matrix(), s.keep(), s.result()); }},
    {"apply_masks",
     [](auto& e, auto& s) {
       const MaskedMatrix one{s.matrix(), s.keep(), s.result()};
       return apply_masks(e, &one, 1);
     }},
    {"check",
     [](auto& e, auto& s) {
       return check(e, s.matrix(), {2, 4}).status();
     }},
    {"check, no waiting",
     [](auto& e, auto& s) {
       return check(e, s.matrix(), {2, 4}, s.template as<CheckReport>(s.report));
     }},
    {"mask_stats", [](auto& e, auto& s) { return mask_stats(e, s.matrix(), s.keep()).status(); }},
    {"best_tile_mask",
     [](auto& e, auto& s) { return best_tile_mask(e, s.matrix(), {}, s.found()); }},
    {"check_tiles",
     [](auto& e, auto& s) {
       return check_tiles(e, s.matrix(), {2, 4}).status();
     }},
    {"score",
     [](auto& e, auto& s) {
       return score(e, s.matrix(), Score::activation_norm, {s.norms.data(), kK, DataType::f32},
                    row_major(s.scores.data(), kM, kK, DataType::f32));
     }},
    {"accumulate_squares",
     [](auto& e, auto& s) {
       return accumulate_squares(e, s.matrix(), s.template as<double>(s.sums));
     }},
    {"norms_of_squares",
     [](auto& e, auto& s) {
       return norms_of_squares(e, s.template as<double>(s.sums), kK,
                               s.template as<float>(s.scores));
     }},
    {"tensor mask",
     [](auto& e, auto& s) {
       return best_mask(e, as_tensor(s.matrix()), Pattern{2, 4}, as_tensor(s.found()));
     }},
    {"pack",
     [](auto& e, auto& s) {
       return pack(e, s.matrix(), s.blob(s.device_other, PackedOrder::device));
     }},
    {"pack a mask",
     [](auto& e, auto& s) {
       return pack(e, s.matrix(), s.keep(), s.blob(s.other, PackedOrder::canonical));
     }},
    {"unpack",
     [](auto& e, auto& s) {
       return unpack(e, s.blob(s.canonical, PackedOrder::canonical), s.result());
     }},
    {"verify", [](auto& e, auto& s) { return verify(e, s.blob(s.device, PackedOrder::device)); }},
    {"convert",
     [](auto& e, auto& s) {
       return convert(e, s.blob(s.canonical, PackedOrder::canonical),
                      s.blob(s.device_other, PackedOrder::device));
     }},
    {"assemble",
     [](auto& e, auto& s) {
       const PackedView to = s.blob(s.other, PackedOrder::canonical);
       const CanonicalLayout at = *canonical_layout(to.desc);
       return assemble(e, s.canonical.data() + at.values_offset, at.values_bytes,
                       s.canonical.data() + at.metadata_offset, at.metadata_bytes, to);
     }},
    {"linear",
     [](auto& e, auto& s) {
       return linear(e, s.x(), s.blob(s.device, PackedOrder::device), s.y());
     }},
    {"plan",
     [](auto& e, auto& s) -> Status {
       MatmulDesc desc;
       desc.a = s.blob(s.device, PackedOrder::device).desc;
       desc.max_n = kN;
       const Result<MatmulPlan> plan = make_plan(e, desc);
       if (!plan.ok()) return plan.status();
       const Workspace workspace{s.workspace.data(), s.workspace.size()};
       MatmulBuffers buffers;
       buffers.a = s.blob(s.device, PackedOrder::device);
       buffers.b = transposed(s.x());
       buffers.d = transposed(s.y());
       if (Status status = clear_workspace(e, workspace); !status.ok()) return status;
       return run(e, *plan, buffers, workspace);
     }},
    {"describe_device", [](auto& e, auto&) { return describe_device(e).status(); }},
    {"find_permutation",
     [](auto& e, auto& s) {
       PermutationOptions options;
       options.search = PermutationSearch::swap;
       options.escapes = 0;
       return find_permutation(e, row_major(s.weight.data(), 16, 16, kType), options).status();
     }},
    {"permute_columns",
     [](auto& e, auto& s) {
       Permutation order(kK);
       for (std::int64_t i = 0; i < kK; ++i) order[i] = static_cast<std::int32_t>(kK - 1 - i);
       return permute_columns(e, s.matrix(), order, s.result());
     }},
    {"sgd_step",
     [](auto& e, auto& s) {
       StepTensors one;
       one.weight = as_tensor(s.matrix());
       one.gradient = as_tensor(row_major(s.gradient.data(), kM, kK, kType));
       one.mask = as_tensor(s.keep());
       return sgd_step(e, {}, &one, 1);
     }},
    {"Sparsifier",
     [](auto& e, auto& s) -> Status {
       Sparsifier sparsifier(SparsifierOptions::any_size());
       SparseParameter one;
       one.name = "w";
       one.weight = as_tensor(s.matrix());
       one.mask = as_tensor(s.found());
       one.dropped = as_tensor(row_major(s.dropped.data(), kM, kK, kType));
       if (Status status = sparsifier.add(one); !status.ok()) return status;
       if (Status status = sparsifier.compute_masks(e); !status.ok()) return status;
       if (Status status = sparsifier.compute_masks(e); !status.ok()) return status;
       return sparsifier.restore(e);
     }},
};

TEST(DeviceFaults, EveryCallOfTheCudaLayer) {
  simt::set_runtime({});
  const Exec exec = Exec::cuda();
  Stage stage;
  unsigned swept = 0;
  for (const Operation& operation : kOperations) {
    SCOPED_TRACE(operation.name);
    stage.reset();
    simt::fail_call(0);
    ASSERT_TRUE(succeeds(operation.run(exec, stage)));
    const unsigned calls = simt::fail_call(0);
    EXPECT_GT(calls, 0u);
    const std::vector<unsigned char> want = stage.bytes();
    for (unsigned call = 1; call <= calls; ++call) {
      stage.reset();
      const std::size_t live = simt::live_global();
      simt::fail_call(call);
      EXPECT_TRUE(fails(operation.run(exec, stage), StatusCode::device_error,
                        {"the testbed fails this call"}))
          << "call " << call << " of " << calls;
      EXPECT_EQ(simt::live_global(), live) << "call " << call;
      simt::fail_call(0);
      ++swept;
    }
    stage.reset();
    EXPECT_TRUE(succeeds(operation.run(exec, stage)));
    EXPECT_TRUE(stage.bytes() == want) << "not the same bytes afterwards";
  }
  EXPECT_TRUE(simt::take_launches().report.clean());
  RecordProperty("failed calls", static_cast<int>(swept));
  std::printf("%u calls failed, of %zu operations\n", swept, std::size(kOperations));
}

}  // namespace
}  // namespace heddle
