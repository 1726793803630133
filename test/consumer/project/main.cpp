// Prunes, packs, plans and multiplies once, as an engine written in C++17 would.
#include <heddle/heddle.hpp>

#include <cstdio>
#include <vector>

namespace {

using namespace heddle;

int fail(const Status& status, int code) {
  std::fprintf(stderr, "%s\n", status.to_string().c_str());
  return code;
}

}  // namespace

int main() {
  const Exec cpu = Exec::cpu(2);
  std::vector<float> weights = {1, -4, 3, 2, 0, 0, 5, 6};
  const std::vector<float> ones(4, 1.0f);
  std::vector<float> out(2);
  std::vector<std::uint8_t> mask(8);
  const MatrixView weight = row_major(weights.data(), 2, 4, DataType::f32);

  const Result<Pattern> pattern = find_pattern("2:4");
  if (!pattern.ok()) return fail(pattern.status(), 1);
  Status status = best_mask(cpu, weight, *pattern, row_major_mask(mask.data(), 2, 4));
  if (!status.ok()) return fail(status, 2);
  status = apply_mask(cpu, weight, row_major_mask(mask.data(), 2, 4), weight);
  if (!status.ok() || weights != std::vector<float>{0, -4, 3, 0, 0, 0, 5, 6}) {
    return fail(status, 3);
  }

  MatmulDesc desc;
  desc.a.rows = 2;
  desc.a.cols = 4;
  desc.a.type = desc.b_type = desc.d_type = DataType::f32;
  const Result<std::size_t> size = packed_size(desc.a);
  if (!size.ok()) return fail(size.status(), 4);
  std::vector<unsigned char> blob(*size);
  const PackedView packed = {desc.a, blob.data(), blob.size()};
  status = pack(cpu, weight, packed);
  if (status.ok()) status = verify(cpu, packed);
  if (!status.ok()) return fail(status, 5);

  const Result<MatmulPlan> plan = make_plan(cpu, desc);
  if (!plan.ok()) return fail(plan.status(), 6);
  MatmulBuffers buffers;
  buffers.a = packed;
  buffers.b = {ones.data(), 4, 1, 4, DataType::f32, Order::col};
  buffers.d = {out.data(), 2, 1, 2, DataType::f32, Order::col};
  status = run(cpu, *plan, buffers);
  if (!status.ok()) return fail(status, 7);
  std::printf("heddle %s: %g %g\n", HEDDLE_VERSION, out[0], out[1]);
  return out[0] == -1.0f && out[1] == 11.0f ? 0 : 8;
}
