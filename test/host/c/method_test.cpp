// Mask methods through the C ABI: names, handles and the caller's functions.

#include "heddle/method.hpp"

#include <memory>
#include <stdexcept>

#include "test/host/c/c_case.hpp"
#include "test/oracle/codes.hpp"
#include "test/oracle/fill.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {
namespace {

struct Destroy {
  void operator()(heddle_method* method) const { heddle_method_destroy(method); }
};
using Method = std::unique_ptr<heddle_method, Destroy>;

Method found(const char* name) {
  heddle_method* method = nullptr;
  EXPECT_TRUE(c_succeeds(heddle_find_method(name, &method)));
  return Method(method);
}

// What a function of the tests is told to do.
struct Script {
  heddle_status status = HEDDLE_OK;
  const char* sentence = nullptr;
  bool keep_all = false, throws = false, fails_inside = false;
  int calls = 0;
  heddle_exec exec{};
  heddle_matrix matrix{};
  std::int32_t ranking = -1;
};

heddle_status scripted(void* user, const heddle_exec* exec, const heddle_matrix* matrix,
                       std::int32_t ranking, const heddle_mask* mask) {
  Script& script = *static_cast<Script*>(user);
  ++script.calls;
  script.exec = *exec;
  script.matrix = *matrix;
  script.ranking = ranking;
  if (script.throws) throw std::runtime_error("from C++ behind C");
  if (script.fails_inside) return heddle_best_mask(exec, matrix, nullptr, mask, ranking);
  if (script.sentence != nullptr) return heddle_fail(script.status, script.sentence);
  if (script.status != HEDDLE_OK) return script.status;
  const heddle_pattern pattern{script.keep_all ? 4 : 2, 4};
  return heddle_best_mask(exec, matrix, &pattern, mask, ranking);
}

Method made(Script& script, const char* name = "scripted", std::int32_t transposable = 0) {
  const heddle_pattern pattern{2, 4};
  heddle_method* method = nullptr;
  EXPECT_TRUE(
      c_succeeds(heddle_method_create(name, &pattern, scripted, &script, transposable, &method)));
  return Method(method);
}

TEST(CMethod, EveryRegisteredNameMakesTheMaskOfCpp) {
  Random random(1);
  Matrix m(DataType::f16, 8, 32);
  fill_ties(m, random);
  Tensor t(DataType::f16, 4, {4, 8, 2, 3});
  t.fill([&](const Dims&) {
    return encode(DataType::f16, static_cast<double>(random.between(-5, 5)));
  });
  const heddle_exec exec = c_cpu();
  const heddle_matrix in = c_view(m);
  const heddle_tensor tensor = c_view(t);
  std::size_t count = 0;
  ASSERT_TRUE(c_succeeds(heddle_registered_methods(&count)));
  const auto all = registered_methods();
  ASSERT_EQ(count, all.size());
  for (std::size_t i = 0; i < count; ++i) {
    const std::string name = text_of([&](char* text, std::size_t capacity, std::size_t* length) {
      return heddle_registered_method(i, text, capacity, length);
    });
    EXPECT_EQ(name, all[i].name);
    const Method method = found(name.c_str());
    ASSERT_NE(method, nullptr);
    Mask want(8, 32), got(8, 32);
    const heddle_mask kept = c_view(got);
    ASSERT_TRUE(succeeds(best_mask(Exec::cpu(1), m.view(), all[i].method, want.view())));
    ASSERT_TRUE(c_succeeds(heddle_best_mask_method(&exec, &in, method.get(), &kept, 0)));
    EXPECT_TRUE(same_bits(want, got)) << name;

    Tensor want_tensor(DataType::i8, 4, t.shape()), got_tensor(DataType::i8, 4, t.shape());
    const heddle_tensor_mask kept_tensor = c_mask(got_tensor);
    ASSERT_TRUE(succeeds(best_mask(Exec::cpu(1), t.view(), all[i].method, want_tensor.mask())));
    ASSERT_TRUE(
        c_succeeds(heddle_best_mask_tensor_method(&exec, &tensor, method.get(), &kept_tensor, 0)));
    t.each([&](const Dims& at) { EXPECT_EQ(want_tensor.bits(at), got_tensor.bits(at)); });

    heddle_method_info info{};
    info.size = sizeof(info);
    ASSERT_TRUE(c_succeeds(heddle_method_describe(method.get(), &info)));
    EXPECT_EQ(info.size, sizeof(info));
    EXPECT_EQ(info.kind, static_cast<std::int32_t>(all[i].method.kind));
    EXPECT_EQ(info.transposable, all[i].method.transposable ? 1 : 0);
    EXPECT_EQ(info.pattern.pattern.keep, all[i].method.pattern.keep);
    EXPECT_EQ(info.pattern.pattern.group, all[i].method.pattern.group);
    EXPECT_EQ(info.pattern.rule, static_cast<std::int32_t>(all[i].method.rule));
    EXPECT_EQ(info.pattern.solver, static_cast<std::int32_t>(all[i].method.solver));
  }
  EXPECT_TRUE(c_fails(heddle_registered_method(count, nullptr, 0, nullptr), HEDDLE_INVALID_ARGUMENT,
                      {"index = "}));
}

TEST(CMethod, DescriptionsOfEverySize) {
  const Method method = found("tile-greedy-2:4");
  struct {
    heddle_method_info info;
    std::int64_t newer;
  } two;
  std::memset(&two, 0xEE, sizeof(two));
  two.info.size = sizeof(two);
  ASSERT_TRUE(c_succeeds(heddle_method_describe(method.get(), &two.info)));
  EXPECT_EQ(two.info.size, sizeof(two));
  EXPECT_EQ(two.newer, 0);
  EXPECT_EQ(two.info.pattern.rule, HEDDLE_TILE_GREEDY);
  std::memset(&two, 0xEE, sizeof(two));
  two.info.size = 16;
  ASSERT_TRUE(c_succeeds(heddle_method_describe(method.get(), &two.info)));
  EXPECT_EQ(two.info.kind, HEDDLE_METHOD_TILES);
  EXPECT_NE(two.info.pattern.rule, HEDDLE_TILE_GREEDY) << "past what the caller knows";
  two.info.size = 0;
  EXPECT_TRUE(c_fails(heddle_method_describe(method.get(), &two.info), HEDDLE_INVALID_ARGUMENT,
                      {"info.size = 0"}));
}

TEST(CMethod, FunctionsSeeTheirArguments) {
  Random random(2);
  Matrix m(DataType::bf16, 6, 12, {Order::col, 1, 0});
  fill_ties(m, random);
  Mask want(6, 12), got(6, 12);
  const heddle_exec exec = c_cpu(2);
  const heddle_matrix in = c_view(m);
  const heddle_mask kept = c_view(got);
  Script script;
  const Method method = made(script);
  ASSERT_TRUE(c_succeeds(heddle_best_mask_method(&exec, &in, method.get(), &kept, HEDDLE_VALUE)));
  ASSERT_TRUE(
      succeeds(best_mask(Exec::cpu(1), m.view(), Pattern{2, 4}, want.view(), Ranking::value)));
  EXPECT_TRUE(same_bits(want, got));
  EXPECT_EQ(script.calls, 1);
  EXPECT_EQ(script.ranking, HEDDLE_VALUE);
  EXPECT_EQ(script.exec.size, sizeof(heddle_exec));
  EXPECT_EQ(script.exec.kind, HEDDLE_CPU);
  EXPECT_EQ(script.exec.threads, 2);
  EXPECT_EQ(std::memcmp(&script.matrix, &in, sizeof(in)), 0);

  Tensor t(DataType::f32, 3, {4, 8, 5}), mask(DataType::i8, 3, {4, 8, 5});
  const heddle_tensor tensor = c_view(t);
  const heddle_tensor_mask tensor_mask = c_mask(mask);
  ASSERT_TRUE(
      c_succeeds(heddle_best_mask_tensor_method(&exec, &tensor, method.get(), &tensor_mask, 0)));
  EXPECT_EQ(script.calls, 1 + 5) << "once per tap";
}

TEST(CMethod, FailuresOfFunctionsAreHandedOn) {
  Matrix m(DataType::f32, 4, 8);
  m.each([](std::int64_t r, std::int64_t c) {
    return encode(DataType::f32, static_cast<double>(r + c + 1));
  });
  Mask mask(4, 8);
  const heddle_exec exec = c_cpu();
  const heddle_matrix in = c_view(m);
  const heddle_mask kept = c_view(mask);
  const auto call = [&](Script script, std::int32_t transposable = 0) {
    const Method method = made(script, "scripted", transposable);
    return heddle_best_mask_method(&exec, &in, method.get(), &kept, 0);
  };
  Script script;
  script.status = HEDDLE_IO_ERROR;
  script.sentence = "the tape broke";
  EXPECT_TRUE(c_fails(call(script), HEDDLE_IO_ERROR, {"method \"scripted\": the tape broke"}));
  script.sentence = nullptr;  // and no stale one
  EXPECT_TRUE(c_fails(call(script), HEDDLE_IO_ERROR, {"scripted", "returned 8 (io_error)"}));
  for (const heddle_status bad : {-1, 10, 256}) {
    script.status = bad;
    EXPECT_TRUE(c_fails(call(script), HEDDLE_INVALID_ARGUMENT, {"scripted", "heddle_status"}));
  }
  script = {};
  script.fails_inside = true;
  EXPECT_TRUE(c_fails(call(script), HEDDLE_INVALID_ARGUMENT, {"scripted", "pattern = null"}));
  script = {};
  script.throws = true;
  EXPECT_TRUE(c_fails(call(script), HEDDLE_INVALID_ARGUMENT, {"scripted", "must not throw"}));
  script = {};
  script.keep_all = true;
  EXPECT_TRUE(c_fails(call(script), HEDDLE_NOT_COMPLIANT, {"scripted", "2:4", "row 0"}));
  EXPECT_TRUE(c_fails(call(Script(), 1), HEDDLE_NOT_COMPLIANT, {"scripted", "column"}));
  EXPECT_TRUE(c_succeeds(call(Script())));
}

TEST(CMethod, RegisteredFunctions) {
  static Script script;
  const heddle_pattern pattern{2, 4}, bad{5, 4};
  ASSERT_TRUE(c_succeeds(heddle_register_method("c-scripted", &pattern, scripted, &script, 0)));
  EXPECT_TRUE(c_fails(heddle_register_method("c-scripted", &pattern, scripted, &script, 0),
                      HEDDLE_INVALID_ARGUMENT, {"c-scripted"}));
  const auto method = find_method("c-scripted");
  ASSERT_TRUE(method.ok());
  Matrix m(DataType::f32, 4, 8);
  Mask mask(4, 8);
  EXPECT_TRUE(succeeds(best_mask(Exec::cpu(1), m.view(), *method, mask.view())));
  EXPECT_EQ(script.calls, 1);

  expect_nulls_refused(heddle_register_method, {"name", "pattern", "function", "", ""}, "c-null",
                       &pattern, scripted, nullptr, 0);
  EXPECT_TRUE(c_fails(heddle_register_method("c-bad", &bad, scripted, nullptr, 0),
                      HEDDLE_INVALID_ARGUMENT, {"5:4"}));
  EXPECT_TRUE(c_fails(heddle_register_method("c-bad", &pattern, scripted, nullptr, 2),
                      HEDDLE_INVALID_ARGUMENT, {"transposable = 2"}));
}

TEST(CMethod, BadArguments) {
  heddle_method* method = nullptr;
  EXPECT_TRUE(c_fails(heddle_find_method("no-such", &method), HEDDLE_NOT_FOUND, {"no-such"}));
  EXPECT_EQ(method, nullptr);
  expect_nulls_refused(heddle_find_method, {"name", "method"}, "no-such", &method);
  const heddle_pattern pattern{2, 4}, bad{0, 4};
  expect_nulls_refused(heddle_method_create, {"", "pattern", "function", "", "", "method"}, "x",
                       &pattern, scripted, nullptr, 0, &method);
  EXPECT_TRUE(c_fails(heddle_method_create("x", &bad, scripted, nullptr, 0, &method),
                      HEDDLE_INVALID_ARGUMENT, {"0:4"}));
  EXPECT_TRUE(c_fails(heddle_method_create("x", &pattern, scripted, nullptr, -1, &method),
                      HEDDLE_INVALID_ARGUMENT, {"transposable = -1"}));
  EXPECT_EQ(method, nullptr);

  const Method rows = found("2:4");
  heddle_method_info info{};
  info.size = sizeof(info);
  expect_nulls_refused(heddle_method_describe, {"method", "info"}, rows.get(), &info);
  std::size_t count = 0;
  expect_nulls_refused(heddle_registered_methods, {"count"}, &count);
  Matrix m(DataType::f32, 4, 8);
  Mask mask(4, 8);
  Tensor t(DataType::f32, 2, {4, 8}), kept(DataType::i8, 2, {4, 8});
  const heddle_exec exec = c_cpu();
  const heddle_matrix in = c_view(m);
  const heddle_mask out = c_view(mask);
  const heddle_tensor tensor = c_view(t);
  const heddle_tensor_mask tensor_mask = c_mask(kept);
  expect_nulls_refused(heddle_best_mask_method, {"exec", "matrix", "method", "mask", ""}, &exec,
                       &in, rows.get(), &out, 0);
  expect_nulls_refused(heddle_best_mask_tensor_method, {"exec", "weight", "method", "mask", ""},
                       &exec, &tensor, rows.get(), &tensor_mask, 0);
  EXPECT_TRUE(c_fails(heddle_best_mask_method(&exec, &in, rows.get(), &out, 2),
                      HEDDLE_INVALID_ARGUMENT, {"ranking = 2"}));
  heddle_method_destroy(nullptr);
}

}  // namespace
}  // namespace heddle::oracle
