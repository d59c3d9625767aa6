// Memory's side of the driver: allocation, copies, fills. Copies are checked against the bounds of allocations first, as
// the real driver does; a copy from ordinary host memory is taken at once, one from page-locked memory when its turn comes.
#include <cstring>
#include <memory>
#include <vector>

#include "access.h"
#include "context.h"
#include "memory.h"
#include "settings.h"

namespace software_gpu {

struct MemoryPool {
    int device;
    unsigned long long attributes[16];
};

namespace {

MemoryPool& default_pool(int device) {
    static auto* pools = new std::vector<MemoryPool>(64);
    (*pools)[std::size_t(device)].device = device;
    return (*pools)[std::size_t(device)];
}

bool is_page_locked(const void* host) {
    Allocation found;
    return find_allocation(reinterpret_cast<std::uintptr_t>(host), &found) && found.host;
}

void* at(CUdeviceptr pointer) { return reinterpret_cast<void*>(std::uintptr_t(pointer)); }

// At its turn, the memory must still be there.
CUresult checked(CUdeviceptr pointer, std::size_t bytes) {
    return bytes == 0 || is_inside(pointer, bytes) ? CUDA_SUCCESS : CUDA_ERROR_ILLEGAL_ADDRESS;
}

CUresult receive(CUdeviceptr to, const void* from, std::size_t bytes) {
    if (checked(to, bytes) != CUDA_SUCCESS) return CUDA_ERROR_ILLEGAL_ADDRESS;
    note_written(to, bytes);
    std::memcpy(at(to), from, bytes);
    return CUDA_SUCCESS;
}

CUresult send(void* to, CUdeviceptr from, std::size_t bytes) {
    if (checked(from, bytes) != CUDA_SUCCESS) return CUDA_ERROR_ILLEGAL_ADDRESS;
    const std::size_t unwritten = first_unwritten(from, bytes);
    if (unwritten < bytes) {
        refuse("a copy of " + std::to_string(bytes) + " bytes to the host: byte " + std::to_string(unwritten) +
               " was never written");
    }
    std::memcpy(to, at(from), bytes);
    return CUDA_SUCCESS;
}

CUresult copy_in(Call& call, CUdeviceptr to, const void* from, std::size_t bytes, CUstream stream) {
    if (bytes == 0) return CUDA_SUCCESS;
    if (from == nullptr || !is_inside(to, bytes)) return CUDA_ERROR_INVALID_VALUE;
    const Stream* target = resolve(stream, call.context);
    if (target->capture != nullptr || is_page_locked(from)) {
        return submit(stream, call.context, {"copy to the device", [=] {
                          return receive(to, from, bytes);
                      }});
    }
    const auto* first = static_cast<const unsigned char*>(from);
    auto staged = std::make_shared<std::vector<unsigned char>>(first, first + bytes);
    return submit(stream, call.context, {"copy to the device", [=] {
                      return receive(to, staged->data(), bytes);
                  }});
}

CUresult copy_out(Call& call, void* to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
    if (bytes == 0) return CUDA_SUCCESS;
    if (to == nullptr || !is_inside(from, bytes)) return CUDA_ERROR_INVALID_VALUE;
    const bool captured = resolve(stream, call.context)->capture != nullptr;
    const CUresult result = submit(stream, call.context, {"copy from the device", [=] {
                                       return send(to, from, bytes);
                                   }});
    // Into ordinary memory, the copy is over when the call returns.
    if (result != CUDA_SUCCESS || captured || is_page_locked(to)) return result;
    return finish_work(call.context);
}

CUresult copy_within(Call& call, CUdeviceptr to, CUdeviceptr from, std::size_t bytes, CUstream stream) {
    if (bytes == 0) return CUDA_SUCCESS;
    if (!is_inside(to, bytes) || !is_inside(from, bytes)) return CUDA_ERROR_INVALID_VALUE;
    return submit(stream, call.context, {"copy on the device", [=] {
                      const CUresult result = checked(to, bytes) != CUDA_SUCCESS ? checked(to, bytes) : checked(from, bytes);
                      if (result == CUDA_SUCCESS) {
                          note_copied(to, from, bytes);
                          std::memmove(at(to), at(from), bytes);
                      }
                      return result;
                  }});
}

template <class Number>
CUresult fill(Call& call, CUdeviceptr to, Number value, std::size_t count, CUstream stream) {
    if (count == 0) return CUDA_SUCCESS;
    if (to % sizeof(Number) != 0 || !is_inside(to, count * sizeof(Number))) return CUDA_ERROR_INVALID_VALUE;
    return submit(stream, call.context, {"fill", [=] {
                      const CUresult result = checked(to, count * sizeof(Number));
                      if (result == CUDA_SUCCESS) {
                          note_written(to, count * sizeof(Number));
                          std::fill_n(static_cast<Number*>(at(to)), count, value);
                      }
                      return result;
                  }});
}

// A call that waits: not allowed during a capture, and its work is done when it returns.
template <class Work>
CUresult at_once(Work work) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    const CUresult captured = call.refuse_in_capture();
    if (captured != CUDA_SUCCESS) return captured;
    const CUresult result = work(call);
    return result != CUDA_SUCCESS ? result : finish_work(call.context);
}

template <class Work>
CUresult in_turn(Work work) {
    Call call;
    return call.error != CUDA_SUCCESS ? call.error : work(call);
}

}  // namespace

Graph::~Graph() {
    for (const CUdeviceptr pointer : allocations) release(pointer, false);
}

}  // namespace software_gpu

using namespace software_gpu;

SOFTWARE_GPU_API CUresult cuMemGetInfo_v2(size_t* free, size_t* total) {
    return in_turn([=](Call& call) {
        *total = settings().memory;
        *free = settings().memory_of(call.context->device) - memory_in_use(call.context->device);
        return CUDA_SUCCESS;
    });
}

SOFTWARE_GPU_API CUresult cuMemAlloc_v2(CUdeviceptr* pointer, size_t bytes) {
    return in_turn([=](Call& call) {
        const CUresult captured = call.refuse_in_capture();
        return captured != CUDA_SUCCESS ? captured : allocate(call.context->device, bytes, false, pointer);
    });
}

SOFTWARE_GPU_API CUresult cuMemFree_v2(CUdeviceptr pointer) {
    if (pointer == 0) return CUDA_SUCCESS;
    return at_once([=](Call& call) {
        // The driver waits for work that may use the memory.
        const CUresult result = finish_work(call.context);
        return result != CUDA_SUCCESS ? result : release(pointer, false);
    });
}

SOFTWARE_GPU_API CUresult cuMemAllocAsync(CUdeviceptr* pointer, size_t bytes, CUstream stream) {
    return in_turn([=](Call& call) {
        const CUresult result = allocate(call.context->device, bytes, false, pointer);
        Capture* capture = resolve(stream, call.context)->capture.get();
        if (result != CUDA_SUCCESS || capture == nullptr) return result;
        // The graph owns the memory; at each run it is fresh.
        capture->graph->allocations.push_back(*pointer);
        const CUdeviceptr made = *pointer;
        return submit(stream, call.context, {"allocation", [=] {
                          fill_with_poison(at(made), bytes);
                          return CUDA_SUCCESS;
                      }});
    });
}

SOFTWARE_GPU_API CUresult cuMemAllocFromPoolAsync(CUdeviceptr* pointer, size_t bytes, CUmemoryPool, CUstream stream) {
    return cuMemAllocAsync(pointer, bytes, stream);
}

SOFTWARE_GPU_API CUresult cuMemFreeAsync(CUdeviceptr pointer, CUstream stream) {
    return in_turn([=](Call& call) {
        Allocation found;
        if (!find_allocation(pointer, &found) || found.start != pointer) return CUDA_ERROR_INVALID_VALUE;
        const Capture* capture = resolve(stream, call.context)->capture.get();
        if (capture == nullptr) {
            return submit(stream, call.context, {"release", [=] { return release(pointer, false); }});
        }
        for (const CUdeviceptr owned : capture->graph->allocations) {
            if (owned != pointer) continue;
            return submit(stream, call.context, {"release", [=] {
                              fill_with_poison(at(pointer), found.bytes);
                              return CUDA_SUCCESS;
                          }});
        }
        return CUDA_ERROR_INVALID_VALUE;
    });
}

SOFTWARE_GPU_API CUresult cuMemHostAlloc(void** pointer, size_t bytes, unsigned) {
    return in_turn([=](Call& call) {
        CUdeviceptr made = 0;
        const CUresult captured = call.refuse_in_capture();
        const CUresult result = captured != CUDA_SUCCESS ? captured : allocate(call.context->device, bytes, true, &made);
        if (result == CUDA_SUCCESS) *pointer = at(made);
        return result;
    });
}

SOFTWARE_GPU_API CUresult cuMemAllocHost_v2(void** pointer, size_t bytes) { return cuMemHostAlloc(pointer, bytes, 0); }

SOFTWARE_GPU_API CUresult cuMemFreeHost(void* pointer) {
    return at_once([=](Call& call) {
        const CUresult result = finish_work(call.context);
        return result != CUDA_SUCCESS ? result : release(reinterpret_cast<std::uintptr_t>(pointer), true);
    });
}

SOFTWARE_GPU_API CUresult cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t bytes) {
    return at_once([=](Call& call) { return copy_in(call, to, from, bytes, nullptr); });
}
SOFTWARE_GPU_API CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t bytes, CUstream stream) {
    return in_turn([=](Call& call) { return copy_in(call, to, from, bytes, stream); });
}
SOFTWARE_GPU_API CUresult cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t bytes) {
    return at_once([=](Call& call) { return copy_out(call, to, from, bytes, nullptr); });
}
SOFTWARE_GPU_API CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t bytes, CUstream stream) {
    return in_turn([=](Call& call) { return copy_out(call, to, from, bytes, stream); });
}
SOFTWARE_GPU_API CUresult cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes) {
    return in_turn([=](Call& call) { return copy_within(call, to, from, bytes, nullptr); });
}
SOFTWARE_GPU_API CUresult cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t bytes, CUstream stream) {
    return in_turn([=](Call& call) { return copy_within(call, to, from, bytes, stream); });
}
SOFTWARE_GPU_API CUresult cuMemcpyPeerAsync(CUdeviceptr to, CUcontext, CUdeviceptr from, CUcontext, size_t bytes,
                                            CUstream stream) {
    return in_turn([=](Call& call) { return copy_within(call, to, from, bytes, stream); });
}
SOFTWARE_GPU_API CUresult cuMemsetD8_v2(CUdeviceptr to, unsigned char value, size_t count) {
    return in_turn([=](Call& call) { return fill(call, to, value, count, nullptr); });
}
SOFTWARE_GPU_API CUresult cuMemsetD8Async(CUdeviceptr to, unsigned char value, size_t count, CUstream stream) {
    return in_turn([=](Call& call) { return fill(call, to, value, count, stream); });
}
SOFTWARE_GPU_API CUresult cuMemsetD32_v2(CUdeviceptr to, unsigned value, size_t count) {
    return in_turn([=](Call& call) { return fill(call, to, value, count, nullptr); });
}
SOFTWARE_GPU_API CUresult cuMemsetD32Async(CUdeviceptr to, unsigned value, size_t count, CUstream stream) {
    return in_turn([=](Call& call) { return fill(call, to, value, count, stream); });
}

SOFTWARE_GPU_API CUresult cuDeviceGetDefaultMemPool(CUmemoryPool* pool, CUdevice device) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    if (device < 0 || device >= settings().device_count()) return CUDA_ERROR_INVALID_DEVICE;
    *pool = &default_pool(device);
    return CUDA_SUCCESS;
}
SOFTWARE_GPU_API CUresult cuDeviceGetMemPool(CUmemoryPool* pool, CUdevice device) {
    return cuDeviceGetDefaultMemPool(pool, device);
}
SOFTWARE_GPU_API CUresult cuMemPoolTrimTo(CUmemoryPool, size_t) { return CUDA_SUCCESS; }
SOFTWARE_GPU_API CUresult cuMemPoolSetAttribute(CUmemoryPool pool, int attribute, void* value) {
    if (attribute < 1 || attribute > 15) return CUDA_ERROR_INVALID_VALUE;
    std::memcpy(&pool->attributes[attribute], value, attribute < 4 ? sizeof(int) : sizeof(unsigned long long));
    return CUDA_SUCCESS;
}
SOFTWARE_GPU_API CUresult cuMemPoolGetAttribute(CUmemoryPool pool, int attribute, void* value) {
    if (attribute < 1 || attribute > 15) return CUDA_ERROR_INVALID_VALUE;
    // From 5 on: bytes reserved and in use, now and at most.
    if (attribute >= 5) pool->attributes[attribute] = memory_in_use(pool->device);
    std::memcpy(value, &pool->attributes[attribute], attribute < 4 ? sizeof(int) : sizeof(unsigned long long));
    return CUDA_SUCCESS;
}
