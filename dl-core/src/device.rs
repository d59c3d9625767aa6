//! Where a tensor's numbers are and where its operations run. What a device can do is in `backend/`.

use crate::backend::cuda::{self, Card};
use crate::error::Result;

/// A place for tensors: the processor, or a graphics card.
///
/// ```
/// use dl_core::prelude::*;
/// let x = tensor![1., 2.].to(Device::cpu());
/// assert_eq!(x.device(), Device::cpu());
/// let y = x.to(Device::best());               // a graphics card, if there is one
/// assert_eq!(&y + &y, tensor![2., 4.]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Device(Kind);

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
enum Kind {
    Cpu,
    /// A card that is open.
    Cuda(usize),
}

impl Device {
    /// The processor and its memory; always there.
    pub fn cpu() -> Device {
        Device(Kind::Cpu)
    }

    /// NVIDIA's graphics card of this number, from 0. The first call for a card opens it, which takes a moment, and with a
    /// release of the driver that is new to this machine some seconds.
    ///
    /// What the environment says: `CUDA_VISIBLE_DEVICES` chooses among the cards; `HEBB_GPU_MEMORY` (`4GiB`) is how much of a
    /// card's memory this process may hold, for cards that are shared; `HEBB_CUDA_CHECK=1` waits for each operation, slowly, so
    /// that an error names the right one; `HEBB_CUDA_GRAPH=0` asks for each operation of a training step by itself, where else a
    /// recorded step is played again; `HEBB_CUDA_LIBRARIES` is where NVIDIA's libraries are, if not in a usual place.
    ///
    /// # Errors
    /// If NVIDIA's driver or one of its libraries is missing, if there is no such card, or if it does not answer: the message
    /// says which and what to do.
    pub fn cuda(number: usize) -> Result<Device> {
        cuda::open(number).map(Device::of_card)
    }

    /// The fastest device that is there: of the graphics cards that can be used, the one with the most free memory at the first
    /// call; without one, the CPU.
    pub fn best() -> Device {
        let card = cuda::emptiest().and_then(|number| Device::cuda(number).ok());
        card.unwrap_or(Device::cpu())
    }

    /// Whether this is a graphics card.
    pub fn is_cuda(self) -> bool {
        matches!(self.0, Kind::Cuda(_))
    }

    pub(crate) fn of_card(card: &Card) -> Device {
        Device(Kind::Cuda(card.number()))
    }

    /// The card, unless this is the CPU.
    pub(crate) fn card(self) -> Option<&'static Card> {
        match self.0 {
            Kind::Cpu => None,
            Kind::Cuda(number) => Some(cuda::opened(number)),
        }
    }
}

impl std::fmt::Display for Device {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Kind::Cpu => f.write_str("cpu"),
            Kind::Cuda(number) => write!(f, "cuda:{number}"),
        }
    }
}
