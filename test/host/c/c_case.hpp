#pragma once
// What the tests of the C ABI share: the oracle's buffers as C views, and what a failure is.

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <initializer_list>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "heddle/heddle.h"
#include "test/oracle/matrix.hpp"
#include "test/oracle/tensor.hpp"

namespace heddle::oracle {

inline heddle_exec c_cpu(std::int32_t threads = 1) {
  heddle_exec exec{};
  EXPECT_EQ(heddle_exec_init(&exec, sizeof(exec)), HEDDLE_OK);
  exec.threads = threads;
  return exec;
}

inline heddle_matrix c_view(const ConstMatrixView& m) {
  return {
      const_cast<void*>(m.data),         m.rows, m.cols, m.ld, static_cast<std::int32_t>(m.type),
      static_cast<std::int32_t>(m.order)};
}
inline heddle_matrix c_view(const Matrix& m) { return c_view(m.view()); }

inline heddle_mask c_view(const Mask& m) {
  const ConstMaskView v = m.view();
  return {const_cast<std::uint8_t*>(v.data),  v.rows, v.cols, v.ld,
          static_cast<std::int32_t>(v.order), 0};
}

inline heddle_packed_desc c_desc(const PackedDesc& d) {
  return {d.rows,
          d.cols,
          {d.pattern.keep, d.pattern.group},
          static_cast<std::int32_t>(d.type),
          static_cast<std::int32_t>(d.order)};
}
inline heddle_packed c_view(const Blob& b) {
  return {c_desc(b.desc()), const_cast<unsigned char*>(b.data()), b.size()};
}

inline heddle_tensor c_view(const Tensor& t) {
  const ConstTensorView v = t.view();
  heddle_tensor to{};
  to.data = const_cast<void*>(v.data);
  to.rank = v.rank;
  to.type = static_cast<std::int32_t>(v.type);
  for (std::size_t d = 0; d < 5; ++d) to.shape[d] = v.shape[d], to.stride[d] = v.stride[d];
  return to;
}
inline heddle_tensor_mask c_mask(const Tensor& t) {
  const heddle_tensor v = c_view(t);
  heddle_tensor_mask to{};
  to.data = static_cast<std::uint8_t*>(v.data);
  to.rank = v.rank;
  std::memcpy(to.shape, v.shape, sizeof(to.shape));
  std::memcpy(to.stride, v.stride, sizeof(to.stride));
  return to;
}

// The call failed with this code, and the thread's sentence holds every part.
inline testing::AssertionResult c_fails(heddle_status status, heddle_status code,
                                        std::initializer_list<const char*> parts) {
  const std::string text = heddle_last_error();
  if (status != code)
    return testing::AssertionFailure() << "wanted " << heddle_status_name(code) << ", got "
                                       << heddle_status_name(status) << ": " << text;
  for (const char* part : parts)
    if (text.find(part) == std::string::npos)
      return testing::AssertionFailure() << "the sentence lacks '" << part << "': " << text;
  return testing::AssertionSuccess();
}

inline testing::AssertionResult c_succeeds(heddle_status status) {
  if (status == HEDDLE_OK) return testing::AssertionSuccess();
  return testing::AssertionFailure() << heddle_status_name(status) << ": " << heddle_last_error();
}

template <std::size_t I, class Args, class F>
void null_at(const F& f, const char* name, Args args) {
  if constexpr (std::is_pointer_v<std::tuple_element_t<I, Args>>) {
    if (*name == 0) return;
    std::get<I>(args) = nullptr;
    EXPECT_TRUE(c_fails(std::apply(f, args), HEDDLE_INVALID_ARGUMENT,
                        {(std::string(name) + " = null").c_str()}))
        << "argument " << I;
  }
}
template <class... A, std::size_t... I>
void null_in_turn(heddle_status (*f)(A...), const std::array<const char*, sizeof...(A)>& names,
                  const std::tuple<A...>& args, std::index_sequence<I...>) {
  (null_at<I>(f, names[I], args), ...);
}

// Every pointer of a call that is legal is null in turn, but for those with an empty name: each is
// an invalid_argument that names it.
template <class... A>
void expect_nulls_refused(heddle_status (*f)(A...), std::array<const char*, sizeof...(A)> names,
                          std::type_identity_t<A>... args) {
  null_in_turn(f, names, std::tuple<A...>(args...), std::index_sequence_for<A...>());
}

// A text function called as it is documented: asked for the length, then for the text.
template <class F>
std::string text_of(const F& f) {
  std::size_t length = 0;
  EXPECT_TRUE(c_succeeds(f(nullptr, 0, &length)));
  std::string text(length + 1, '?');
  std::size_t again = 0;
  EXPECT_TRUE(c_succeeds(f(text.data(), text.size(), &again)));
  EXPECT_EQ(again, length);
  EXPECT_EQ(text[length], 0);
  text.resize(length);
  if (length != 0) {  // one byte short: cut, still terminated, the length that of the whole
    std::string cut(length, '?');
    EXPECT_TRUE(c_succeeds(f(cut.data(), cut.size(), &again)));
    EXPECT_EQ(again, length);
    EXPECT_EQ(cut, text.substr(0, length - 1) + '\0');
  }
  EXPECT_TRUE(c_succeeds(f(nullptr, 0, nullptr)));
  EXPECT_TRUE(c_fails(f(nullptr, 1, &length), HEDDLE_INVALID_ARGUMENT, {"buffer = null"}));
  return text;
}

}  // namespace heddle::oracle
