//! The `hebb` command.

fn main() {}
