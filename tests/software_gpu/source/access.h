// Looks at every access of a kernel (SOFTWARE_GPU_CHECK=every-access): the counterpart of compute-sanitizer's memcheck,
// initcheck and racecheck.
#pragma once

#include <cstddef>
#include <string>

#include "../device/interface.h"

namespace software_gpu {

struct Launch;

void begin_launch(const Launch& launch);
void begin_block(std::size_t place);

// What is wrong with this access of the current thread; empty if nothing is.
std::string look_at_access(const void* address, std::size_t bytes, AccessKind kind);

}  // namespace software_gpu
