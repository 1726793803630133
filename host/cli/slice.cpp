// heddle slice: writes the file again with a piece of every selected packed matrix in its place.

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include "heddle/heddle.hpp"
#include "host/cli/interchange_options.hpp"
#include "host/cli/partial_file.hpp"
#include "host/cli/progress.hpp"
#include "host/cli/report.hpp"
#include "host/cli/selection.hpp"
#include "host/io/packed_file.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

constexpr std::int64_t kRowBlock = 64;  // whole blocks of device order move as they are

// Which piece, and along what.
struct Piece {
  bool rows = true;
  std::int64_t index = 0, count = 1;  // from 0 here, from 1 on the command line
};

// Where a piece of one matrix lies.
struct Range {
  std::int64_t begin = 0, end = 0;
};

Result<Piece> parse_piece(const Options& options) {
  if (options.rows.empty() == options.cols.empty()) {
    return Status(StatusCode::invalid_argument, "--rows I/N or --cols I/N: must give one of them");
  }
  Piece piece;
  piece.rows = !options.rows.empty();
  const std::string& text = piece.rows ? options.rows : options.cols;
  const char* const end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, piece.index);
  bool good = error == std::errc() && at != end && *at == '/';
  if (good) {
    const auto [last, count_error] = std::from_chars(at + 1, end, piece.count);
    good = count_error == std::errc() && last == end;
  }
  constexpr std::int64_t kMost = 1 << 20;
  if (!good || piece.count < 1 || piece.count > kMost || piece.index < 1 ||
      piece.index > piece.count) {
    return Status(StatusCode::invalid_argument, std::string(piece.rows ? "--rows " : "--cols ") +
                                                    io::quote(text) +
                                                    ": must be I/N with 1 <= I <= N <= 1048576");
  }
  --piece.index;
  return piece;
}

// The multiples at which a matrix is cut.
Result<std::int64_t> alignment(const Options& options, const Piece& piece, Pattern pattern) {
  if (options.align == 0) return piece.rows ? kRowBlock : pattern.group;
  if (options.align > 0 && (piece.rows || options.align % pattern.group == 0)) return options.align;
  return Status(
      StatusCode::invalid_argument,
      "--align " + std::to_string(options.align) + ": must be " +
          (piece.rows ? "positive"
                      : "a positive multiple of the group, " + std::to_string(pattern.group)));
}

// The units of a side are dealt out as evenly as they go; pieces of a short side may be empty.
Range range_of(const Piece& piece, std::int64_t extent, std::int64_t align) {
  const std::int64_t units = extent / align + (extent % align != 0);
  const auto cut = [&](std::int64_t i) {
    const std::int64_t unit = units / piece.count * i + units % piece.count * i / piece.count;
    return unit >= units ? extent : unit * align;
  };
  return {cut(piece.index), cut(piece.index + 1)};
}

// What becomes of one tensor of the input.
struct Step {
  const io::TensorInfo* copy = nullptr;     // written as it is
  const io::PackedMatrix* whole = nullptr;  // or: `range` of this matrix takes its place
  io::PackedMatrix slice;
  Range range;
};

struct Plan {
  std::vector<Step> steps;
  std::vector<io::TensorInfo> tensors;
  io::Metadata metadata;
};

Result<Plan> make_plan(const Options& options, const Piece& piece, const Selection& selection,
                       const io::SafetensorsReader& reader) {
  Plan plan{{}, {}, reader.metadata()};
  for (const Choice& choice : selection.choices) {
    const auto part = selection.packed_parts.find(choice.tensor->name);
    if (part == selection.packed_parts.end() || !selection.matrix_selected[part->second]) {
      plan.steps.push_back({choice.tensor, nullptr, {}, {}});
      plan.tensors.push_back(*choice.tensor);
      continue;
    }
    const io::PackedMatrix& matrix = selection.matrices[part->second];
    if (choice.tensor->name != io::values_name(matrix.name)) continue;
    const Result<std::int64_t> align = alignment(options, piece, matrix.desc.pattern);
    if (!align.ok()) return align.status();
    Step step{nullptr, &matrix, matrix, {}};
    std::int64_t& extent = piece.rows ? step.slice.desc.rows : step.slice.desc.cols;
    step.range = range_of(piece, extent, *align);
    extent = step.range.end - step.range.begin;
    auto tensors = io::packed_tensors(step.slice);
    if (!tensors.ok()) return in_tensor(matrix.name, tensors.status());
    for (io::TensorInfo& tensor : *tensors) plan.tensors.push_back(std::move(tensor));
    io::describe_packed(step.slice, plan.metadata);
    plan.steps.push_back(std::move(step));
  }
  return plan;
}

Status write_slice(const Options& options, const Piece& piece, const io::SafetensorsReader& reader,
                   const Step& step, io::SafetensorsWriter& writer) {
  const Result<std::size_t> whole_bytes = packed_size(step.whole->desc);
  if (!whole_bytes.ok()) return whole_bytes.status();
  const Result<std::size_t> bytes = packed_size(step.slice.desc);
  if (!bytes.ok()) return bytes.status();
  const Buffer from = make_buffer(*whole_bytes), to = make_buffer(*bytes);
  const PackedView whole{step.whole->desc, from.get(), *whole_bytes};
  const PackedView slice{step.slice.desc, to.get(), *bytes};
  if (Status s = io::read_packed(options.exec(), reader, *step.whole, whole); !s.ok()) return s;
  const auto cut = piece.rows ? slice_rows : slice_cols;
  if (Status s = cut(options.exec(), whole, step.range.begin, step.range.end, slice); !s.ok())
    return in_tensor(step.whole->name, s);
  return io::write_packed(writer, slice);
}

}  // namespace

Result<Outcome> run_slice(const Options& options) {
  const Result<Piece> piece = parse_piece(options);
  if (!piece.ok()) return piece.status();
  const Result<io::SafetensorsReader> reader =
      io::SafetensorsReader::open_checkpoint(options.input);
  if (!reader.ok()) return reader.status();
  const Result<Selection> selection = select(*reader, options, Ranks::matrices);
  if (!selection.ok()) return selection.status();
  const Result<Plan> plan = make_plan(options, *piece, *selection, *reader);
  if (!plan.ok()) return plan.status();
  Result<io::SafetensorsWriter> writer =
      io::SafetensorsWriter::create(options.output, plan->tensors, plan->metadata);
  if (!writer.ok()) return writer.status();
  const PartialFile partial(writer->temporary_path());

  Json tensors = Json::array();
  std::vector<std::vector<std::string>> rows;
  {
    Progress progress(plan->steps.size());
    for (const Step& step : plan->steps) {
      progress.step(step.copy != nullptr ? step.copy->name : step.whole->name);
      const Status status = step.copy != nullptr
                                ? writer->write(reader->data(*step.copy), step.copy->bytes)
                                : write_slice(options, *piece, *reader, step, *writer);
      if (!status.ok()) return status;
      if (step.copy != nullptr) continue;
      Json entry = packed_json(step.slice);
      entry["begin"] = step.range.begin;
      entry["end"] = step.range.end;
      tensors.push_back(std::move(entry));
      rows.push_back({io::printable(step.whole->name), shape_words(dense_shape(*step.whole)),
                      std::string(piece->rows ? "rows " : "columns ") +
                          std::to_string(step.range.begin) + " to " +
                          std::to_string(step.range.end)});
    }
    if (Status status = writer->finish(); !status.ok()) return status;
  }

  Outcome outcome;
  outcome.text = "cut " + count_words(rows.size(), "packed tensor") + ":\n" +
                 table(rows, {false, true, false});
  outcome.json = {{"command", "slice"},
                  {"input", options.input},
                  {"output", options.output},
                  {"along", piece->rows ? "rows" : "cols"},
                  {"piece", {piece->index + 1, piece->count}},
                  {"tensors", std::move(tensors)}};
  return outcome;
}

}  // namespace heddle::cli
