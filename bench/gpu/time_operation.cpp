#include "bench/gpu/time_operation.hpp"

#include <stdexcept>

#include "bench/gpu/baseline.hpp"

namespace heddle::bench::gpu {
namespace {

constexpr int kDirectTrials = 5;

void require(const Status& status) {
  if (!status.ok()) throw std::runtime_error(status.to_string());
}

void require_right(const std::string& how, const std::string& wrong) {
  if (!wrong.empty()) throw std::runtime_error(how + ": " + wrong);
}

// One operation on all its sets.
class Batch {
 public:
  Batch(const Stream& stream, const Operation& operation, const Buffers& reference,
        std::size_t l2_bytes)
      : stream_(stream),
        operation_(operation),
        turns_(rotation(traffic(operation, reference.problem), l2_bytes)),
        sets_(operation, reference, turns_.sets) {}

  std::size_t calls() const { return turns_.calls; }
  std::size_t sets() const { return turns_.sets; }

  void enqueue() const {
    for (std::size_t i = 0; i < turns_.calls; ++i) call(i % turns_.sets);
  }

  /// A plain call, and a captured batch launched twice, leave what the CPU path leaves.
  std::unique_ptr<Recording> checked_recording() const {
    sets_.poison();
    call(0);
    stream_.wait();
    require_right("call", sets_.wrong_output(0));
    auto recording = std::make_unique<Recording>(stream_, [this] { enqueue(); });
    sets_.poison();
    for (int launch = 0; launch < 2; ++launch) recording->launch(stream_);
    stream_.wait();
    for (std::size_t i = 0; i < sets_.size(); ++i)
      require_right("graph launched twice", sets_.wrong_output(i));
    return recording;
  }

  /// The last call of all left the right thing, and the inputs are as they were.
  void require_intact() const {
    require_right("after timing", sets_.wrong_output(sets_.size() - 1));
    require_right("after timing", sets_.wrong_input(sets_.size() - 1));
  }

 private:
  void call(std::size_t set) const {
    require(operation_.run(Exec::cuda(stream_.get()), sets_[set]));
  }

  const Stream& stream_;
  const Operation& operation_;
  Rotation turns_;
  Sets sets_;
};

// Median seconds of a call when the batch is enqueued call by call.
double direct_seconds(const Batch& batch, const Stream& stream) {
  Mark begin, end;
  std::vector<double> seconds;
  for (int i = 0; i < kDirectTrials; ++i) {
    begin.set(stream);
    batch.enqueue();
    end.set(stream);
    stream.wait();
    seconds.push_back(end.seconds_since(begin) / static_cast<double>(batch.calls()));
  }
  return quantile(seconds, 0.5);
}

}  // namespace

Summary time_checked(benchmark::State& state, const Operation& operation,
                     const Buffers& reference) {
  const Stream stream;
  const std::size_t l2_bytes = properties().l2_bytes;
  const std::size_t bytes = traffic(operation, reference.problem);
  const Batch batch(stream, operation, reference, l2_bytes);
  const auto recording = batch.checked_recording();
  const Baseline baseline(stream, reference, bytes, l2_bytes);

  Mark begin, end, copy_begin, copy_end;
  const auto run = [&] { launch_marked(*recording, stream, begin, end); };
  const auto copy = [&] { launch_marked(baseline.batch(), stream, copy_begin, copy_end); };
  const Summary summary = time_rounds(state, [&](bool baseline_first) {
    // The side that is timed second also leads, untimed: the device is busy while the rest is
    // enqueued, and each side is timed right after the other.
    if (baseline_first) {
      recording->launch(stream);
      copy();
      run();
    } else {
      baseline.batch().launch(stream);
      run();
      copy();
    }
    stream.wait();
    return Round{end.seconds_since(begin) / static_cast<double>(batch.calls()),
                 baseline.for_traffic(copy_end.seconds_since(copy_begin))};
  });
  const double direct = direct_seconds(batch, stream);
  batch.require_intact();

  set_counters(state, summary, bytes, "copy");
  state.counters["us"] = summary.operation * 1e6;
  state.counters["direct_us"] = direct * 1e6;
  state.counters["bytes"] = static_cast<double>(bytes);
  state.counters["sets"] = static_cast<double>(batch.sets());
  state.counters["calls"] = static_cast<double>(batch.calls());
  state.SetLabel(baseline.name());
  return summary;
}

}  // namespace heddle::bench::gpu
