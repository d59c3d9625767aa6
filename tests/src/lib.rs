//! Tests that look at the whole house; the tests themselves stand in `tests/tests/`.
