// Launches, the attributes of functions, and occupancy: a launch is checked as the real driver checks it, then its
// parameters are copied and the work is handed to the stream.
//
// Not modelled: registers (each function takes 32), clusters, cooperative launches, and how much static shared memory a
// function has before it runs; while it runs, static and dynamic memory together are checked.
#include <algorithm>
#include <cstring>
#include <memory>

#include "context.h"
#include "device_code.h"
#include "module.h"
#include "settings.h"

using namespace software_gpu;

namespace {

constexpr unsigned most_threads = 1024;
constexpr int registers = 32;
constexpr std::size_t threads_per_multiprocessor = 1536;

unsigned most_threads_of(const Function& function) {
    return function.kernel->most_threads == 0 ? most_threads : std::min(most_threads, function.kernel->most_threads);
}

CUresult check(const Function& function, const Index3& grid, const Index3& block, std::size_t dynamic_shared) {
    const std::size_t threads = std::size_t(block.x) * block.y * block.z;
    if (threads == 0 || grid.x == 0 || grid.y == 0 || grid.z == 0) return CUDA_ERROR_INVALID_VALUE;
    if (block.x > 1024 || block.y > 1024 || block.z > 64 || threads > most_threads) return CUDA_ERROR_INVALID_VALUE;
    if (grid.x > 2147483647u || grid.y > 65535 || grid.z > 65535) return CUDA_ERROR_INVALID_VALUE;
    if (threads > most_threads_of(function)) return CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES;
    if (dynamic_shared > function.most_dynamic_shared) return CUDA_ERROR_INVALID_VALUE;
    return CUDA_SUCCESS;
}

std::shared_ptr<Launch> prepare(const Function& function, const Index3& grid, const Index3& block, std::size_t shared,
                                void** parameters) {
    auto launch = std::make_shared<Launch>();
    launch->kernel = function.kernel;
    launch->position = function.module->table->position;
    launch->module_start = function.module->start;
    launch->module_end = function.module->end;
    launch->grid = grid;
    launch->block = block;
    launch->dynamic_shared = shared;
    launch->most_shared = std::max<std::size_t>(48 << 10, function.most_dynamic_shared);
    const unsigned count = function.kernel->parameter_count;
    std::vector<std::size_t> places;
    std::size_t bytes = 0;
    for (unsigned place = 0; place < count; place++) {
        places.push_back(bytes);
        bytes += (function.kernel->parameter_sizes[place] + 15) / 16 * 16;
    }
    // One unit more, because the values must begin at a multiple of 16.
    launch->values.resize(bytes + 16);
    const auto raw = reinterpret_cast<std::uintptr_t>(launch->values.data());
    unsigned char* first = launch->values.data() + (16 - raw % 16) % 16;
    for (unsigned place = 0; place < count; place++) {
        std::memcpy(first + places[place], parameters[place], function.kernel->parameter_sizes[place]);
        launch->parameters.push_back(first + places[place]);
    }
    return launch;
}

int blocks_per_multiprocessor(const Function& function, std::size_t threads, std::size_t dynamic_shared) {
    if (threads == 0 || threads > most_threads_of(function)) return 0;
    const std::size_t warps = (threads + 31) / 32 * 32;
    const std::size_t shared = dynamic_shared + 1024;
    const std::size_t blocks =
        std::min({std::size_t(16), threads_per_multiprocessor / warps, (settings().most_shared() + 1024) / shared});
    return int(blocks);
}

}  // namespace

SOFTWARE_GPU_API CUresult cuLaunchKernel(CUfunction function, unsigned grid_x, unsigned grid_y, unsigned grid_z,
                                         unsigned block_x, unsigned block_y, unsigned block_z, unsigned shared,
                                         CUstream stream, void** parameters, void** extra) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(function)) return CUDA_ERROR_INVALID_HANDLE;
    const Index3 grid{grid_x, grid_y, grid_z}, block{block_x, block_y, block_z};
    const CUresult result = check(*function, grid, block, shared);
    if (result != CUDA_SUCCESS) return result;
    if (extra != nullptr) refuse("a launch with packed parameters (`extra`) is not modelled");
    if (parameters == nullptr && function->kernel->parameter_count > 0) return CUDA_ERROR_INVALID_VALUE;
    auto launch = prepare(*function, grid, block, shared, parameters);
    return submit(stream, call.context, {function->kernel->name, [=] {
                      if (!is_alive(function)) return CUDA_ERROR_INVALID_HANDLE;
                      // As if the device had met a mistake that no test can make.
                      if (settings().broken == launch->kernel->name) return CUDA_ERROR_ILLEGAL_ADDRESS;
                      return run_launch(*launch);
                  }});
}

SOFTWARE_GPU_API CUresult cuLaunchKernelEx(const CUlaunchConfig* config, CUfunction function, void** parameters,
                                           void** extra) {
    if (config == nullptr) return CUDA_ERROR_INVALID_VALUE;
    if (config->numAttrs != 0) refuse("attributes of a launch are not modelled");
    return cuLaunchKernel(function, config->gridDimX, config->gridDimY, config->gridDimZ, config->blockDimX,
                          config->blockDimY, config->blockDimZ, config->sharedMemBytes, config->hStream, parameters,
                          extra);
}

SOFTWARE_GPU_API CUresult cuFuncGetAttribute(int* value, FunctionAttribute attribute, CUfunction function) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(function)) return CUDA_ERROR_INVALID_HANDLE;
    switch (attribute) {
        case FUNCTION_MAX_THREADS_PER_BLOCK: *value = int(most_threads_of(*function)); break;
        case FUNCTION_NUM_REGS: *value = registers; break;
        case FUNCTION_PTX_VERSION: case FUNCTION_BINARY_VERSION: *value = settings().capability; break;
        case FUNCTION_MAX_DYNAMIC_SHARED_SIZE_BYTES: *value = int(function->most_dynamic_shared); break;
        case FUNCTION_CONST_SIZE_BYTES: case FUNCTION_LOCAL_SIZE_BYTES: case FUNCTION_CACHE_MODE_CA:
        case FUNCTION_PREFERRED_SHARED_MEMORY_CARVEOUT: *value = 0; break;
        default: return CUDA_ERROR_INVALID_VALUE;
    }
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuFuncSetAttribute(CUfunction function, FunctionAttribute attribute, int value) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(function)) return CUDA_ERROR_INVALID_HANDLE;
    if (attribute == FUNCTION_PREFERRED_SHARED_MEMORY_CARVEOUT) return CUDA_SUCCESS;
    if (attribute != FUNCTION_MAX_DYNAMIC_SHARED_SIZE_BYTES || value < 0) return CUDA_ERROR_INVALID_VALUE;
    if (std::size_t(value) > settings().most_shared()) return CUDA_ERROR_INVALID_VALUE;
    function->most_dynamic_shared = std::size_t(value);
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuFuncSetCacheConfig(CUfunction function, int) {
    return is_alive(function) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_HANDLE;
}

SOFTWARE_GPU_API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int* blocks, CUfunction function,
                                                                               int threads, size_t dynamic_shared,
                                                                               unsigned) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(function) || threads <= 0) return CUDA_ERROR_INVALID_VALUE;
    *blocks = blocks_per_multiprocessor(*function, std::size_t(threads), dynamic_shared);
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, CUfunction function, int threads,
                                                                      size_t dynamic_shared) {
    return cuOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(blocks, function, threads, dynamic_shared, 0);
}

SOFTWARE_GPU_API CUresult cuOccupancyMaxPotentialBlockSizeWithFlags(int* least_grid, int* threads, CUfunction function,
                                                                    size_t (*shared_of)(int), size_t dynamic_shared,
                                                                    int limit, unsigned) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(function)) return CUDA_ERROR_INVALID_VALUE;
    const int most = limit > 0 ? std::min(limit, int(most_threads_of(*function))) : int(most_threads_of(*function));
    int best = 0;
    for (int size = most; size >= 32; size -= 32) {
        const std::size_t shared = shared_of != nullptr ? shared_of(size) : dynamic_shared;
        const int blocks = blocks_per_multiprocessor(*function, std::size_t(size), shared);
        if (blocks * size <= best) continue;
        best = blocks * size;
        *threads = size;
        *least_grid = blocks * 8;
    }
    return best > 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

SOFTWARE_GPU_API CUresult cuOccupancyMaxPotentialBlockSize(int* least_grid, int* threads, CUfunction function,
                                                           size_t (*shared_of)(int), size_t dynamic_shared, int limit) {
    return cuOccupancyMaxPotentialBlockSizeWithFlags(least_grid, threads, function, shared_of, dynamic_shared, limit, 0);
}
