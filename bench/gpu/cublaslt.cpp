#include "bench/gpu/cublaslt.hpp"

#include <algorithm>
#include <limits>

#include "bench/gpu/product.hpp"

namespace heddle::bench::gpu {
namespace cublaslt {

Functions::Functions()
    : library({"HEDDLE_CUBLASLT",
               {"libcublasLt.so.13", "libcublasLt.so.12"},
               {"nvidia/cu13/lib", "nvidia/cublas/lib"}}) {
  library.find("cublasLtGetVersion", GetVersion);
  library.find("cublasLtCreate", Create);
  library.find("cublasLtDestroy", Destroy);
  library.find("cublasLtMatmulDescCreate", MatmulDescCreate);
  library.find("cublasLtMatmulDescSetAttribute", MatmulDescSetAttribute);
  library.find("cublasLtMatmulDescDestroy", MatmulDescDestroy);
  library.find("cublasLtMatrixLayoutCreate", MatrixLayoutCreate);
  library.find("cublasLtMatrixLayoutDestroy", MatrixLayoutDestroy);
  library.find("cublasLtMatmulPreferenceCreate", MatmulPreferenceCreate);
  library.find("cublasLtMatmulPreferenceSetAttribute", MatmulPreferenceSetAttribute);
  library.find("cublasLtMatmulPreferenceDestroy", MatmulPreferenceDestroy);
  library.find("cublasLtMatmulAlgoGetHeuristic", MatmulAlgoGetHeuristic);
  library.find("cublasLtMatmul", Matmul);
}

const Functions& functions() {
  static const Functions loaded;  // tried again after a failure
  return loaded;
}

std::string version_text(std::size_t version) {
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." +
         std::to_string(version % 100);
}

}  // namespace cublaslt

namespace {

using namespace cublaslt;

constexpr int kCandidates = 16;
constexpr std::size_t kWorkspaceBytes = std::size_t{64} << 20;

struct CallFailed : std::runtime_error {
  CallFailed(const char* name, int code)
      : std::runtime_error(std::string(name) + ": status " + std::to_string(code)), status(code) {}
  int status;
};

void require(int status, const char* name) {
  if (status != kSuccess) throw CallFailed(name, status);
}

int data_type(DataType type) {
  switch (type) {
    case DataType::f32: return kR32F;
    case DataType::f16: return kR16F;
    case DataType::bf16: return kR16BF;
    case DataType::f8e4m3: return kR8E4M3;
    case DataType::f8e5m2: return kR8E5M2;
    case DataType::i8: return kR8I;
    case DataType::i32: return kR32I;
  }
  throw std::invalid_argument("no such type");
}

int compute_type(DataType type) {
  if (type == DataType::i8) return kCompute32I;
  return type == DataType::f32 ? kCompute32FFastTf32 : kCompute32F;
}

// What the library creates and destroys; T is a pointer.
template <class T>
class Owned {
 public:
  explicit Owned(int (*destroy)(T)) : destroy_(destroy) {}
  ~Owned() {
    if (value_ != nullptr) (void)destroy_(value_);
  }
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  T* out() { return &value_; }
  T get() const { return value_; }

 private:
  int (*destroy_)(T);
  T value_ = nullptr;
};

// D = A^T * B as the library sees it: all matrices in order col, A [k, m] transposed, B [k, n],
// D [m, n]. The only form that every type has.
class CublasLtSide final : public Side {
 public:
  CublasLtSide(const SideArgs& args, std::int64_t tokens)
      : Side(ProductSets(args.weight, args.weight.dense.data(), args.weight.problem.bytes(),
                         args.problem.n, args.l2_bytes, args.stream)),
        problem_(args.problem),
        tokens_(tokens),
        stream_(args.stream),
        workspace_(kWorkspaceBytes) {
    require(lt_.Create(handle_.out()), "cublasLtCreate");
    describe();
    const std::vector<HeuristicResult> found = candidates();
    choose(found);
  }

  std::string config() const override {
    return "cublasLt-" + version_text(lt_.GetVersion()) + " candidate=" + std::to_string(chosen_) +
           "/" + std::to_string(candidates_) +
           (tokens_ != problem_.n ? " padded=" + std::to_string(tokens_) : "");
  }

  void call(std::size_t set) const override {
    require(lt_.Matmul(handle_.get(), desc_.get(), one(), sets().a(set), a_.get(), sets().b(set),
                       b_.get(), zero(), sets().d(set), d_.get(), sets().d(set), d_.get(), &algo_,
                       workspace_.data(), kWorkspaceBytes, stream_.get()),
            "cublasLtMatmul");
  }

 private:
  bool integer() const { return problem_.type == DataType::i8; }
  const void* one() const { return integer() ? static_cast<const void*>(&one_i32_) : &one_f32_; }
  const void* zero() const { return integer() ? static_cast<const void*>(&zero_i32_) : &zero_f32_; }

  void describe() {
    require(
        lt_.MatmulDescCreate(desc_.out(), compute_type(problem_.type), integer() ? kR32I : kR32F),
        "cublasLtMatmulDescCreate");
    require(lt_.MatmulDescSetAttribute(desc_.get(), kDescTransA, &kTranspose, sizeof kTranspose),
            "cublasLtMatmulDescSetAttribute");
    const int in = data_type(problem_.type), out = data_type(product_type(problem_.type));
    const auto m = static_cast<std::uint64_t>(problem_.rows);
    const auto k = static_cast<std::uint64_t>(problem_.cols);
    const auto n = static_cast<std::uint64_t>(tokens_);
    const char* const name = "cublasLtMatrixLayoutCreate";
    require(lt_.MatrixLayoutCreate(a_.out(), in, k, m, problem_.cols), name);
    require(lt_.MatrixLayoutCreate(b_.out(), in, k, n, problem_.cols), name);
    require(lt_.MatrixLayoutCreate(d_.out(), out, m, n, problem_.rows), name);
  }

  std::vector<HeuristicResult> candidates() const {
    Owned<Preference> preference(lt_.MatmulPreferenceDestroy);
    require(lt_.MatmulPreferenceCreate(preference.out()), "cublasLtMatmulPreferenceCreate");
    const std::uint64_t bytes = kWorkspaceBytes;
    require(lt_.MatmulPreferenceSetAttribute(preference.get(), kPreferenceMaxWorkspaceBytes, &bytes,
                                             sizeof bytes),
            "cublasLtMatmulPreferenceSetAttribute");
    std::vector<HeuristicResult> found(kCandidates);
    int count = 0;
    require(
        lt_.MatmulAlgoGetHeuristic(handle_.get(), desc_.get(), a_.get(), b_.get(), d_.get(),
                                   d_.get(), preference.get(), kCandidates, found.data(), &count),
        "cublasLtMatmulAlgoGetHeuristic");
    found.resize(static_cast<std::size_t>(std::clamp(count, 0, kCandidates)));
    std::erase_if(found, [](const HeuristicResult& r) { return r.state != kSuccess; });
    if (found.empty()) throw CallFailed("cublasLtMatmulAlgoGetHeuristic", kNotSupported);
    return found;
  }

  // Measures them all; one that cannot run is out.
  void choose(const std::vector<HeuristicResult>& found) {
    candidates_ = found.size();
    double best = std::numeric_limits<double>::infinity();
    Algo fastest{};
    std::string reason;
    for (std::size_t i = 0; i < found.size(); ++i) {
      algo_ = found[i].algo;
      try {
        const double seconds = quick_seconds(stream_, *this, sets().sets());
        if (!(seconds < best)) continue;
        best = seconds;
        fastest = algo_;
        chosen_ = i;
      } catch (const CallFailed& failed) {
        reason = failed.what();
      }
    }
    if (!reason.empty() && best == std::numeric_limits<double>::infinity())
      throw std::runtime_error("no candidate runs: " + reason);
    algo_ = fastest;
  }

  const Functions& lt_ = functions();
  Case problem_;
  std::int64_t tokens_;
  const Stream& stream_;
  DeviceMemory workspace_;
  Owned<Handle> handle_{lt_.Destroy};
  Owned<Desc> desc_{lt_.MatmulDescDestroy};
  Owned<Layout> a_{lt_.MatrixLayoutDestroy}, b_{lt_.MatrixLayoutDestroy},
      d_{lt_.MatrixLayoutDestroy};
  Algo algo_{};
  std::size_t chosen_ = 0, candidates_ = 0;
  float one_f32_ = 1, zero_f32_ = 0;
  std::int32_t one_i32_ = 1, zero_i32_ = 0;
};

}  // namespace

// The 8-bit types do not take every n: then with zeros behind the tokens.
std::unique_ptr<Side> cublaslt_side(const SideArgs& args) {
  (void)functions();
  const std::int64_t n = args.problem.n, padded = padded_tokens(n);
  try {
    return std::make_unique<CublasLtSide>(args, n);
  } catch (const CallFailed& failed) {
    if (failed.status != kNotSupported || padded == n) throw;
  }
  return std::make_unique<CublasLtSide>(args, padded);
}

}  // namespace heddle::bench::gpu
