// Cases about mistakes: each must be found, and said with kernel, block and thread.
#include <cmath>
#include <cstring>

#include "trial.h"

namespace {

// Writes one number at an index that may lie anywhere.
const char* const write_source = R"(
extern "C" __global__ void trial(float* x, int index, float value) {
    if (blockIdx.x == 1 && threadIdx.x == 2) x[index] = value;
}
)";

void write_at(int index) {
    open_device();
    const Numbers x(std::vector<float>(100, 0.0f));
    GOOD(launch(kernel(write_source), {2, 32}, x.pointer, index, 5.0f));
    GOOD(cuCtxSynchronize());
}

Case behind("write_behind_the_end", [] { write_at(100); });
Case far_behind("write_far_behind_the_end", [] { write_at(300); });
Case before("write_before_the_start", [] { write_at(-2000); });
Case inside("write_inside", [] { write_at(99); });

// 99 numbers do not fill a multiple of 16 bytes: the write goes into the padding, which is looked at later.
Case padding("write_into_the_padding", [] {
    open_device();
    const Numbers x(std::vector<float>(99, 0.0f));
    GOOD(launch(kernel(write_source), {2, 32}, x.pointer, 99, 5.0f));
    GOOD(cuCtxSynchronize());
});

Case released("write_after_release", [] {
    open_device();
    const Numbers x(std::vector<float>(100, 0.0f));
    GOOD(cuMemFree_v2(x.pointer));
    GOOD(launch(kernel(write_source), {2, 32}, x.pointer, 3, 5.0f));
});

// The error stays, and the process goes on.
Case sticky("error_stays", [] {
    open_device();
    const CUfunction function = kernel(write_source);
    const Numbers x(std::vector<float>(100, 0.0f));
    GOOD(launch(function, {2, 32}, x.pointer, 100, 5.0f));
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuCtxSynchronize());
    CUdeviceptr pointer = 0;
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, cuMemAlloc_v2(&pointer, 16));
    EXPECT(CUDA_ERROR_ILLEGAL_ADDRESS, launch(function, {2, 32}, x.pointer, 1, 5.0f));
});

Case poisoned("fresh_memory_is_nan", [] {
    open_device();
    const Numbers x(fresh, 10);
    for (const float value : x.read()) DEMAND(std::isnan(value));
});

const char* const shared_source = R"(
extern "C" __global__ void trial(float* out, int write, int index) {
    __shared__ float kept[32];
    if (write) kept[index] = 3.0f;
    out[threadIdx.x] = kept[threadIdx.x];
}
)";

Case index("index_outside_shared", [] {
    open_device();
    const Numbers out(fresh, 32);
    GOOD(launch(kernel(shared_source), {1, 32}, out.pointer, 1, 32));
});

Case shared("shared_memory_is_not_kept", [] {
    open_device();
    const CUfunction function = kernel(shared_source);
    const Numbers out(fresh, 32);
    for (int write = 1; write >= 0; write--) GOOD(launch(function, {1, 32}, out.pointer, write, 0));
    DEMAND(std::isnan(out.read()[0]));
});

const char* const dynamic_source = R"(
extern "C" __global__ void trial(float* out, int index) {
    extern __shared__ float buffer[];
    buffer[index + threadIdx.x] = 1.0f;
    out[0] = buffer[index];
}
)";

Case dynamic("dynamic_shared_too_small", [] {
    open_device();
    const Numbers out(fresh, 1);
    GOOD(launch(kernel(dynamic_source), {1, 32, 32 * 4}, out.pointer, 1));
});

const char* const barrier_source = R"(
extern "C" __global__ void trial(float* x, int n) {
    const int i = threadIdx.x;
    if (i >= n) return;
    x[i] = 1.0f;
    __syncthreads();
}
)";

Case early("early_return_before_barrier", [] {
    open_device();
    const Numbers x(fresh, 64);
    GOOD(launch(kernel(barrier_source), {1, 64}, x.pointer, 40));
});

const char* const branches_source = R"(
extern "C" __global__ void trial() {
    if (threadIdx.x < 32) {
        __syncthreads();
    } else {
        __syncthreads();
    }
}
)";

Case branches("barriers_in_branches", [] {
    open_device();
    GOOD(launch(kernel(branches_source), {1, 64}));
});

const char* const lanes_source = R"(
extern "C" __global__ void trial(float* x) {
    if (threadIdx.x < 16) x[threadIdx.x] = __shfl_xor_sync(0xffffffffu, x[threadIdx.x], 1);
    __syncthreads();
}
)";

Case lanes("lanes_that_never_come", [] {
    open_device();
    const Numbers x(std::vector<float>(32, 0.0f));
    GOOD(launch(kernel(lanes_source), {1, 32}, x.pointer));
});

const char* const aligned_source = R"(
extern "C" __global__ void trial(float* x) { x[0] = reinterpret_cast<float4*>(x + 1)->x; }
)";

Case aligned("misaligned_vector", [] {
    open_device();
    const Numbers x(std::vector<float>(32, 0.0f));
    GOOD(launch(kernel(aligned_source), {1, 1}, x.pointer));
});

Case unknown("source_that_does_not_compile", [] {
    open_device();
    compiled("extern \"C\" __global__ void trial(float* x) {\n    x[0] = missing;\n}\n");
});

}  // namespace
