// How a library beside the driver (cuBLAS) gives work to a stream: the driver exports this one function for it.
#pragma once

#include "driver_interface.h"

// Copies nothing: `work` is called with `argument` at its turn, which may be more than once (a graph) or never; `drop` when
// it is no longer needed. Memory faults in it are reported with `what`.
extern "C" CUresult software_gpu_submit(CUstream stream, const char* what, void (*work)(void*), void* argument,
                                        void (*drop)(void*));

// In checked mode: whether all of it was ever written; and that it is written now.
extern "C" int software_gpu_was_written(CUdeviceptr pointer, unsigned long bytes);
extern "C" void software_gpu_note_written(CUdeviceptr pointer, unsigned long bytes);

// Bytes of the device that this process has.
extern "C" unsigned long software_gpu_memory_in_use(int device);

// Whether `bytes` from `pointer` on lie in one live allocation of device memory.
extern "C" int software_gpu_is_inside(CUdeviceptr pointer, unsigned long bytes);
