// Streams, events and graphs. Streams do their work in the order of submission, all streams in one line, which is an order
// that any real device could choose; with SOFTWARE_GPU_WORK=deferred the work waits until the host waits for it.
//
// Capture is modelled with its rules: what spoils it, isolation, joining of streams. Not modelled: the shape of a graph
// (its operations run in the order of their capture), editing nodes, conditional nodes.
#include <memory>

#include "context.h"
#include "settings.h"

using namespace software_gpu;

namespace {

constexpr unsigned without_timing = 2;

CUresult make_stream(CUstream* stream, unsigned flags, int priority) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (stream == nullptr || flags > 1) return CUDA_ERROR_INVALID_VALUE;
    auto* made = new Stream;
    made->context = call.context;
    made->flags = flags;
    made->priority = priority;
    living<Stream>().insert(made);
    *stream = made;
    return CUDA_SUCCESS;
}

// The stream behind a handle; null if there is none.
Stream* known(CUstream handle, const Call& call) {
    Stream* stream = resolve(handle, call.context);
    return stream == &call.context->default_stream || is_alive(stream) ? stream : nullptr;
}

// A host that waits for a captured stream would wait for ever.
CUresult refuse_if_captured(Stream* stream) {
    if (stream->capture == nullptr) return CUDA_SUCCESS;
    stream->capture->invalid = true;
    return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
}

}  // namespace

SOFTWARE_GPU_API CUresult cuStreamCreate(CUstream* stream, unsigned flags) { return make_stream(stream, flags, 0); }

SOFTWARE_GPU_API CUresult cuStreamCreateWithPriority(CUstream* stream, unsigned flags, int priority) {
    return make_stream(stream, flags, priority);
}

SOFTWARE_GPU_API CUresult cuStreamDestroy_v2(CUstream stream) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(stream)) return CUDA_ERROR_INVALID_HANDLE;
    if (stream->context->failed == CUDA_SUCCESS) finish_work(stream->context);
    living<Stream>().erase(stream);
    delete stream;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuStreamSynchronize(CUstream handle) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    Stream* stream = known(handle, call);
    if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    const CUresult captured = refuse_if_captured(stream);
    return captured != CUDA_SUCCESS ? captured : finish_work(call.context);
}

SOFTWARE_GPU_API CUresult cuStreamQuery(CUstream handle) { return cuStreamSynchronize(handle); }

SOFTWARE_GPU_API CUresult cuStreamWaitEvent(CUstream handle, CUevent event, unsigned) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    Stream* stream = known(handle, call);
    if (stream == nullptr || !is_alive(event)) return CUDA_ERROR_INVALID_HANDLE;
    if (event->capture == nullptr) {
        if (stream->capture == nullptr) return CUDA_SUCCESS;
        // A captured stream cannot wait for what was not captured; an event never recorded is nothing to wait for.
        if (!event->recorded) return CUDA_SUCCESS;
        stream->capture->invalid = true;
        return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
    }
    if (stream->capture != nullptr && stream->capture != event->capture) return CUDA_ERROR_STREAM_CAPTURE_ISOLATION;
    if (stream->capture == nullptr) {
        // The stream joins the capture, and must be waited for before its end.
        stream->capture = event->capture;
        stream->recorded = 0;
        if (stream != stream->capture->origin) stream->capture->unjoined.insert(stream);
    }
    if (event->stream != stream && event->stamp == event->stream->recorded) stream->capture->unjoined.erase(event->stream);
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuLaunchHostFunc(CUstream stream, void (*function)(void*), void* argument) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    return submit(stream, call.context, {"host function", [=] {
                      function(argument);
                      return CUDA_SUCCESS;
                  }});
}

SOFTWARE_GPU_API CUresult cuEventCreate(CUevent* event, unsigned flags) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (event == nullptr) return CUDA_ERROR_INVALID_VALUE;
    auto* made = new Event;
    made->flags = flags;
    living<Event>().insert(made);
    *event = made;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuEventDestroy_v2(CUevent event) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(event)) return CUDA_ERROR_INVALID_HANDLE;
    living<Event>().erase(event);
    // Work that waits may still name it, so it is not freed: events are small.
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuEventRecord(CUevent event, CUstream handle) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    Stream* stream = known(handle, call);
    if (stream == nullptr || !is_alive(event)) return CUDA_ERROR_INVALID_HANDLE;
    event->capture = stream->capture;
    event->stream = stream;
    event->stamp = stream->recorded;
    if (stream->capture != nullptr) return CUDA_SUCCESS;
    event->recorded = true;
    event->pending = true;
    return submit(handle, call.context, {"event", [=] {
                      event->pending = false;
                      event->time = std::chrono::steady_clock::now();
                      return CUDA_SUCCESS;
                  }});
}

SOFTWARE_GPU_API CUresult cuEventSynchronize(CUevent event) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(event)) return CUDA_ERROR_INVALID_HANDLE;
    if (event->capture != nullptr) {
        event->capture->invalid = true;
        return CUDA_ERROR_CAPTURED_EVENT;
    }
    return finish_work(call.context);
}

SOFTWARE_GPU_API CUresult cuEventQuery(CUevent event) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(event)) return CUDA_ERROR_INVALID_HANDLE;
    if (event->capture != nullptr) return CUDA_ERROR_CAPTURED_EVENT;
    if (!event->pending) return CUDA_SUCCESS;
    // Over by the next time somebody looks.
    const CUresult result = finish_work(call.context);
    return result != CUDA_SUCCESS ? result : CUDA_ERROR_NOT_READY;
}

// Timing is not modelled: the result is how long the host took.
SOFTWARE_GPU_API CUresult cuEventElapsedTime_v2(float* milliseconds, CUevent start, CUevent end) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(start) || !is_alive(end) || !start->recorded || !end->recorded) return CUDA_ERROR_INVALID_HANDLE;
    if (((start->flags | end->flags) & without_timing) != 0) return CUDA_ERROR_INVALID_HANDLE;
    if (start->pending || end->pending) return CUDA_ERROR_NOT_READY;
    *milliseconds = std::chrono::duration<float, std::milli>(end->time - start->time).count();
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuEventElapsedTime(float* milliseconds, CUevent start, CUevent end) {
    return cuEventElapsedTime_v2(milliseconds, start, end);
}

SOFTWARE_GPU_API CUresult cuStreamBeginCapture_v2(CUstream handle, int mode) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    Stream* stream = known(handle, call);
    if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    // The legacy default stream cannot be captured.
    if (stream == &call.context->default_stream) return CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED;
    if (mode < 0 || mode > 2) return CUDA_ERROR_INVALID_VALUE;
    if (stream->capture != nullptr) return CUDA_ERROR_ILLEGAL_STATE;
    auto capture = std::make_shared<Capture>();
    capture->origin = stream;
    capture->mode = mode;
    capture->thread = std::this_thread::get_id();
    capture->graph = new Graph;
    stream->capture = capture;
    stream->recorded = 0;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuStreamEndCapture(CUstream handle, CUgraph* graph) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    Stream* stream = known(handle, call);
    if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    *graph = nullptr;
    const std::shared_ptr<Capture> capture = stream->capture;
    if (capture == nullptr) return CUDA_ERROR_ILLEGAL_STATE;
    if (capture->origin != stream) return CUDA_ERROR_STREAM_CAPTURE_UNMATCHED;
    if (capture->mode != 2 && capture->thread != std::this_thread::get_id()) return CUDA_ERROR_STREAM_CAPTURE_WRONG_THREAD;
    CUresult result = capture->invalid ? CUDA_ERROR_STREAM_CAPTURE_INVALIDATED : CUDA_SUCCESS;
    if (result == CUDA_SUCCESS && !capture->unjoined.empty()) result = CUDA_ERROR_STREAM_CAPTURE_UNJOINED;
    for (const Stream* other : living<Stream>()) {
        if (other->capture == capture) const_cast<Stream*>(other)->capture = nullptr;
    }
    if (result != CUDA_SUCCESS) {
        delete capture->graph;
        return result;
    }
    living<Graph>().insert(capture->graph);
    *graph = capture->graph;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuStreamIsCapturing(CUstream handle, CaptureStatus* status) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    const Stream* stream = known(handle, call);
    if (stream == nullptr) return CUDA_ERROR_INVALID_HANDLE;
    *status = stream->capture == nullptr ? CAPTURE_NONE : stream->capture->invalid ? CAPTURE_INVALIDATED : CAPTURE_ACTIVE;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuGraphInstantiateWithFlags(CUgraphExec* program, CUgraph graph, unsigned long long) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (program == nullptr || !is_alive(graph)) return CUDA_ERROR_INVALID_VALUE;
    *program = new GraphProgram{graph->operations};
    living<GraphProgram>().insert(*program);
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuGraphGetNodes(CUgraph graph, void** nodes, size_t* count) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(graph) || count == nullptr) return CUDA_ERROR_INVALID_VALUE;
    if (nodes != nullptr) refuse("the nodes of a graph are not modelled, only their number");
    *count = graph->operations.size();
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuGraphUpload(CUgraphExec program, CUstream) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    return is_alive(program) ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

SOFTWARE_GPU_API CUresult cuGraphLaunch(CUgraphExec program, CUstream stream) {
    Call call;
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(program)) return CUDA_ERROR_INVALID_VALUE;
    for (const Operation& operation : program->operations) {
        const CUresult result = submit(stream, call.context, operation);
        if (result != CUDA_SUCCESS) return result;
    }
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuGraphExecDestroy(CUgraphExec program) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(program)) return CUDA_ERROR_INVALID_VALUE;
    living<GraphProgram>().erase(program);
    delete program;
    return CUDA_SUCCESS;
}

SOFTWARE_GPU_API CUresult cuGraphDestroy(CUgraph graph) {
    Call call(Call::Needs::start);
    if (call.error != CUDA_SUCCESS) return call.error;
    if (!is_alive(graph)) return CUDA_ERROR_INVALID_VALUE;
    living<Graph>().erase(graph);
    delete graph;
    return CUDA_SUCCESS;
}
