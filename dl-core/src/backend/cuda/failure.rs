//! What a learner reads when a call of NVIDIA's libraries fails.

use crate::error::{Error, Result};
use cudarc::driver::sys::{self, CUresult};
use std::ffi::CStr;

/// How to get on without the card.
pub(super) const OR_CPU: &str = "or use Device::cpu()";

/// The driver's answer in its own words.
pub(super) fn words(code: CUresult) -> String {
    let mut text = std::ptr::null();
    // SAFETY: the driver is loaded, as it gave the code; it writes a pointer to a text of its own that stays.
    let known = unsafe { sys::cuGetErrorString(code, &raw mut text) };
    if known != CUresult::CUDA_SUCCESS || text.is_null() {
        return format!("{code:?}");
    }
    // SAFETY: the driver's texts end with 0.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned()
}

/// An error of the card with this name if the driver refused. `doing` says what was asked.
pub(super) fn check(code: CUresult, device: &str, doing: &str) -> Result<()> {
    match code {
        CUresult::CUDA_SUCCESS => Ok(()),
        code => Err(Error::Device {
            device: device.to_string(),
            why: format!("{doing}: {}", words(code)),
            hint: hint(code),
        }),
    }
}

/// Whether each operation is waited for, as `HEBB_CUDA_CHECK` asks.
pub(super) fn is_watched() -> bool {
    std::env::var("HEBB_CUDA_CHECK").is_ok_and(|value| !["", "0"].contains(&value.as_str()))
}

fn hint(code: CUresult) -> String {
    match code {
        CUresult::CUDA_ERROR_ILLEGAL_ADDRESS
        | CUresult::CUDA_ERROR_LAUNCH_FAILED
        | CUresult::CUDA_ERROR_MISALIGNED_ADDRESS
        | CUresult::CUDA_ERROR_ASSERT => {
            let named = match is_watched() {
                true => "",
                false => "; with HEBB_CUDA_CHECK=1 in the environment the message names the operation",
            };
            format!("the card is lost to this session: restart the kernel{named}")
        }
        CUresult::CUDA_ERROR_LAUNCH_TIMEOUT => {
            "a card that also draws the screen ends long operations: make the batch smaller".to_string()
        }
        CUresult::CUDA_ERROR_ECC_UNCORRECTABLE | CUresult::CUDA_ERROR_HARDWARE_STACK_ERROR => {
            "the card itself reports a fault: tell whoever looks after it".to_string()
        }
        _ => format!("see whether nvidia-smi works in a terminal; {OR_CPU}"),
    }
}
