// Conversions: the models against the hardware, every bit but those of a NaN of 32.
#include <cmath>

#include "test/kernels/arch/conformance/conformance.hpp"
#include "test/kernels/arch/conformance/device.hpp"
#include "test/kernels/arch/convert_cases.hpp"
#include "test/kernels/arch/convert_kernels.cuh"
#include "test/simt/models/convert.hpp"

namespace heddle::conformance {
namespace {

using arch_test::Conversion;
namespace models = simt::models;

std::uint32_t expected(Conversion kind, std::uint32_t bits, std::uint32_t next) {
  const float x = std::bit_cast<float>(bits), y = std::bit_cast<float>(next);
  const auto half = static_cast<std::uint16_t>(bits);
  switch (kind) {
    case Conversion::f16x2: return models::f16x2_of(x, y);
    case Conversion::bf16x2: return models::bf16x2_of(x, y);
    case Conversion::f16_to_f32: return std::bit_cast<std::uint32_t>(models::f32_of_f16(half));
    case Conversion::s8: return static_cast<std::uint32_t>(models::s8_of(x));
    case Conversion::s32: return static_cast<std::uint32_t>(models::s32_of(x));
    case Conversion::e4m3x2: return models::f16x2_of_e4m3x2(half);
    default: return models::f16x2_of_e5m2x2(half);
  }
}

bool same(Conversion kind, std::uint32_t got, std::uint32_t want) {
  if (kind == Conversion::f16_to_f32 && std::isnan(std::bit_cast<float>(want))) {
    return std::isnan(std::bit_cast<float>(got));
  }
  return got == want;
}

Outcome check_conversion(Conversion kind) {
  const std::vector<std::uint32_t> in = arch_test::convert_inputs(kind);
  const std::size_t count = in.size() - 1;
  const DeviceArray<std::uint32_t> from(in), to(std::vector<std::uint32_t>(count, 0xA5A5A5A5));
  launch(arch_test::convert_kernel_of(kind), static_cast<unsigned>(count / 64), 64, from.data(),
         to.data());
  const std::vector<std::uint32_t> got = to.values();
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t want = expected(kind, in[i], in[i + 1]);
    if (same(kind, got[i], want)) continue;
    return {count, difference("input " + std::to_string(in[i]), got[i], want)};
  }
  return {count, ""};
}

}  // namespace

void check_convert(Record& record) {
  struct Entry {
    const char* name;
    Conversion kind;
    bool fp8;
  };
  for (const Entry& e : {Entry{"cvt_rn_f16x2_f32", Conversion::f16x2, false},
                         Entry{"cvt_rn_bf16x2_f32", Conversion::bf16x2, false},
                         Entry{"cvt_f32_f16", Conversion::f16_to_f32, false},
                         Entry{"cvt_rni_sat_s8_f32", Conversion::s8, false},
                         Entry{"cvt_rni_s32_f32", Conversion::s32, false},
                         Entry{"cvt_rn_f16x2_e4m3x2", Conversion::e4m3x2, true},
                         Entry{"cvt_rn_f16x2_e5m2x2", Conversion::e5m2x2, true}}) {
    if (e.fp8 && record.target() < 89) {
      record.skip(e.name, "needs sm_89");
    } else {
      record.check(e.name, [&] { return check_conversion(e.kind); });
    }
  }
}

}  // namespace heddle::conformance
