// Loaded modules and their functions.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "../device/interface.h"
#include "driver_interface.h"

namespace software_gpu {

struct Function {
    Module* module = nullptr;
    const KernelRecord* kernel = nullptr;
    // Bytes of dynamic shared memory that launches may ask for.
    std::size_t most_dynamic_shared = 48 << 10;
};

struct Module {
    void* library = nullptr;
    const ModuleTable* table = nullptr;
    std::map<std::string, Function> functions;
    // What the loader knows it by, and where the same code lies for good.
    std::string loaded_as, path;
    // Where it is in memory.
    const char* start = nullptr;
    const char* end = nullptr;
};

// The file with the code of a loaded module, for tools that read it; `loaded_as` itself if it is none of ours.
std::string lasting_path(const std::string& loaded_as);

}  // namespace software_gpu
