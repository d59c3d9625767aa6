//! Where the value of a cell's last expression goes: to the display host, like everything that is displayed.

use dl_core::display::{MimeBundle, host};

/// Shows the value.
pub fn result(bundle: &MimeBundle) {
    host().display(bundle, None, false);
}

/// Says that a value cannot be shown.
pub fn note(text: &str) {
    println!("{text}");
}
