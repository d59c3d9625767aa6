//! A double of the prelude for the worker's tests: the contract's functions and, for the test cells, a way to send
//! any frame. Its one variable is a number.

use std::ffi::{CStr, CString, c_char, c_void};
use std::fs::File;
use std::io::{Read, Write};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static NONCE: Mutex<String> = Mutex::new(String::new());
static REPLY: Mutex<Option<String>> = Mutex::new(None);
static REPLIED: Condvar = Condvar::new();
static FAILED: AtomicBool = AtomicBool::new(false);
static COUNT: AtomicU64 = AtomicU64::new(0);
static CHAIN: AtomicPtr<c_void> = AtomicPtr::new(std::ptr::null_mut());
static FORGOTTEN: Mutex<String> = Mutex::new(String::new());

fn send(json: &str) {
    std::io::stdout().flush().unwrap();
    // SAFETY: the worker puts the channel of the run at descriptor 3.
    let mut control = ManuallyDrop::new(unsafe { File::from_raw_fd(3) });
    let mut frame = (json.len() as u32).to_le_bytes().to_vec();
    frame.extend_from_slice(json.as_bytes());
    // The test that closes the channel wants no panic here.
    let _ = control.write_all(&frame);
    if json.starts_with("{\"display\"") || json.starts_with("{\"clear\"") {
        // SAFETY: as descriptor 3.
        ManuallyDrop::new(unsafe { File::from_raw_fd(4) }).read_exact(&mut [0]).unwrap();
    }
}

fn text<'a>(text: *const c_char) -> &'a str {
    // SAFETY: the worker passes texts that end in a zero byte and outlive the call.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap()
}

#[unsafe(no_mangle)]
pub extern "C" fn hebb_runtime_start(_control: i32) {}

#[unsafe(no_mangle)]
pub extern "C" fn hebb_runtime_prepare() {
    INTERRUPTED.store(false, Ordering::SeqCst);
}

#[unsafe(no_mangle)]
pub extern "C" fn hebb_runtime_run(entry: extern "C" fn(), nonce: *const c_char, forget: *const c_char) -> i32 {
    run(nonce, text(forget), || entry())
}

#[unsafe(no_mangle)]
pub extern "C" fn hebb_runtime_run_chained(entry: extern "C" fn(*mut c_void) -> *mut c_void, nonce: *const c_char) -> i32 {
    run(nonce, "[]", || CHAIN.store(entry(CHAIN.load(Ordering::SeqCst)), Ordering::SeqCst))
}

fn run(nonce: *const c_char, forget: &str, entry: impl FnOnce()) -> i32 {
    *NONCE.lock().unwrap() = text(nonce).to_string();
    *FORGOTTEN.lock().unwrap() = forget.to_string();
    FAILED.store(false, Ordering::SeqCst);
    entry();
    if FAILED.load(Ordering::SeqCst) {
        let end = c"{\"done\":{\"nonce\":\"NONCE\",\"outcome\":{\"error\":{\"message\":\"failed\"}}}}";
        test_frame(end.as_ptr());
        return 1;
    }
    test_frame(c"{\"done\":{\"nonce\":\"NONCE\",\"outcome\":\"ok\"}}".as_ptr());
    0
}

#[unsafe(no_mangle)]
pub extern "C" fn hebb_runtime_input_reply(json: *const c_char) {
    *REPLY.lock().unwrap() = Some(text(json).to_string());
    REPLIED.notify_all();
}

/// The list of messages becomes the answer that `test_reply` waits for.
#[unsafe(no_mangle)]
pub extern "C" fn hebb_runtime_comms(json: *const c_char) {
    hebb_runtime_input_reply(json);
}

/// Asks for messages, counts them with the variable and sends the whole list back.
#[unsafe(no_mangle)]
pub extern "C" fn hebb_runtime_deliver() {
    *REPLY.lock().unwrap() = None;
    test_frame(c"{\"comm_poll\":{\"nonce\":\"NONCE\"}}".as_ptr());
    let list = text(test_reply());
    test_count(100);
    let frame = format!("{{\"comm\":{{\"nonce\":\"NONCE\",\"message\":{{\"kind\":\"message\",\"id\":\"c\",\"data\":{list},\"buffers\":[\"AP8=\"]}}}}}}");
    test_frame(CString::new(frame).unwrap().as_ptr());
    if list.contains("fail") {
        test_fail();
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn hebb_runtime_interrupt() {
    INTERRUPTED.store(true, Ordering::SeqCst);
}

/// Sends a frame; `NONCE` stands for the running cell's.
#[unsafe(no_mangle)]
pub extern "C" fn test_frame(json: *const c_char) {
    send(&text(json).replace("NONCE", &NONCE.lock().unwrap()));
}

/// Waits for the answer to an `input` frame.
#[unsafe(no_mangle)]
pub extern "C" fn test_reply() -> *const c_char {
    let mut reply = REPLY.lock().unwrap();
    while reply.is_none() {
        reply = REPLIED.wait(reply).unwrap();
    }
    CString::new(reply.take().unwrap()).unwrap().into_raw()
}

#[unsafe(no_mangle)]
pub extern "C" fn test_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// The names that the running cell's success costs, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn test_forgotten() -> *const c_char {
    CString::new(FORGOTTEN.lock().unwrap().clone()).unwrap().into_raw()
}

/// The double's one variable: adds to it and returns the sum.
#[unsafe(no_mangle)]
pub extern "C" fn test_count(add: u64) -> u64 {
    COUNT.fetch_add(add, Ordering::SeqCst) + add
}

/// Lets the running cell fail at its end.
#[unsafe(no_mangle)]
pub extern "C" fn test_fail() {
    FAILED.store(true, Ordering::SeqCst);
}
