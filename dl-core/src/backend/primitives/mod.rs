//! Every primitive of the backend, by family: one `match` on the device per primitive, here and nowhere else. A primitive
//! trusts its caller with shapes; they are checked in [`crate::ops`]. That all values are on one device is checked here.

mod elementwise;
mod making;
mod moving;
mod normalise;
mod product;
mod recurrent;
mod reduce;
mod step;
mod warp;
mod window;

pub(crate) use moving::RowOrder;
pub(crate) use step::{Move, Shrink};

use super::{Value, cuda};
use crate::error::Error;

/// Refuses values that are on several graphics cards; where some are on the CPU, no arm of the match takes them.
#[track_caller]
#[inline]
fn check_cards(op: &str, values: &[&Value]) {
    if let [Value::Cpu(_), ..] = values {
        return;
    }
    let mut first = None;
    for card in values
        .iter()
        .filter_map(|value| value.on_cuda())
        .map(cuda::Array::card)
    {
        if !std::ptr::eq(*first.get_or_insert(card), card) {
            apart(op, values);
        }
    }
}

/// Values on several devices met in one operation.
#[track_caller]
fn apart(op: &str, values: &[&Value]) -> ! {
    let devices: Vec<String> = values.iter().map(|value| value.device().to_string()).collect();
    on_several(op, &devices).raise()
}

/// What a learner is told when values of an operation are on several devices.
pub(super) fn on_several(op: &str, devices: &[String]) -> Error {
    let mut named: Vec<&str> = devices.iter().map(String::as_str).collect();
    named.dedup();
    let first = named.first().copied().unwrap_or("cpu");
    let other = named.iter().copied().find(|name| *name != first).unwrap_or(first);
    Error::Device {
        device: first.to_string(),
        why: format!("{op} of tensors on {first} and on {other}"),
        hint: format!(
            "bring them to one device first: {}",
            bring_to(if first == "cpu" { other } else { first })
        ),
    }
}

/// How a tensor is brought to the device of this name.
fn bring_to(device: &str) -> String {
    match device.strip_prefix("cuda:") {
        Some(number) => format!("x.to(Device::cuda({number})?)"),
        None => "x.to(Device::cpu())".to_string(),
    }
}
