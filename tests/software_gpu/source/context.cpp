// Initialisation, devices, contexts, and the submission of work.
//
// Modelled: the primary context of each device, a current context per thread, errors that stay (an illegal access spoils
// the context), a process that was forked after initialisation (its driver is unusable, as NVIDIA's).
#include "context.h"

#include <pthread.h>

#include <cstdio>
#include <cstring>
#include <map>

#include "memory.h"
#include "settings.h"

namespace software_gpu {
namespace {

struct Driver {
    bool initialised = false;
    bool forked = false;
    std::map<int, Context> contexts;
    std::vector<std::pair<Context*, Operation>> waiting;
};

Driver& driver() {
    static Driver* driver = new Driver;
    return *driver;
}

thread_local Context* current = nullptr;

void execute(Context* context, const Operation& operation) {
    if (context->failed != CUDA_SUCCESS) return;
    const CUresult result = operation.run();
    if (result != CUDA_SUCCESS) context->failed = result;
}

}  // namespace

std::recursive_mutex& driver_lock() {
    static auto* lock = new std::recursive_mutex;
    return *lock;
}

Context* current_context() { return current; }

CUresult context_of_device(int device, Context** context) {
    if (device < 0 || device >= settings().device_count()) return CUDA_ERROR_INVALID_DEVICE;
    Context& found = driver().contexts[device];
    found.device = device;
    found.default_stream.context = &found;
    *context = &found;
    return CUDA_SUCCESS;
}

Call::Call(Needs needs) : guard_(driver_lock()) {
    if (!driver().initialised || driver().forked) {
        error = CUDA_ERROR_NOT_INITIALIZED;
        return;
    }
    if (needs == Needs::start) return;
    context = current;
    if (context == nullptr || context->references == 0) {
        error = CUDA_ERROR_INVALID_CONTEXT;
    } else {
        error = context->failed;
    }
}

CUresult Call::refuse_in_capture() const {
    CUresult result = CUDA_SUCCESS;
    for (const Stream* stream : living<Stream>()) {
        Capture* capture = stream->capture.get();
        if (capture == nullptr || stream->context != context) continue;
        const bool forbidden = capture->mode == 0 || (capture->mode == 1 && capture->thread == std::this_thread::get_id());
        if (!forbidden) continue;
        capture->invalid = true;
        result = CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    }
    return result;
}

Stream* resolve(CUstream stream, Context* context) {
    const auto number = reinterpret_cast<std::uintptr_t>(stream);
    return number <= 2 ? &context->default_stream : stream;
}

CUresult submit(CUstream handle, Context* context, Operation operation) {
    Stream* stream = resolve(handle, context);
    if (stream != &context->default_stream && !is_alive(stream)) return CUDA_ERROR_INVALID_HANDLE;
    if (stream->capture != nullptr) {
        if (stream->capture->invalid) return CUDA_ERROR_STREAM_CAPTURE_INVALIDATED;
        stream->capture->graph->operations.push_back(std::move(operation));
        stream->recorded++;
        if (stream != stream->capture->origin) stream->capture->unjoined.insert(stream);
        return CUDA_SUCCESS;
    }
    if (stream == &context->default_stream) {
        // The default stream waits for all streams that do not opt out, which a captured stream cannot be waited for.
        for (const Stream* other : living<Stream>()) {
            if (other->capture == nullptr || other->context != context || (other->flags & 1) != 0) continue;
            other->capture->invalid = true;
            return CUDA_ERROR_STREAM_CAPTURE_IMPLICIT;
        }
    }
    if (settings().deferred) {
        driver().waiting.emplace_back(context, std::move(operation));
    } else {
        // As on a device, a failure shows itself at the next call.
        execute(context, operation);
    }
    return CUDA_SUCCESS;
}

CUresult finish_work(Context* context) {
    auto waiting = std::move(driver().waiting);
    driver().waiting.clear();
    for (const auto& [owner, operation] : waiting) execute(owner, operation);
    const std::string damage = damaged_padding();
    if (!damage.empty()) refuse(damage + ", found when the host waited for the device");
    return context->failed;
}

}  // namespace software_gpu

using namespace software_gpu;

SOFTWARE_GPU_API CUresult cuInit(unsigned flags) {
    std::lock_guard<std::recursive_mutex> guard(driver_lock());
    if (flags != 0) return CUDA_ERROR_INVALID_VALUE;
    if (driver().forked) return CUDA_ERROR_NOT_INITIALIZED;
    if (settings().device_count() == 0) return CUDA_ERROR_NO_DEVICE;
    if (!driver().initialised) pthread_atfork(nullptr, nullptr, [] { driver().forked = true; });
    driver().initialised = true;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuDriverGetVersion(int* version) {
    if (version == nullptr) return CUDA_ERROR_INVALID_VALUE;
    *version = settings().driver_version;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuDeviceGetCount(int* count) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    *count = settings().device_count();
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuDeviceGet(CUdevice* device, int number) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    if (number < 0 || number >= settings().device_count()) return CUDA_ERROR_INVALID_DEVICE;
    *device = number;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuDeviceGetName(char* name, int length, CUdevice device) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    if (device < 0 || device >= settings().device_count()) return CUDA_ERROR_INVALID_DEVICE;
    std::snprintf(name, std::size_t(length), "Software GPU");
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuDeviceGetUuid_v2(CUuuid* uuid, CUdevice device) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    if (device < 0 || device >= settings().device_count()) return CUDA_ERROR_INVALID_DEVICE;
    std::memcpy(uuid->bytes, "software gpu 000", 16);
    uuid->bytes[15] = static_cast<unsigned char>('0' + settings().devices[std::size_t(device)]);
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuDeviceGetPCIBusId(char* text, int length, CUdevice device) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    if (device < 0 || device >= settings().device_count()) return CUDA_ERROR_INVALID_DEVICE;
    std::snprintf(text, std::size_t(length), "0000:%02x:00.0", settings().devices[std::size_t(device)] + 1);
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuDeviceGetUuid(CUuuid* uuid, CUdevice device) { return cuDeviceGetUuid_v2(uuid, device); }

SOFTWARE_GPU_API CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice device) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    if (device < 0 || device >= settings().device_count()) return CUDA_ERROR_INVALID_DEVICE;
    *bytes = settings().memory;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuDeviceGetAttribute(int* value, DeviceAttribute attribute, CUdevice device) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    if (device < 0 || device >= settings().device_count()) return CUDA_ERROR_INVALID_DEVICE;
    const int shared = int(settings().most_shared());
    switch (attribute) {
        case MAX_THREADS_PER_BLOCK: *value = 1024; break;
        case MAX_BLOCK_DIM_X: case MAX_BLOCK_DIM_Y: *value = 1024; break;
        case MAX_BLOCK_DIM_Z: *value = 64; break;
        case MAX_GRID_DIM_X: *value = 2147483647; break;
        case MAX_GRID_DIM_Y: case MAX_GRID_DIM_Z: *value = 65535; break;
        case MAX_SHARED_MEMORY_PER_BLOCK: *value = 48 << 10; break;
        case TOTAL_CONSTANT_MEMORY: *value = 64 << 10; break;
        case WARP_SIZE: *value = 32; break;
        case MAX_REGISTERS_PER_BLOCK: case MAX_REGISTERS_PER_MULTIPROCESSOR: *value = 64 << 10; break;
        case CLOCK_RATE: case MEMORY_CLOCK_RATE: *value = 1000000; break;
        case MULTIPROCESSOR_COUNT: *value = 8; break;
        case KERNEL_EXEC_TIMEOUT: case INTEGRATED: case COMPUTE_MODE: *value = 0; break;
        case CAN_MAP_HOST_MEMORY: case CONCURRENT_KERNELS: case UNIFIED_ADDRESSING: *value = 1; break;
        case PCI_BUS_ID: *value = settings().devices[std::size_t(device)] + 1; break;
        case PCI_DEVICE_ID: case PCI_DOMAIN_ID: *value = 0; break;
        case GLOBAL_MEMORY_BUS_WIDTH: *value = 64; break;
        case L2_CACHE_SIZE: *value = 4 << 20; break;
        case MAX_THREADS_PER_MULTIPROCESSOR: *value = 1536; break;
        case COMPUTE_CAPABILITY_MAJOR: *value = settings().capability / 10; break;
        case COMPUTE_CAPABILITY_MINOR: *value = settings().capability % 10; break;
        case MAX_SHARED_MEMORY_PER_MULTIPROCESSOR: *value = shared + 1024; break;
        case MANAGED_MEMORY: case CONCURRENT_MANAGED_ACCESS: case COOPERATIVE_LAUNCH: *value = 0; break;
        case MAX_SHARED_MEMORY_PER_BLOCK_OPTIN: *value = shared; break;
        case MAX_BLOCKS_PER_MULTIPROCESSOR: *value = 16; break;
        case MEMORY_POOLS_SUPPORTED: *value = 1; break;
        default: refuse("attribute " + std::to_string(attribute) + " of a device is not modelled");
    }
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuDevicePrimaryCtxRetain(CUcontext* context, CUdevice device) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    const CUresult result = context_of_device(device, context);
    if (result == CUDA_SUCCESS) (*context)->references++;
    return result;
}

SOFTWARE_GPU_API CUresult cuDevicePrimaryCtxRelease_v2(CUdevice device) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    Context* context = nullptr;
    const CUresult result = context_of_device(device, &context);
    if (result != CUDA_SUCCESS) return result;
    if (context->references == 0) return CUDA_ERROR_INVALID_CONTEXT;
    if (--context->references > 0) return CUDA_SUCCESS;
    if (context->failed == CUDA_SUCCESS) finish_work(context);
    release_all(device);
    context->failed = CUDA_SUCCESS;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuDevicePrimaryCtxGetState(CUdevice device, unsigned* flags, int* active) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    Context* context = nullptr;
    const CUresult result = context_of_device(device, &context);
    if (result != CUDA_SUCCESS) return result;
    *flags = 0;
    *active = context->references > 0;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuDevicePrimaryCtxSetFlags_v2(CUdevice, unsigned) { return CUDA_SUCCESS; }

SOFTWARE_GPU_API CUresult cuCtxSetCurrent(CUcontext context) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    current = context;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuCtxGetCurrent(CUcontext* context) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    *context = current;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuCtxGetDevice(CUdevice* device) {
    Call call;
    if (call.context == nullptr) return call.error;
    *device = call.context->device;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuCtxSetFlags(unsigned) {
    Call call;
    return call.error;
}

SOFTWARE_GPU_API CUresult cuCtxGetStreamPriorityRange(int* least, int* greatest) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    *least = 0;
    *greatest = -5;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuCtxSynchronize() {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    const CUresult captured = call.refuse_in_capture();
    return captured != CUDA_SUCCESS ? captured : finish_work(call.context);
}
