// What a run asks of the software GPU through the environment (the table is in README.md). Read once.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace software_gpu {

enum class Order { forward, reverse, shuffle };

struct Settings {
    std::vector<int> devices;        // those that the process sees, by their number in the machine
    std::size_t memory;              // bytes of each device
    std::vector<std::size_t> taken;  // bytes of each device that other processes hold, as far as told
    int busy;                        // percent
    int driver_version;              // 13000 is CUDA 13.0
    int capability;                  // 86 is 8.6
    Order order;                     // in which threads and blocks take turns
    unsigned long long seed;         // of the shuffled order
    bool abort_on_fault;             // else the context is left in error, as on a real device
    bool guard_before;               // the guard page lies close before an allocation instead of close behind it
    bool deferred;                   // stream work waits until something synchronises
    bool checked;                    // every access of a kernel is looked at
    std::string broken;              // kernel whose launches fail
    std::string cache;               // folder of compiled kernels
    std::size_t most_shared() const;  // bytes of shared memory that a block may ask for
    int device_count() const { return int(devices.size()); }
    // Bytes of the device that this process may have.
    std::size_t memory_of(int device) const;
};

const Settings& settings();

// Says what is wrong on standard error and ends the process: for settings and failures of the software GPU itself.
[[noreturn]] void refuse(const std::string& what);

}  // namespace software_gpu
