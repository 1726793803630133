#include "host/guard.hpp"

#include <new>
#include <stdexcept>
#include <system_error>

namespace heddle {

Status caught() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return {StatusCode::out_of_memory, "out of memory"};
  } catch (const std::length_error&) {
    return {StatusCode::out_of_memory, "a size is huge"};
  } catch (const std::system_error&) {
    return {StatusCode::out_of_memory, "no more threads"};
  } catch (...) {
    return {StatusCode::invalid_argument, "callback threw"};
  }
}

}  // namespace heddle
