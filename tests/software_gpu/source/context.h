// The state of the driver: contexts, streams, work on them, captures. One lock for all of it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "driver_interface.h"

namespace software_gpu {

// Something that a stream does, in the order in which it was asked for.
struct Operation {
    std::string what;
    std::function<CUresult()> run;
};

// Streams that are being recorded instead of run.
struct Capture {
    Stream* origin = nullptr;
    int mode = 0;
    std::thread::id thread;
    bool invalid = false;
    std::set<Stream*> unjoined;
    Graph* graph = nullptr;
};

struct Stream {
    Context* context = nullptr;
    unsigned flags = 0;
    int priority = 0;
    std::shared_ptr<Capture> capture;
    // Operations recorded on this stream so far, to tell whether an event stands behind all of them.
    unsigned long long recorded = 0;
};

struct Event {
    unsigned flags = 0;
    // Operations that wait (deferred work) before the event is over.
    bool pending = false;
    bool recorded = false;
    std::chrono::steady_clock::time_point time;
    std::shared_ptr<Capture> capture;
    Stream* stream = nullptr;
    unsigned long long stamp = 0;
};

// The primary context of a device; the only kind.
struct Context {
    int device = 0;
    int references = 0;
    // Once set, it is the answer to everything, until the context is released.
    CUresult failed = CUDA_SUCCESS;
    Stream default_stream;
};

struct Graph {
    std::vector<Operation> operations;
    std::vector<CUdeviceptr> allocations;
    ~Graph();
};

struct GraphProgram {
    std::vector<Operation> operations;
};

// The entry of every function of the driver: takes the lock, and tells why the call cannot be answered, if so.
class Call {
  public:
    enum class Needs { start, context };
    explicit Call(Needs needs = Needs::context);
    CUresult error = CUDA_SUCCESS;
    Context* context = nullptr;

    // An operation that must not happen while a stream is captured: it spoils the capture.
    CUresult refuse_in_capture() const;

  private:
    std::lock_guard<std::recursive_mutex> guard_;
};

std::recursive_mutex& driver_lock();

Context* current_context();
CUresult context_of_device(int device, Context** context);

// Null, legacy and per-thread handles are the default stream of the context.
Stream* resolve(CUstream stream, Context* context);

// Does the operation, keeps it for later, or records it, as the stream's state asks for.
CUresult submit(CUstream stream, Context* context, Operation operation);

// Does all work that was kept for later; the error of the context afterwards.
CUresult finish_work(Context* context);

// Objects that exist, so that a stale handle is an error and no crash.
template <class T>
std::set<const T*>& living() {
    static auto* all = new std::set<const T*>;
    return *all;
}

template <class T>
bool is_alive(const T* object) {
    return living<T>().count(object) != 0;
}

}  // namespace software_gpu
