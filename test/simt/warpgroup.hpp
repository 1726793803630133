// The asynchronous products of a block's warpgroups (wgmma): their rendezvous, their groups, and
// the registers that they hold until a wait. What is multiplied: models/wgmma.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "test/simt/models/wgmma.hpp"
#include "test/simt/report.hpp"

namespace heddle::simt {

class Block;

struct WgmmaCall {  // of one thread
  models::WarpgroupForm form;
  void* d;
  const std::uint32_t* a;         // null: by descriptor
  const std::uint32_t* metadata;  // null: dense
  std::uint64_t a_descriptor, b_descriptor;
  bool accumulate;
};

// A product begins when the last of 128 threads has come to it and takes place at the first wait
// that covers it, in the order of issue: only then are A, the metadata and shared memory read. Each
// thread gets its accumulators at its own wait; till then they hold NaN. Shared memory counts as
// read by the last to come, and again by the first to wait.
class Warpgroups {
 public:
  explicit Warpgroups(Block& block);
  ~Warpgroups();
  void issue(const WgmmaCall& call, Place place);
  void fence();
  void commit();
  void wait(unsigned groups_left_open);
  std::uint32_t shared_offset(const void* shared, Place place);
  // The running thread touched its own stack, where its registers are.
  void stack_access(const void* address, std::size_t bytes, bool write, const void* site);
  void exited();

 private:
  struct Flight;   // a product as a thread knows it
  struct Watch;    // a thread's registers
  struct Product;  // under way
  struct Sums;     // accumulators that products under way have in common
  struct Group;    // a warpgroup

  Watch& watch();
  Group& group();
  unsigned in_group() const;  // the running thread
  void set_rules(Watch& watch, const Flight& flight, bool hold);
  bool touches(const Watch& watch, const void* registers, std::size_t bytes, unsigned rule) const;
  void check_registers(const WgmmaCall& call, Place place);
  void check_agreement(const Group& group, Place place);
  std::vector<models::SharedRange> operands(const WgmmaCall& call, Place place);
  void begin(Group& group, Place place);
  std::shared_ptr<Sums> sums_of(Group& group, Place place);
  void read_shared(Product& product);
  void multiply(Product& product);

  Block& block_;
  char* shared_ = nullptr;                       // the dynamic array that descriptors are of
  std::vector<std::unique_ptr<Watch>> watches_;  // by thread
  std::vector<std::unique_ptr<Group>> groups_;
};

}  // namespace heddle::simt
