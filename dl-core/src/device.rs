//! Where a tensor's numbers are and where its operations run. What a device can do is in `backend/`.

use crate::error::{Error, Result};

/// A place for tensors: the processor, or a graphics card.
///
/// ```
/// use dl_core::prelude::*;
/// let x = tensor![1., 2.].to(Device::cpu());
/// assert_eq!(x.device(), Device::best());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Device(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Kind {
    Cpu,
}

impl Device {
    /// The processor and its memory; always there.
    pub fn cpu() -> Device {
        Device(Kind::Cpu)
    }

    /// The CUDA graphics card of this number, from 0.
    ///
    /// # Errors
    /// This build of the crate has no CUDA backend, so every number fails.
    pub fn cuda(number: usize) -> Result<Device> {
        Err(Error::Device {
            device: format!("cuda:{number}"),
            why: "this build computes on the CPU only".to_string(),
            hint: "use Device::cpu(), or Device::best() for the fastest device there is".to_string(),
        })
    }

    /// The fastest device that is there: a graphics card if one can be used, else the CPU.
    pub fn best() -> Device {
        Device::cuda(0).unwrap_or(Device::cpu())
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Kind::Cpu => f.write_str("cpu"),
        }
    }
}
