// Checkpoints through the C ABI beside heddle::Checkpoint.

#include "heddle/checkpoint.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"
#include "test/host/c/c_case.hpp"
#include "test/host/io/files.hpp"

namespace heddle::oracle {
namespace {

// Two shards: a packed matrix; a tensor of a type that the library does not compute with.
class CCheckpoint : public ::testing::Test {
 protected:
  void SetUp() override {
    desc_ = {130, 68, {2, 4}, DataType::f32, PackedOrder::canonical};
    std::vector<float> dense(130 * 68);
    for (std::size_t i = 0; i < dense.size(); ++i) dense[i] = static_cast<float>((i * 37) % 101);
    blob_.resize(*packed_size(desc_));
    ASSERT_TRUE(pack(Exec::cpu(1),
                     row_major(static_cast<const void*>(dense.data()), 130, 68, DataType::f32),
                     {desc_, blob_.data(), blob_.size()})
                    .ok());
    const io::PackedMatrix matrix{"w", desc_};
    io::Metadata metadata = {{"format", "pt"}};
    io::describe_packed(matrix, metadata);
    const auto parts = io::packed_tensors(matrix);
    auto writer = io::SafetensorsWriter::create(dir_ / "m-1.safetensors",
                                                {(*parts)[0], (*parts)[1]}, metadata);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(io::write_packed(*writer, {desc_, blob_.data(), blob_.size()}).ok());
    ASSERT_TRUE(writer->finish().ok());
    writer = io::SafetensorsWriter::create(
        dir_ / "m-2.safetensors", {{"ids", "I64", {2, 3}, 0}, {"none", "F32", {0}, 0}}, {});
    ASSERT_TRUE(writer.ok());
    const std::int64_t ids[6] = {1, 2, 3, 4, 5, 6};
    ASSERT_TRUE(writer->write(ids, sizeof(ids)).ok());
    ASSERT_TRUE(writer->write(nullptr, 0).ok());
    ASSERT_TRUE(writer->finish().ok());
    test::write_file(
        dir_ / "model.safetensors.index.json",
        "{\"metadata\":{\"total_size\":99},\"weight_map\":{\"w.values\":\"m-1.safetensors\","
        "\"w.metadata\":\"m-1.safetensors\",\"ids\":\"m-2.safetensors\","
        "\"none\":\"m-2.safetensors\"}}");
    ASSERT_EQ(heddle_checkpoint_open(dir_.path().c_str(), &checkpoint_), HEDDLE_OK)
        << heddle_last_error();
  }
  void TearDown() override { heddle_checkpoint_destroy(checkpoint_); }

  test::TempDir dir_;
  PackedDesc desc_;
  std::vector<unsigned char> blob_;
  heddle_checkpoint* checkpoint_ = nullptr;
};

TEST_F(CCheckpoint, Lists) {
  std::int64_t count = -1;
  ASSERT_EQ(heddle_checkpoint_file_count(checkpoint_, &count), HEDDLE_OK);
  EXPECT_EQ(count, 2);
  const char* text = nullptr;
  ASSERT_EQ(heddle_checkpoint_file(checkpoint_, 1, &text), HEDDLE_OK);
  EXPECT_STREQ(text, "m-2.safetensors");
  ASSERT_EQ(heddle_checkpoint_tensor_count(checkpoint_, &count), HEDDLE_OK);
  ASSERT_EQ(count, 4);
  const auto cpp = Checkpoint::open(dir_.path());
  ASSERT_TRUE(cpp.ok());
  for (std::int64_t i = 0; i < count; ++i) {
    const StoredTensor& want = cpp->tensors()[static_cast<std::size_t>(i)];
    heddle_stored_tensor got{};
    ASSERT_EQ(heddle_checkpoint_tensor(checkpoint_, i, &got), HEDDLE_OK);
    EXPECT_EQ(got.name, want.name);
    EXPECT_EQ(got.dtype, want.dtype);
    EXPECT_EQ(std::vector<std::int64_t>(got.shape, got.shape + got.rank), want.shape);
    EXPECT_EQ(got.bytes, want.bytes);
    EXPECT_EQ(got.file, static_cast<std::int64_t>(want.file));
    EXPECT_EQ(got.data == nullptr, want.bytes == 0);
    if (want.bytes > 0) {
      EXPECT_EQ(std::memcmp(got.data, cpp->data(want), want.bytes), 0);
    }
  }
  heddle_stored_tensor ids{};
  ASSERT_EQ(heddle_checkpoint_find_tensor(checkpoint_, "ids", &ids), HEDDLE_OK);
  EXPECT_EQ(ids.type, -1);
  EXPECT_EQ(heddle_checkpoint_release(checkpoint_, "ids"), HEDDLE_OK);
  std::int64_t last = 0;
  std::memcpy(&last, static_cast<const char*>(ids.data) + 40, 8);
  EXPECT_EQ(last, 6);
  ASSERT_EQ(heddle_checkpoint_find_tensor(checkpoint_, "w.values", &ids), HEDDLE_OK);
  EXPECT_EQ(ids.type, HEDDLE_F32);
  ASSERT_EQ(heddle_checkpoint_metadata(checkpoint_, "format", &text), HEDDLE_OK);
  EXPECT_STREQ(text, "pt");
  std::int64_t bytes = 0;
  ASSERT_EQ(heddle_checkpoint_stated_bytes(checkpoint_, &bytes), HEDDLE_OK);
  EXPECT_EQ(bytes, 99);
}

TEST_F(CCheckpoint, Reads) {
  std::int64_t count = -1;
  ASSERT_EQ(heddle_checkpoint_matrix_count(checkpoint_, &count), HEDDLE_OK);
  ASSERT_EQ(count, 1);
  heddle_stored_matrix matrix{}, same{};
  ASSERT_EQ(heddle_checkpoint_matrix(checkpoint_, 0, &matrix), HEDDLE_OK);
  ASSERT_EQ(heddle_checkpoint_find_matrix(checkpoint_, "w", &same), HEDDLE_OK);
  EXPECT_STREQ(matrix.name, "w");
  EXPECT_EQ(std::memcmp(&matrix, &same, sizeof(matrix)), 0);
  EXPECT_EQ(matrix.desc.rows, 130);
  EXPECT_EQ(matrix.file, 0);
  const heddle_exec exec = c_cpu(2);
  std::vector<unsigned char> got(blob_.size(), 0xee);
  heddle_packed out{matrix.desc, got.data(), got.size()};
  ASSERT_EQ(heddle_checkpoint_read(&exec, checkpoint_, "w", &out), HEDDLE_OK);
  EXPECT_TRUE(got == blob_);
  const heddle_matrix_slice slice{64, 130, 4, 68};
  PackedDesc part = desc_;
  part.rows = 66;
  part.cols = 64;
  const auto cpp = Checkpoint::open(dir_.path());
  std::vector<unsigned char> want(*packed_size(part)), have(want.size(), 0xee);
  ASSERT_TRUE(cpp->read(Exec::cpu(1), cpp->matrices()[0], {64, 130, 4, 68},
                        {part, want.data(), want.size()})
                  .ok());
  out = {c_desc(part), have.data(), have.size()};
  ASSERT_EQ(heddle_checkpoint_read_slice(&exec, checkpoint_, "w", &slice, &out), HEDDLE_OK);
  EXPECT_TRUE(have == want);
}

TEST_F(CCheckpoint, Refuses) {
  heddle_checkpoint* none = nullptr;
  EXPECT_EQ(heddle_checkpoint_open(nullptr, &none), HEDDLE_INVALID_ARGUMENT);
  EXPECT_STREQ(heddle_last_error(), "path = null: must not be null");
  EXPECT_EQ(heddle_checkpoint_open("x", nullptr), HEDDLE_INVALID_ARGUMENT);
  EXPECT_EQ(heddle_checkpoint_open((dir_ / "nothing").c_str(), &none), HEDDLE_IO_ERROR);
  EXPECT_EQ(none, nullptr);
  heddle_checkpoint_destroy(nullptr);
  std::int64_t count = 7;
  const char* text = nullptr;
  heddle_stored_tensor tensor{};
  heddle_stored_matrix matrix{};
  EXPECT_EQ(heddle_checkpoint_file_count(nullptr, &count), HEDDLE_INVALID_ARGUMENT);
  EXPECT_EQ(heddle_checkpoint_tensor_count(checkpoint_, nullptr), HEDDLE_INVALID_ARGUMENT);
  EXPECT_EQ(count, 7);
  for (const std::int64_t index : {std::int64_t{-1}, std::int64_t{4}, INT64_MAX, INT64_MIN}) {
    EXPECT_EQ(heddle_checkpoint_tensor(checkpoint_, index, &tensor), HEDDLE_INVALID_ARGUMENT);
    EXPECT_EQ(heddle_checkpoint_matrix(checkpoint_, index, &matrix), HEDDLE_INVALID_ARGUMENT);
    EXPECT_EQ(heddle_checkpoint_file(checkpoint_, index, &text), HEDDLE_INVALID_ARGUMENT);
  }
  EXPECT_EQ(heddle_checkpoint_find_tensor(checkpoint_, "w", &tensor), HEDDLE_NOT_FOUND);
  EXPECT_EQ(heddle_checkpoint_find_tensor(checkpoint_, nullptr, &tensor), HEDDLE_INVALID_ARGUMENT);
  EXPECT_EQ(heddle_checkpoint_find_matrix(checkpoint_, "ids", &matrix), HEDDLE_NOT_FOUND);
  EXPECT_EQ(heddle_checkpoint_metadata(checkpoint_, "x", &text), HEDDLE_NOT_FOUND);
  EXPECT_EQ(heddle_checkpoint_release(checkpoint_, "x"), HEDDLE_NOT_FOUND);
  const heddle_exec exec = c_cpu(1);
  heddle_packed out{c_desc(desc_), blob_.data(), blob_.size()};
  EXPECT_EQ(heddle_checkpoint_read(nullptr, checkpoint_, "w", &out), HEDDLE_INVALID_ARGUMENT);
  EXPECT_EQ(heddle_checkpoint_read(&exec, checkpoint_, "x", &out), HEDDLE_NOT_FOUND);
  EXPECT_EQ(heddle_checkpoint_read(&exec, checkpoint_, "w", nullptr), HEDDLE_INVALID_ARGUMENT);
  EXPECT_EQ(heddle_checkpoint_read_slice(&exec, checkpoint_, "w", nullptr, &out),
            HEDDLE_INVALID_ARGUMENT);
  out.bytes = 10;
  EXPECT_EQ(heddle_checkpoint_read(&exec, checkpoint_, "w", &out), HEDDLE_INVALID_ARGUMENT);
  out = {c_desc(desc_), blob_.data(), blob_.size()};
  out.desc.order = 9;
  EXPECT_EQ(heddle_checkpoint_read(&exec, checkpoint_, "w", &out), HEDDLE_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace heddle::oracle
