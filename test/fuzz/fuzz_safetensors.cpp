// Arbitrary bytes as a safetensors file: the reader, and the packed matrices that it may claim to
// hold. What is accepted must keep its promises.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "heddle/pack.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/safetensors_header.hpp"
#include "test/fuzz/input.hpp"

namespace {

using namespace heddle;
using fuzz::require;

// The bytes of every tensor are there: the address sanitizer watches the reads.
void touch_tensors(const io::SafetensorsReader& reader, std::size_t file_bytes) {
  std::size_t total = 0;
  volatile unsigned char sink = 0;
  for (const io::TensorInfo& tensor : reader.tensors()) {
    const auto* const data = static_cast<const unsigned char*>(reader.data(tensor));
    require(data != nullptr, "a tensor has data");
    for (std::size_t i = 0; i < tensor.bytes; ++i) sink = data[i];
    require(reader.find(tensor.name) == &tensor, "a tensor is found by its name");
    total += tensor.bytes;
  }
  require(total <= file_bytes, "tensors do not overlap");
  static_cast<void>(sink);
}

// A header that was accepted can be written, and reads back as itself.
void rewrite_header(const io::SafetensorsReader& reader) {
  io::Header header;
  std::string text;
  const Status status = io::format_header(reader.tensors(), reader.metadata(), header, text);
  require(status.ok(), "what was read can be written");
  std::size_t data = 0;
  for (const io::TensorInfo& tensor : reader.tensors()) data += tensor.bytes;
  text.resize(text.size() + data);
  const auto again = io::SafetensorsReader::from_memory(text.data(), text.size());
  require(again.ok(), "what was written can be read");
  require(again->metadata() == reader.metadata(), "the metadata survives");
  require(again->tensors().size() == reader.tensors().size(), "every tensor survives");
  for (const io::TensorInfo& tensor : reader.tensors()) {
    const io::TensorInfo* const found = again->find(tensor.name);
    require(found != nullptr && found->dtype == tensor.dtype && found->shape == tensor.shape,
            "a tensor survives");
  }
}

void read_packed_matrices(const io::SafetensorsReader& reader) {
  const auto matrices = io::packed_matrices(reader);
  if (!matrices.ok()) return;
  for (const io::PackedMatrix& matrix : *matrices) {
    const auto blob = io::read_packed(Exec::cpu(1), reader, matrix.name);
    if (!blob.ok()) continue;
    const auto view = open_packed(blob->data(), blob->size());
    require(view.ok(), "a blob from a file opens");
    const std::size_t dense = static_cast<std::size_t>(view->desc.rows) *
                              static_cast<std::size_t>(view->desc.cols) * size_of(view->desc.type);
    std::vector<std::byte> out(dense);
    require(unpack(Exec::cpu(1), *view,
                   row_major(out.data(), view->desc.rows, view->desc.cols, view->desc.type))
                .ok(),
            "a verified blob unpacks");
  }
}

// The format leaves no slack: a byte less or more at the end is another file, and a broken one.
void refuse_other_sizes(const unsigned char* file, std::size_t bytes) {
  std::vector<unsigned char> other(file, file + bytes);
  other.push_back(0);
  require(!io::SafetensorsReader::from_memory(other.data(), bytes + 1).ok(), "no byte too many");
  other.resize(bytes - 1);
  other.shrink_to_fit();
  const auto shorter = io::SafetensorsReader::from_memory(other.data(), other.size());
  require(!shorter.ok(), "no byte too few");
}

void try_file(const void* data, std::size_t bytes) {
  // A copy of exactly this size, so that one byte too far is seen.
  const auto copy = std::make_unique<unsigned char[]>(bytes);
  if (bytes > 0) std::memcpy(copy.get(), data, bytes);
  const auto reader = io::SafetensorsReader::from_memory(copy.get(), bytes);
  if (!reader.ok()) {
    require(!reader.status().message().empty(), "a failure says why");
    return;
  }
  touch_tensors(*reader, bytes);
  refuse_other_sizes(copy.get(), bytes);
  rewrite_header(*reader);
  read_packed_matrices(*reader);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try_file(data, size);
  // Random bytes rarely begin with the right length: once more with the length written for them. A
  // zero byte, which no header holds, ends the header; the data follow it.
  const void* const zero = size > 0 ? std::memchr(data, 0, size) : nullptr;
  const std::size_t header =
      zero != nullptr ? static_cast<std::size_t>(static_cast<const std::uint8_t*>(zero) - data)
                      : size;
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>(header >> (8 * i) & 0xff);
  file.append(reinterpret_cast<const char*>(data), header);
  if (header < size) {
    file.append(reinterpret_cast<const char*>(data) + header + 1, size - header - 1);
  }
  try_file(file.data(), file.size());
  return 0;
}
