// What every case of the trial program needs: the driver's functions, a device that is open, numbers in and out.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "../source/driver_interface.h"

extern "C" {
CUresult cuInit(unsigned);
CUresult cuDriverGetVersion(int*);
CUresult cuDeviceGetCount(int*);
CUresult cuDevicePrimaryCtxRetain(CUcontext*, CUdevice);
CUresult cuCtxSetCurrent(CUcontext);
CUresult cuCtxSynchronize();
CUresult cuMemAlloc_v2(CUdeviceptr*, size_t);
CUresult cuMemAllocAsync(CUdeviceptr*, size_t, CUstream);
CUresult cuMemFree_v2(CUdeviceptr);
CUresult cuMemGetInfo_v2(size_t*, size_t*);
CUresult cuMemHostAlloc(void**, size_t, unsigned);
CUresult cuMemcpyHtoD_v2(CUdeviceptr, const void*, size_t);
CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr, const void*, size_t, CUstream);
CUresult cuMemcpyDtoH_v2(void*, CUdeviceptr, size_t);
CUresult cuMemcpyDtoD_v2(CUdeviceptr, CUdeviceptr, size_t);
CUresult cuMemsetD32Async(CUdeviceptr, unsigned, size_t, CUstream);
CUresult cuModuleLoadData(CUmodule*, const void*);
CUresult cuModuleUnload(CUmodule);
CUresult cuModuleGetFunction(CUfunction*, CUmodule, const char*);
CUresult cuModuleGetGlobal_v2(CUdeviceptr*, size_t*, CUmodule, const char*);
CUresult cuFuncSetAttribute(CUfunction, FunctionAttribute, int);
CUresult cuLaunchKernel(CUfunction, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, CUstream, void**,
                        void**);
CUresult cuStreamCreate(CUstream*, unsigned);
CUresult cuStreamSynchronize(CUstream);
CUresult cuStreamWaitEvent(CUstream, CUevent, unsigned);
CUresult cuStreamBeginCapture_v2(CUstream, int);
CUresult cuStreamEndCapture(CUstream, CUgraph*);
CUresult cuEventCreate(CUevent*, unsigned);
CUresult cuEventRecord(CUevent, CUstream);
CUresult cuGraphInstantiateWithFlags(CUgraphExec*, CUgraph, unsigned long long);
CUresult cuGraphLaunch(CUgraphExec, CUstream);
CUresult cuGraphExecDestroy(CUgraphExec);
CUresult cuGraphDestroy(CUgraph);
CUresult cuGetErrorName(CUresult, const char**);
}

inline std::string name_of(CUresult result) {
    const char* name = nullptr;
    cuGetErrorName(result, &name);
    return name == nullptr ? "?" : name;
}

[[noreturn]] inline void fail(const std::string& what) {
    std::printf("failed: %s\n", what.c_str());
    std::exit(1);
}

// What the call must answer.
#define EXPECT(result, call)                                                                                     \
    do {                                                                                                         \
        const CUresult answer = (call);                                                                          \
        if (answer != (result)) fail(#call " answers " + name_of(answer) + ", not " + name_of(result));           \
    } while (false)
#define GOOD(call) EXPECT(CUDA_SUCCESS, call)
#define DEMAND(condition) \
    if (!(condition)) fail(#condition " does not hold")

void open_device();

// Machine code for the default capability, or an error with the compile log.
std::string compiled(const std::string& source, const std::string& architecture = "sm_86");

// The only kernel of a source, or the one of this name.
CUfunction kernel(const std::string& source, const char* name = "trial");

// Marks memory that nobody has written.
struct Fresh {};
constexpr Fresh fresh;

class Numbers {
  public:
    explicit Numbers(const std::vector<float>& values);
    Numbers(Fresh, std::size_t count);
    std::vector<float> read() const;
    std::size_t count;
    CUdeviceptr pointer = 0;
};

struct Shape {
    unsigned blocks, threads;
    unsigned shared = 0;
    CUstream stream = nullptr;
};

template <class... Arguments>
CUresult launch(CUfunction function, Shape shape, Arguments... arguments) {
    void* parameters[] = {&arguments..., nullptr};
    return cuLaunchKernel(function, shape.blocks, 1, 1, shape.threads, 1, 1, shape.shared, shape.stream, parameters,
                          nullptr);
}

// Cases by name; each file of cases adds its own.
std::map<std::string, std::function<void()>>& cases();

struct Case {
    Case(const char* name, std::function<void()> run) { cases()[name] = std::move(run); }
};
