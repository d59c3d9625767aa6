//! The standard library as learners meet it: the declarations in `standard/`, and the proof that they are true.

/// The files and their texts.
pub const FILES: [(&str, &str); 10] = [
    ("prelude.rs", include_str!("standard/prelude.rs")),
    ("vec.rs", include_str!("standard/vec.rs")),
    ("slice.rs", include_str!("standard/slice.rs")),
    ("text.rs", include_str!("standard/text.rs")),
    ("maybe.rs", include_str!("standard/maybe.rs")),
    ("iterators.rs", include_str!("standard/iterators.rs")),
    ("numbers.rs", include_str!("standard/numbers.rs")),
    ("collections.rs", include_str!("standard/collections.rs")),
    ("shared.rs", include_str!("standard/shared.rs")),
    ("system.rs", include_str!("standard/system.rs")),
];

#[cfg(test)]
#[path = "standard_check.rs"]
mod check;
