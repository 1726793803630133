// The Sparsifier through the C ABI beside the C++ class: the same masks, weights, reports and state.

#include <unistd.h>

#include <cstdio>
#include <iterator>
#include <list>
#include <string>
#include <vector>

#include "heddle/sparsifier.hpp"
#include "test/host/c/c_case.hpp"
#include "test/oracle/suite.hpp"

namespace heddle::oracle {
namespace {

// A model's memory: two linear layers, the second bf16 with a master, and a bias.
struct Model {
  Tensor w1{DataType::f32, 2, {16, 32}}, m1{DataType::i8, 2, {16, 32}},
      d1{DataType::f32, 2, {16, 32}};
  Tensor w2{DataType::bf16, 2, {6, 10}}, m2{DataType::i8, 2, {6, 10}},
      d2{DataType::bf16, 2, {6, 10}}, master{DataType::f32, 2, {6, 10}};
  Tensor bias{DataType::f32, 1, {16}};

  Model() {
    Random random(31);
    for (Tensor* t : {&w1, &w2, &bias})
      t->fill([&](const Dims&) { return encode(t->type(), random.normal()); });
    master.fill([&](const Dims& at) { return encode(DataType::f32, w2.at(at)); });
  }
  std::vector<SparseParameter> cpp() {
    std::vector<SparseParameter> list(3);
    list[0] = {"fc1", w1.view(), m1.mask(), d1.view(), {}, ""};
    list[1] = {"fc2", w2.view(), m2.mask(), d2.view(), master.view(), "1:2"};
    list[2] = {"bias", bias.view(), {}, {}, {}, ""};
    return list;
  }
  std::vector<Tensor*> all() { return {&w1, &m1, &d1, &w2, &m2, &d2, &master, &bias}; }
};

void expect_same(Model& want, Model& got) {
  for (std::size_t i = 0; i < want.all().size(); ++i)
    EXPECT_TRUE(same_bits(*want.all()[i], *got.all()[i])) << "tensor " << i;
}

// A handle with the model's three parameters.
struct Handle {
  heddle_exec exec = c_cpu();
  heddle_tensor dropped1, dropped2, master;
  heddle_sparsifier* s = nullptr;

  explicit Handle(Model& model, const heddle_sparsifier_options* options = nullptr)
      : dropped1(c_view(model.d1)), dropped2(c_view(model.d2)), master(c_view(model.master)) {
    EXPECT_TRUE(c_succeeds(heddle_sparsifier_create(options, &s)));
    add("fc1", model.w1, &model.m1, &dropped1, nullptr, nullptr);
    add("fc2", model.w2, &model.m2, &dropped2, &master, "1:2");
    add("bias", model.bias, nullptr, nullptr, nullptr, "");
  }
  ~Handle() { heddle_sparsifier_destroy(s); }
  Handle(const Handle&) = delete;

  void add(const char* name, const Tensor& weight, const Tensor* mask, const heddle_tensor* dropped,
           const heddle_tensor* full, const char* method) {
    heddle_sparse_parameter p;
    EXPECT_TRUE(c_succeeds(heddle_sparse_parameter_init(&p, sizeof(p))));
    p.name = name;
    p.weight = c_view(weight);
    if (mask != nullptr) p.mask = c_mask(*mask);
    p.dropped = dropped;
    p.master = full;
    p.method = method;
    EXPECT_TRUE(c_succeeds(heddle_sparsifier_add(s, &p)));
  }
  std::int32_t flag(heddle_status (*f)(const heddle_sparsifier*, std::int32_t*)) const {
    std::int32_t value = -1;
    EXPECT_TRUE(c_succeeds(f(s, &value)));
    return value;
  }
  using Text = heddle_status (*)(const heddle_sparsifier*, size_t, char*, size_t, size_t*);
  std::string text(Text f, std::size_t index) const {
    return text_of([&](char* buffer, std::size_t capacity, std::size_t* length) {
      return f(s, index, buffer, capacity, length);
    });
  }
};

Sparsifier cpp_of(Model& model, SparsifierOptions options = {}) {
  Sparsifier s(std::move(options));
  for (const SparseParameter& p : model.cpp()) EXPECT_TRUE(succeeds(s.add(p)));
  return s;
}

void expect_same_report(const Sparsifier& want, const Handle& got) {
  const std::vector<ParameterReport> reports = want.report();
  std::size_t size = 0;
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_size(got.s, &size)));
  ASSERT_EQ(size, reports.size());
  for (std::size_t i = 0; i < size; ++i) {
    heddle_parameter_report r{};
    ASSERT_TRUE(c_succeeds(heddle_sparsifier_report(got.s, i, &r)));
    EXPECT_EQ(r.sparse, reports[i].sparse ? 1 : 0);
    EXPECT_EQ(r.reserved, 0);
    EXPECT_EQ(r.elements, reports[i].stats.elements);
    EXPECT_EQ(r.kept, reports[i].stats.kept);
    EXPECT_EQ(r.nonzeros, reports[i].stats.nonzeros);
    EXPECT_EQ(r.l1_total, reports[i].stats.l1_total);
    EXPECT_EQ(r.l1_kept, reports[i].stats.l1_kept);
    EXPECT_EQ(r.fill, reports[i].fill());
    EXPECT_EQ(r.l1_share, reports[i].l1_share());
    EXPECT_EQ(got.text(heddle_sparsifier_name, i), reports[i].name);
    EXPECT_EQ(got.text(heddle_sparsifier_method, i), reports[i].method);
    EXPECT_EQ(got.text(heddle_sparsifier_reason, i), reports[i].reason);
    std::int32_t sparse = -1;
    EXPECT_TRUE(c_succeeds(heddle_sparsifier_sparse(got.s, i, &sparse)));
    EXPECT_EQ(sparse, r.sparse);
    std::size_t index = 99;
    EXPECT_TRUE(c_succeeds(heddle_sparsifier_find(got.s, reports[i].name.c_str(), &index)));
    EXPECT_EQ(index, i);
  }
  std::size_t none = 0;
  EXPECT_TRUE(c_succeeds(heddle_sparsifier_find(got.s, "fc9", &none)));
  EXPECT_EQ(none, size);
}

TEST(CSparsifier, TheRecipeHasTheBitsOfCpp) {
  Model model, c_model;
  Sparsifier want = cpp_of(model);
  Handle got(c_model);
  const Exec cpu = Exec::cpu(1);
  EXPECT_EQ(got.flag(heddle_sparsifier_has_masks), 0);
  ASSERT_TRUE(succeeds(want.compute_masks(cpu)));
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_compute_masks(got.s, &got.exec, nullptr, 0)));
  expect_same(model, c_model);
  expect_same_report(want, got);
  EXPECT_EQ(got.flag(heddle_sparsifier_has_masks), 1);
  EXPECT_EQ(got.flag(heddle_sparsifier_pruned), 1);

  // By scores for the first layer alone.
  Tensor scores(DataType::f32, 2, {16, 32});
  Random random(8);
  scores.fill([&](const Dims&) { return encode(DataType::f32, random.normal()); });
  const ConstTensorView cpp_scores[3] = {std::as_const(scores).view(), {}, {}};
  const heddle_tensor c_scores[3] = {c_view(scores), {}, {}};
  ASSERT_TRUE(succeeds(want.compute_masks(cpu, cpp_scores)));
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_compute_masks(got.s, &got.exec, c_scores, 3)));
  expect_same(model, c_model);
  EXPECT_TRUE(c_fails(heddle_sparsifier_compute_masks(got.s, &got.exec, c_scores, 2),
                      HEDDLE_INVALID_ARGUMENT, {"count = 2", "3"}));

  heddle_tensor_mask mask{};
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_mask(got.s, 0, &mask)));
  EXPECT_EQ(mask.data, c_model.m1.data());
  EXPECT_EQ(mask.rank, 2);
  EXPECT_EQ(mask.shape[1], 32);
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_mask(got.s, 2, &mask)));
  EXPECT_EQ(mask.rank, 0);

  ASSERT_TRUE(succeeds(want.restore(cpu)));
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_restore(got.s, &got.exec)));
  EXPECT_EQ(got.flag(heddle_sparsifier_pruned), 0);
  expect_same(model, c_model);
  Tensor masked(DataType::f32, 2, {16, 32}), c_masked(DataType::f32, 2, {16, 32});
  const TensorView outs[3] = {masked.view(), {}, {}};
  const heddle_tensor c_outs[3] = {c_view(c_masked), {}, {}};
  ASSERT_TRUE(succeeds(want.refresh(cpu, outs, 3, true)));
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_refresh(got.s, &got.exec, c_outs, 3, 1)));
  EXPECT_TRUE(same_bits(masked, c_masked));
  expect_same(model, c_model);

  EXPECT_EQ(got.flag(heddle_sparsifier_frozen), 0);
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_freeze(got.s)));
  EXPECT_EQ(got.flag(heddle_sparsifier_frozen), 1);
  EXPECT_TRUE(c_fails(heddle_sparsifier_restore(got.s, &got.exec), HEDDLE_UNSUPPORTED, {"frozen"}));
}

TEST(CSparsifier, HooksHaveTheBitsOfCpp) {
  Model model, c_model;
  Sparsifier want = cpp_of(model);
  Handle got(c_model);
  const Exec cpu = Exec::cpu(1);
  ASSERT_TRUE(succeeds(want.compute_masks(cpu)));
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_compute_masks(got.s, &got.exec, nullptr, 0)));
  Random random(9);
  Tensor g(DataType::f16, 2, {16, 32}), moment(DataType::f32, 2, {6, 10});
  for (Tensor* t : {&g, &moment, &model.w1})
    t->fill([&](const Dims&) { return encode(t->type(), random.normal()); });
  Tensor c_g = g, c_moment = moment;
  c_model.w1.fill([&](const Dims& at) { return model.w1.bits(at); });

  const TensorView gradients[3] = {g.view(), {}, {}};
  const heddle_tensor c_gradients[3] = {c_view(c_g), {}, {}};
  ASSERT_TRUE(succeeds(want.mask_gradients(cpu, gradients, 3)));
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_mask_gradients(got.s, &got.exec, c_gradients, 3)));
  EXPECT_TRUE(same_bits(g, c_g));
  ASSERT_TRUE(succeeds(want.mask_weights(cpu)));
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_mask_weights(got.s, &got.exec)));
  const Sparsifier::Moment item = {1, moment.view()};
  heddle_sparsifier_moment c_item = {1, c_view(c_moment)};
  ASSERT_TRUE(succeeds(want.mask_moments(cpu, &item, 1)));
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_mask_moments(got.s, &got.exec, &c_item, 1)));
  EXPECT_TRUE(same_bits(moment, c_moment));
  expect_same(model, c_model);

  c_item.parameter = 3;
  EXPECT_TRUE(c_fails(heddle_sparsifier_mask_moments(got.s, &got.exec, &c_item, 1),
                      HEDDLE_INVALID_ARGUMENT, {"3"}));
  c_item = {1, c_view(c_moment)};
  c_item.tensor.type = 8;
  EXPECT_TRUE(c_fails(heddle_sparsifier_mask_moments(got.s, &got.exec, &c_item, 1),
                      HEDDLE_INVALID_ARGUMENT, {"moments[0].tensor.type = 8"}));
  EXPECT_TRUE(c_fails(heddle_sparsifier_mask_gradients(got.s, &got.exec, c_gradients, 2),
                      HEDDLE_INVALID_ARGUMENT, {"2"}));
  expect_nulls_refused(heddle_sparsifier_mask_gradients, {"sparsifier", "exec", "gradients", ""},
                       got.s, &got.exec, c_gradients, 3);
  expect_nulls_refused(heddle_sparsifier_mask_weights, {"sparsifier", "exec"}, got.s, &got.exec);
  expect_nulls_refused(heddle_sparsifier_mask_moments, {"sparsifier", "exec", "moments", ""}, got.s,
                       &got.exec, &c_item, 1);
  expect_nulls_refused(heddle_sparsifier_refresh, {"sparsifier", "exec", "masked", "", ""}, got.s,
                       &got.exec, c_gradients, 3, 1);
  EXPECT_TRUE(c_fails(heddle_sparsifier_refresh(got.s, &got.exec, c_gradients, 3, 2),
                      HEDDLE_INVALID_ARGUMENT, {"refresh_masks = 2"}));
}

TEST(CSparsifier, OptionsReachIt) {
  heddle_sparsifier_options options;
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_options_init(&options, sizeof(options))));
  EXPECT_STREQ(options.method, SparsifierOptions{}.method.c_str());
  EXPECT_EQ(options.f32.rows, 8);
  EXPECT_EQ(options.f32.cols, 16);
  EXPECT_EQ(options.f16.cols, 16);
  EXPECT_EQ(options.bf16.cols, 1);
  EXPECT_EQ(options.min_rank, 2);
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_options_any_size(&options, sizeof(options))));
  EXPECT_EQ(options.f32.rows * options.f32.cols * options.f16.rows * options.f16.cols, 1);

  SparsifierOptions cpp;
  cpp.method = "1:4";
  cpp.allowed_names = {"fc1", "fc2", "bias"};
  cpp.disallowed_names = {"fc2"};
  cpp.f32 = {1, 2}, cpp.f16 = {3, 4}, cpp.bf16 = {5, 6}, cpp.f8 = {7, 8}, cpp.i8 = {9, 10};
  cpp.min_rank = 1;
  const char* const allowed[] = {"fc1", "fc2", "bias"};
  const char* const disallowed[] = {"fc2"};
  options.method = "1:4";
  options.allowed_names = allowed, options.allowed_count = 3;
  options.disallowed_names = disallowed, options.disallowed_count = 1;
  options.f32 = {1, 2}, options.f16 = {3, 4}, options.bf16 = {5, 6};
  options.f8 = {7, 8}, options.i8 = {9, 10};
  options.min_rank = 1;
  Model model, c_model;
  model.bias = Tensor(DataType::f32, 1, {3});  // not a multiple of 2
  c_model.bias = Tensor(DataType::f32, 1, {3});
  const Sparsifier want = cpp_of(model, cpp);
  const Handle got(c_model, &options);
  expect_same_report(want, got);

  heddle_sparsifier* s = nullptr;
  const char* const holes[] = {"fc1", nullptr};
  options.allowed_names = holes, options.allowed_count = 2;
  EXPECT_TRUE(c_fails(heddle_sparsifier_create(&options, &s), HEDDLE_INVALID_ARGUMENT,
                      {"options.allowed_names[1] = null"}));
  options.allowed_names = nullptr;
  EXPECT_TRUE(c_fails(heddle_sparsifier_create(&options, &s), HEDDLE_INVALID_ARGUMENT,
                      {"options.allowed_names = null"}));
  options.allowed_count = 0;
  options.reserved = 1;
  EXPECT_TRUE(
      c_fails(heddle_sparsifier_create(&options, &s), HEDDLE_UNSUPPORTED, {"options.reserved"}));
  options.reserved = 0;
  options.method = nullptr;
  EXPECT_TRUE(
      c_fails(heddle_sparsifier_create(&options, &s), HEDDLE_INVALID_ARGUMENT, {"options.method"}));
  EXPECT_TRUE(c_fails(heddle_sparsifier_create(nullptr, nullptr), HEDDLE_INVALID_ARGUMENT,
                      {"sparsifier = null"}));
  EXPECT_EQ(s, nullptr);
  heddle_sparsifier_destroy(nullptr);
}

TEST(CSparsifier, EveryTypeHasItsRule) {
  using Options = heddle_sparsifier_options;
  struct Rule {
    DataType type;
    heddle_eligibility_rule Options::*rule;
  };
  const Rule rules[] = {{DataType::f32, &Options::f32},
                        {DataType::f16, &Options::f16},
                        {DataType::bf16, &Options::bf16},
                        {DataType::f8e4m3, &Options::f8},
                        {DataType::i8, &Options::i8}};
  for (const Rule& strict : rules) {
    Options options;
    ASSERT_TRUE(c_succeeds(heddle_sparsifier_options_any_size(&options, sizeof(options))));
    options.*strict.rule = {1, 16};
    heddle_sparsifier* s = nullptr;
    ASSERT_TRUE(c_succeeds(heddle_sparsifier_create(&options, &s)));
    std::list<Tensor> memory;  // each parameter's own
    for (std::size_t i = 0; i < std::size(rules); ++i) {
      const Tensor& weight = memory.emplace_back(rules[i].type, 2, Dims{4, 8});
      const Tensor& mask = memory.emplace_back(DataType::i8, 2, Dims{4, 8});
      heddle_sparse_parameter p;
      ASSERT_TRUE(c_succeeds(heddle_sparse_parameter_init(&p, sizeof(p))));
      p.name = to_string(rules[i].type);
      p.weight = c_view(weight), p.mask = c_mask(mask);
      ASSERT_TRUE(c_succeeds(heddle_sparsifier_add(s, &p)));
      std::int32_t sparse = -1;
      EXPECT_TRUE(c_succeeds(heddle_sparsifier_sparse(s, i, &sparse)));
      EXPECT_EQ(sparse, rules[i].type == strict.type ? 0 : 1) << to_string(rules[i].type);
    }
    heddle_sparsifier_destroy(s);
  }
}

TEST(CSparsifier, WhatAddRefuses) {
  Model model;
  Handle got(model);
  Tensor other(DataType::f32, 2, {8, 16}), mask(DataType::i8, 2, {8, 16});
  heddle_sparse_parameter p{};
  ASSERT_TRUE(c_succeeds(heddle_sparse_parameter_init(&p, sizeof(p))));
  p.weight = c_view(other), p.mask = c_mask(mask);
  EXPECT_TRUE(c_fails(heddle_sparsifier_add(got.s, &p), HEDDLE_INVALID_ARGUMENT,
                      {"parameter.name = null"}));
  p.name = "fc1";
  EXPECT_TRUE(c_fails(heddle_sparsifier_add(got.s, &p), HEDDLE_INVALID_ARGUMENT, {"fc1"}));
  p.name = "fc3";
  p.method = "9:8";
  EXPECT_TRUE(c_fails(heddle_sparsifier_add(got.s, &p), HEDDLE_NOT_FOUND, {"9:8"}));
  p.method = nullptr;
  heddle_tensor bad = c_view(other);
  bad.type = 77;
  p.dropped = &bad;
  EXPECT_TRUE(c_fails(heddle_sparsifier_add(got.s, &p), HEDDLE_INVALID_ARGUMENT,
                      {"parameter.dropped.type = 77"}));
  p.dropped = nullptr, p.master = &bad;
  EXPECT_TRUE(c_fails(heddle_sparsifier_add(got.s, &p), HEDDLE_INVALID_ARGUMENT,
                      {"parameter.master.type = 77"}));
  p.master = nullptr;
  p.mask.reserved = 5;
  EXPECT_TRUE(c_fails(heddle_sparsifier_add(got.s, &p), HEDDLE_UNSUPPORTED,
                      {"parameter.mask.reserved = 5"}));
  expect_nulls_refused(heddle_sparsifier_add, {"sparsifier", "parameter"}, got.s, &p);
  std::size_t size = 0;
  EXPECT_TRUE(c_succeeds(heddle_sparsifier_size(got.s, &size)));
  EXPECT_EQ(size, 3u);
}

TEST(CSparsifier, QuestionsRefuseNullsAndIndices) {
  Model model;
  Handle got(model);
  std::size_t size = 0;
  std::int32_t flag = 0;
  heddle_tensor_mask mask{};
  heddle_parameter_report report{};
  expect_nulls_refused(heddle_sparsifier_size, {"sparsifier", "size"}, got.s, &size);
  expect_nulls_refused(heddle_sparsifier_sparse, {"sparsifier", "", "sparse"}, got.s, 0, &flag);
  expect_nulls_refused(heddle_sparsifier_find, {"sparsifier", "name", "index"}, got.s, "x", &size);
  expect_nulls_refused(heddle_sparsifier_frozen, {"sparsifier", "frozen"}, got.s, &flag);
  expect_nulls_refused(heddle_sparsifier_has_masks, {"sparsifier", "has_masks"}, got.s, &flag);
  expect_nulls_refused(heddle_sparsifier_pruned, {"sparsifier", "pruned"}, got.s, &flag);
  expect_nulls_refused(heddle_sparsifier_mask, {"sparsifier", "", "mask"}, got.s, 0, &mask);
  expect_nulls_refused(heddle_sparsifier_report, {"sparsifier", "", "report"}, got.s, 0, &report);
  expect_nulls_refused(heddle_sparsifier_freeze, {"sparsifier"}, got.s);
  expect_nulls_refused(heddle_sparsifier_restore, {"sparsifier", "exec"}, got.s, &got.exec);
  expect_nulls_refused(heddle_sparsifier_compute_masks, {"sparsifier", "exec", "", ""}, got.s,
                       &got.exec, static_cast<const heddle_tensor*>(nullptr), 0);
  expect_nulls_refused(heddle_sparsifier_state_size, {"sparsifier", "size"}, got.s, &size);
  expect_nulls_refused(heddle_sparsifier_state_word_count, {"sparsifier", "count"}, got.s, &size);
  const auto refused = [](heddle_status status) {
    EXPECT_TRUE(c_fails(status, HEDDLE_INVALID_ARGUMENT, {"index = 3", "3 parameters"}));
  };
  refused(heddle_sparsifier_sparse(got.s, 3, &flag));
  refused(heddle_sparsifier_mask(got.s, 3, &mask));
  refused(heddle_sparsifier_report(got.s, 3, &report));
  refused(heddle_sparsifier_name(got.s, 3, nullptr, 0, nullptr));
}

// ---- state --------------------------------------------------------------------------------------

struct Words {
  std::vector<std::string> texts;
  std::vector<heddle_state_word> words;
  explicit Words(const Handle& h) {
    std::size_t count = 0;
    EXPECT_TRUE(c_succeeds(heddle_sparsifier_state_word_count(h.s, &count)));
    for (std::size_t i = 0; i < count; ++i) {
      texts.push_back(text_of([&](char* buffer, std::size_t capacity, std::size_t* length) {
        return heddle_sparsifier_state_word(h.s, i, buffer, capacity, length, nullptr, 0, nullptr);
      }));
      std::size_t length = 0;
      EXPECT_TRUE(c_succeeds(
          heddle_sparsifier_state_word(h.s, i, nullptr, 0, nullptr, nullptr, 0, &length)));
      std::string value(length + 1, '?');
      EXPECT_TRUE(c_succeeds(heddle_sparsifier_state_word(h.s, i, nullptr, 0, nullptr, value.data(),
                                                          value.size(), nullptr)));
      value.resize(length);
      texts.push_back(value);
    }
    for (std::size_t i = 0; i < count; ++i)
      words.push_back({texts[2 * i].c_str(), texts[2 * i + 1].c_str()});
  }
};

TEST(CSparsifier, StateIsThatOfCppAndResumes) {
  Model model, c_model;
  Sparsifier want = cpp_of(model);
  Handle got(c_model);
  ASSERT_TRUE(succeeds(want.compute_masks(Exec::cpu(1))));
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_compute_masks(got.s, &got.exec, nullptr, 0)));

  const std::vector<StateTensor> state = want.state();
  std::size_t size = 0;
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_state_size(got.s, &size)));
  ASSERT_EQ(size, state.size());
  for (std::size_t i = 0; i < size; ++i) {
    heddle_tensor tensor{};
    const std::string name = text_of([&](char* buffer, std::size_t capacity, std::size_t* length) {
      return heddle_sparsifier_state(got.s, i, &tensor, buffer, capacity, length);
    });
    EXPECT_EQ(name, state[i].name);
    EXPECT_EQ(tensor.rank, state[i].view.rank);
    EXPECT_EQ(tensor.type, static_cast<int>(state[i].view.type));
    EXPECT_EQ(tensor.shape[0], state[i].view.shape[0]);
  }
  EXPECT_TRUE(c_fails(heddle_sparsifier_state(got.s, size, nullptr, nullptr, 0, nullptr),
                      HEDDLE_INVALID_ARGUMENT, {"index = "}));

  Words words(got);
  const auto cpp_words = want.state_words();
  ASSERT_EQ(words.words.size(), cpp_words.size());
  std::size_t i = 0;
  for (const auto& [key, value] : cpp_words) {
    EXPECT_EQ(key, words.words[i].key);
    EXPECT_EQ(value, words.words[i++].value);
  }
  EXPECT_TRUE(
      c_fails(heddle_sparsifier_state_word(got.s, i, nullptr, 0, nullptr, nullptr, 0, nullptr),
              HEDDLE_INVALID_ARGUMENT, {"index = "}));

  // The same memory under a new handle goes on where the first one stood.
  Handle next(c_model);
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_resume(next.s, words.words.data(), words.words.size())));
  EXPECT_EQ(next.flag(heddle_sparsifier_pruned), 1);
  ASSERT_TRUE(succeeds(want.restore(Exec::cpu(1))));
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_restore(next.s, &next.exec)));
  expect_same(model, c_model);

  words.words.push_back(words.words[0]);
  EXPECT_TRUE(c_fails(heddle_sparsifier_resume(next.s, words.words.data(), words.words.size()),
                      HEDDLE_INVALID_ARGUMENT, {words.words[0].key, "once"}));
  words.words.back().key = nullptr;
  EXPECT_TRUE(c_fails(heddle_sparsifier_resume(next.s, words.words.data(), words.words.size()),
                      HEDDLE_INVALID_ARGUMENT, {"].key = null"}));
  expect_nulls_refused(heddle_sparsifier_resume, {"sparsifier", "words", ""}, next.s,
                       words.words.data(), 1);
}

TEST(CSparsifier, FilesSaveAndLoad) {
  const std::string path =
      testing::TempDir() + "c_sparsifier_" + std::to_string(getpid()) + ".safetensors";
  Model model, copy;
  Handle first(model), second(copy);
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_compute_masks(first.s, &first.exec, nullptr, 0)));
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_save(first.s, &first.exec, path.c_str())));
  copy.w1.fill([&](const Dims& at) { return model.w1.bits(at); });
  copy.w2.fill([&](const Dims& at) { return model.w2.bits(at); });
  copy.master.fill([&](const Dims& at) { return model.master.bits(at); });
  ASSERT_TRUE(c_succeeds(heddle_sparsifier_load(second.s, &second.exec, path.c_str())));
  std::remove(path.c_str());
  expect_same(model, copy);
  EXPECT_EQ(second.flag(heddle_sparsifier_pruned), 1);
  EXPECT_TRUE(c_fails(heddle_sparsifier_load(second.s, &second.exec, path.c_str()), HEDDLE_IO_ERROR,
                      {path.c_str()}));
  expect_nulls_refused(heddle_sparsifier_save, {"sparsifier", "exec", "path"}, first.s, &first.exec,
                       path.c_str());
  expect_nulls_refused(heddle_sparsifier_load, {"sparsifier", "exec", "path"}, first.s, &first.exec,
                       path.c_str());
}

}  // namespace
}  // namespace heddle::oracle
