// Device memory: one range of addresses, in which each allocation has pages of its own between pages that nobody may
// touch, so that an access outside an allocation or after its release is a fault.
//
// Addresses are not used again until the range has been walked through once. Fresh memory is filled with `poison`, a NaN.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "driver_interface.h"

namespace software_gpu {

constexpr std::uint32_t poison = 0x7fc0dead;

void fill_with_poison(void* start, std::size_t bytes);

struct Allocation {
    std::uintptr_t start;
    std::size_t bytes;
    std::uintptr_t first_page;
    std::size_t page_bytes;
    int device;
    bool host;     // page-locked host memory
    void* shadow;  // what access.h knows of it; null without that check
};

// `bytes` of device (or page-locked host) memory; out of memory if the device has no more.
CUresult allocate(int device, std::size_t bytes, bool host, CUdeviceptr* pointer);

// Releases what starts at `pointer`.
CUresult release(CUdeviceptr pointer, bool host);

// Releases all memory of a device whose context ends.
void release_all(int device);

// The live allocation that holds `address`.
bool find_allocation(std::uintptr_t address, Allocation* found);

// Whether `bytes` from `pointer` on lie in one live allocation.
bool is_inside(CUdeviceptr pointer, std::size_t bytes);

// Says in words where `address` lies: in, behind, before or in a released allocation. Safe in a signal handler as long as
// no other thread allocates.
std::string describe_address(std::uintptr_t address);

// Whether `address` is in the range of device addresses at all.
bool is_device_address(std::uintptr_t address);

std::size_t memory_in_use(int device);

// Looks for writes into the few bytes between the end of an allocation and its guard page; empty if there are none.
std::string damaged_padding();

}  // namespace software_gpu
