#pragma once
// Layout functions run on the host, on the device and in constant expressions.

#if defined(__CUDACC__)
#define HEDDLE_HD __host__ __device__
#else
#define HEDDLE_HD
#endif
