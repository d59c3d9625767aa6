//! Data sets: loading, splitting, preparing.
