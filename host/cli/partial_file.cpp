#include "host/cli/partial_file.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <climits>

namespace heddle::cli {
namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};

// All that a signal handler may look at. Written only while the signals still have their default
// effect.
std::array<char, PATH_MAX> partial_path;

extern "C" void remove_and_end(int signal_number) {
  ::unlink(partial_path.data());
  // The handler was reset on entry: the signal now ends the program, with the status of a signal.
  ::raise(signal_number);
}

}  // namespace

PartialFile::PartialFile(const std::string& path) {
  if (path.empty() || path.size() >= partial_path.size()) return;
  *std::copy(path.begin(), path.end(), partial_path.begin()) = '\0';
  struct sigaction action = {};
  action.sa_handler = remove_and_end;
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  ::sigemptyset(&action.sa_mask);
  for (const int number : kSignals) {
    struct sigaction old = {};
    // A signal the parent had us ignore (nohup) stays ignored.
    if (::sigaction(number, nullptr, &old) == 0 && old.sa_handler != SIG_IGN) {
      ::sigaction(number, &action, nullptr);
    }
  }
}

PartialFile::~PartialFile() {
  for (const int number : kSignals) {
    struct sigaction old = {};
    if (::sigaction(number, nullptr, &old) == 0 && old.sa_handler == remove_and_end) {
      ::signal(number, SIG_DFL);
    }
  }
}

void ignore_file_size_signal() { ::signal(SIGXFSZ, SIG_IGN); }

}  // namespace heddle::cli
