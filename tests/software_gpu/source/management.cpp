// NVIDIA's management library (NVML): memory and utilisation of the devices, as the settings tell, with
// the memory that this process has. Other processes on the software GPU are not known: each has a device of its own.
#include <cstdio>
#include <cstring>

#include "library_call.h"
#include "settings.h"

enum nvmlReturn : int { NVML_SUCCESS = 0, NVML_INVALID_ARGUMENT = 2, NVML_NOT_FOUND = 6, NVML_INSUFFICIENT_SIZE = 7 };

using software_gpu::settings;

namespace {

struct Memory {
    unsigned long long total, free, used;
};

struct Utilisation {
    unsigned gpu, memory;
};

// A handle is the number of the device in the machine, from 1.
std::size_t number_of(const void* handle) { return reinterpret_cast<std::size_t>(handle) - 1; }

}  // namespace

SOFTWARE_GPU_API nvmlReturn nvmlInit_v2() { return NVML_SUCCESS; }

SOFTWARE_GPU_API nvmlReturn nvmlShutdown() { return NVML_SUCCESS; }

SOFTWARE_GPU_API nvmlReturn nvmlSystemGetDriverVersion(char* text, unsigned length) {
    if (length < 8) return NVML_INSUFFICIENT_SIZE;
    std::snprintf(text, length, "580.00");
    return NVML_SUCCESS;
}

SOFTWARE_GPU_API nvmlReturn nvmlDeviceGetHandleByPciBusId_v2(const char* bus, void** handle) {
    unsigned domain = 0, number = 0;
    if (std::sscanf(bus, "%x:%x:", &domain, &number) != 2 || number == 0) return NVML_NOT_FOUND;
    *handle = reinterpret_cast<void*>(std::size_t(number));
    return NVML_SUCCESS;
}

SOFTWARE_GPU_API nvmlReturn nvmlDeviceGetMemoryInfo(const void* handle, Memory* memory) {
    if (handle == nullptr || memory == nullptr) return NVML_INVALID_ARGUMENT;
    const std::size_t number = number_of(handle);
    std::size_t used = number < settings().taken.size() ? settings().taken[number] : 0;
    for (int device = 0; device < settings().device_count(); device++) {
        if (std::size_t(settings().devices[std::size_t(device)]) == number) used += software_gpu_memory_in_use(device);
    }
    *memory = {settings().memory, settings().memory - used, used};
    return NVML_SUCCESS;
}

SOFTWARE_GPU_API nvmlReturn nvmlDeviceGetUtilizationRates(const void* handle, Utilisation* utilisation) {
    if (handle == nullptr || utilisation == nullptr) return NVML_INVALID_ARGUMENT;
    *utilisation = {unsigned(settings().busy), 0};
    return NVML_SUCCESS;
}
