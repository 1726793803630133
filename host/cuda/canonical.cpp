#include "host/cuda/packed.hpp"

namespace heddle::cuda {

Status pack_canonical(const Exec&, const ConstMatrixView&, const ConstMaskView*, const PackedView&,
                      Tally*) {
  return {StatusCode::unavailable, "not written yet"};
}
Status unpack_canonical(const Exec&, const ConstPackedView&, const MatrixView&) {
  return {StatusCode::unavailable, "not written yet"};
}
Status verify_canonical(const Exec&, const ConstPackedView&, Tally*) {
  return {StatusCode::unavailable, "not written yet"};
}
Status copy_to_canonical(const Exec&, const ConstPackedView&, std::int64_t, std::int64_t,
                         const PackedView&) {
  return {StatusCode::unavailable, "not written yet"};
}

}  // namespace heddle::cuda
