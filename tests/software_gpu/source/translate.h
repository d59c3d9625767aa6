// Makes C++ of CUDA: what the compiler of the host cannot take as it stands.
#pragma once

#include <string>

namespace software_gpu {

// `source` has been through the preprocessor; the result is to be compiled with the headers of `device/` in front of it.
// Throws std::runtime_error with a message for the compile log.
std::string translate(const std::string& source);

}  // namespace software_gpu
