// Cases about what kernels compute: barriers, shared memory, warps, atomics, numbers.
#include <cmath>
#include <numeric>

#include "trial.h"

namespace {

// Sums over blocks with everything that takes part in a reduction.
const char* const sum_source = R"(
__device__ __forceinline__ float warp_sum(float value) {
    for (int distance = 16; distance > 0; distance /= 2) value += __shfl_down_sync(0xffffffff, value, distance);
    return value;
}
__constant__ float factor = 1.0f;
extern "C" __global__ void __launch_bounds__(256) trial(const float* __restrict__ x, float* sum, int* count, int n) {
    __shared__ float partial[8];
    float mine = 0.0f;
    for (int i = blockIdx.x * blockDim.x + threadIdx.x; i < n; i += gridDim.x * blockDim.x) mine += __ldg(x + i);
    mine = warp_sum(mine * factor);
    if (threadIdx.x % warpSize == 0) partial[threadIdx.x / warpSize] = mine;
    __syncthreads();
    if (threadIdx.x < 32) {
        float total = threadIdx.x < blockDim.x / 32 ? partial[threadIdx.x] : 0.0f;
        total = warp_sum(total);
        if (threadIdx.x == 0) {
            atomicAdd(sum, total);
            atomicMax(count, int(blockIdx.x) + 1);
        }
    }
}
)";

Case sum("sum", [] {
    open_device();
    CUmodule module = nullptr;
    CUfunction function = nullptr;
    GOOD(cuModuleLoadData(&module, compiled(sum_source).c_str()));
    GOOD(cuModuleGetFunction(&function, module, "trial"));
    std::vector<float> values(1000);
    std::iota(values.begin(), values.end(), 1.0f);
    const Numbers x(values);
    for (const float factor : {1.0f, 2.0f}) {
        CUdeviceptr constant = 0;
        size_t bytes = 0;
        GOOD(cuModuleGetGlobal_v2(&constant, &bytes, module, "factor"));
        DEMAND(bytes == 4);
        *reinterpret_cast<float*>(constant) = factor;
        const Numbers total({0.0f}), count({0.0f});
        GOOD(launch(function, {3, 256}, x.pointer, total.pointer, count.pointer, 1000));
        DEMAND(total.read()[0] == 500500.0f * factor);
        int blocks = 0;
        GOOD(cuMemcpyDtoH_v2(&blocks, count.pointer, 4));
        DEMAND(blocks == 3);
    }
});

const char* const votes_source = R"(
extern "C" __global__ void trial(unsigned* out) {
    const unsigned lane = threadIdx.x;
    const unsigned odd = __ballot_sync(0xffffffffu, lane & 1);
    const int turned = __shfl_sync(0xffffffffu, int(lane), int(lane) + 1);
    const double across = __shfl_xor_sync(0xffffffffu, double(lane), 3);
    const int up = __shfl_up_sync(0xffffffffu, int(lane), 2, 8);
    const int everyone = __all_sync(0xffffffffu, lane < 32) + 2 * __any_sync(0xffffffffu, lane == 40);
    unsigned half = 0;
    if (lane < 16) half = __reduce_add_sync(0xffffu, lane);
    const unsigned alike = __match_any_sync(0xffffffffu, lane / 8);
    const int count = __syncthreads_count(lane < 5);
    unsigned* row = out + lane * 8;
    row[0] = odd; row[1] = turned; row[2] = unsigned(across); row[3] = up;
    row[4] = everyone; row[5] = half; row[6] = alike; row[7] = count;
}
)";

Case votes("votes", [] {
    open_device();
    const Numbers out(fresh, 32 * 8);
    GOOD(launch(kernel(votes_source), {1, 32}, out.pointer));
    std::vector<unsigned> rows(32 * 8);
    GOOD(cuMemcpyDtoH_v2(rows.data(), out.pointer, rows.size() * 4));
    for (unsigned lane = 0; lane < 32; lane++) {
        const unsigned* row = &rows[lane * 8];
        DEMAND(row[0] == 0xaaaaaaaau);
        DEMAND(row[1] == (lane + 1) % 32);
        DEMAND(row[2] == (lane ^ 3));
        DEMAND(row[3] == (lane % 8 < 2 ? lane : lane - 2));
        DEMAND(row[4] == 1);
        DEMAND(row[5] == (lane < 16 ? 120 : 0));
        DEMAND(row[6] == 0xffu << lane / 8 * 8);
        DEMAND(row[7] == 5);
    }
});

// A transposition through dynamic shared memory of 64 kB, more than a launch gets unasked.
const char* const transpose_source = R"(
extern "C" __global__ void trial(const float* x, float* y, int side) {
    extern __shared__ __align__(16) float tile[];
    for (int i = threadIdx.x; i < side * side; i += blockDim.x) tile[i] = x[i];
    __syncthreads();
    for (int i = threadIdx.x; i < side * side; i += blockDim.x) y[i] = tile[i % side * side + i / side];
}
)";

Case transpose("transpose", [] {
    open_device();
    constexpr int side = 128;
    constexpr unsigned bytes = side * side * sizeof(float);
    std::vector<float> values(side * side);
    std::iota(values.begin(), values.end(), 0.0f);
    const Numbers x(values), y(fresh, values.size());
    const CUfunction function = kernel(transpose_source);
    EXPECT(CUDA_ERROR_INVALID_VALUE, launch(function, {1, 1024, bytes}, x.pointer, y.pointer, side));
    GOOD(cuFuncSetAttribute(function, FUNCTION_MAX_DYNAMIC_SHARED_SIZE_BYTES, int(bytes)));
    GOOD(launch(function, {1, 1024, bytes}, x.pointer, y.pointer, side));
    const std::vector<float> turned = y.read();
    for (int i = 0; i < side * side; i++) DEMAND(turned[i] == values[i % side * side + i / side]);
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuFuncSetAttribute(function, FUNCTION_MAX_DYNAMIC_SHARED_SIZE_BYTES, 200 << 10));
});

// A reversal whose barrier is left out: right in no more than some of the orders. Says which.
const char* const racing_source = R"(
extern "C" __global__ void trial(float* x, int with_barrier) {
    __shared__ float turned[64];
    turned[threadIdx.x] = x[threadIdx.x];
    if (with_barrier) __syncthreads();
    x[threadIdx.x] = turned[63 - threadIdx.x];
}
)";

void reverse(int with_barrier) {
    open_device();
    std::vector<float> values(64);
    std::iota(values.begin(), values.end(), 0.0f);
    const Numbers x(values);
    GOOD(launch(kernel(racing_source), {1, 64}, x.pointer, with_barrier));
    const std::vector<float> result = x.read();
    for (int i = 0; i < 64; i++) DEMAND(result[i] == 63.0f - float(i));
}

Case with_barrier("reversal_with_barrier", [] { reverse(1); });
Case without_barrier("reversal_without_barrier", [] { reverse(0); });

const char* const numbers_source = R"(
extern "C" __global__ void trial(float* out, float x) {
    float4 four = make_float4(x, x + 1, x + 2, x + 3);
    out[0] = rsqrtf(four.w);
    out[1] = __expf(x) + __fdividef(x, 4.0f);
    out[2] = __int_as_float(__float_as_int(x) ^ 0x80000000);
    out[3] = float(__popc(0xff) + __clz(1) + __ffs(8) + __umulhi(0x80000000u, 6u));
    out[4] = fminf(max(x, 7.0f), 5.0f) + float(min(3, 4));
    out[5] = fmaf(x, x, 1.0f) + tanhf(0.0f) + powf(x, 2.0f);
    unsigned old = atomicCAS((unsigned*)out + 6, 0u, 5u) + atomicExch((unsigned*)out + 7, 9u);
    out[8] = float(old) + float(__float2int_rn(2.5f)) + float(__brev(1u) >> 31);
    reinterpret_cast<float4*>(out)[3] = four;
}
)";

Case numbers("numbers", [] {
    open_device();
    const Numbers out(std::vector<float>(16, 0.0f));
    GOOD(launch(kernel(numbers_source), {1, 1}, out.pointer, 1.0f));
    const std::vector<float> got = out.read();
    DEMAND(got[0] == 0.5f);
    DEMAND(std::fabs(got[1] - 2.96828183f) < 1e-6f);
    DEMAND(got[2] == -1.0f);
    DEMAND(got[3] == 8 + 31 + 4 + 3);
    DEMAND(got[4] == 8.0f);
    DEMAND(got[5] == 3.0f);
    DEMAND(got[8] == 3.0f);
    DEMAND(got[12] == 1.0f && got[15] == 4.0f);
});

}  // namespace
