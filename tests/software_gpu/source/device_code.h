// What runs on the device: a launch of a kernel, and what went wrong in it.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "../device/interface.h"
#include "driver_interface.h"

namespace software_gpu {

struct Launch {
    const KernelRecord* kernel = nullptr;
    Position* position = nullptr;
    Index3 grid{1, 1, 1};
    Index3 block{1, 1, 1};
    std::size_t dynamic_shared = 0;
    // Static and dynamic together.
    std::size_t most_shared = 0;
    // A copy of the parameters, each from a multiple of 16 bytes on.
    std::vector<unsigned char> values;
    std::vector<void*> parameters;
    // Where the code and the constants of the kernel's module are.
    const char* module_start = nullptr;
    const char* module_end = nullptr;

    // Whether the address is in the parameters, the module, or the table that the driver lends it.
    bool owns(const void* address) const;
};

// Runs all blocks of the launch. One launch at a time: the caller holds the device lock.
CUresult run_launch(Launch& launch);

// The functions that modules call back.
const Runtime* runtime();

// While device code (a kernel or a library routine named `what`) runs on this processor thread, a memory fault is
// reported with it instead of with the host program. Returns the error that the fault left, if any.
CUresult run_guarded(const char* what, void (*body)(void*), void* argument);

// Ends the device code that runs now with this error, after saying why and where.
[[noreturn]] void fail_device_code(CUresult error, const std::string& why, bool with_thread = true);

// Where device code is now, in words: kernel, block and, if it matters, thread.
std::string where(bool with_thread);

}  // namespace software_gpu
