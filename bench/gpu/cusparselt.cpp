#include "bench/gpu/cusparselt.hpp"

#include <memory>

#include "bench/gpu/cublaslt.hpp"
#include "bench/gpu/product.hpp"

namespace heddle::bench::gpu {
namespace cusparselt {

Functions::Functions()
    : library({"HEDDLE_CUSPARSELT",
               {"libcusparseLt.so.1", "libcusparseLt.so.0"},
               {"nvidia/cu13/lib", "nvidia/cusparselt/lib", "cusparselt/lib"}}) {
  library.find("cusparseLtInit", Init);
  library.find("cusparseLtDestroy", Destroy);
  library.find("cusparseLtGetVersion", GetVersion);
  library.find("cusparseLtDenseDescriptorInit", DenseDescriptorInit);
  library.find("cusparseLtStructuredDescriptorInit", StructuredDescriptorInit);
  library.find("cusparseLtMatDescriptorDestroy", MatDescriptorDestroy);
  library.find("cusparseLtMatmulDescriptorInit", MatmulDescriptorInit);
  library.find("cusparseLtMatmulAlgSelectionInit", MatmulAlgSelectionInit);
  library.find("cusparseLtMatmulAlgGetAttribute", MatmulAlgGetAttribute);
  library.find("cusparseLtMatmulAlgSetAttribute", MatmulAlgSetAttribute);
  library.find("cusparseLtMatmulPlanInit", MatmulPlanInit);
  library.find("cusparseLtMatmulPlanDestroy", MatmulPlanDestroy);
  library.find("cusparseLtMatmulGetWorkspace", MatmulGetWorkspace);
  library.find("cusparseLtSpMMACompressedSize", SpMMACompressedSize);
  library.find("cusparseLtSpMMACompress", SpMMACompress);
  library.find("cusparseLtMatmulSearch", MatmulSearch);
  library.find("cusparseLtMatmul", MatmulRun);
}

const Functions& functions() {
  static const Functions loaded;  // tried again after a failure
  return loaded;
}

std::string version_text(int version) {
  return std::to_string(version / 1'000'000) + "." + std::to_string(version / 100 % 10'000) + "." +
         std::to_string(version % 100);
}

}  // namespace cusparselt

namespace {

using namespace cusparselt;

constexpr int kIterations = 5;  // of the search, per algorithm: the library's own default

void require(int status, const char* name) {
  if (status == kSuccess) return;
  throw std::runtime_error(std::string(name) + ": status " + std::to_string(status) +
                           (status == kNotSupported ? ", not supported" : ""));
}

int data_type(DataType type) {
  switch (type) {
    case DataType::f32: return cublaslt::kR32F;
    case DataType::f16: return cublaslt::kR16F;
    case DataType::bf16: return cublaslt::kR16BF;
    case DataType::f8e4m3: return cublaslt::kR8E4M3;
    case DataType::f8e5m2: return cublaslt::kR8E5M2;
    case DataType::i8: return cublaslt::kR8I;
    case DataType::i32: return cublaslt::kR32I;
  }
  throw std::invalid_argument("no such type");
}

// One plan of the library. A is [m, k] of order row, B [n, k] of order row and transposed, D of
// order col: the form that every type has.
class VendorPlan {
 public:
  VendorPlan() : lt_(functions()) {}

  void make(const Case& problem, std::int64_t tokens) {
    require(lt_.Init(&handle_), "cusparseLtInit");
    initialised_ = true;
    require(lt_.GetVersion(&handle_, &version_), "cusparseLtGetVersion");
    if (version_ < kLeastVersion)
      throw std::runtime_error("cuSPARSELt " + version_text(version_) + ": must be 0.6 or newer");
    const std::int64_t m = problem.rows, k = problem.cols;
    const int in = data_type(problem.type), out = data_type(product_type(problem.type));
    require(lt_.StructuredDescriptorInit(&handle_, &a_, m, k, k, kAlignment, in, kOrderRow,
                                         kSparsity50),
            "cusparseLtStructuredDescriptorInit");
    made_.push_back(&a_);
    require(lt_.DenseDescriptorInit(&handle_, &b_, tokens, k, k, kAlignment, in, kOrderRow),
            "cusparseLtDenseDescriptorInit of B");
    made_.push_back(&b_);
    require(lt_.DenseDescriptorInit(&handle_, &d_, m, tokens, m, kAlignment, out, kOrderCol),
            "cusparseLtDenseDescriptorInit of D");
    made_.push_back(&d_);
    require(lt_.MatmulDescriptorInit(&handle_, &matmul_, kPlain, kTranspose, &a_, &b_, &d_, &d_,
                                     problem.type == DataType::i8 ? kCompute32I : kCompute32F),
            "cusparseLtMatmulDescriptorInit");
    require(lt_.MatmulAlgSelectionInit(&handle_, &algorithm_, &matmul_, kAlgorithmDefault),
            "cusparseLtMatmulAlgSelectionInit");
    require(lt_.MatmulAlgSetAttribute(&handle_, &algorithm_, kSearchIterations, &kIterations,
                                      sizeof kIterations),
            "cusparseLtMatmulAlgSetAttribute");
    require(lt_.MatmulPlanInit(&handle_, &plan_, &matmul_, &algorithm_),
            "cusparseLtMatmulPlanInit");
    planned_ = true;
  }

  ~VendorPlan() {
    if (planned_) (void)lt_.MatmulPlanDestroy(&plan_);
    for (const Matrix* matrix : made_) (void)lt_.MatDescriptorDestroy(matrix);
    if (initialised_) (void)lt_.Destroy(&handle_);
  }
  VendorPlan(const VendorPlan&) = delete;
  VendorPlan& operator=(const VendorPlan&) = delete;

  DeviceMemory compress(const std::byte* dense, std::size_t& bytes, const Stream& stream) const {
    std::size_t scratch_bytes = 0;
    require(lt_.SpMMACompressedSize(&handle_, &plan_, &bytes, &scratch_bytes),
            "cusparseLtSpMMACompressedSize");
    DeviceMemory compressed(bytes);
    const DeviceMemory scratch(scratch_bytes + 1);
    require(
        lt_.SpMMACompress(&handle_, &plan_, dense, compressed.data(), scratch.data(), stream.get()),
        "cusparseLtSpMMACompress");
    stream.wait();
    return compressed;
  }

  /// Overwrites D and the plan's choice; allocates what the choice needs.
  void search(const ProductSets& sets, const Stream& stream) {
    cudaStream_t streams[] = {stream.get()};
    require(lt_.MatmulSearch(&handle_, &plan_, &one_, sets.a(0), sets.b(0), &zero_, sets.d(0),
                             sets.d(0), nullptr, streams, 1),
            "cusparseLtMatmulSearch");
    stream.wait();
    std::size_t bytes = 0;
    require(lt_.MatmulGetWorkspace(&handle_, &plan_, &bytes), "cusparseLtMatmulGetWorkspace");
    workspace_ = DeviceMemory(bytes + 1);
  }

  void run(const ProductSets& sets, std::size_t set, const Stream& stream) const {
    cudaStream_t streams[] = {stream.get()};
    require(lt_.MatmulRun(&handle_, &plan_, &one_, sets.a(set), sets.b(set), &zero_, sets.d(set),
                          sets.d(set), workspace_.data(), streams, 1),
            "cusparseLtMatmul");
  }

  std::string text() const {
    int id = -1;
    std::string words = "cuSPARSELt-" + version_text(version_);
    if (lt_.MatmulAlgGetAttribute(&handle_, &algorithm_, kAlgorithmId, &id, sizeof id) == kSuccess)
      words += " algorithm=" + std::to_string(id);
    return words;
  }

 private:
  const Functions& lt_;
  Handle handle_{};
  Matrix a_{}, b_{}, d_{};
  std::vector<const Matrix*> made_;
  Matmul matmul_{};
  Algorithm algorithm_{};
  Plan plan_{};
  DeviceMemory workspace_;
  bool initialised_ = false, planned_ = false;
  int version_ = 0;
  float one_ = 1, zero_ = 0;
};

class CusparseLtSide final : public Side {
 public:
  CusparseLtSide(const SideArgs& args, std::int64_t tokens, std::unique_ptr<VendorPlan> plan,
                 const DeviceMemory& compressed, std::size_t bytes)
      : Side(ProductSets(args.weight, compressed.data(), bytes, args.problem.n, args.l2_bytes,
                         args.stream)),
        padded_(tokens != args.problem.n ? " padded=" + std::to_string(tokens) : ""),
        stream_(args.stream),
        plan_(std::move(plan)) {
    plan_->search(sets(), stream_);
  }
  std::string config() const override { return plan_->text() + padded_; }
  void call(std::size_t set) const override { plan_->run(sets(), set, stream_); }

 private:
  std::string padded_;
  const Stream& stream_;
  std::unique_ptr<VendorPlan> plan_;
};

}  // namespace

// It refuses tokens that are no multiple of 16 bytes: then with zeros behind them.
std::unique_ptr<Side> cusparselt_side(const SideArgs& args) {
  const auto granule = static_cast<std::int64_t>(16 / size_of(args.problem.type));
  const std::int64_t tokens = (args.problem.n + granule - 1) / granule * granule;
  auto plan = std::make_unique<VendorPlan>();
  plan->make(args.problem, tokens);
  std::size_t bytes = 0;
  const DeviceMemory compressed = plan->compress(args.weight.dense.data(), bytes, args.stream);
  return std::make_unique<CusparseLtSide>(args, tokens, std::move(plan), compressed, bytes);
}

}  // namespace heddle::bench::gpu
