// The conventions: status codes, versions, names, structures of older and newer sizes, sentences.

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>
#include <vector>

#include "test/host/c/c_case.hpp"

namespace {

// -1: allocations work; n: the n-th from now on and all after it fail.
thread_local long allocations_left = -1;

void* allocate(std::size_t bytes) {
  if (allocations_left == 0) return nullptr;
  if (allocations_left > 0) --allocations_left;
  return std::malloc(bytes == 0 ? 1 : bytes);
}

}  // namespace

void* operator new(std::size_t bytes) {
  if (void* memory = allocate(bytes)) return memory;
  throw std::bad_alloc();
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return allocate(bytes); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace heddle::oracle {
namespace {

TEST(CBase, NamesAndVersions) {
  for (std::int32_t code = -2; code <= 12; ++code)
    EXPECT_STREQ(heddle_status_name(code), to_string(static_cast<StatusCode>(code))) << code;
  EXPECT_STREQ(heddle_status_name(INT32_MIN), "invalid");
  EXPECT_EQ(heddle_version(),
            10000 * HEDDLE_VERSION_MAJOR + 100 * HEDDLE_VERSION_MINOR + HEDDLE_VERSION_PATCH);
  EXPECT_STREQ(heddle_version_string(), HEDDLE_VERSION);
  EXPECT_EQ(heddle_abi_version(), HEDDLE_ABI_VERSION);
  EXPECT_EQ(heddle_has(HEDDLE_FEATURE_FILES), 1);  // tests have it
  EXPECT_EQ(heddle_has(0), 0);
  EXPECT_EQ(heddle_has(99), 0);
  EXPECT_EQ(heddle_has(-1), 0);
}

TEST(CBase, FeatureCudaIsWhatTheExecutionSays) {
  heddle_exec exec = c_cpu();
  exec.kind = HEDDLE_CUDA;
  Matrix m(DataType::f32, 4, 4);
  const heddle_matrix view = c_view(m);
  const heddle_pattern pattern{2, 4};
  heddle_check_report report{};
  const heddle_status status = heddle_check(&exec, &view, &pattern, &report);
  const std::string text = heddle_last_error();
  const bool lacks_build =
      status == HEDDLE_UNAVAILABLE && text.find("no CUDA path") != std::string::npos;
  EXPECT_EQ(heddle_has(HEDDLE_FEATURE_CUDA), lacks_build ? 0 : 1) << text;
}

TEST(CBase, TypesAndOrders) {
  for (std::int32_t type = 0; type < 7; ++type) {
    EXPECT_EQ(heddle_size_of(type), size_of(static_cast<DataType>(type)));
    EXPECT_STREQ(heddle_type_name(type), to_string(static_cast<DataType>(type)));
    std::int32_t parsed = -1;
    EXPECT_TRUE(c_succeeds(heddle_parse_data_type(heddle_type_name(type), &parsed)));
    EXPECT_EQ(parsed, type);
  }
  for (const std::int32_t type : {-1, 7, 255, 256, 261, INT32_MAX, INT32_MIN}) {
    EXPECT_EQ(heddle_size_of(type), 0u) << type;
    EXPECT_STREQ(heddle_type_name(type), "invalid") << type;
    EXPECT_STREQ(heddle_order_name(type), "invalid") << type;
    EXPECT_STREQ(heddle_packed_order_name(type), "invalid") << type;
  }
  EXPECT_STREQ(heddle_order_name(HEDDLE_ROW), "row");
  EXPECT_STREQ(heddle_order_name(HEDDLE_COL), "col");
  EXPECT_STREQ(heddle_packed_order_name(0), "invalid");
  EXPECT_STREQ(heddle_packed_order_name(HEDDLE_CANONICAL), "canonical");
  EXPECT_STREQ(heddle_packed_order_name(HEDDLE_DEVICE), "device");
  std::int32_t parsed = 77;
  EXPECT_TRUE(c_fails(heddle_parse_data_type("f31", &parsed), HEDDLE_NOT_FOUND, {"f31", "bf16"}));
  EXPECT_EQ(parsed, 77);
  expect_nulls_refused(heddle_parse_data_type, {"name", "type"}, "f32", &parsed);
}

// A call that needs nothing but an execution.
heddle_status use(const heddle_exec* exec) { return heddle_apply_masks(exec, nullptr, 0); }

TEST(CBase, ExecutionsOfEverySize) {
  struct Newer {
    heddle_exec known;
    std::int64_t unknown;
  };
  Newer newer;
  std::memset(&newer, 0xEE, sizeof(newer));
  EXPECT_TRUE(c_succeeds(heddle_exec_init(&newer.known, sizeof(newer))));
  EXPECT_EQ(newer.known.size, sizeof(newer));
  EXPECT_EQ(newer.known.kind, HEDDLE_CPU);
  EXPECT_EQ(newer.known.threads, 0);
  EXPECT_EQ(newer.known.stream, nullptr);
  EXPECT_EQ(newer.unknown, 0);
  EXPECT_TRUE(c_succeeds(use(&newer.known)));
  newer.unknown = 1;
  EXPECT_TRUE(c_fails(use(&newer.known), HEDDLE_UNSUPPORTED, {"exec", "byte 24", "must be 0"}));
  newer.unknown = std::int64_t{1} << 56;  // the very last byte
  EXPECT_TRUE(c_fails(use(&newer.known), HEDDLE_UNSUPPORTED, {"exec", "byte 31"}));

  heddle_exec older;
  std::memset(&older, 0xEE, sizeof(older));
  EXPECT_TRUE(c_succeeds(heddle_exec_init(&older, 16)));
  EXPECT_EQ(older.size, 16u);
  EXPECT_EQ(older.threads, 0);
  EXPECT_NE(older.stream, nullptr);  // not the caller's: neither written nor read
  EXPECT_TRUE(c_succeeds(use(&older)));
  older.threads = -1;
  EXPECT_TRUE(c_fails(use(&older), HEDDLE_INVALID_ARGUMENT, {"exec.threads = -1"}));
  older.size = 8;  // then the number of threads is not the caller's either
  EXPECT_TRUE(c_succeeds(use(&older)));
}

TEST(CBase, BadExecutions) {
  expect_nulls_refused(heddle_apply_masks, {"exec", "", ""}, nullptr, nullptr, 0u);
  EXPECT_TRUE(c_fails(heddle_exec_init(nullptr, sizeof(heddle_exec)), HEDDLE_INVALID_ARGUMENT,
                      {"exec = null"}));
  heddle_exec exec = c_cpu();
  for (const std::size_t size : {std::size_t{0}, std::size_t{7}, std::size_t{12}, std::size_t{4104},
                                 SIZE_MAX, SIZE_MAX - 7}) {
    exec.size = size;
    EXPECT_TRUE(c_fails(use(&exec), HEDDLE_INVALID_ARGUMENT, {"exec.size = ", "sizeof"})) << size;
    EXPECT_TRUE(c_fails(heddle_exec_init(&exec, size), HEDDLE_INVALID_ARGUMENT, {"exec.size = "}));
    EXPECT_EQ(exec.size, size) << "written by a failure";
  }
  for (const std::int32_t kind : {-1, 2, 256, INT32_MIN, INT32_MAX}) {
    exec = c_cpu();
    exec.kind = kind;
    EXPECT_TRUE(c_fails(use(&exec), HEDDLE_INVALID_ARGUMENT, {"exec.kind = "})) << kind;
  }
}

TEST(CBase, EachThreadHasItsSentence) {
  std::int32_t type = 0;
  ASSERT_EQ(heddle_parse_data_type("mine", &type), HEDDLE_NOT_FOUND);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&wrong, t] {
      if (*heddle_last_error() != 0) ++wrong;
      const std::string name = "name-" + std::to_string(t);
      for (int i = 0; i < 200; ++i) {
        std::int32_t parsed = 0;
        if (heddle_parse_data_type(name.c_str(), &parsed) != HEDDLE_NOT_FOUND) ++wrong;
        if (heddle_parse_data_type("f32", &parsed) != HEDDLE_OK) ++wrong;  // leaves the sentence
        if (std::string(heddle_last_error()).find(name) == std::string::npos) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_NE(std::string(heddle_last_error()).find("mine"), std::string::npos);
}

TEST(CBase, LongSentencesAreCutBetweenCharacters) {
  std::int32_t type = 0;
  for (std::size_t pad = 0; pad < 3; ++pad) {
    std::string name(pad, 'x');
    for (int i = 0; i < 3000; ++i) name += "\xC3\xA4";  // two bytes each
    EXPECT_EQ(heddle_parse_data_type(name.c_str(), &type), HEDDLE_NOT_FOUND);
    const std::string text = heddle_last_error();
    EXPECT_LE(text.size(), 2047u);
    EXPECT_GE(text.size(), 2046u);
    ASSERT_EQ(text.substr(text.size() - 3), "...");
    EXPECT_EQ(text[text.size() - 4], '\xA4') << "half a character";
  }
  EXPECT_EQ(heddle_fail(HEDDLE_CORRUPT, std::string(2047, 'y').c_str()), HEDDLE_CORRUPT);
  EXPECT_EQ(heddle_last_error(), std::string(2047, 'y'));
  EXPECT_EQ(heddle_fail(HEDDLE_CORRUPT, std::string(2048, 'y').c_str()), HEDDLE_CORRUPT);
  EXPECT_EQ(heddle_last_error(), std::string(2044, 'y') + "...");
}

TEST(CBase, CallbacksCanSayWhy) {
  EXPECT_EQ(heddle_fail(HEDDLE_IO_ERROR, "the tape broke"), HEDDLE_IO_ERROR);
  EXPECT_STREQ(heddle_last_error(), "the tape broke");
  EXPECT_EQ(heddle_fail(HEDDLE_CORRUPT, heddle_last_error()), HEDDLE_CORRUPT);
  EXPECT_STREQ(heddle_last_error(), "the tape broke");
  EXPECT_EQ(heddle_fail(HEDDLE_OK, "no failure"), HEDDLE_INVALID_ARGUMENT);
  EXPECT_EQ(heddle_fail(10, nullptr), HEDDLE_INVALID_ARGUMENT);
  EXPECT_STREQ(heddle_last_error(), "");
}

// Whichever allocation fails first, the answer is out_of_memory with a sentence, and the sentence
// itself needs no memory.
TEST(CBase, OutOfMemoryIsReported) {
  Matrix m(DataType::f32, 4, 8);
  const heddle_matrix view = c_view(m);
  const heddle_exec exec = c_cpu();
  const heddle_masked_matrix item{view, {}, view};
  int failures = 0;
  for (long n = 0; n < 100; ++n) {
    std::int32_t type = 0;
    ASSERT_EQ(heddle_fail(HEDDLE_CORRUPT, "stale"), HEDDLE_CORRUPT);
    allocations_left = n;
    const heddle_status status = heddle_parse_data_type("a name that is not a short one", &type);
    allocations_left = -1;
    EXPECT_STRNE(heddle_last_error(), "stale");
    if (status == HEDDLE_NOT_FOUND) break;
    ASSERT_EQ(status, HEDDLE_OUT_OF_MEMORY) << n;
    EXPECT_STRNE(heddle_last_error(), "");
    ++failures;
  }
  EXPECT_GE(failures, 2);
  EXPECT_LT(failures, 100);
  allocations_left = 0;
  const heddle_status status = heddle_apply_masks(&exec, &item, 1);
  allocations_left = -1;
  EXPECT_TRUE(c_fails(status, HEDDLE_OUT_OF_MEMORY, {"memory"}));
  EXPECT_TRUE(c_fails(heddle_apply_masks(&exec, &item, SIZE_MAX / 16), HEDDLE_OUT_OF_MEMORY, {}));
}

}  // namespace
}  // namespace heddle::oracle
