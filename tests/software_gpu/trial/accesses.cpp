// Cases that only a look at every access finds (SOFTWARE_GPU_CHECK=every-access): the results may come out right.
#include "trial.h"

namespace {

// Rows of 32 numbers are summed by neighbours in a warp, without the warp's barrier where `meet` is 0.
const char* const warp_source = R"(
extern "C" __global__ void trial(float* x, int meet) {
    __shared__ float row[32];
    row[threadIdx.x] = x[threadIdx.x];
    if (meet) __syncwarp();
    x[threadIdx.x] = row[threadIdx.x] + row[threadIdx.x ^ 1];
}
)";

void sum_neighbours(int meet) {
    open_device();
    const Numbers x(std::vector<float>(32, 1.0f));
    GOOD(launch(kernel(warp_source), {1, 32}, x.pointer, meet));
    for (const float value : x.read()) DEMAND(value == 2.0f);
}

Case meeting("warp_meets", [] { sum_neighbours(1); });
Case missing("warp_does_not_meet", [] { sum_neighbours(0); });

// All blocks write the same number to the same place, which is harmless by luck only.
const char* const blocks_source = R"(
extern "C" __global__ void trial(float* x, float* y, int how) {
    if (how == 0) x[blockIdx.x] = 1.0f;
    if (how == 1) x[0] = 1.0f;
    if (how == 2) atomicAdd(x, 1.0f);
    if (how == 3) y[blockIdx.x] = x[blockIdx.x ^ 1], x[blockIdx.x] = 1.0f;
}
)";

void write_from_blocks(int how) {
    open_device();
    const Numbers x(std::vector<float>(4, 0.0f)), y(std::vector<float>(4, 0.0f));
    GOOD(launch(kernel(blocks_source), {4, 1}, x.pointer, y.pointer, how));
    GOOD(launch(kernel(blocks_source), {4, 1}, x.pointer, y.pointer, how));
    x.read();
}

Case apart("blocks_write_apart", [] { write_from_blocks(0); });
Case together("blocks_write_one_place", [] { write_from_blocks(1); });
Case atomics("blocks_add_to_one_place", [] { write_from_blocks(2); });
Case exchange("blocks_read_what_others_write", [] { write_from_blocks(3); });

const char* const unwritten_source = R"(
extern "C" __global__ void trial(const float* x, float* y) { y[threadIdx.x] = x[threadIdx.x] * 0.0f; }
)";

Case unwritten("kernel_reads_unwritten", [] {
    open_device();
    const Numbers x(fresh, 4), y(fresh, 4);
    GOOD(launch(kernel(unwritten_source), {1, 4}, x.pointer, y.pointer));
});

Case copied("copy_of_unwritten", [] {
    open_device();
    const Numbers x(fresh, 4), y(std::vector<float>(4, 0.0f));
    GOOD(cuMemcpyDtoD_v2(y.pointer, x.pointer, 8));
    y.read();
});

const char* const host_source = R"(
extern "C" __global__ void trial(const float* x, float* y) { y[0] = x[0]; }
)";

Case host("kernel_reads_host_memory", [] {
    open_device();
    static float value = 1.0f;
    const Numbers y(fresh, 1);
    GOOD(launch(kernel(host_source), {1, 1}, &value, y.pointer));
});

}  // namespace
