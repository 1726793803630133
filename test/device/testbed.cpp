// Device tests on the testbed.
#include <cstring>

#include "test/device/device.hpp"
#include "test/simt/runtime.hpp"

namespace heddle::test {

DeviceBytes::DeviceBytes(std::size_t bytes, std::size_t misalign)
    : data_(static_cast<unsigned char*>(simt::allocate_global(bytes, misalign))), size_(bytes) {}

DeviceBytes::DeviceBytes(const void* host, std::size_t bytes, std::size_t misalign)
    : DeviceBytes(bytes, misalign) {
  if (bytes > 0) std::memcpy(data_, host, bytes);
}

DeviceBytes::DeviceBytes(DeviceBytes&& other) noexcept : data_(other.data_), size_(other.size_) {
  other.data_ = nullptr;
}

DeviceBytes::~DeviceBytes() {
  if (data_ != nullptr) simt::free_global(data_);
}

std::vector<unsigned char> DeviceBytes::read() const { return {data_, data_ + size_}; }

testing::AssertionResult DeviceBytes::zones_intact() const { return testing::AssertionSuccess(); }

void on_device(const std::string& problem, const std::function<void(const Exec&)>& body,
               const Effort& effort) {
  for (const simt::Schedule& schedule : simt::schedules(effort.schedules)) {
    simt::RuntimeOptions options;
    options.launch.schedule = schedule;
    options.launch.problem = problem;
    if (effort.max_blocks > 0) options.max_blocks = effort.max_blocks;
    options.capability = effort.capability;
    simt::set_runtime(options);
    SCOPED_TRACE(problem + " schedule " + schedule.text());
    (void)simt::take_launches();
    body(Exec::cuda());
    const simt::Launches launches = simt::take_launches();
    EXPECT_TRUE(launches.report.clean()) << launches.report.text();
    if (testing::Test::HasFailure()) return;  // one schedule's failure is enough to read
  }
}

std::string missing_device(int) { return ""; }  // it is what Effort says

}  // namespace heddle::test
