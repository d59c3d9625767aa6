// CUDA's additions to C++ that are types and names: qualifiers, built-in variables, vector types.
//
// Put before each kernel source by the translator, which itself handles __shared__, __constant__ and kernel tables. As
// with NVRTC, no standard header is promised to a kernel.
#pragma once

#include "interface.h"

#define __global__
#define __device__
#define __host__
#define __constant__
#define __managed__
#define __launch_bounds__(...)
#define __forceinline__ inline __attribute__((always_inline))
#define __noinline__ __attribute__((noinline))
#define __align__(n) __attribute__((aligned(n)))
#define __grid_constant__

namespace software_gpu {
extern Position position;
extern const Runtime* runtime;
}  // namespace software_gpu

#define threadIdx (::software_gpu::position.thread)
#define blockIdx (::software_gpu::position.block)
#define blockDim (::software_gpu::position.block_size)
#define gridDim (::software_gpu::position.grid_size)
constexpr int warpSize = 32;

typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef unsigned char uchar;

struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

// Vector types with the alignment of the real ones: a load from an address that is not a multiple of it is an error on
// the device, and the sanitizer reports it here.
#define SOFTWARE_GPU_VECTOR(type, name, align2, align4)                                    \
    struct name##1 {                                                                       \
        type x;                                                                            \
    };                                                                                     \
    struct alignas(align2) name##2 {                                                       \
        type x, y;                                                                         \
    };                                                                                     \
    struct name##3 {                                                                       \
        type x, y, z;                                                                      \
    };                                                                                     \
    struct alignas(align4) name##4 {                                                       \
        type x, y, z, w;                                                                   \
    };                                                                                     \
    constexpr name##1 make_##name##1(type x) { return {x}; }                               \
    constexpr name##2 make_##name##2(type x, type y) { return {x, y}; }                    \
    constexpr name##3 make_##name##3(type x, type y, type z) { return {x, y, z}; }         \
    constexpr name##4 make_##name##4(type x, type y, type z, type w) { return {x, y, z, w}; }

SOFTWARE_GPU_VECTOR(float, float, 8, 16)
SOFTWARE_GPU_VECTOR(double, double, 16, 16)
SOFTWARE_GPU_VECTOR(int, int, 8, 16)
SOFTWARE_GPU_VECTOR(unsigned, uint, 8, 16)
SOFTWARE_GPU_VECTOR(short, short, 4, 8)
SOFTWARE_GPU_VECTOR(unsigned short, ushort, 4, 8)
SOFTWARE_GPU_VECTOR(signed char, char, 2, 4)
SOFTWARE_GPU_VECTOR(unsigned char, uchar, 2, 4)
SOFTWARE_GPU_VECTOR(long long, longlong, 16, 16)
SOFTWARE_GPU_VECTOR(unsigned long long, ulonglong, 16, 16)
#undef SOFTWARE_GPU_VECTOR
