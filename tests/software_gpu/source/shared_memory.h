// The shared memory of the block that runs now.
#pragma once

#include <cstddef>
#include <string>

namespace software_gpu {

struct Launch;

// For a launch: nothing is declared yet.
void begin_shared(const Launch& launch);
// For each block: it begins with anything at all.
void spoil_shared();

void* dynamic_shared();
void* static_shared(const void* key, std::size_t bytes);

// All of it, for what is kept of each byte.
std::size_t shared_range_bytes();
std::size_t shared_offset(const void* address);

// Whether the address is in shared memory or close to it, and where, in words; `inside` tells whether it is in a variable.
bool is_shared_address(const void* address, std::string* words, bool* inside);

}  // namespace software_gpu
