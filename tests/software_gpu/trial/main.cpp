// The trial of the software GPU: runs the case that is named on the command line and ends with 0 if it holds. Which cases
// there are, under which settings they run and what they must say is in tests/tests/software_gpu.rs.
#include "trial.h"

#include <cstring>

extern "C" {
int nvrtcCreateProgram(void**, const char*, const char*, int, const char* const*, const char* const*);
int nvrtcCompileProgram(void*, int, const char* const*);
int nvrtcGetProgramLogSize(void*, size_t*);
int nvrtcGetProgramLog(void*, char*);
int nvrtcGetCUBINSize(void*, size_t*);
int nvrtcGetCUBIN(void*, char*);
int nvrtcDestroyProgram(void**);
}

std::map<std::string, std::function<void()>>& cases() {
    static std::map<std::string, std::function<void()>> all;
    return all;
}

void open_device() {
    CUcontext context = nullptr;
    GOOD(cuInit(0));
    GOOD(cuDevicePrimaryCtxRetain(&context, 0));
    GOOD(cuCtxSetCurrent(context));
}

std::string compiled(const std::string& source, const std::string& architecture) {
    void* program = nullptr;
    const std::string option = "--gpu-architecture=" + architecture;
    const char* options[] = {option.c_str()};
    nvrtcCreateProgram(&program, source.c_str(), "trial.cu", 0, nullptr, nullptr);
    const int result = nvrtcCompileProgram(program, 1, options);
    size_t bytes = 0;
    std::string text;
    if (result != 0) {
        nvrtcGetProgramLogSize(program, &bytes);
        text.resize(bytes);
        nvrtcGetProgramLog(program, text.data());
        fail("NVRTC answers " + std::to_string(result) + ": " + text);
    }
    nvrtcGetCUBINSize(program, &bytes);
    text.resize(bytes);
    nvrtcGetCUBIN(program, text.data());
    nvrtcDestroyProgram(&program);
    return text;
}

CUfunction kernel(const std::string& source, const char* name) {
    CUmodule module = nullptr;
    CUfunction function = nullptr;
    GOOD(cuModuleLoadData(&module, compiled(source).c_str()));
    GOOD(cuModuleGetFunction(&function, module, name));
    return function;
}

Numbers::Numbers(const std::vector<float>& values) : Numbers(fresh, values.size()) {
    GOOD(cuMemcpyHtoD_v2(pointer, values.data(), count * sizeof(float)));
}

Numbers::Numbers(Fresh, std::size_t count) : count(count) { GOOD(cuMemAlloc_v2(&pointer, count * sizeof(float))); }

std::vector<float> Numbers::read() const {
    std::vector<float> values(count);
    GOOD(cuMemcpyDtoH_v2(values.data(), pointer, count * sizeof(float)));
    return values;
}

int main(int count, char** arguments) {
    const auto found = count == 2 ? cases().find(arguments[1]) : cases().end();
    if (found == cases().end()) {
        for (const auto& [name, run] : cases()) std::printf("%s\n", name.c_str());
        return 2;
    }
    found->second();
    std::printf("holds\n");
    return 0;
}
