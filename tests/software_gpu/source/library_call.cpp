// The driver's side of library_call.h.
#include "library_call.h"

#include <memory>

#include "access.h"
#include "context.h"
#include "device_code.h"
#include "memory.h"

using namespace software_gpu;

SOFTWARE_GPU_API CUresult software_gpu_submit(CUstream stream, const char* what, void (*work)(void*), void* argument,
                                              void (*drop)(void*)) {
    const std::shared_ptr<void> held(argument, drop);
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    return submit(stream, call.context, {what, [=] { return run_guarded(what, work, held.get()); }});
}

SOFTWARE_GPU_API int software_gpu_was_written(CUdeviceptr pointer, unsigned long bytes) {
    return first_unwritten(pointer, bytes) == bytes ? 1 : 0;
}

SOFTWARE_GPU_API void software_gpu_note_written(CUdeviceptr pointer, unsigned long bytes) { note_written(pointer, bytes); }

SOFTWARE_GPU_API unsigned long software_gpu_memory_in_use(int device) { return memory_in_use(device); }

SOFTWARE_GPU_API int software_gpu_is_inside(CUdeviceptr pointer, unsigned long bytes) {
    return is_inside(pointer, bytes) ? 1 : 0;
}
