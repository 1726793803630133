#include "heddle/sparsifier_file.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "heddle/method.hpp"
#include "host/choose.hpp"
#include "host/exec.hpp"
#include "host/exec_memory.hpp"
#include "host/guard.hpp"
#include "host/io/dtype.hpp"
#include "host/io/safetensors.hpp"
#include "host/io/text.hpp"
#include "host/message.hpp"
#include "host/tensor.hpp"
#include "host/validate.hpp"

namespace heddle {
namespace {

bool is_mask(const StateTensor& tensor) {
  const std::string suffix = ".mask";
  return tensor.name.size() >= suffix.size() &&
         tensor.name.compare(tensor.name.size() - suffix.size(), suffix.size(), suffix) == 0;
}

std::size_t bytes_of(const ConstTensorView& view) {
  return static_cast<std::size_t>(element_count(view)) * size_of(view.type);
}

// The tensors that hold something in this state.
std::vector<StateTensor> tensors_in_use(const Sparsifier& sparsifier) {
  std::vector<StateTensor> list = sparsifier.state();
  list.erase(std::remove_if(list.begin(), list.end(),
                            [&](const StateTensor& tensor) {
                              return is_mask(tensor) ? !sparsifier.has_masks()
                                                     : !sparsifier.pruned();
                            }),
             list.end());
  return list;
}

io::TensorInfo info_of(const StateTensor& tensor) {
  const TensorView& view = tensor.view;
  const std::vector<std::int64_t> shape(view.shape.begin(), view.shape.begin() + view.rank);
  return {tensor.name, is_mask(tensor) ? "U8" : io::dtype_of(view.type), shape, bytes_of(view)};
}

// ---- between tensors and bytes without gaps -----------------------------------------------------

// Memory for the largest tensor, on the host and (with CUDA) on the device.
class Exchange {
 public:
  explicit Exchange(const Exec& exec) : exec_(exec) {}

  Status prepare(const std::vector<StateTensor>& tensors) {
    std::size_t most = 0;
    for (const StateTensor& tensor : tensors) most = std::max(most, bytes_of(tensor.view));
    HEDDLE_TRY(host_.allocate(Exec::cpu(), most, "a tensor"));
    return on_cuda(exec_) ? device_.allocate(exec_, most, "a tensor") : Status();
  }

  // The host bytes of a tensor.
  Result<const void*> read(const TensorView& view) {
    Choices copy(exec_);
    copy.add(dense(view), std::nullopt, view, std::nullopt);
    if (Status s = copy.run(); !s.ok()) return s;
    if (!on_cuda(exec_)) return host_.data();
    if (Status s = cuda::read_back(exec_, host_.data(), device_.data(), bytes_of(view)); !s.ok())
      return s;
    return host_.data();
  }

  Status write(const void* bytes, const TensorView& view) {
    if (bytes_of(view) == 0) return {};
    if (on_cuda(exec_))
      HEDDLE_TRY(cuda::write_out(exec_, device_.data(), bytes, bytes_of(view)));
    else
      std::memcpy(host_.data(), bytes, bytes_of(view));
    Choices copy(exec_);
    copy.add(view, std::nullopt, dense(view), std::nullopt);
    return copy.run();
  }

 private:
  TensorView dense(const TensorView& like) const {
    void* data = on_cuda(exec_) ? device_.data() : host_.data();
    return contiguous(data, like.rank, like.shape, like.type);
  }

  Exec exec_;
  ExecMemory host_, device_;
};

// ---- checks of a file ---------------------------------------------------------------------------

Status corrupt(const std::string& name, const std::string& what) {
  return {StatusCode::corrupt, "tensor " + io::quote(name) + ": " + what};
}

Status check_info(const io::SafetensorsReader& file, const StateTensor& tensor) {
  const io::TensorInfo want = info_of(tensor);
  const io::TensorInfo* info = file.find(tensor.name);
  if (info == nullptr) return corrupt(tensor.name, "is missing");
  if (info->dtype != want.dtype)
    return corrupt(tensor.name, message("is ", info->dtype, ": must be ", want.dtype));
  if (info->shape == want.shape) return {};
  return corrupt(tensor.name,
                 "has another shape: must have " + shape_text(tensor.view.rank, tensor.view.shape));
}

// 0 and 1 only, and no more kept than the method's pattern allows.
Status check_mask(const io::SafetensorsReader& file, const StateTensor& tensor,
                  const MaskMethod& method) {
  const io::TensorInfo& info = *file.find(tensor.name);
  const auto* bytes = static_cast<const std::uint8_t*>(file.data(info));
  for (std::size_t i = 0; i < info.bytes; ++i)
    if (bytes[i] > 1)
      return corrupt(tensor.name, message("byte ", i, " = ", int{bytes[i]}, ": must be 0 or 1"));
  if (method.kind == MaskMethod::Kind::function) return {};  // its masks are its own affair
  const TensorView& view = tensor.view;
  const ConstTensorView mask =
      contiguous(static_cast<const void*>(bytes), view.rank, view.shape, DataType::i8);
  const Result<TileCheckReport> report = check_tiles(Exec::cpu(), mask, method.pattern);
  if (!report.ok()) return report.status();
  if (report->rows.violations == 0 && (!method.transposable || report->cols.violations == 0))
    return {};
  const bool in_rows = report->rows.violations > 0;
  const CheckReport& first = in_rows ? report->rows : report->cols;
  return {
      StatusCode::not_compliant,
      message("tensor ", io::quote(tensor.name), ": keeps more than ", to_string(method.pattern),
              " allows in ", in_rows ? "row " : "column ", first.row, ", group ", first.group)};
}

Status check_file(const io::SafetensorsReader& file, const Sparsifier& sparsifier,
                  const std::vector<StateTensor>& tensors) {
  for (const StateTensor& tensor : tensors) {
    HEDDLE_TRY(check_info(file, tensor));
    if (!is_mask(tensor)) continue;
    const std::string parameter = tensor.name.substr(0, tensor.name.rfind('.'));
    const Result<MaskMethod> method =
        find_method(sparsifier.report()[sparsifier.find(parameter)].method);
    if (!method.ok()) return method.status();
    HEDDLE_TRY(check_mask(file, tensor, *method));
  }
  return {};
}

}  // namespace

Status save_sparsifier(const Exec& exec, const Sparsifier& sparsifier,
                       const std::string& path) try {
  HEDDLE_TRY(check_exec(exec));
  const std::vector<StateTensor> tensors = tensors_in_use(sparsifier);
  std::vector<io::TensorInfo> infos;
  for (const StateTensor& tensor : tensors) infos.push_back(info_of(tensor));
  Exchange exchange(exec);
  HEDDLE_TRY(exchange.prepare(tensors));
  Result<io::SafetensorsWriter> file =
      io::SafetensorsWriter::create(path, std::move(infos), sparsifier.state_words());
  if (!file.ok()) return file.status();
  for (const StateTensor& tensor : tensors) {
    const Result<const void*> bytes = exchange.read(tensor.view);
    if (!bytes.ok()) return bytes.status();
    HEDDLE_TRY(file->write(*bytes, bytes_of(tensor.view)));
  }
  return file->finish();
} catch (...) {
  return caught();
}

Status load_sparsifier(const Exec& exec, Sparsifier& sparsifier, const std::string& path) try {
  HEDDLE_TRY(check_exec(exec));
  const Result<io::SafetensorsReader> file = io::SafetensorsReader::open(path);
  if (!file.ok()) return file.status();
  Sparsifier resumed = sparsifier;  // views only: what it says takes effect at the end
  HEDDLE_TRY(resumed.resume(file->metadata()));
  const std::vector<StateTensor> tensors = tensors_in_use(resumed);
  HEDDLE_TRY(check_file(*file, resumed, tensors));
  Exchange exchange(exec);
  HEDDLE_TRY(exchange.prepare(tensors));
  for (const StateTensor& tensor : tensors)
    HEDDLE_TRY(exchange.write(file->data(*file->find(tensor.name)), tensor.view));
  sparsifier = std::move(resumed);
  return {};
} catch (...) {
  return caught();
}

}  // namespace heddle
