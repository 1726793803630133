// What the fragments of docs/porting-cutlass.md take as given.
#include <vector>

using namespace heddle;
extern const std::int64_t m, k;
extern const void* values;
extern const void* e;
