#include "host/cli/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "host/io/text.hpp"

namespace heddle::cli {
namespace {

// Nothing is drawn in the first moments: short work needs no progress, and long work no more than
// ten lines a second.
constexpr std::chrono::milliseconds kInterval(100);

std::size_t terminal_width() {
  winsize size = {};
  const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20;
  return known ? size.ws_col : 80;
}

}  // namespace

Progress::Progress(std::size_t total)
    : total_(total),
      terminal_(::isatty(STDERR_FILENO) == 1),
      last_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  if (drawn_) std::fputs("\r\033[K", stderr);
}

void Progress::step(const std::string& name) {
  ++done_;
  name_ = name;
  draw({});
}

void Progress::detail(const std::string& words) { draw(words); }

void Progress::draw(const std::string& words) {
  if (!terminal_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < kInterval) return;
  last_ = now;
  std::string line = std::to_string(done_) + "/" + std::to_string(total_) + "  " +
                     io::printable(name_) + (words.empty() ? "" : "  " + words);
  // A line that wraps could not be drawn over.
  line.resize(io::valid_utf8_prefix(line.substr(0, terminal_width() - 1)));
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
  drawn_ = true;
}

}  // namespace heddle::cli
