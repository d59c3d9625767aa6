// What all kernels share: counting, walking over elements, and joining the threads of a block. Put in front of each family
// before it is compiled; there are no includes, so that nothing but the compiler library is needed.

// Elements, and places among them. 64 bits, so that no tensor is too large.
typedef unsigned long long count_t;
typedef long long place_t;

#define NOT_A_NUMBER __int_as_float(0x7fffffff)
#define INFINITE __int_as_float(0x7f800000)
#define WHOLE_WARP 0xffffffffu

// Each thread takes every so-manieth element: any number of threads does for any number of elements.
#define FOR_EACH(i, count)                                                                                   \
    for (count_t i = (count_t)blockIdx.x * blockDim.x + threadIdx.x; i < (count);                            \
         i += (count_t)gridDim.x * blockDim.x)

// Each block takes every so-manieth row.
#define FOR_EACH_ROW(row, rows) for (count_t row = blockIdx.x; row < (rows); row += gridDim.x)

struct Split {
    count_t whole, rest;
};

// whole = i / by, rest = i % by. Dividing 64-bit numbers takes about ten times as long as 32-bit ones, and is seldom needed.
__device__ inline Split split(count_t i, count_t by) {
    Split result;
    if ((i | by) >> 32 == 0) {
        unsigned int small = (unsigned int)i, divisor = (unsigned int)by;
        result.whole = small / divisor;
        result.rest = small % divisor;
    } else {
        result.whole = i / by;
        result.rest = i % by;
    }
    return result;
}

// NaN wins, so that it is not lost on the way.
__device__ inline float larger(float a, float b) { return a > b || isnan(a) ? a : b; }
__device__ inline float smaller(float a, float b) { return a < b || isnan(a) ? a : b; }
__device__ inline double larger(double a, double b) { return a > b || isnan(a) ? a : b; }
__device__ inline double smaller(double a, double b) { return a < b || isnan(a) ? a : b; }

struct Add {
    template <typename T> __device__ static T join(T a, T b) { return a + b; }
};
struct Larger {
    template <typename T> __device__ static T join(T a, T b) { return larger(a, b); }
};
struct Smaller {
    template <typename T> __device__ static T join(T a, T b) { return smaller(a, b); }
};

// The values of all threads of a warp joined, in the same order each time; every thread gets the result.
template <typename How, typename T> __device__ T across_warp(T value) {
    for (int distance = 16; distance > 0; distance /= 2) {
        value = How::join(value, __shfl_xor_sync(WHOLE_WARP, value, distance));
    }
    return value;
}

// The same of a block, whose threads are a multiple of 32 and all come here. `none` changes nothing when joined.
template <typename How, typename T> __device__ T across_block(T value, T none) {
    if (blockDim.x == 32) {
        return across_warp<How>(value);
    }
    __shared__ T parts[32];
    int lane = threadIdx.x % 32, warp = threadIdx.x / 32;
    value = across_warp<How>(value);
    __syncthreads(); // whoever still reads the parts of an earlier call is done
    if (lane == 0) {
        parts[warp] = value;
    }
    __syncthreads();
    value = lane < (int)(blockDim.x / 32) ? parts[lane] : none;
    return across_warp<How>(value);
}

// The activation functions, numbered as in `Nonlinearity`; `slope` is what LeakyReLU and ELU are told.
enum { IDENTITY, SIGMOID, TANH, RELU, LEAKY_RELU, ELU };

__device__ inline float sigmoid(float z) { return 1.0f / (1.0f + expf(-z)); }

__device__ inline float bend(float z, int function, float slope) {
    switch (function) {
    case SIGMOID: return sigmoid(z);
    case TANH: return tanhf(z);
    case RELU: return z < 0.0f ? 0.0f : z;
    case LEAKY_RELU: return z < 0.0f ? slope * z : z;
    case ELU: return z < 0.0f ? slope * expm1f(z) : z;
    default: return z;
    }
}

// The gradient of what was bent to `y`, from the gradient `g` of `y`.
__device__ inline float unbend(float g, float y, int function, float slope) {
    switch (function) {
    case SIGMOID: return g * y * (1.0f - y);
    case TANH: return g * (1.0f - y * y);
    case RELU: return y > 0.0f ? g : 0.0f;
    case LEAKY_RELU: return y > 0.0f ? g : slope * g;
    // Below 0 the output is a (exp(z) - 1), whose derivative a exp(z) is the output + a.
    case ELU: return y > 0.0f ? g : g * (y + slope);
    default: return g;
    }
}
