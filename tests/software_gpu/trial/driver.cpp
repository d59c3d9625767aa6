// Cases about the driver: limits, errors, memory, images, captures.
#include <cstring>
#include <numeric>

#include "trial.h"

namespace {

const char* const add_source = R"(
extern "C" __global__ void trial(const float* x, float* y, float amount) {
    y[threadIdx.x] += x[threadIdx.x] * amount;
}
extern "C" __global__ void __launch_bounds__(128) bounded(float* x) { x[0] = 1.0f; }
)";

Case limits("launch_limits", [] {
    open_device();
    const CUfunction add = kernel(add_source);
    const Numbers x(std::vector<float>(4, 1.0f)), y(std::vector<float>(4, 1.0f));
    void* parameters[] = {const_cast<CUdeviceptr*>(&x.pointer), const_cast<CUdeviceptr*>(&y.pointer), nullptr};
    float amount = 2.0f;
    parameters[2] = &amount;
    const auto with = [&](unsigned gx, unsigned gy, unsigned bx, unsigned bz, unsigned shared) {
        return cuLaunchKernel(add, gx, gy, 1, bx, 1, bz, shared, nullptr, parameters, nullptr);
    };
    EXPECT(CUDA_ERROR_INVALID_VALUE, with(0, 1, 4, 1, 0));
    EXPECT(CUDA_ERROR_INVALID_VALUE, with(1, 1, 0, 1, 0));
    EXPECT(CUDA_ERROR_INVALID_VALUE, with(1, 1, 1025, 1, 0));
    EXPECT(CUDA_ERROR_INVALID_VALUE, with(1, 1, 1, 65, 0));
    EXPECT(CUDA_ERROR_INVALID_VALUE, with(1, 65536, 4, 1, 0));
    EXPECT(CUDA_ERROR_INVALID_VALUE, with(1, 1, 4, 1, 48 * 1024 + 1));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuLaunchKernel(add, 1, 1, 1, 4, 1, 1, 0, nullptr, nullptr, nullptr));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuLaunchKernel(nullptr, 1, 1, 1, 4, 1, 1, 0, nullptr, parameters, nullptr));
    EXPECT(CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES, launch(kernel(add_source, "bounded"), {1, 129}, x.pointer));
    // None of them spoiled anything.
    GOOD(with(1, 1, 4, 1, 0));
    DEMAND(y.read()[3] == 3.0f);
});

Case memory("memory_runs_out", [] {
    open_device();
    CUdeviceptr half = 0, more = 0;
    size_t free = 0, total = 0;
    GOOD(cuMemAlloc_v2(&half, 600 << 10));
    EXPECT(CUDA_ERROR_OUT_OF_MEMORY, cuMemAlloc_v2(&more, 600 << 10));
    GOOD(cuMemGetInfo_v2(&free, &total));
    DEMAND(total == 1 << 20 && free == (1 << 20) - (600 << 10));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(half + 4));
    GOOD(cuMemFree_v2(half));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemFree_v2(half));
    GOOD(cuMemAlloc_v2(&more, 600 << 10));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemAlloc_v2(&half, 0));
});

Case copies("copies_stay_inside", [] {
    open_device();
    const std::vector<float> values(11);
    const Numbers x(fresh, 10);
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoD_v2(x.pointer, values.data(), 44));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuMemcpyHtoD_v2(0, values.data(), 4));
});

Case first("nothing_before_the_start", [] {
    CUdeviceptr pointer = 0;
    int count = 0;
    EXPECT(CUDA_ERROR_NOT_INITIALIZED, cuDeviceGetCount(&count));
    GOOD(cuInit(0));
    EXPECT(CUDA_ERROR_INVALID_CONTEXT, cuMemAlloc_v2(&pointer, 4));
});

Case none("no_device", [] { EXPECT(CUDA_ERROR_NO_DEVICE, cuInit(0)); });

Case old("old_driver", [] {
    int version = 0;
    GOOD(cuDriverGetVersion(&version));
    DEMAND(version == 11040);
});

Case images("images", [] {
    open_device();
    CUmodule module = nullptr;
    std::string image = compiled(add_source);
    GOOD(cuModuleLoadData(&module, image.c_str()));
    CUfunction function = nullptr;
    EXPECT(CUDA_ERROR_NOT_FOUND, cuModuleGetFunction(&function, module, "other"));
    GOOD(cuModuleUnload(module));
    EXPECT(CUDA_ERROR_INVALID_HANDLE, cuModuleGetFunction(&function, module, "trial"));
    image[image.size() / 2] ^= 1;
    EXPECT(CUDA_ERROR_INVALID_IMAGE, cuModuleLoadData(&module, image.c_str()));
    EXPECT(CUDA_ERROR_INVALID_IMAGE, cuModuleLoadData(&module, "something else"));
    EXPECT(CUDA_ERROR_NO_BINARY_FOR_GPU, cuModuleLoadData(&module, compiled(add_source, "sm_90").c_str()));
    GOOD(cuModuleLoadData(&module, compiled(add_source, "sm_80").c_str()));
});

Case capture("capture", [] {
    open_device();
    const CUfunction add = kernel(add_source);
    const Numbers x(std::vector<float>{1, 2, 3, 4}), y(std::vector<float>(4, 0.0f));
    CUstream stream = nullptr;
    GOOD(cuStreamCreate(&stream, 1));
    GOOD(cuStreamBeginCapture_v2(stream, 1));
    GOOD(cuMemsetD32Async(y.pointer, 0, 4, stream));
    for (const float amount : {1.0f, 10.0f}) GOOD(launch(add, {1, 4, 0, stream}, x.pointer, y.pointer, amount));
    CUgraph graph = nullptr;
    CUgraphExec program = nullptr;
    GOOD(cuStreamEndCapture(stream, &graph));
    // Recorded, not run.
    DEMAND(y.read()[1] == 0.0f);
    GOOD(cuGraphInstantiateWithFlags(&program, graph, 0));
    GOOD(cuGraphDestroy(graph));
    for (int replay = 0; replay < 3; replay++) {
        const std::vector<float> values(4, float(replay));
        GOOD(cuMemcpyHtoD_v2(x.pointer, values.data(), 16));
        GOOD(cuGraphLaunch(program, stream));
        GOOD(cuStreamSynchronize(stream));
        for (const float value : y.read()) DEMAND(value == 11.0f * float(replay));
    }
    GOOD(cuGraphExecDestroy(program));
    EXPECT(CUDA_ERROR_INVALID_VALUE, cuGraphLaunch(program, stream));
});

Case spoiled("capture_is_spoiled", [] {
    open_device();
    CUstream stream = nullptr;
    CUgraph graph = nullptr;
    CUdeviceptr pointer = 0;
    CUevent event = nullptr;
    GOOD(cuStreamCreate(&stream, 1));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamBeginCapture_v2(nullptr, 1));
    GOOD(cuStreamBeginCapture_v2(stream, 1));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuMemAlloc_v2(&pointer, 16));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(stream, &graph));
    GOOD(cuStreamBeginCapture_v2(stream, 1));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED, cuStreamSynchronize(stream));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(stream, &graph));
    GOOD(cuEventCreate(&event, 0));
    GOOD(cuEventRecord(event, nullptr));
    GOOD(cuStreamBeginCapture_v2(stream, 1));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_ISOLATION, cuStreamWaitEvent(stream, event, 0));
    EXPECT(CUDA_ERROR_STREAM_CAPTURE_INVALIDATED, cuStreamEndCapture(stream, &graph));
    // In relaxed mode, allocation is allowed.
    GOOD(cuStreamBeginCapture_v2(stream, 2));
    GOOD(cuMemAlloc_v2(&pointer, 16));
    GOOD(cuStreamEndCapture(stream, &graph));
});

Case waiting("page_locked_memory_is_read_late", [] {
    open_device();
    void* host = nullptr;
    const Numbers x(fresh, 1);
    CUstream stream = nullptr;
    GOOD(cuStreamCreate(&stream, 1));
    GOOD(cuMemHostAlloc(&host, 4, 0));
    auto* value = static_cast<float*>(host);
    *value = 1.0f;
    GOOD(cuMemcpyHtoDAsync_v2(x.pointer, host, 4, stream));
    // The mistake: the copy may not have happened yet.
    *value = 2.0f;
    GOOD(cuStreamSynchronize(stream));
    DEMAND(x.read()[0] == 1.0f);
});

}  // namespace
