#pragma once
// The operand lists of kernels/arch/wgmma_*.cuh: inline assembly numbers its operands and takes
// each register of an accumulator as one of its own, so that every width is a statement of its own.
//
// A wrapper names its statement X(width, registers, o0 .. o9, ...) once and
// HEDDLE_WGMMA_WIDTHS(X, ...) makes one of it for every width, as the branches of an `if
// constexpr`. The accumulators are operands 0 .. registers - 1, the inputs follow: "%" o0 is the
// first of them.

// clang-format off
#define HEDDLE_WGMMA_WIDTHS(X, ...)                                                                \
  if constexpr (N == 8) {                                                                          \
    X(8, 4, "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", __VA_ARGS__)                     \
  } else if constexpr (N == 16) {                                                                  \
    X(16, 8, "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", __VA_ARGS__)                \
  } else if constexpr (N == 32) {                                                                  \
    X(32, 16, "16", "17", "18", "19", "20", "21", "22", "23", "24", "25", __VA_ARGS__)             \
  } else if constexpr (N == 64) {                                                                  \
    X(64, 32, "32", "33", "34", "35", "36", "37", "38", "39", "40", "41", __VA_ARGS__)             \
  } else if constexpr (N == 96) {                                                                  \
    X(96, 48, "48", "49", "50", "51", "52", "53", "54", "55", "56", "57", __VA_ARGS__)             \
  } else if constexpr (N == 128) {                                                                 \
    X(128, 64, "64", "65", "66", "67", "68", "69", "70", "71", "72", "73", __VA_ARGS__)            \
  } else if constexpr (N == 160) {                                                                 \
    X(160, 80, "80", "81", "82", "83", "84", "85", "86", "87", "88", "89", __VA_ARGS__)            \
  } else if constexpr (N == 192) {                                                                 \
    X(192, 96, "96", "97", "98", "99", "100", "101", "102", "103", "104", "105", __VA_ARGS__)      \
  } else if constexpr (N == 224) {                                                                 \
    X(224, 112, "112", "113", "114", "115", "116", "117", "118", "119", "120", "121", __VA_ARGS__) \
  } else if constexpr (N == 256) {                                                                 \
    X(256, 128, "128", "129", "130", "131", "132", "133", "134", "135", "136", "137", __VA_ARGS__) \
  }

// "%0, %1, ..." of that many registers.
#define HEDDLE_WGMMA_NAMES_4 "%0, %1, %2, %3"
#define HEDDLE_WGMMA_NAMES_8 HEDDLE_WGMMA_NAMES_4 ", %4, %5, %6, %7"
#define HEDDLE_WGMMA_NAMES_16 HEDDLE_WGMMA_NAMES_8 ", %8, %9, %10, %11, %12, %13, %14, %15"
#define HEDDLE_WGMMA_NAMES_32 \
  HEDDLE_WGMMA_NAMES_16       \
      ", %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define HEDDLE_WGMMA_NAMES_48 \
  HEDDLE_WGMMA_NAMES_32       \
      ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47"
#define HEDDLE_WGMMA_NAMES_64 \
  HEDDLE_WGMMA_NAMES_48       \
      ", %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"
#define HEDDLE_WGMMA_NAMES_80 \
  HEDDLE_WGMMA_NAMES_64       \
      ", %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79"
#define HEDDLE_WGMMA_NAMES_96 \
  HEDDLE_WGMMA_NAMES_80       \
      ", %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95"
#define HEDDLE_WGMMA_NAMES_112                                                                   \
  HEDDLE_WGMMA_NAMES_96                                                                          \
      ", %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, " \
      "%111"
#define HEDDLE_WGMMA_NAMES_128                                                                 \
  HEDDLE_WGMMA_NAMES_112                                                                       \
      ", %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, " \
      "%126, %127"

// The registers as operands, C the constraint: "+f" or "+r".
#define HEDDLE_WGMMA_FOUR(C, i) C(d[i]), C(d[i + 1]), C(d[i + 2]), C(d[i + 3])
#define HEDDLE_WGMMA_SIXTEEN(C, i)                                                   \
  HEDDLE_WGMMA_FOUR(C, i), HEDDLE_WGMMA_FOUR(C, i + 4), HEDDLE_WGMMA_FOUR(C, i + 8), \
      HEDDLE_WGMMA_FOUR(C, i + 12)
#define HEDDLE_WGMMA_REGISTERS_4(C) HEDDLE_WGMMA_FOUR(C, 0)
#define HEDDLE_WGMMA_REGISTERS_8(C) HEDDLE_WGMMA_FOUR(C, 0), HEDDLE_WGMMA_FOUR(C, 4)
#define HEDDLE_WGMMA_REGISTERS_16(C) HEDDLE_WGMMA_SIXTEEN(C, 0)
#define HEDDLE_WGMMA_REGISTERS_32(C) HEDDLE_WGMMA_REGISTERS_16(C), HEDDLE_WGMMA_SIXTEEN(C, 16)
#define HEDDLE_WGMMA_REGISTERS_48(C) HEDDLE_WGMMA_REGISTERS_32(C), HEDDLE_WGMMA_SIXTEEN(C, 32)
#define HEDDLE_WGMMA_REGISTERS_64(C) HEDDLE_WGMMA_REGISTERS_48(C), HEDDLE_WGMMA_SIXTEEN(C, 48)
#define HEDDLE_WGMMA_REGISTERS_80(C) HEDDLE_WGMMA_REGISTERS_64(C), HEDDLE_WGMMA_SIXTEEN(C, 64)
#define HEDDLE_WGMMA_REGISTERS_96(C) HEDDLE_WGMMA_REGISTERS_80(C), HEDDLE_WGMMA_SIXTEEN(C, 80)
#define HEDDLE_WGMMA_REGISTERS_112(C) HEDDLE_WGMMA_REGISTERS_96(C), HEDDLE_WGMMA_SIXTEEN(C, 96)
#define HEDDLE_WGMMA_REGISTERS_128(C) HEDDLE_WGMMA_REGISTERS_112(C), HEDDLE_WGMMA_SIXTEEN(C, 112)
// clang-format on
