#pragma once
// Runs a scenario again and again, another call of it failing each time.

#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "heddle/status.hpp"
#include "test/abuse/faults.hpp"

namespace heddle::abuse {

// One run of a scenario, its memory made ready. `act` runs with a fault armed: what it calls of the
// library may fail, and it must itself take no memory and make no file operation.
struct Case {
  std::function<Status()> act;
  std::function<std::uint64_t()> digest;  // of everything that act may write
  StatusCode want = StatusCode::ok;       // without a fault
  bool all_or_nothing = true;             // a failure leaves the digest as it was
  bool registers = false;                 // a success leaves something behind in the process
};

struct Scenario {
  std::string name;
  std::function<Case()> make;
};

// What GoogleTest prints of a failed one.
inline void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.name; }

// Fails each call of this kind in turn, until a run passes untouched. `fault.at` is ignored.
void sweep(const Scenario& scenario, const Fault& fault);

std::vector<Scenario> mask_scenarios();
std::vector<Scenario> pack_scenarios();
std::vector<Scenario> matmul_scenarios();
std::vector<Scenario> permute_scenarios();
std::vector<Scenario> training_scenarios();
std::vector<Scenario> name_scenarios();
std::vector<Scenario> file_scenarios();
std::vector<Scenario> c_scenarios();

}  // namespace heddle::abuse
