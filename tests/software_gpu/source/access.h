// Looks at every access of a kernel (SOFTWARE_GPU_CHECK=every-access), as compute-sanitizer's memcheck, initcheck and
// racecheck do. Without that setting nothing here does anything.
#pragma once

#include <cstddef>
#include <string>

#include "../device/interface.h"
#include "driver_interface.h"

namespace software_gpu {

struct Launch;

void begin_launch(const Launch& launch);
void begin_block(std::size_t place);

// What is wrong with this access of the current thread, which the instruction at `code` makes; empty if nothing is. If an
// earlier access has to do with it, its instruction comes back in `earlier`.
std::string look_at_access(const void* address, std::size_t bytes, AccessKind kind, const void* code,
                           const void** earlier);

// What was known of each word of an allocation is kept beside it.
void* make_shadow(std::size_t bytes);
void drop_shadow(void* shadow);

// The driver's and the libraries' own accesses.
void note_written(CUdeviceptr to, std::size_t bytes);
void note_copied(CUdeviceptr to, CUdeviceptr from, std::size_t bytes);
// The first byte that was never written, counted from `from`; `bytes` if there is none.
std::size_t first_unwritten(CUdeviceptr from, std::size_t bytes);

}  // namespace software_gpu
