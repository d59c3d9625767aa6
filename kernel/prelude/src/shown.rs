//! Where the value of a cell's last expression goes: to the kernel, which alone makes a result of it.

use dl_core::display::MimeBundle;
use serde_json::json;

use crate::{channel, host};

/// Hands the value's forms over.
pub fn result(bundle: &MimeBundle) {
    channel::send("result", json!({ "data": host::forms(bundle), "metadata": {} }));
}

/// Tells the reader of the cell something about it.
pub fn note(text: &str) {
    channel::send("note", json!({ "text": text }));
}
