// The compiled kernels that the software NVRTC hands out and the software driver loads: the preprocessed source with its
// length and a checksum, so that a program may keep it in a file and a damaged one is refused.
#pragma once

#include <string>

namespace software_gpu {

struct Image {
    int capability;    // 86 for sm_86 or compute_86
    bool virtual_code; // PTX: for this capability and all later ones
    std::string name;
    std::string source;
};

std::string pack(const Image& image);

enum class Unpacked { whole, damaged, foreign };
// `bytes` is where an image begins; its length stands in it.
Unpacked unpack(const void* bytes, Image* image);

// Turns preprocessed source into a shared object in the cache and returns its path; on failure an empty path and what the
// compiler said. Two processes may do it at once.
std::string compile(const Image& image, std::string* log);

// The output of a shell command and its exit code.
int run_command(const std::string& command, std::string* output);

// In single quotes for the shell.
std::string quoted(const std::string& text);

std::string fresh_file_name(const std::string& ending);

}  // namespace software_gpu
